"""Families that see pictures at their own size and shape: Qwen-VL, Pixtral, GLM-V, Gemma 4, OCR."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.parts import Encoder, Layer
from tests.tiny.writer import GgufFile

_RMS = Layer(bias=False, norm_bias=False, gate=True)
_GEMMA4_GRID = 256
"""Patches on a side that Gemma 4's position tables reach here."""


def qwen2vl(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "qwen2vl_merger")
        parts.patches(file, encoder, bias=False, frames=2)
        parts.layers(file, encoder)
        parts.layer_norm(file, "v.post_ln", encoder.width)
        _merger(file, encoder)


def qwen25vl(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        qwen25_vision(file, encoder, "qwen2.5vl_merger")


def qwen25_vision(file: GgufFile, encoder: Encoder, projector: str) -> None:
    parts.vision(file, encoder, projector, use_silu=True)
    file.put({"clip.vision.n_wa_pattern": 2})
    parts.patches(file, encoder, bias=False, frames=2)
    parts.layers(file, encoder, Layer(norm_bias=False, gate=True))
    file.constant("v.post_ln.weight", encoder.width)
    _merger(file, encoder)


def qwen3vl(path: Path, seed: str, encoder: Encoder, deep: tuple[int, ...] = (0,)) -> None:
    """What the layers ``deep`` see goes into the language model's first layers (deepstack)."""
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "qwen3vl_merger", use_gelu=True)
        file.put({"clip.vision.spatial_merge_size": encoder.merge})
        parts.patches(file, encoder, frames=2)
        parts.positions_table(file, encoder, encoder.patches)
        parts.layers(file, encoder, Layer(fused=True))
        parts.layer_norm(file, "v.post_ln", encoder.width)
        _merger(file, encoder)
        for layer in deep:
            parts.layer_norm(file, f"v.deepstack.{layer}.norm", encoder.merged)
            parts.linear(file, f"v.deepstack.{layer}.fc1", encoder.merged, encoder.merged)
            parts.linear(file, f"v.deepstack.{layer}.fc2", encoder.out, encoder.merged)


def qwen35(path: Path, seed: str, encoder: Encoder) -> None:
    qwen3vl(path, seed, encoder, deep=())


def _merger(file: GgufFile, encoder: Encoder) -> None:
    parts.linear(file, "mm.0", encoder.merged, encoder.merged)
    parts.linear(file, "mm.2", encoder.out, encoder.merged, gain=2.0)


def pixtral(path: Path, seed: str, encoder: Encoder) -> None:
    """A learned vector ends each row of a picture but the last (``[IMG_BREAK]``)."""
    with GgufFile(path, "clip", seed) as file:
        _pixtral(file, encoder, "pixtral")
        file.vector("v.token_embd.img_break", encoder.out, std=1.0)


