"""What this machine has, as far as the parent can tell without loading native code."""

from __future__ import annotations

import ctypes.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KINDS = {"CUDA": "cuda", "MTL": "metal", "Metal": "metal", "Vulkan": "vulkan"}


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU that the installed llama.cpp can use."""

    kind: str
    """``cuda``, ``metal``, ``vulkan``, or the backend's own name."""
    name: str
    free: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Hardware:
    gpus: tuple[Gpu, ...]
    nvidia_driver: bool
    """An NVIDIA GPU's driver is loaded, whether the installed build can use it or not."""


def hardware(devices: Sequence[Mapping[str, Any]]) -> Hardware:
    """From the device list of an engine worker."""
    gpus = tuple(
        Gpu(_kind(device["name"]), device["description"] or device["name"], device["free"])
        for device in devices
        if device["gpu"]
    )
    return Hardware(gpus, _nvidia_driver())


def _kind(name: str) -> str:
    stem = name.rstrip("0123456789")
    return _KINDS.get(stem, stem.lower())


def _nvidia_driver() -> bool:
    if sys.platform == "win32":
        return ctypes.util.find_library("nvcuda") is not None
    return Path("/proc/driver/nvidia/version").exists()


def usual_threads(cores: int) -> int:
    """All cores but one, which stays for the screen, the microphone and everything else.

    llama.cpp's threads wait for each other after every layer: with no core left, one busy
    neighbour took a 135M model on two cores from 85 to 12 tokens a second.
    """
    return max(cores - 1, 1)


def physical_cores() -> int:
    """Cores that this process may use, hyper-threads not counted: decoding gains nothing of them.

    Linux tells siblings apart; elsewhere every logical processor counts.
    """
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    siblings = {_siblings(cpu) for cpu in os.sched_getaffinity(0)}
    return max(len(siblings), 1)


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text().strip()
    except OSError:
        return str(cpu)
