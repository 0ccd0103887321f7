"""Encoders and projectors (``mmproj`` files) that turn pictures and sounds into embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.tiny.writer import GgufFile, Value

RESAMPLER_HEAD = 128
"""MiniCPM's resampler knows no other head size: the language model's width is a multiple."""
RESAMPLER_GRID = 70
"""MiniCPM's position table is always 70x70."""


@dataclass(frozen=True)
class Encoder:
    """A transformer over patches or over spectrogram frames."""

    out: int
    """Width of the language model that takes the embeddings."""
    layers: int = 1
    width: int = 32
    heads: int = 2
    hidden: int = 64
    """Differs from ``width``: equal sizes make llama.cpp take ffn_up for ffn_down."""
    image: int = 56
    """Pixels on a side."""
    patch: int = 14
    """Pixels on a side."""
    merge: int = 2
    """Patches on a side that become one token."""
    mels: int = 128

    @property
    def patches(self) -> int:
        return (self.image // self.patch) ** 2


Projector = Callable[[Path, str, Encoder], None]


def gemma3(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        _vision(file, encoder, "gemma3", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        _siglip(file, encoder, encoder.patches)
        file.tensor(
            "mm.input_projection.weight",
            file.noise("mm.input_projection.weight", encoder.width, encoder.out, std=0.2),
        )
        file.constant("mm.soft_emb_norm.weight", encoder.width)


def idefics3(path: Path, seed: str, encoder: Encoder) -> None:
    """Cuts large pictures into tiles, with an overview of the whole behind them."""
    with GgufFile(path, "clip", seed) as file:
        _vision(file, encoder, "idefics3", use_gelu=True)
        file.put(
            {
                "clip.vision.projector.scale_factor": encoder.merge,
                "clip.vision.preproc_image_size": 2 * encoder.image,
            }
        )
        _siglip(file, encoder, encoder.patches)
        file.matrix("mm.model.fc.weight", encoder.out, encoder.width * encoder.merge**2, half=True)


def lfm2(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        _vision(file, encoder, "lfm2", use_gelu=True)
        file.put({"clip.vision.projector.scale_factor": encoder.merge})
        _siglip(file, encoder, encoder.patches)
        _linear(file, "mm.1", 96, encoder.width * encoder.merge**2)
        _linear(file, "mm.2", encoder.out, 96, gain=2.0)


def resampler(version: int, queries: int = 8) -> Projector:
    """MiniCPM: a fixed number of learned queries looks at each picture (V 2.6 is 3, o 2.6 is 4)."""

    def write(path: Path, seed: str, encoder: Encoder) -> None:
        with GgufFile(path, "clip", seed) as file:
            _vision(file, encoder, "resampler", use_gelu=True)
            file.put_int32("clip.minicpmv_version", version)
            file.put({"clip.minicpmv_query_num": queries})
            _siglip(file, encoder, RESAMPLER_GRID**2)
            _resampler(file, encoder, queries)

    return write


def qwen25vl(path: Path, seed: str, encoder: Encoder) -> None:
    with GgufFile(path, "clip", seed) as file:
        _qwen_vision(file, encoder, "qwen2.5vl_merger")


def qwen25omni(path: Path, seed: str, encoder: Encoder) -> None:
    """One key names both encoders: Qwen2.5-VL's for pictures, Qwen2-Audio's for sounds."""
    with GgufFile(path, "clip", seed) as file:
        _qwen_vision(file, encoder, "qwen2.5o")
        _whisper(file, encoder)
        _linear(file, "mm.a.fc", encoder.out, encoder.width, gain=3.0)


def ultravox(path: Path, seed: str, encoder: Encoder, stack: int = 8) -> None:
    """Hears and does not see. ``stack`` frames become one token."""
    with GgufFile(path, "clip", seed) as file:
        file.put({"clip.projector_type": "ultravox", "clip.audio.projector.stack_factor": stack})
        _whisper(file, encoder)
        middle = 64
        file.constant("mm.a.norm_pre.weight", encoder.width * stack)
        file.matrix("mm.a.mlp.1.weight", middle, encoder.width * stack, gain=2.0, half=True)
        file.constant("mm.a.norm_mid.weight", middle // 2)
        file.matrix("mm.a.mlp.2.weight", encoder.out, middle // 2, half=True)


def _vision(file: GgufFile, encoder: Encoder, projector: str, **flags: Value) -> None:
    file.put(
        {
            "clip.has_vision_encoder": True,
            "clip.projector_type": projector,
            **_encoder_keys("clip.vision", encoder, 1e-6),
            "clip.vision.image_size": encoder.image,
            "clip.vision.patch_size": encoder.patch,
            "clip.vision.image_mean": [0.5, 0.5, 0.5],
            "clip.vision.image_std": [0.5, 0.5, 0.5],
            **{f"clip.{flag}": value for flag, value in flags.items()},
        }
    )


def _encoder_keys(prefix: str, encoder: Encoder, epsilon: float) -> dict[str, Value]:
    return {
        f"{prefix}.embedding_length": encoder.width,
        f"{prefix}.attention.head_count": encoder.heads,
        f"{prefix}.feed_forward_length": encoder.hidden,
        f"{prefix}.block_count": encoder.layers,
        f"{prefix}.projection_dim": encoder.out,
        f"{prefix}.attention.layer_norm_epsilon": epsilon,
    }


def _siglip(file: GgufFile, encoder: Encoder, positions: int) -> None:
    shape = (encoder.width, 3, encoder.patch, encoder.patch)
    file.matrix("v.patch_embd.weight", *shape, half=True)
    file.vector("v.patch_embd.bias", encoder.width, std=0.1)
    file.vector("v.position_embd.weight", positions, encoder.width, std=0.3)
    for layer in range(encoder.layers):
        _layer(file, f"v.blk.{layer}.", encoder)
    _layer_norm(file, "v.post_ln", encoder.width)


def _layer(file: GgufFile, block: str, encoder: Encoder, *, key_bias: bool = True) -> None:
    width, hidden = encoder.width, encoder.hidden
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        _linear(file, block + name, width, width, bias=key_bias or name != "attn_k")
    _layer_norm(file, block + "ln1", width)
    _layer_norm(file, block + "ln2", width)
    _linear(file, block + "ffn_up", hidden, width)
    _linear(file, block + "ffn_down", width, hidden)


def _linear(
    file: GgufFile, name: str, out: int, into: int, *, gain: float = 1.0, bias: bool = True
) -> None:
    file.matrix(name + ".weight", out, into, gain=gain, half=True)
    if bias:
        file.vector(name + ".bias", out, std=0.1)


def _layer_norm(file: GgufFile, name: str, width: int) -> None:
    file.constant(name + ".weight", width)
    file.constant(name + ".bias", width, 0.0)


def _qwen_vision(file: GgufFile, encoder: Encoder, projector: str) -> None:
    _vision(file, encoder, projector, use_silu=True)
    file.put({"clip.vision.n_wa_pattern": 2})
    shape = (encoder.width, 3, encoder.patch, encoder.patch)
    file.matrix("v.patch_embd.weight", *shape, half=True)
    file.matrix("v.patch_embd.weight.1", *shape, half=True)
    for layer in range(encoder.layers):
        _qwen_layer(file, f"v.blk.{layer}.", encoder)
    file.constant("v.post_ln.weight", encoder.width)
    four = encoder.width * encoder.merge**2
    _linear(file, "mm.0", four, four)
    _linear(file, "mm.2", encoder.out, four, gain=2.0)


def _qwen_layer(file: GgufFile, block: str, encoder: Encoder) -> None:
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        _linear(file, block + name, encoder.width, encoder.width)
    file.constant(block + "ln1.weight", encoder.width)
    file.constant(block + "ln2.weight", encoder.width)
    _linear(file, block + "ffn_gate", encoder.hidden, encoder.width)
    _linear(file, block + "ffn_up", encoder.hidden, encoder.width)
    _linear(file, block + "ffn_down", encoder.width, encoder.hidden)


def _whisper(file: GgufFile, encoder: Encoder, positions: int = 1500) -> None:
    file.put(
        {
            "clip.has_audio_encoder": True,
            **_encoder_keys("clip.audio", encoder, 1e-5),
            "clip.audio.num_mel_bins": encoder.mels,
        }
    )
    for number, into in ((1, encoder.mels), (2, encoder.width)):
        name = f"a.conv1d.{number}"
        file.matrix(name + ".weight", encoder.width, into, 3, gain=3.0, half=True)
        file.vector(name + ".bias", encoder.width, 1, std=0.1)
    file.vector("a.position_embd.weight", positions, encoder.width, std=0.1)
    for layer in range(encoder.layers):
        _layer(file, f"a.blk.{layer}.", encoder, key_bias=False)
    _layer_norm(file, "a.post_ln", encoder.width)


def _resampler(file: GgufFile, encoder: Encoder, queries: int) -> None:
    assert encoder.out % RESAMPLER_HEAD == 0
    file.vector("resampler.pos_embed_k", 4, encoder.out, std=0.1)  # demanded, never used
    file.vector("resampler.query", queries, encoder.out, std=1.0)
    file.matrix("resampler.proj.weight", encoder.out, encoder.out, half=True)
    file.matrix("resampler.kv.weight", encoder.out, encoder.width, half=True)
    for name in ("q", "k", "v", "out"):
        _linear(file, f"resampler.attn.{name}", encoder.out, encoder.out)
    for name in ("q", "kv", "post"):
        _layer_norm(file, f"resampler.ln_{name}", encoder.out)
