"""Families that hear: Ultravox, and Qwen2.5-Omni, which sees as well."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.any_size import qwen25_vision
from tests.tiny.parts import Encoder, Layer
from tests.tiny.writer import GgufFile


def qwen25omni(path: Path, seed: str, encoder: Encoder) -> None:
    """One key names both encoders: Qwen2.5-VL's for pictures, Qwen2-Audio's for sounds."""
    with GgufFile(path, "clip", seed) as file:
        qwen25_vision(file, encoder, "qwen2.5o")
        _whisper(file, encoder)
        parts.linear(file, "mm.a.fc", encoder.out, encoder.width, gain=3.0)


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


def _whisper(file: GgufFile, encoder: Encoder, positions: int = 1500) -> None:
    file.put(
        {
            "clip.has_audio_encoder": True,
            **parts.encoder_keys("clip.audio", encoder, 1e-5),
            "clip.audio.num_mel_bins": encoder.mels,
        }
    )
    for number, into in ((1, encoder.mels), (2, encoder.width)):
        name = f"a.conv1d.{number}"
        file.matrix(name + ".weight", encoder.width, into, 3, gain=3.0, half=True)
        file.vector(name + ".bias", encoder.width, 1, std=0.1)
    file.vector("a.position_embd.weight", positions, encoder.width, std=0.1)
    parts.layers(file, encoder, Layer(key_bias=False), tower="a")
    parts.layer_norm(file, "a.post_ln", encoder.width)
