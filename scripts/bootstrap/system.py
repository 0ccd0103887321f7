"""What edgeomni needs from the operating system: a compiler to build with, libraries for sound."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_INSTALL = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --noconfirm",
    "zypper": "zypper install -y",
    "apk": "apk add",
}
"""How each package manager installs, in the order in which they are looked for."""

_COMPILER = {
    "apt-get": "build-essential",
    "dnf": "gcc gcc-c++ make",
    "pacman": "base-devel",
    "zypper": "gcc gcc-c++ make",
    "apk": "build-base",
    "darwin": "xcode-select --install",
    "win32": "winget install Microsoft.VisualStudio.2022.BuildTools --override "
    '"--wait --passive --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"',
}


@dataclass(frozen=True)
class Library:
    """A shared library that a part of edgeomni loads at run time, on Linux."""

    name: str
    purpose: str
    """What does not work without it; everything else does."""
    soname: str
    packages: Mapping[str, str]
    """Package manager -> package."""
    group: str = ""
    """Needed for every call (""), or only with this dependency group."""
    program: str = ""
    """What is looked for instead of the library, where it is loaded by a program of its own."""


LIBRARIES = (
    Library(
        name="portaudio",
        purpose="microphone and loudspeaker",
        soname="libportaudio.so.2",
        packages={
            "apt-get": "libportaudio2",
            "dnf": "portaudio",
            "pacman": "portaudio",
            "zypper": "libportaudio2",
            "apk": "portaudio",
        },
    ),
    Library(
        name="espeak-ng",
        purpose="sentences that the tests listen to",
        soname="libespeak-ng.so.1",
        packages=dict.fromkeys(_INSTALL, "espeak-ng"),
        group="dev",
    ),
    Library(
        name="pulseaudio",
        purpose="sound devices for the tests",
        soname="libasound_module_pcm_pulse.so",
        # Elsewhere it may take the place of the sound server that the desktop uses.
        packages={"apt-get": "pulseaudio pulseaudio-utils libasound2-plugins"},
        group="dev",
        program="pulseaudio",
    ),
)


@dataclass(frozen=True)
class Remedy:
    """How a missing library comes onto the machine."""

    command: tuple[str, ...] = ()
    """To be run now; empty when that is for the user to do."""
    line: str = ""
    """For the user to type; empty when no package manager is known."""


def manager(which: Callable[[str], str | None] = shutil.which) -> str:
    """The package manager of this machine, or ""."""
    return next((name for name in _INSTALL if which(name)), "")


def remedy(library: Library, manager: str, *, root: bool) -> Remedy:
    """Installed at once by root with apt-get, otherwise the exact line for the user."""
    package = library.packages.get(manager)
    if package is None:
        return Remedy()
    command = f"{_INSTALL[manager]} {package}"
    if root and manager == "apt-get":
        return Remedy(command=tuple(command.split()), line=command)
    return Remedy(line=command if root else f"sudo {command}")


def missing(group: str, platform: str = sys.platform) -> Sequence[Library]:
    """The libraries that are not there; on macOS and Windows the wheels bring their own."""
    if not platform.startswith("linux"):
        return ()
    wanted = [lib for lib in LIBRARIES if lib.group in ("", group)]
    return [lib for lib in wanted if not _loads(lib)]


def _loads(library: Library) -> bool:
    if library.program:
        return shutil.which(library.program) is not None
    if ctypes.util.find_library(library.name):
        return True
    try:
        ctypes.CDLL(library.soname)
    except OSError:
        return False
    return True


def is_root() -> bool:
    """Whether packages may be installed without asking; never so on Windows."""
    return sys.platform != "win32" and os.geteuid() == 0


def compiler_line(manager: str, *, root: bool, platform: str = sys.platform) -> str:
    """What to type to get a C and C++ compiler; "" when this machine is not known."""
    if platform in _COMPILER:
        return _COMPILER[platform]
    if manager not in _COMPILER:
        return ""
    return f"{'' if root else 'sudo '}{_INSTALL[manager]} {_COMPILER[manager]}"


def has_compiler(
    environ: Mapping[str, str],
    which: Callable[[str], str | None] = shutil.which,
    platform: str = sys.platform,
) -> bool:
    """Whether llama.cpp can be built here: a C and a C++ compiler, as CMake would find them."""
    if platform == "darwin" and not _has_command_line_tools():
        return False  # /usr/bin/cc is there all the same: a stub that opens a dialogue
    named = (("CC", ("cc", "gcc", "clang")), ("CXX", ("c++", "g++", "clang++")))
    found = [
        which(environ[variable].split()[0])
        if environ.get(variable, "").strip()
        else next(filter(None, map(which, usual)), None)
        for variable, usual in named
    ]
    return all(found) or (platform == "win32" and _has_visual_studio(environ))


def _has_command_line_tools() -> bool:
    return _first_line(["xcode-select", "-p"]) != ""


def _has_visual_studio(environ: Mapping[str, str]) -> bool:
    programs = environ.get("ProgramFiles(x86)", r"C:\Program Files (x86)")
    where = os.path.join(programs, "Microsoft Visual Studio", "Installer", "vswhere.exe")
    tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    asked = [where, "-products", "*", "-requires", tools, "-property", "installationPath"]
    return os.path.exists(where) and _first_line(asked) != ""


def _first_line(command: Sequence[str]) -> str:
    """The first line of a command's output; "" when it fails or is not there."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout else ""
