"""Writes GGUF files whose bytes depend only on the model's name and each tensor's own name."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import gguf
import numpy as np
import numpy.typing as npt

Value = bool | int | float | str | Sequence[int] | Sequence[float] | Sequence[str]
Array = npt.NDArray[np.float32]


class GgufFile:
    """One GGUF file in the making; leaving the ``with`` block writes it."""

    def __init__(self, path: Path, arch: str, seed: str) -> None:
        self.arch = arch
        self._seed = seed
        self._writer = gguf.GGUFWriter(str(path), arch)

    def __enter__(self) -> GgufFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._writer.write_header_to_file()
            self._writer.write_kv_data_to_file()
            self._writer.write_tensors_to_file()
        self._writer.close()

    def put(self, keys: Mapping[str, Value]) -> None:
        """Add metadata; ``{arch}`` in a key stands for the architecture."""
        for key, value in keys.items():
            self._put_one(key.replace("{arch}", self.arch), value)

    def put_int32(self, key: str, value: int) -> None:
        """Some readers insist on a signed integer."""
        self._writer.add_int32(key, value)

    def _put_one(self, key: str, value: Value) -> None:
        if isinstance(value, bool):
            self._writer.add_bool(key, value)
        elif isinstance(value, int):
            self._writer.add_uint32(key, value)
        elif isinstance(value, float):
            self._writer.add_float32(key, value)
        elif isinstance(value, str):
            self._writer.add_string(key, value)
        else:
            self._writer.add_array(key, list(value))

    def noise(self, name: str, *shape: int, std: float) -> Array:
        """Normal noise that is the same in every build of this model's tensor."""
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        source = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little")))
        return (source.standard_normal(shape) * std).astype(np.float32)

    def tensor(self, name: str, array: Array, *, half: bool = False) -> None:
        """Add a tensor; the shape is numpy's, the reverse of ggml's."""
        self._writer.add_tensor(name, array.astype(np.float16) if half else array)

    def quantised(self, name: str, array: Array) -> None:
        """Add a tensor as Q8_0; the last dimension must be a multiple of 32."""
        kind = gguf.GGMLQuantizationType.Q8_0
        self._writer.add_tensor(name, gguf.quantize(array, kind), raw_dtype=kind)

    def matrix(self, name: str, *shape: int, gain: float = 1.0, half: bool = False) -> None:
        """Random weights; inputs of unit variance come out with a deviation of ``gain``."""
        fan_in = math.prod(shape[1:])
        self.tensor(name, self.noise(name, *shape, std=gain / math.sqrt(fan_in)), half=half)

    def vector(self, name: str, *shape: int, std: float) -> None:
        self.tensor(name, self.noise(name, *shape, std=std))

    def constant(self, name: str, size: int, value: float = 1.0) -> None:
        self.tensor(name, np.full(size, value, np.float32))
