"""What vision and audio encoders (``mmproj`` files) are put together from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.tiny.writer import GgufFile, Value


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

    @property
    def merged(self) -> int:
        """Width of the patches of one token, side by side."""
        return self.width * self.merge**2


Projector = Callable[[Path, str, Encoder], None]


@dataclass(frozen=True)
class Layer:
    """How the layers of a vision transformer differ between families."""

    bias: bool = True
    """Of the linear maps."""
    key_bias: bool = True
    """Whisper's keys have none."""
    norm_bias: bool = True
    """False with RMS norms."""
    fused: bool = False
    """Queries, keys and values in one matrix."""
    gate: bool = False
    """A gated feed-forward network."""
    scales: bool = False
    """Learned factors for what attention and feed-forward add."""


PLAIN = Layer()


def vision(file: GgufFile, encoder: Encoder, projector: str, **flags: Value) -> None:
    file.put(
        {
            "clip.has_vision_encoder": True,
            "clip.projector_type": projector,
            **encoder_keys("clip.vision", encoder, 1e-6),
            "clip.vision.image_size": encoder.image,
            "clip.vision.patch_size": encoder.patch,
            "clip.vision.image_mean": [0.5, 0.5, 0.5],
            "clip.vision.image_std": [0.5, 0.5, 0.5],
            **{f"clip.{flag}": value for flag, value in flags.items()},
        }
    )


def encoder_keys(prefix: str, encoder: Encoder, epsilon: float) -> dict[str, Value]:
    return {
        f"{prefix}.embedding_length": encoder.width,
        f"{prefix}.attention.head_count": encoder.heads,
        f"{prefix}.feed_forward_length": encoder.hidden,
        f"{prefix}.block_count": encoder.layers,
        f"{prefix}.projection_dim": encoder.out,
        f"{prefix}.attention.layer_norm_epsilon": epsilon,
    }


def siglip(file: GgufFile, encoder: Encoder, positions: int) -> None:
    patches(file, encoder)
    positions_table(file, encoder, positions)
    layers(file, encoder)
    layer_norm(file, "v.post_ln", encoder.width)


def clip(file: GgufFile, encoder: Encoder, layer: Layer = PLAIN) -> None:
    """A class token stands before the patches; ``siglip`` has none."""
    patches(file, encoder)
    file.vector("v.class_embd", encoder.width, std=0.3)
    positions_table(file, encoder, encoder.patches + 1)
    layers(file, encoder, layer)


def patches(file: GgufFile, encoder: Encoder, *, bias: bool = True, frames: int = 1) -> None:
    """Convolutions that turn patches into vectors: one for each of ``frames``."""
    shape = (encoder.width, 3, encoder.patch, encoder.patch)
    for frame in range(frames):
        file.matrix("v.patch_embd.weight" + (f".{frame}" if frame else ""), *shape, half=True)
    if bias:
        file.vector("v.patch_embd.bias", encoder.width, std=0.1)


def positions_table(file: GgufFile, encoder: Encoder, positions: int) -> None:
    file.vector("v.position_embd.weight", positions, encoder.width, std=0.3)


def layers(file: GgufFile, encoder: Encoder, kind: Layer = PLAIN, tower: str = "v") -> None:
    for number in range(encoder.layers):
        _layer(file, f"{tower}.blk.{number}.", encoder, kind)


def _layer(file: GgufFile, block: str, encoder: Encoder, kind: Layer) -> None:
    width, hidden = encoder.width, encoder.hidden
    if kind.fused:
        linear(file, block + "attn_qkv", 3 * width, width, bias=kind.bias)
    else:
        linear(file, block + "attn_q", width, width, bias=kind.bias)
        linear(file, block + "attn_k", width, width, bias=kind.bias and kind.key_bias)
        linear(file, block + "attn_v", width, width, bias=kind.bias)
    linear(file, block + "attn_out", width, width, bias=kind.bias)
    for name in ("ln1", "ln2"):
        norm(file, block + name, width, bias=kind.norm_bias)
    if kind.gate:
        linear(file, block + "ffn_gate", hidden, width, bias=kind.bias)
    linear(file, block + "ffn_up", hidden, width, bias=kind.bias)
    linear(file, block + "ffn_down", width, hidden, bias=kind.bias)
    if kind.scales:
        file.constant(block + "ls1.weight", width, 0.5)
        file.constant(block + "ls2.weight", width, 0.5)


def linear(
    file: GgufFile, name: str, out: int, into: int, *, gain: float = 1.0, bias: bool = True
) -> None:
    file.matrix(name + ".weight", out, into, gain=gain, half=True)
    if bias:
        file.vector(name + ".bias", out, std=0.1)


def norm(file: GgufFile, name: str, width: int, *, bias: bool) -> None:
    file.constant(name + ".weight", width)
    if bias:
        file.constant(name + ".bias", width, 0.0)


def layer_norm(file: GgufFile, name: str, width: int) -> None:
    norm(file, name, width, bias=True)
