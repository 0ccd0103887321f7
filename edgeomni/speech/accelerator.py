"""The CUDA GPU that Whisper could run on, and a trial of it. Asked in workers only.

CTranslate2 opens cuBLAS and cuDNN at the first use, and where cuDNN is missing it ends the process.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import ctranslate2
import numpy as np

from edgeomni.errors import EngineError, ModelError
from edgeomni.speech.ears import whisper
from edgeomni.speech.ears.windows import RATE

_LIBRARIES = ("nvidia-cublas-cu12", "nvidia-cudnn-cu12", "nvidia-cublas", "nvidia-cudnn-cu13")
"""Packages that bring what CTranslate2 opens."""
_DRIVER_REPORT = Path("/proc/driver/nvidia/version")


def accelerator() -> str:
    """Names the GPU and all that decides whether it works; empty where there is none."""
    if ctranslate2.get_cuda_device_count() == 0:
        return ""
    places = os.environ.get("PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH", "")
    about = [_device(), _driver(), f"ctranslate2 {ctranslate2.__version__}", *_libraries(), places]
    return "; ".join(part for part in about if part)


def attempt(folder: Path) -> None:
    """Understand half a second on the GPU. Raises ModelError, EngineError, or ends the process."""
    whisper.Whisper(folder, 1)  # a damaged model is no fault of the GPU's
    hiss = np.random.default_rng(0).normal(0, 0.1, RATE // 2).astype(np.float32)
    try:
        whisper.Whisper(folder, 1, "cuda").sketch(hiss, "")
    except ModelError as error:
        raise EngineError(error.happened) from error
    except RuntimeError as error:
        raise EngineError(f"Whisper failed on the GPU: {str(error)[:200]}.") from error


def _device() -> str:
    name, version = ctypes.create_string_buffer(256), ctypes.c_int(0)
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        driver.cuInit(0)
        driver.cuDriverGetVersion(ctypes.byref(version))
        driver.cuDeviceGetName(name, len(name), 0)
    except (OSError, AttributeError):
        return "a GPU"
    return f"{name.value.decode('ascii', 'replace')}; CUDA {version.value}"


def _driver() -> str:
    try:
        return _DRIVER_REPORT.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:
        return ""


def _libraries() -> list[str]:
    found = []
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return found
