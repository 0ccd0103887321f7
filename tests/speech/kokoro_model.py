"""A stand-in for Kokoro: an ONNX model of its inputs and output that hums, and voices for it.

A style says at how many hertz it hums, and each token lasts 50 ms. The model is written as the few
bytes of protobuf that it is, so that nothing has to be installed or kept for it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

RATE = 24_000
TOKEN = RATE // 20
"""Samples."""
HEART, DORA = 220, 330
"""Hertz, of the two voices that a folder has unless told otherwise."""
_FLOAT, _INT64 = 1, 7


def folder(path: Path, voices: Mapping[str, float] | None = None, **model: object) -> Path:
    """A folder as kokoro-onnx publishes it; ``model`` as in ``write_model``."""
    path.mkdir(parents=True, exist_ok=True)
    write_model(path / "kokoro-v1.0.onnx", **model)  # type: ignore[arg-type]
    styles = {name: style(hertz) for name, hertz in (voices or _USUAL).items()}
    with (path / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **styles)  # type: ignore[arg-type]
    return path


def hub_files(voices: Mapping[str, float] | None = None) -> dict[str, bytes]:
    """The same as it lies on the hub, where the tokens are called otherwise."""
    files = {"onnx/model_quantized.onnx": model_bytes(tokens="input_ids")}
    for name, hertz in (voices or _USUAL).items():
        files[f"voices/{name}.bin"] = style(hertz).tobytes()
    return files


def style(hertz: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((510, 1, 256), hertz, np.float32)


_USUAL = {"af_heart": HEART, "ef_dora": DORA}


def write_model(path: Path, **model: object) -> None:
    path.write_bytes(model_bytes(**model))  # type: ignore[arg-type]


def model_bytes(
    *, tokens: str = "tokens", styles: str = "style", loudness: float = 0.3, stuck: int = 0
) -> bytes:
    """The model; ``stuck`` lets it drone for so many samples whatever it is to say."""
    nodes = [
        _node("Size", [tokens], "count"),
        _node("Cast", ["count"], "counted", to=_FLOAT),
        _node("Mul", ["counted", "token"], "usual"),
        _node("ReduceMax", ["speed"], "fast", keepdims=0),
        _node("Div", ["usual", "fast"], "long"),
        _node("Add", ["long", "stuck"], "longer"),
        _node("Range", ["zero", "longer", "one"], "times"),
        _node("ReduceMax", [styles], "hertz", keepdims=0),
        _node("Mul", ["times", "hertz"], "turns"),
        _node("Mul", ["turns", "turn"], "phase"),
        _node("Sin", ["phase"], "wave"),
        _node("Mul", ["wave", "loudness"], "audio"),
    ]
    numbers = {"token": TOKEN, "zero": 0, "one": 1, "turn": 2 * math.pi / RATE}
    numbers |= {"loudness": loudness, "stuck": stuck}
    graph = b"".join(_field(1, node) for node in nodes) + _text(2, "hum")
    graph += b"".join(_field(5, _scalar(name, value)) for name, value in numbers.items())
    graph += _field(11, _value(tokens, _INT64, 1, "length"))
    graph += _field(11, _value(styles, _FLOAT, 1, 256)) + _field(11, _value("speed", _FLOAT, 1))
    graph += _field(12, _value("audio", _FLOAT, "samples"))
    return _number(1, 8) + _field(7, graph) + _field(8, _text(1, "") + _number(2, 17))


# ── protobuf, as onnx.proto numbers its fields ───────────────────────────────────────────────────


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _field(field, value.encode())


def _node(op: str, inputs: list[str], output: str, **attributes: int) -> bytes:
    made = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, op)
    for name, value in attributes.items():
        made += _field(5, _text(1, name) + _number(3, value) + _number(20, 2))
    return made


def _scalar(name: str, value: float) -> bytes:
    return _number(2, _FLOAT) + _text(8, name) + _field(9, struct.pack("<f", value))


def _value(name: str, kind: int, *shape: int | str) -> bytes:
    dims = b"".join(
        _field(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape
    )
    return _text(1, name) + _field(2, _field(1, _number(1, kind) + _field(2, dims)))
