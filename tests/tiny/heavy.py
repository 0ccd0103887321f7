"""A vision encoder of realistic weight for benchmarks: SigLIP-base's dimensions, random weights.

It fits any language model of llama architecture, because GLM-Edge's ``adapter`` brings its own
begin and end of a picture and needs no special tokens in the vocabulary.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import gguf

from tests.tiny.parts import Encoder
from tests.tiny.writer import GgufFile

SIGLIP_BASE = Encoder(
    out=576, layers=12, width=768, heads=12, hidden=3072, image=384, patch=16, merge=2
)
"""146 tokens a picture; some two seconds of one core."""

_VERSION = 2
"""Part of the file name: count up when the bytes change."""


def width_of(model: Path) -> int:
    """Embedding length of a language model."""
    reader = gguf.GGUFReader(model)
    arch = reader.fields["general.architecture"].contents()
    return int(reader.fields[f"{arch}.embedding_length"].contents())


def for_width(width: int) -> Encoder:
    """The encoder for a language model of this embedding length."""
    return replace(SIGLIP_BASE, out=width)


def build(directory: Path, encoder: Encoder = SIGLIP_BASE) -> Path:
    """Write the projector, unless it is there; some 100 MB, a few seconds."""
    path = directory / f"heavy-{encoder.out}-v{_VERSION}-mmproj.gguf"
    if path.exists():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.new")
    with GgufFile(beside, "clip", "heavy") as file:
        _write(file, encoder)
    beside.replace(path)
    return path


def _write(file: GgufFile, encoder: Encoder) -> None:
    file.put(_keys(encoder))
    file.matrix("v.patch_embd.weight", encoder.width, 3, encoder.patch, encoder.patch, half=True)
    file.vector("v.patch_embd.bias", encoder.width, std=0.1)
    file.vector("v.position_embd.weight", encoder.patches, encoder.width, std=0.3)
    for layer in range(encoder.layers):
        _layer(file, f"v.blk.{layer}.", encoder)
    _norm(file, "v.post_ln", encoder.width)
    file.matrix("adapter.conv.weight", encoder.out, encoder.width, 2, 2, half=True)
    file.vector("adapter.conv.bias", encoder.out, std=0.1)
    _matrix(file, "adapter.linear.linear.weight", encoder.out, encoder.out)
    _norm(file, "adapter.linear.norm1", encoder.out)
    _matrix(file, "adapter.linear.gate.weight", 2 * encoder.out, encoder.out)
    _matrix(file, "adapter.linear.dense_h_to_4h.weight", 2 * encoder.out, encoder.out)
    _matrix(file, "adapter.linear.dense_4h_to_h.weight", encoder.out, 2 * encoder.out)
    file.vector("adapter.boi", encoder.out, std=0.1)
    file.vector("adapter.eoi", encoder.out, std=0.1)


def _keys(encoder: Encoder) -> dict[str, bool | int | float | str | list[float]]:
    return {
        "clip.has_vision_encoder": True,
        "clip.projector_type": "adapter",
        "clip.use_gelu": True,
        "clip.vision.image_size": encoder.image,
        "clip.vision.patch_size": encoder.patch,
        "clip.vision.embedding_length": encoder.width,
        "clip.vision.feed_forward_length": encoder.hidden,
        "clip.vision.block_count": encoder.layers,
        "clip.vision.attention.head_count": encoder.heads,
        "clip.vision.projection_dim": encoder.out,
        "clip.vision.attention.layer_norm_epsilon": 1e-6,
        "clip.vision.image_mean": [0.5, 0.5, 0.5],
        "clip.vision.image_std": [0.5, 0.5, 0.5],
    }


def _layer(file: GgufFile, block: str, encoder: Encoder) -> None:
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        _matrix(file, f"{block}{name}.weight", encoder.width, encoder.width)
        file.vector(f"{block}{name}.bias", encoder.width, std=0.1)
    _norm(file, block + "ln1", encoder.width)
    _norm(file, block + "ln2", encoder.width)
    _matrix(file, block + "ffn_up.weight", encoder.hidden, encoder.width)
    file.vector(block + "ffn_up.bias", encoder.hidden, std=0.1)
    _matrix(file, block + "ffn_down.weight", encoder.width, encoder.hidden)
    file.vector(block + "ffn_down.bias", encoder.width, std=0.1)


def _matrix(file: GgufFile, name: str, out: int, into: int) -> None:
    file.quantised(name, file.noise(name, out, into, std=1 / math.sqrt(into)))


def _norm(file: GgufFile, name: str, width: int) -> None:
    file.constant(name + ".weight", width)
    file.constant(name + ".bias", width, 0.0)
