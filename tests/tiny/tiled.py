"""Families that cut large pictures into tiles and add a view of the whole."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.fixed_size import clip_with_mlp
from tests.tiny.parts import Encoder, Layer, Projector
from tests.tiny.writer import GgufFile

RESAMPLER_HEAD = 128
"""MiniCPM's resampler knows no other head size: the language model's width is a multiple."""
RESAMPLER_GRID = 70
"""MiniCPM's position table is always 70x70."""
MOST_TILES = 6
"""Of InternVL here; trained models have 12."""
PINPOINTS = ((1, 2), (2, 1), (2, 2), (3, 1), (1, 3))
"""LLaVA 1.6: columns and rows of the grids of tiles."""


def idefics3(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "idefics3", use_gelu=True)
        file.put(
            {
                "clip.vision.projector.scale_factor": encoder.merge,
                "clip.vision.preproc_image_size": 2 * encoder.image,
            }
        )
        parts.siglip(file, encoder, encoder.patches)
        file.matrix("mm.model.fc.weight", encoder.out, encoder.merged, half=True)


def lfm2(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "lfm2", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        parts.siglip(file, encoder, encoder.patches)
        parts.linear(file, "mm.1", 96, encoder.merged)
        parts.linear(file, "mm.2", encoder.out, 96, gain=2.0)


def internvl(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "internvl", use_gelu=True)
        file.put(
            {
                "clip.vision.projector.scale_factor": encoder.merge,
                "clip.vision.preproc_min_tiles": 1,
                "clip.vision.preproc_max_tiles": MOST_TILES,
            }
        )
        parts.clip(file, encoder, Layer(scales=True))
        parts.layer_norm(file, "mm.model.mlp.0", encoder.merged)
        parts.linear(file, "mm.model.mlp.1", encoder.out, encoder.merged, gain=2.0)
        parts.linear(file, "mm.model.mlp.3", encoder.out, encoder.out, gain=2.0)


def llava_next(path: Path, seed: str, encoder: Encoder) -> None:
    """LLaVA 1.6: the encoder of 1.5, and a list of the grids that a picture may be cut into."""
    with GgufFile(path, "clip", seed) as file:
        clip_with_mlp(file, encoder)
        _pinpoints(file, encoder)


def granite_vision(path: Path, seed: str, encoder: Encoder) -> None:
    """LLaVA 1.6 that looks at several layers of its encoder at once."""
    seen = list(range(1, encoder.layers + 1))
    with GgufFile(path, "clip", seed) as file:
        clip_with_mlp(file, encoder, stacked=len(seen))
        _pinpoints(file, encoder)
        file.put({"clip.vision.feature_layer": seen})


def _pinpoints(file: GgufFile, encoder: Encoder) -> None:
    sides = [side * encoder.image for grid in PINPOINTS for side in grid]
    file.put({"clip.vision.image_grid_pinpoints": sides})


def resampler(version: int, queries: int = 8) -> Projector:
    """MiniCPM: a fixed number of learned queries looks at each picture (V 2.6 is 3, o 2.6 is 4)."""

    def write(path: Path, seed: str, encoder: Encoder) -> None:
        with GgufFile(path, "clip", seed) as file:
            parts.vision(file, encoder, "resampler", use_gelu=True)
            file.put_int32("clip.minicpmv_version", version)
            file.put({"clip.minicpmv_query_num": queries})
            parts.siglip(file, encoder, RESAMPLER_GRID**2)
            _resampler(file, encoder, queries)

    return write


def minicpmv46(path: Path, seed: str, encoder: Encoder) -> None:
    """MiniCPM-V 4.6: no queries, but patches merged twice, the first time within the encoder."""
    half = 2  # patches on a side that become one, each time
    four = encoder.width * half**2
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "minicpmv4_6", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        file.put({"clip.vision.wa_layer_indexes": [0]})
        parts.siglip(file, encoder, RESAMPLER_GRID**2)
        parts.layer_norm(file, "v.vit_merger.ln1", encoder.width)
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            parts.linear(file, f"v.vit_merger.{name}", encoder.width, encoder.width)
        parts.layer_norm(file, "v.vit_merger.ds_ln", four)
        parts.linear(file, "v.vit_merger.ds_ffn_up", encoder.hidden, four)
        parts.linear(file, "v.vit_merger.ds_ffn_down", encoder.width, encoder.hidden)
        parts.layer_norm(file, "mm.input_norm", four)
        parts.linear(file, "mm.up", four, four)
        parts.linear(file, "mm.down", encoder.out, four, gain=2.0)


def _resampler(file: GgufFile, encoder: Encoder, queries: int) -> None:
    assert encoder.out % RESAMPLER_HEAD == 0
    file.vector("resampler.pos_embed_k", 4, encoder.out, std=0.1)  # demanded, never used
    file.vector("resampler.query", queries, encoder.out, std=1.0)
    file.matrix("resampler.proj.weight", encoder.out, encoder.out, half=True)
    file.matrix("resampler.kv.weight", encoder.out, encoder.width, half=True)
    for name in ("q", "k", "v", "out"):
        parts.linear(file, f"resampler.attn.{name}", encoder.out, encoder.out)
    for name in ("q", "kv", "post"):
        parts.layer_norm(file, f"resampler.ln_{name}", encoder.out)