def lighton_ocr(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        _pixtral(file, encoder, "lightonocr")


def _pixtral(file: GgufFile, encoder: Encoder, projector: str) -> None:
    parts.vision(file, encoder, projector, use_silu=True)
    parts.patches(file, encoder, bias=False)
    file.constant("v.pre_ln.weight", encoder.width)
    parts.layers(file, encoder, _RMS)
    if encoder.merge > 1:
        file.put({"clip.vision.spatial_merge_size": encoder.merge})
        file.constant("mm.input_norm.weight", encoder.width)
        file.matrix("mm.patch_merger.weight", encoder.width, encoder.merged, half=True)
    parts.linear(file, "mm.1", encoder.out, encoder.width, gain=2.0)
    parts.linear(file, "mm.2", encoder.out, encoder.out, gain=2.0)


def glm4v(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        _glm4v(file, encoder)
        file.constant("v.norm_embd.weight", encoder.width)
        parts.positions_table(file, encoder, encoder.patches)


def glm_ocr(path: Path, seed: str, encoder: Encoder) -> None:
    """GLM-4V's encoder without a table of positions, and with norms of queries and keys."""
    with GgufFile(path, "clip", seed) as file:
        _glm4v(file, encoder)
        for layer in range(encoder.layers):
            for name in ("attn_q_norm", "attn_k_norm"):
                file.constant(f"v.blk.{layer}.{name}.weight", encoder.width // encoder.heads)


def _glm4v(file: GgufFile, encoder: Encoder) -> None:
    out, merge = encoder.out, encoder.merge
    parts.vision(file, encoder, "glm4v", use_silu=True)
    file.put({"clip.vision.spatial_merge_size": merge})
    parts.patches(file, encoder, frames=2)
    parts.layers(file, encoder, Layer(bias=False, norm_bias=False, fused=True, gate=True))
    file.constant("v.post_ln.weight", encoder.width)
    file.matrix("mm.patch_merger.weight", out, encoder.width, merge, merge, half=True)
    file.vector("mm.patch_merger.bias", out, std=0.1)
    parts.linear(file, "mm.model.fc", out, out, bias=False)
    parts.layer_norm(file, "mm.post_norm", out)
    for name, rows, columns in (("up", 96, out), ("gate", 96, out), ("down", out, 96)):
        parts.linear(file, f"mm.{name}", rows, columns, gain=2.0, bias=False)


def gemma4(path: Path, seed: str, encoder: Encoder) -> None:
    """Two tables of positions, for columns and for rows."""
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "gemma4v")
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        parts.patches(file, encoder, bias=False)
        file.vector("v.position_embd.weight", 2, _GEMMA4_GRID, encoder.width, std=0.3)
        parts.layers(file, encoder, _RMS)
        for layer in range(encoder.layers):
            _gemma4_norms(file, f"v.blk.{layer}.", encoder)
        parts.linear(file, "mm.input_projection", encoder.out, encoder.width, bias=False)


def gemma4_unified(path: Path, seed: str, encoder: Encoder) -> None:
    """No transformer: patches as large as a token are projected and get their positions."""
    pixels = 3 * (encoder.patch * encoder.merge) ** 2
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "gemma4uv")
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        file.matrix("v.patch_embd.weight", encoder.width, pixels, half=True)
        file.vector("v.patch_embd.bias", encoder.width, std=0.1)
        for number, width in ((1, pixels), (2, encoder.width), (3, encoder.width)):
            parts.layer_norm(file, f"v.patch_norm.{number}", width)
        file.vector("v.position_embd.weight", 2, _GEMMA4_GRID, encoder.width, std=0.3)
        parts.linear(file, "mm.input_projection", encoder.out, encoder.width, bias=False)


def _gemma4_norms(file: GgufFile, block: str, encoder: Encoder) -> None:
    for name in ("attn_q_norm", "attn_k_norm"):
        file.constant(f"{block}{name}.weight", encoder.width // encoder.heads)
    for name in ("attn_post_norm", "ffn_post_norm"):
        file.constant(f"{block}{name}.weight", encoder.width)


def paddle_ocr(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "paddleocr", use_gelu=True)
        _pixel_range(file, encoder)
        parts.siglip(file, encoder, encoder.patches)
        _normed_merger(file, encoder)


def kimi_vl(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "kimivl", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        parts.siglip(file, encoder, encoder.patches)
        _normed_merger(file, encoder)


def dots_ocr(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "dots_ocr", use_silu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        _pixel_range(file, encoder)
        parts.patches(file, encoder)
        file.constant("v.pre_ln.weight", encoder.width)
        parts.layers(file, encoder, Layer(bias=False, norm_bias=False, fused=True, gate=True))
        file.constant("mm.post_norm.weight", encoder.width)
        parts.layer_norm(file, "mm.input_norm", encoder.width)
        _merger(file, encoder)


def phi4(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "phi4", use_gelu=True)
        _pixel_range(file, encoder)
        parts.siglip(file, encoder, encoder.patches)
        parts.linear(file, "mm.0", encoder.out, encoder.width, gain=2.0)
        parts.linear(file, "mm.2", encoder.out, encoder.out, gain=2.0)


def _normed_merger(file: GgufFile, encoder: Encoder) -> None:
    parts.layer_norm(file, "mm.input_norm", encoder.width)
    parts.linear(file, "mm.1", encoder.merged, encoder.merged)
    parts.linear(file, "mm.2", encoder.out, encoder.merged, gain=2.0)


FEWEST, MOST = 4, 64
"""Tokens of one picture in the families whose files say so."""


def _pixel_range(file: GgufFile, encoder: Encoder) -> None:
    token = (encoder.patch * encoder.merge) ** 2
    file.put(
        {
            "clip.vision.image_min_pixels": FEWEST * token,
            "clip.vision.image_max_pixels": MOST * token,
        }
    )
