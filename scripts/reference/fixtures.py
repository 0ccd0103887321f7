"""From checkpoints to files: GGUFs, pictures and the reference's logits."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from reference import families
from reference.convert import convert
from reference.families import Family, Prompt
from reference.letterbox import letterbox


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: scripts/reference/make LLAMA_CPP_SOURCES OUT\n")
        return 2
    sources, out = map(Path, arguments)
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for family in families.FAMILIES:
        with TemporaryDirectory() as place:
            folder = Path(place) / family.name  # the converter writes its name into the files
            folder.mkdir()
            make(family, folder, sources.resolve(), out.resolve())
    return 0


def make(family: Family, folder: Path, sources: Path, out: Path) -> None:
    """``NAME.gguf``, ``NAME.mmproj.gguf`` and ``NAME.npz`` for one family."""
    tokenizer = family.tokenizer(folder)
    model = family.model(tokenizer)
    model.save_pretrained(folder)
    _as_published(folder / "model.safetensors")
    family.processor.save_pretrained(folder)
    arrays: dict[str, Any] = {}
    for name, (width, height) in family.sizes.items():
        pixels = families.draw(width, height)
        arrays[f"{name}.pixels"] = pixels
        made = families.prompt(family, tokenizer, pixels)
        if name == "padded":
            arrays["padded.stretched"] = _behind(made, families.logits(model, made))
            seen = letterbox(pixels, families.canvas(made), family.resample)
            made = families.prompt(family, tokenizer, seen)
        arrays[f"{name}.ids"] = made.ids[0].numpy().astype(np.int32)
        arrays[f"{name}.picture"] = made.picture[0].numpy().astype(bool)
        arrays[f"{name}.logits"] = _behind(made, families.logits(model, made))
        if family.wrong not in arrays:  # of the first picture
            arrays[family.wrong] = _behind(made, families.logits(model, made, family.wrong))
    np.savez_compressed(out / f"{family.name}.npz", **arrays)
    convert(sources, folder, out / f"{family.name}.gguf", mmproj=False)
    convert(sources, folder, out / f"{family.name}.mmproj.gguf", mmproj=True)


def _behind(made: Prompt, logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the tokens behind the picture."""
    return logits[int(made.picture[0].nonzero()[-1]) + 1 :]


def _as_published(path: Path) -> None:
    """Gemma 3's published checkpoints name a level that transformers 5 no longer writes."""
    bare, full = "vision_tower.", "vision_tower.vision_model."
    weights = {
        name.replace(bare, full) if full not in name else name: weight
        for name, weight in load_file(path).items()
    }
    save_file(weights, path, metadata={"format": "pt"})
