"""What the reference computes: prompts, pixels and logits of the two families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from reference import checkpoints, vocabularies

BEFORE = "what is the picture that comes next?"
AFTER = "say what is in the picture, please."


@dataclass(frozen=True)
class Prompt:
    ids: torch.Tensor
    """Shape (1, tokens)."""
    picture: torch.Tensor
    """Where the picture's tokens are: shape (1, tokens), 1 or 0."""
    pixels: dict[str, torch.Tensor]


@dataclass(frozen=True)
class Family:
    name: str
    tokenizer: Callable[[Path], PreTrainedTokenizerFast]
    model: Callable[[PreTrainedTokenizerFast], PreTrainedModel]
    image: str
    """The token that the template writes for a picture."""
    soft: str
    """The token whose embeddings the picture replaces."""
    frame: tuple[str, str]
    """Tokens around the picture that the template does not write."""
    processor: Any
    sizes: dict[str, tuple[int, int]]
    """Pictures: name to width and height in pixels. ``resized`` has the ratio of its canvas, and
    ``padded`` has not: there llama.cpp adds borders."""
    resample: Image.Resampling
    wrong: str
    """The mistake to tell apart: the picture ``causal``, or its positions ``sequential``."""


FAMILIES = (
    Family(
        "gemma3",
        vocabularies.gemma,
        checkpoints.gemma3,
        image="<start_of_image>",
        soft="<image_soft_token>",
        frame=("<start_of_image>", "<end_of_image>"),
        processor=Gemma3ImageProcessorPil(
            size={"height": checkpoints.SIDE, "width": checkpoints.SIDE},
            image_seq_length=checkpoints.GEMMA_TOKENS,
        ),
        sizes={"square": (112, 112), "resized": (168, 168), "padded": (150, 100)},
        resample=Image.Resampling.BILINEAR,
        wrong="causal",
    ),
    Family(
        "qwen25vl",
        vocabularies.qwen,
        checkpoints.qwen25vl,
        image="<|image_pad|>",
        soft="<|image_pad|>",
        frame=("", ""),
        processor=Qwen2VLImageProcessorPil(
            size={"shortest_edge": 8 * 28 * 28, "longest_edge": 4096 * 28 * 28}
        ),
        sizes={
            "wide": (168, 112),
            "tall": (140, 224),
            "resized": (180, 120),
            "padded": (150, 100),
        },
        resample=Image.Resampling.BICUBIC,
        wrong="sequential",
    ),
)


def draw(width: int, height: int) -> NDArray[np.uint8]:
    """A smooth picture that no swap of rows, columns or channels leaves as it is; (h, w, 3)."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    red = 0.5 + 0.5 * np.sin(9 * x + 4 * y * y)
    green = 0.8 * y * (1 - 0.5 * x)
    blue = np.where((x - 0.3) ** 2 + (y - 0.6) ** 2 < 0.05, 0.9, 0.15 + 0.2 * x)
    return (np.stack([red, green, blue], axis=-1) * 255).round().astype(np.uint8)


def prompt(family: Family, tokenizer: PreTrainedTokenizerFast, pixels: NDArray[np.uint8]) -> Prompt:
    """As the family's processor makes it, less the blank lines that Gemma's puts around."""
    values = family.processor(images=Image.fromarray(pixels), return_tensors="pt")
    inputs = {key: values[key] for key in ("pixel_values", "image_grid_thw") if key in values}
    content = [
        {"type": "text", "text": BEFORE},
        {"type": "image"},
        {"type": "text", "text": AFTER},
    ]
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    before, after = family.frame
    soft = before + family.soft * _count(inputs) + after
    ids = tokenizer(text.replace(family.image, soft), add_special_tokens=False)["input_ids"]
    ids = torch.tensor([ids])
    picture = (ids == tokenizer.convert_tokens_to_ids(family.soft)).int()
    return Prompt(ids, picture, inputs)


def canvas(made: Prompt) -> tuple[int, int]:
    """Width and height in pixels of the picture that the encoder sees."""
    grid = made.pixels.get("image_grid_thw")
    if grid is None:
        return checkpoints.SIDE, checkpoints.SIDE
    _, rows, columns = grid[0].tolist()
    return 14 * columns, 14 * rows


def _count(inputs: dict[str, torch.Tensor]) -> int:
    grid = inputs.get("image_grid_thw")
    return checkpoints.GEMMA_TOKENS if grid is None else int(grid.prod()) // 4


def logits(model: PreTrainedModel, made: Prompt, wrong: str = "") -> NDArray[np.float32]:
    """Of every token: shape (tokens, vocabulary). ``wrong`` commits one mistake on purpose."""
    extra: dict[str, torch.Tensor] = {}
    if "image_grid_thw" in made.pixels:
        extra["mm_token_type_ids"] = made.picture
        if wrong == "sequential":
            extra["position_ids"] = torch.arange(made.ids.shape[1]).expand(3, 1, -1)
    else:
        extra["token_type_ids"] = made.picture if wrong != "causal" else 0 * made.picture
    attention = torch.ones_like(made.ids)
    with torch.no_grad():
        out = model(input_ids=made.ids, attention_mask=attention, **made.pixels, **extra)
    found: NDArray[np.float32] = out.logits[0].float().numpy()
    return found
