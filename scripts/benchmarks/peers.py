"""Builds llama-server, llama-bench and llama-mtmd-cli from the sources that our engine is made of.

The same sources, compiler and flags as the installed llama-cpp-python: what differs in a
comparison is then ours or theirs, not the build. Nothing is asked but the package index.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootstrap.place import Place
from bootstrap.progress import Progress
from bootstrap.trouble import SetupError, explain

PROGRAMS = ("llama-server", "llama-bench", "llama-mtmd-cli")
ENGINE = "llama-cpp-python"

FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",  # it would be fetched from elsewhere
)

_SHOWN = 12
"""Lines of output that are shown when a step fails."""


class Shelf:
    """Where sources, build and programs of one version lie in a checkout; nothing is made."""

    def __init__(self, root: Path, version: str) -> None:
        self.root = root / ".peers"
        self.tools = self.root / "tools"
        self.fixtures = self.root / "fixtures"
        self.version = version
        self.home = self.root / version
        self.download = self.home / "download"
        self.source = self.home / "source"
        self.build = self.home / "build"
        self.bin = self.build / "bin"
        self.log = self.home / "build.log"
        self.stamp = self.home / "stamp"

    def program(self, name: str) -> Path:
        return self.bin / (name + (".exe" if sys.platform == "win32" else ""))

    def complete(self, fingerprint: str) -> bool:
        """Whether what lies there was built to its end with the flags asked for."""
        built = self.stamp.read_text().strip() if self.stamp.exists() else ""
        return built == fingerprint and self.usable()

    def usable(self) -> bool:
        return self.stamp.exists() and all(self.program(name).exists() for name in PROGRAMS)


def make(place: Place, shelf: Shelf, jobs: int) -> None:
    """Build what is missing. Raises SetupError."""
    flags = (*FLAGS, *shlex.split(os.environ.get("CMAKE_ARGS", "")))
    wanted = fingerprint(shelf.version, flags)
    if shelf.complete(wanted):
        return
    shelf.stamp.unlink(missing_ok=True)
    shelf.home.mkdir(parents=True, exist_ok=True)
    _fetch(place, shelf)
    cmake, ninja = (_tool(place, shelf, name) for name in ("cmake", "ninja"))
    source = shelf.source / "vendor" / "llama.cpp"
    configure = [cmake, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
    configure += ["-S", str(source), "-B", str(shelf.build), *flags]
    run(shelf, "Preparing to build llama.cpp's own programs", configure)
    build = [cmake, "--build", str(shelf.build), "--parallel", str(jobs), "--target", *PROGRAMS]
    run(shelf, "Building them takes about 10 minutes on 2 cores, once", build)
    run(shelf, "Trying them", [str(shelf.program("llama-server")), "--version"])
    shelf.stamp.write_text(wanted + "\n")


def fingerprint(version: str, flags: Sequence[str]) -> str:
    """What the programs depend on, as one line of hex."""
    return hashlib.sha256("\n".join((version, *flags)).encode()).hexdigest()


def installed_version(place: Place) -> str:
    """The version of llama-cpp-python in the checkout's environment."""
    ask = f"import importlib.metadata as m; print(m.version({ENGINE!r}))"
    try:
        done = subprocess.run(
            [place.python, "-c", ask], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(
            f"{ENGINE} is not installed in {place.venv}.", "Call scripts/test first."
        ) from error
    return done.stdout.strip()


def _fetch(place: Place, shelf: Shelf) -> None:
    """The unpacked sdist; pip's own cache and index settings hold."""
    if shelf.source.exists():
        return
    if not list(shelf.download.glob("*.tar.gz")):
        pip = [place.python, "-m", "pip", "download", "--no-deps", "--no-binary", ENGINE]
        pip += ["--dest", str(shelf.download), f"{ENGINE}=={shelf.version}"]
        run(shelf, f"Fetching the sources of {ENGINE} {shelf.version}", pip)
    beside = shelf.home / "unpacking"
    shutil.rmtree(beside, ignore_errors=True)
    with tarfile.open(next(iter(shelf.download.glob("*.tar.gz")))) as packed:
        packed.extractall(beside, filter="data")
    (inside,) = beside.iterdir()
    inside.rename(shelf.source)
    beside.rmdir()


def _tool(place: Place, shelf: Shelf, name: str) -> str:
    """The path of cmake or ninja: the system's, or else one from the package index."""
    if found := shutil.which(name):
        return found
    file = name + (".exe" if sys.platform == "win32" else "")
    if not shelf.tools.exists() or not list(shelf.tools.rglob(f"bin/{file}")):
        pip = [place.python, "-m", "pip", "install", "--target", str(shelf.tools), name]
        run(shelf, f"Fetching {name}", pip)
    inside = sorted(shelf.tools.rglob(f"bin/{file}"), key=lambda path: path.stat().st_size)
    return str(inside[-1])  # the largest is the program, the other is a Python script


def run(shelf: Shelf, title: str, command: Sequence[str]) -> None:
    """One step, with its progress shown and its output in the log. Raises SetupError."""
    lines: list[str] = []
    with shelf.log.open("a", encoding="utf-8") as log, Progress(title) as progress:
        log.write(f"$ {shlex.join(command)}\n")
        log.flush()
        with subprocess.Popen(
            command,
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as running:
            assert running.stdout is not None
            for line in running.stdout:
                log.write(line)
                lines.append(line.rstrip())
                progress.feed(line)
        if running.returncode:
            happened, remedy = explain(lines[-60:])
            raise SetupError(
                happened, f"{remedy}\nAll of it is in {shelf.log}", last_lines=lines[-_SHOWN:]
            )


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {**ours, "NINJA_STATUS": "[%f/%t] ", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
