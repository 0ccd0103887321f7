"""Families that see every picture as one square: Gemma 3, LLaVA 1.5, Moondream, Janus-Pro..."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.parts import Encoder
from tests.tiny.writer import GgufFile


def gemma3(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "gemma3", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        parts.siglip(file, encoder, encoder.patches)
        file.tensor(
            "mm.input_projection.weight",
            file.noise("mm.input_projection.weight", encoder.width, encoder.out, std=0.2),
        )
        file.constant("mm.soft_emb_norm.weight", encoder.width)


def llava(path: Path, seed: str, encoder: Encoder) -> None:
    """LLaVA 1.5: CLIP without its last layer, and two linear maps."""
    with GgufFile(path, "clip", seed) as file:
        clip_with_mlp(file, encoder)


def moondream(path: Path, seed: str, encoder: Encoder) -> None:
    """The projector of LLaVA behind an encoder without class token."""
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "mlp", use_gelu=True)
        parts.siglip(file, encoder, encoder.patches)
        parts.linear(file, "mm.0", encoder.out, encoder.width, gain=2.0)
        parts.linear(file, "mm.2", encoder.out, encoder.out, gain=2.0)


def clip_with_mlp(file: GgufFile, encoder: Encoder, *, stacked: int = 1) -> None:
    """The projector takes the outputs of ``stacked`` layers, side by side."""
    parts.vision(file, encoder, "mlp")
    parts.clip(file, encoder)
    parts.layer_norm(file, "v.pre_ln", encoder.width)
    parts.linear(file, "mm.0", encoder.out, stacked * encoder.width, gain=2.0)
    parts.linear(file, "mm.2", encoder.out, encoder.out, gain=2.0)


def janus_pro(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "janus_pro", use_gelu=True)
        parts.siglip(file, encoder, encoder.patches)
        parts.linear(file, "mm.0", encoder.out, encoder.width, gain=2.0)
        parts.linear(file, "mm.1", encoder.out, encoder.out, gain=2.0)


def glm_edge(path: Path, seed: str, encoder: Encoder) -> None:
    """Brings its own begin and end of a picture: they count as tokens of it."""
    out = encoder.out
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "adapter", use_gelu=True)
        parts.siglip(file, encoder, encoder.patches)
        file.matrix("adapter.conv.weight", out, encoder.width, 2, 2, half=True)
        file.vector("adapter.conv.bias", out, std=0.1)
        parts.linear(file, "adapter.linear.linear", out, out, bias=False)
        parts.layer_norm(file, "adapter.linear.norm1", out)
        parts.linear(file, "adapter.linear.gate", 2 * out, out, gain=2.0, bias=False)
        parts.linear(file, "adapter.linear.dense_h_to_4h", 2 * out, out, bias=False)
        parts.linear(file, "adapter.linear.dense_4h_to_h", out, 2 * out, bias=False)
        file.vector("adapter.boi", out, std=1.0)
        file.vector("adapter.eoi", out, std=1.0)
