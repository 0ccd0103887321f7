"""A look at a GGUF file's header before llama.cpp opens it.

llama.cpp trusts more of a header than it should: ``block_count = 0`` ends the process, and a
tensor that claims to lie behind the end of the file was read from the heap by others. What is
checked here becomes a clear sentence instead. Format: ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from edgeomni.errors import ModelError, ModelNotFound

_MAGIC = b"GGUF"
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_MOST_KEYS = 1 << 16
_MOST_TENSORS = 1 << 17
_LONGEST_STRING = 64 << 20
_MOST_LAYERS = 512  # LLAMA_MAX_LAYERS
_WIDEST_TENSOR = 1 << 40

# ggml tensor type: (elements per block, bytes per block). From ggml/src/ggml.c, type_traits.
_TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip


@dataclass
class Header:
    """What the header says, without arrays longer than a few numbers."""

    values: dict[str, Any] = field(default_factory=dict)
    data_end: int = 0
    """Bytes that the file must have at least."""
    offsets: dict[str, int] = field(default_factory=dict)
    """Where in the file each tensor begins."""

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    @property
    def layers(self) -> int:
        value = self.values.get(f"{self.architecture}.block_count", 0)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0


def read_header(path: Path) -> Header:
    """Raises ModelNotFound or ModelError, and nothing else."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise _bad(path, "is not a file", "not-gguf") if path.exists() else _missing(path)
        with open(path, "rb") as file:
            if file.read(4) != _MAGIC:
                raise _bad(path, "is not a GGUF model file", "not-gguf")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(data).header()
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise ModelError(
            f"{path.name} cannot be read: {error.strerror}.",
            works="Other models work.",
            remedy=f"See to it that you may read {path} and that its disk is well.",
        ) from error
    except (struct.error, IndexError):
        raise _bad(path, "is cut off in its header", "truncated") from None
    except _Broken as error:
        raise _bad(path, f"has a damaged header ({error})", "damaged") from None


def check_header(path: Path) -> Header:
    """``read_header``, and what llama.cpp would not survive."""
    header = read_header(path)
    size = path.stat().st_size
    if header.data_end > size:
        raise _bad(
            path, f"is cut off: it has {size} bytes of at least {header.data_end}", "truncated"
        )
    if not header.architecture:
        raise _bad(path, "names no model architecture", "damaged")
    if header.architecture != "clip" and not 0 < header.layers <= _MOST_LAYERS:
        raise _bad(path, f"claims to have {header.layers} layers", "damaged")
    return header


class _Broken(Exception):
    pass


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 4
        self._distinct = False

    def header(self) -> Header:
        version = self._number("I")
        if version not in (2, 3):
            raise _Broken(f"version {version}")
        tensors, keys = self._number("Q"), self._number("Q")
        if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
            raise _Broken(f"{tensors} tensors, {keys} keys")
        header = Header()
        for _ in range(keys):
            name = self._string().decode(errors="replace")
            self._distinct = name == "tokenizer.ggml.tokens"
            header.values[name] = self._value(self._number("I"))
        found = list(self._tensors(tensors))
        alignment = header.values.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise _Broken(f"alignment {alignment}")
        start = -(-self._at // alignment) * alignment
        header.offsets = {name: start + offset for name, offset, _ in found}
        header.data_end = max(
            (start + offset + size for _, offset, size in found), default=self._at
        )
        return header

    def _tensors(self, count: int) -> Iterator[tuple[str, int, int]]:
        """Name, offset in the data, and bytes."""
        for _ in range(count):
            name = self._string().decode(errors="replace")
            n_dims = self._number("I")
            if not 0 < n_dims <= 4:
                raise _Broken(f"tensor {name[:64]} of {n_dims} dimensions")
            shape = [self._number("Q") for _ in range(n_dims)]
            kind, offset = self._number("I"), self._number("Q")
            if kind not in _TYPES:
                continue  # a newer type than this table: llama.cpp knows whether it can be
            elements, size = _TYPES[kind]
            n = prod(shape)
            if not 0 < n < _WIDEST_TENSOR or shape[0] % elements:
                raise _Broken(f"tensor {name[:64]} of shape {shape}")
            yield name, offset, n // elements * size

    def _number(self, code: str) -> int:
        value: int = struct.unpack_from("<" + code, self._data, self._at)[0]
        self._at += struct.calcsize("<" + code)
        return value

    def _string(self) -> bytes:
        length = self._number("Q")
        if length > _LONGEST_STRING or self._at + length > len(self._data):
            raise _Broken(f"a text of {length} bytes")
        self._at += length
        return self._data[self._at - length : self._at]

    def _value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self._number(_SCALARS[kind])
        if kind == _STRING:
            return self._string().decode(errors="replace")
        if kind != _ARRAY:
            raise _Broken(f"a value of type {kind}")
        item, count = self._number("I"), self._number("Q")
        if count > len(self._data):
            raise _Broken(f"an array of {count} items")
        if item in _SCALARS:
            self._at += struct.calcsize("<" + _SCALARS[item]) * count
            if self._at > len(self._data):
                raise _Broken(f"an array of {count} items")
        elif item == _STRING:
            self._check_strings(count) if self._distinct else self._skip_strings(count)
        else:
            raise _Broken(f"an array of type {item}")
        return None

    def _check_strings(self, count: int) -> None:
        """A vocabulary with the same token twice ends the process in llama.cpp."""
        tokens = [token for _ in range(count) if (token := self._string())]
        if len(set(tokens)) < len(tokens):  # empty ones get distinct names there
            raise _Broken("a vocabulary that has a token twice")

    def _skip_strings(self, count: int) -> None:
        """Vocabularies have hundreds of thousands of these: no slices, no calls."""
        data, at, size = self._data, self._at, len(self._data)
        unpack = struct.Struct("<Q").unpack_from
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
            if at > size:
                raise _Broken("a text behind the end of the file")
        self._at = at


def _missing(path: Path) -> ModelNotFound:
    remedy = "Check the path, or name a model to pull."
    return ModelNotFound(f"There is no file {path}.", remedy=remedy)


def _bad(path: Path, what: str, code: str) -> ModelError:
    return ModelError(f"{path.name} {what}.", remedy="Pull or copy the file again.", code=code)
