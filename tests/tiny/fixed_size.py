"""Families that see every picture as one square: Gemma 3, LLaVA 1.5, Moondream, Janus-Pro, ..."""

from __future__ import annotations

from dataclasses import replace
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


def yasa2(path: Path, seed: str, encoder: Encoder) -> None:
    """A ConvNeXt V2 of ``encoder.layers`` stages, whose last one has a grid of 8x8.

    The eye of the default model is of this kind. ``encoder.width`` is that of the last stage.
    """
    stages = encoder.layers
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, replace(encoder, layers=0), "yasa2")
        widths = [encoder.width >> (stages - 1 - stage) for stage in range(stages)]
        file.matrix("v.patch_embd.weight", widths[0], 3, encoder.patch, encoder.patch, half=True)
        file.vector("v.patch_embd.bias", widths[0], std=0.1)
        parts.layer_norm(file, "v.patch_ln", widths[0])
        for stage, width in enumerate(widths):
            name = f"v.stage.{stage}"
            if stage:
                parts.layer_norm(file, f"{name}.down.ln", width // 2)
                file.matrix(f"{name}.down.conv.weight", width, width // 2, 2, 2, half=True)
                file.vector(f"{name}.down.conv.bias", width, std=0.1)
            _convnext(file, f"{name}.blk.0", width)
        file.vector("v.vision_pos_embed", 64, encoder.width, std=0.3)
        parts.linear(file, "mm.0", 2 * encoder.width, encoder.width, gain=2.0)
        parts.linear(file, "mm.2", encoder.out, 2 * encoder.width, gain=2.0)


def _convnext(file: GgufFile, name: str, width: int) -> None:
    file.matrix(f"{name}.dw.weight", width, 1, 7, 7, half=True)
    file.vector(f"{name}.dw.bias", width, std=0.1)
    parts.layer_norm(file, f"{name}.ln", width)
    parts.linear(file, f"{name}.pw1", 4 * width, width)
    file.vector(f"{name}.grn.weight", 4 * width, std=0.3)
    file.vector(f"{name}.grn.bias", 4 * width, std=0.1)
    parts.linear(file, f"{name}.pw2", width, 4 * width)
