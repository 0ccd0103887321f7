"""The table of tiny models, and the one function that makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.tiny import llms, projectors, templates
from tests.tiny.llms import Shape
from tests.tiny.projectors import Encoder, Projector
from tests.tiny.vocab import Vocabulary

LanguageModel = Callable[[Path, str, Vocabulary, Shape], None]


@dataclass(frozen=True)
class TinyModel:
    name: str
    model: Path
    mmproj: Path | None
    vision: bool
    audio: bool


_NARROW = Shape()
_WIDE = Shape(width=128, heads=4, kv_heads=2)


@dataclass(frozen=True)
class Recipe:
    llm: LanguageModel
    vocabulary: Vocabulary
    shape: Shape = _NARROW
    projector: Projector | None = None
    encoder: Encoder | None = None
    vision: bool = False
    audio: bool = False
    seed: str = ""
    """Where the name alone gives no lively model."""


_CHATML = Vocabulary(
    ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), eos="<|im_end|>", template=templates.CHATML
)
_SMOL = replace(_CHATML, pre="smollm", bos="<|im_start|>")
_QWEN_VISION = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>")
_QWEN_AUDIO = ("<|audio_bos|>", "<|audio_eos|>", "<|AUDIO|>")
_GRID = range(1, 11)

_QWEN25VL = replace(
    _CHATML, specials=(*_CHATML.specials, *_QWEN_VISION), template=templates.CHATML_TYPED
)
_QWEN25OMNI = replace(_QWEN25VL, specials=(*_QWEN25VL.specials, *_QWEN_AUDIO))
_THINKER = replace(
    _CHATML,
    plain=("<think>", "</think>", "<tool_call>", "</tool_call>"),
    loud=("</think>", "<|im_end|>"),
    template=templates.THINKER,
)
_GEMMA = Vocabulary(
    ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>"),
    eos="<eos>",
    bos="<bos>",
    add_bos=True,
    template=templates.GEMMA,
)
_MINICPM = replace(
    _CHATML, specials=(*_CHATML.specials, "<image>", "</image>", "<slice>", "</slice>")
)
_SMOLVLM = Vocabulary(
    (
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<end_of_utterance>",
        "<image>",
        "<fake_token_around_image>",
        "<global-img>",
        *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
    ),
    eos="<end_of_utterance>",
    bos="<|im_start|>",
    pre="smollm",
    template=templates.IDEFICS,
)
_ULTRAVOX = Vocabulary(
    (
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
    ),
    eos="<|eot_id|>",
    bos="<|begin_of_text|>",
    add_bos=True,
    pre="llama-bpe",
    template=templates.LLAMA3,
)
_LFM2 = Vocabulary(
    (
        "<|startoftext|>",
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<image>",
        "<|image_start|>",
        "<|image_end|>",
        "<|img_thumbnail|>",
        *(f"<|img_row_{row}_col_{column}|>" for row in _GRID for column in _GRID),
    ),
    eos="<|im_end|>",
    bos="<|startoftext|>",
    add_bos=True,
    pre="lfm2",
    template=templates.CHATML_BOS,
)

_RECIPES = {
    "llama": Recipe(llms.llama, _SMOL),
    "bare": Recipe(llms.llama, replace(_SMOL, template="")),
    "thinker": Recipe(llms.qwen2, _THINKER, seed="thinker-9"),
    "gemma3": Recipe(
        llms.gemma3, _GEMMA, Shape(layers=6), projectors.gemma3, Encoder(64), vision=True
    ),
    "qwen25vl": Recipe(
        llms.qwen2vl,
        _QWEN25VL,
        projector=projectors.qwen25vl,
        encoder=Encoder(64, layers=2, image=560),
        vision=True,
    ),
    "qwen25omni": Recipe(
        llms.qwen2vl,
        _QWEN25OMNI,
        projector=projectors.qwen25omni,
        encoder=Encoder(64, layers=2, image=560),
        vision=True,
        audio=True,
    ),
    "minicpmv26": Recipe(
        llms.qwen2, _MINICPM, _WIDE, projectors.resampler(3), Encoder(128), vision=True
    ),
    "minicpmo26": Recipe(
        llms.qwen2, _MINICPM, _WIDE, projectors.resampler(4), Encoder(128), vision=True
    ),
    "smolvlm": Recipe(
        llms.llama,
        _SMOLVLM,
        projector=projectors.idefics3,
        encoder=Encoder(64, image=64, patch=16),
        vision=True,
    ),
    # A width of 32 or 64 would make the stacked frames a power of two, which llama.cpp miscounts.
    "ultravox": Recipe(
        llms.llama,
        _ULTRAVOX,
        projector=projectors.ultravox,
        encoder=Encoder(64, width=40, mels=80),
        audio=True,
    ),
    "lfm2vl": Recipe(
        llms.lfm2,
        _LFM2,
        Shape(layers=3),
        projectors.lfm2,
        Encoder(64, image=64, patch=16),
        vision=True,
    ),
}

NAMES = tuple(_RECIPES)
SEEING = tuple(name for name, recipe in _RECIPES.items() if recipe.vision)
HEARING = tuple(name for name, recipe in _RECIPES.items() if recipe.audio)


def build(name: str, directory: Path) -> TinyModel:
    """Write the model's files into ``directory``; the same name always gives the same bytes."""
    recipe = _RECIPES[name]
    directory.mkdir(parents=True, exist_ok=True)
    model = directory / f"{name}.gguf"
    recipe.llm(model, recipe.seed or name, recipe.vocabulary, recipe.shape)
    mmproj = None
    if recipe.projector and recipe.encoder:
        mmproj = directory / f"{name}-mmproj.gguf"
        recipe.projector(mmproj, f"{name}-mmproj", recipe.encoder)
    return TinyModel(name, model, mmproj, recipe.vision, recipe.audio)
