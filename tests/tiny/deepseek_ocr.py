"""DeepSeek-OCR's encoder: SAM over patches in windows, and CLIP over what SAM made of them."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.parts import Encoder
from tests.tiny.writer import GgufFile

SIDE = 1024
"""Pixels of the whole picture; llama.cpp knows no other, nor other patches than 16."""
_GRID = SIDE // 16
_WINDOW = 14
_WIDTH, _HIDDEN, _LAYERS = 16, 32, 3
"""Of SAM. The third layer attends to everything, those before it within windows."""


def vision(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "deepseekocr")
        file.put(
            {
                "clip.vision.window_size": _WINDOW,
                "clip.vision.sam.block_count": _LAYERS,
                "clip.vision.sam.head_count": 1,
                "clip.vision.sam.embedding_length": _WIDTH,
            }
        )
        _sam(file, encoder)
        file.vector("v.class_embd", encoder.width, std=0.3)
        parts.positions_table(file, encoder, (_GRID // 4) ** 2 + 1)
        parts.layer_norm(file, "v.pre_ln", encoder.width)
        parts.layers(file, encoder)
        parts.linear(file, "mm.model.fc", encoder.out, 2 * encoder.width, gain=2.0)
        file.vector("v.image_newline", encoder.out, std=1.0)
        file.vector("v.view_seperator", encoder.out, std=1.0)


def _sam(file: GgufFile, encoder: Encoder) -> None:
    file.matrix("v.sam.patch_embd.weight", _WIDTH, 3, 16, 16)
    file.vector("v.sam.patch_embd.bias", _WIDTH, std=0.1)
    file.vector("v.sam.pos_embd.weight", _GRID, _GRID, _WIDTH, std=0.3)
    for layer in range(_LAYERS):
        _sam_layer(file, f"v.sam.blk.{layer}.", _GRID if layer in (2, 5, 8, 11) else _WINDOW)
    file.matrix("v.sam.neck.0.weight", encoder.width, _WIDTH, 1, 1)
    parts.layer_norm(file, "v.sam.neck.1", encoder.width)
    file.matrix("v.sam.neck.2.weight", encoder.width, encoder.width, 3, 3)
    parts.layer_norm(file, "v.sam.neck.3", encoder.width)
    for number in (2, 3):
        file.matrix(f"v.sam.net_{number}.weight", encoder.width, encoder.width, 3, 3)


def _sam_layer(file: GgufFile, block: str, reach: int) -> None:
    """``reach`` in patches: how far apart two may be that attend to each other."""
    for name in ("pre_ln", "post_ln"):
        parts.layer_norm(file, block + name, _WIDTH)
    parts.linear(file, block + "attn.qkv", 3 * _WIDTH, _WIDTH, gain=2.0)
    parts.linear(file, block + "attn.out", _WIDTH, _WIDTH)
    for axis in ("pos_h", "pos_w"):
        file.vector(f"{block}attn.{axis}.weight", 2 * reach - 1, _WIDTH, std=0.2)
    parts.linear(file, block + "mlp.lin1", _HIDDEN, _WIDTH)
    parts.linear(file, block + "mlp.lin2", _WIDTH, _HIDDEN)
