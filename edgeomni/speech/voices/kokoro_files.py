"""Where a Kokoro model and its voices lie in a folder, in either of the ways they are published.

``kokoro-onnx`` publishes a model beside one archive of all voices (``voices-v1.0.bin``, which is an
npz), the hub a folder ``onnx`` beside a folder ``voices`` with raw numbers, a file for each voice.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgeomni import paths
from edgeomni.errors import AbilityMissing, ModelError, UsageError
from edgeomni.sanitise import clean
from edgeomni.speech.voices.kokoro import meant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_UNREADABLE = (
    *(OSError, ValueError, KeyError, EOFError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, RuntimeError),  # the last for a password or a strange method
)
_STYLE = 256
"""Numbers in a style; a voice has one for each length of a text in phonemes."""


@dataclass(frozen=True, slots=True)
class KokoroFiles:
    """A model and its voices."""

    folder: Path
    model: Path
    voices: Mapping[str, Path]
    """By name: the file that holds the voice, alone or with others."""

    def need(self, voice: str) -> Path:
        """The file of a voice. Raises UsageError with the nearest names."""
        if found := self.voices.get(voice):
            return found
        shown, where = clean(voice, keep="")[:40], clean(str(self.folder), keep="")
        names = ", ".join(clean(name, keep="") for name in list(self.voices)[:8])
        more = " and others" if len(self.voices) > 8 else ""
        raise UsageError(
            f"There is no voice {shown} in {where}." if shown else f"{where} is no voice.",
            remedy=f"{meant(voice, self.voices)}There are {names}{more}.",
        )


def find(folder: Path) -> KokoroFiles:
    """What lies there; of several models the one with the shortest name. Raises ModelError."""
    if not os.path.isdir(folder):
        raise _unfit(folder, "there is no such folder")
    try:
        models = _plainest(
            path for below in (folder, folder / "onnx") for path in below.glob("*.onnx")
        )
        archives = _plainest(
            path for end in ("bin", "npz") for path in folder.glob(f"*.{end}") if _is_archive(path)
        )
        voices = {name: path for path in archives[:1] for name in _inside(path)}
        voices = voices or {path.stem: path for path in sorted((folder / "voices").glob("*.bin"))}
    except (OSError, zipfile.BadZipFile) as error:
        raise _unfit(folder, str(error)) from error
    if not models:
        raise _unfit(folder, "it holds no .onnx file")
    if not voices:
        raise _unfit(folder, "it holds no voices, neither voices-v1.0.bin nor voices/*.bin")
    return KokoroFiles(folder, models[0], voices)


def styles(path: Path, voice: str) -> NDArray[np.float32]:
    """Of one voice, of shape (lengths, 1, 256). Raises ModelError."""
    import numpy as np

    try:
        if _is_archive(path):
            with np.load(path, allow_pickle=False) as archive:
                numbers = archive[voice]
        else:
            numbers = np.fromfile(path, "<f4")
        shaped = np.ascontiguousarray(numbers, np.float32).reshape(-1, 1, _STYLE)
    except _UNREADABLE as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error
    if not len(shaped) or not np.isfinite(shaped).all():
        raise damaged(path, f"it does not hold the numbers of the voice {voice}")
    return shaped


def not_installed() -> AbilityMissing:
    return AbilityMissing(
        "Kokoro's voices need the package kokoro-onnx, which is not installed.",
        works="The voice heart comes with edgeomni.",
        remedy=f"{paths.pip_install('kokoro-onnx')} (the extra kokoro; it brings phonemizer and "
        "espeak-ng, which are under the GPL-3.0).",
    )


def damaged(path: Path, why: str) -> ModelError:
    return ModelError(
        f"Kokoro cannot speak with {clean(path.name, keep='')}: {clean(why, keep='')[:200]}.",
        works="The voice heart comes with edgeomni.",
        remedy="Fetch it again (`edgeomni pull kokoro`), or name another folder.",
    )


def _unfit(folder: Path, why: str) -> ModelError:
    shown = clean(str(folder), keep="")[:200]
    return ModelError(
        f"There is no Kokoro in {shown}: {clean(why, keep='')[:200]}.",
        works="The voice heart comes with edgeomni.",
        remedy="Name the folder that holds the model and its voices, as in "
        "--voice FOLDER/af_heart; or let `edgeomni pull kokoro` fetch them.",
    )


def _plainest(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: (len(path.name), str(path)))


def _is_archive(path: Path) -> bool:
    return os.path.isfile(path) and zipfile.is_zipfile(path)


def _inside(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(name[:-4] for name in archive.namelist() if name.endswith(".npy"))
