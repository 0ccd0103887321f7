"""The fallback ladder, CUDA to CPU: which ways to run a model to try, and when to step down.

Pure functions of the hardware, the request and what failed. A GPU context is unusable after an
error and many GPU errors end the process, so every step is a fresh worker (client.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeomni.engine.config import Device, Rung
from edgeomni.engine.hardware import Hardware
from edgeomni.errors import DeviceError, EdgeomniError, WorkerDied

_COMPUTING_FAILED = {"evaluation-failed", "no-memory", "fault"}
"""Codes of errors that llama.cpp reports where other builds would end the process."""
_FROM_OUTSIDE = (9, 15)  # SIGKILL, SIGTERM
_WINDOWS_CRASH = 0x80000000  # the bit that all of NTSTATUS's errors have

CPU = Rung("cpu", gpu_layers=0, mmproj_on_gpu=False)


@dataclass(frozen=True, slots=True)
class Request:
    device: Device
    require_gpu: bool
    layers: int
    """Layers of the model; 0 when unknown."""
    mmproj: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    rungs: tuple[Rung, ...]
    reason: str = ""
    """Why the ladder begins lower than one could expect; empty when it does not."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What ended a rung."""

    stage: str
    """``load``, ``context``, ``mmproj``, ``image``, ``decode`` ... as far as it is known."""
    reason: str
    crashed: bool
    """Computing failed: an error, or a signal of the process's own making (abort, segfault)."""


def failure_of(error: EdgeomniError, stage: str) -> Failure:
    """A worker that was killed from outside, or ended by itself, says nothing about the GPU."""
    if isinstance(error, WorkerDied):
        by_itself = error.signal not in (None, *_FROM_OUTSIDE)
        crashed = not error.hung and (by_itself or (error.status or 0) & _WINDOWS_CRASH != 0)
    else:
        crashed = error.code in _COMPUTING_FAILED
    return Failure(stage, error.happened, crashed)


def ladder(hardware: Hardware, request: Request) -> Ladder:
    """Raises DeviceError when a GPU is required and there is none."""
    if request.device == "cpu":
        if request.require_gpu:
            raise DeviceError("--require-gpu and --device cpu contradict each other.")
        return Ladder((CPU,))
    kinds = [gpu.kind for gpu in hardware.gpus]
    wanted = kinds if request.device == "auto" else [k for k in kinds if k == request.device]
    if not wanted:
        return _without_gpu(hardware, request)
    rungs = _on_gpu(wanted[0], request)
    return Ladder(rungs if request.require_gpu else (*rungs, CPU))


def _on_gpu(kind: str, request: Request) -> tuple[Rung, ...]:
    half = max(request.layers // 2, 1)
    if not request.mmproj:
        return Rung(kind, -1, None), Rung(kind, half, None)
    return tuple(Rung(kind, layers, on_gpu) for layers in (-1, half) for on_gpu in (True, False))


def _without_gpu(hardware: Hardware, request: Request) -> Ladder:
    wanted = "GPU" if request.device == "auto" else request.device.upper()
    reason = ""
    if hardware.nvidia_driver and request.device in ("auto", "cuda"):
        reason = "this machine has an NVIDIA GPU, but the installed llama-cpp-python has no CUDA"
    elif request.device != "auto":
        reason = f"the installed llama-cpp-python finds no {wanted} device"
    if request.require_gpu:
        raise DeviceError(
            f"A GPU is required, but {reason or 'none was found'}.",
            works="Without --require-gpu the CPU answers.",
            remedy="Install a llama-cpp-python wheel built for this GPU.",
        )
    return Ladder((CPU,), reason)


def step_down(rungs: Sequence[Rung], current: int, failure: Failure) -> int | None:
    """Index of the rung to try next; None when the failure has nothing to do with the GPU."""
    now = rungs[current]
    if not now.on_gpu:
        return None
    below = range(current + 1, len(rungs))
    if failure.stage in ("mmproj", "image"):
        # The model itself fitted: only the projector has to go.
        return next((i for i in below if not rungs[i].mmproj_on_gpu), None)
    fewer_layers = (
        i
        for i in below
        if rungs[i].gpu_layers not in (0, now.gpu_layers)
        and rungs[i].mmproj_on_gpu == now.mmproj_on_gpu
    )
    return next(fewer_layers, next(iter(below), None))
