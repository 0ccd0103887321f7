"""The entry points of scripts/run, scripts/test and scripts/check: set up if need be, then go."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from bootstrap import stamp
from bootstrap.place import Place, this_checkout

SETUP_FAILED = 8
"""Exit status; 1 to 7 are edgeomni's own."""
INTERRUPTED = 130

SIDE_BY_SIDE = ("--numprocesses=auto", "--dist=loadfile")
"""A file's tests stay together: many share one engine."""
FAST = ("-m", "not slow and not models and not peers and not devices")
_CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)


def run(arguments: Sequence[str]) -> int:
    """``scripts/run [--prebuilt] ...``: edgeomni with these arguments, in the caller's folder."""
    place, (prebuilt, rest) = this_checkout(), take("--prebuilt", arguments)
    return _ready(place, "", prebuilt) or _become([*place.program("edgeomni"), *rest])


def test(arguments: Sequence[str]) -> int:
    """``scripts/test [--prebuilt] [--fast] ...``: the tests; the rest is for pytest."""
    place, (prebuilt, rest) = this_checkout(), take("--prebuilt", arguments)
    fast, rest = take("--fast", rest)
    chosen = [*SIDE_BY_SIDE, *(FAST if fast else ()), *from_root(place.root, rest)]
    return _ready(place, "dev", prebuilt) or _in_root(place, ["pytest", *chosen])


def check(arguments: Sequence[str]) -> int:
    """``scripts/check [--prebuilt]``: lint, format and types, all three in any case."""
    place, (prebuilt, _) = this_checkout(), take("--prebuilt", arguments)
    if failed := _ready(place, "dev", prebuilt):
        return failed
    os.chdir(place.root)
    return max([_call([place.python, "-m", *tool]) for tool in _CHECKS])


def take(option: str, arguments: Sequence[str]) -> tuple[bool, list[str]]:
    """Whether the option comes first, and the arguments without it."""
    first = list(arguments[:1]) == [option]
    return first, list(arguments[first:])


def from_root(root: str, arguments: Sequence[str]) -> list[str]:
    """The arguments for a program that runs in ``root``: what is a path here becomes a full one."""
    same = os.path.realpath(os.curdir) == root
    return list(arguments) if same else [_absolute(argument) for argument in arguments]


def _absolute(argument: str) -> str:
    path, colons, name = argument.partition("::")  # tests/test_x.py::test_y
    return os.path.abspath(path) + colons + name if os.path.exists(path) else argument


def _ready(place: Place, group: str, prebuilt: bool) -> int:
    """0 when everything is installed, else an exit status."""
    _open_stdin()
    if stamp.is_ready(place, group):
        return 0
    from bootstrap import install  # not needed, and not paid for, from the second call on
    from bootstrap.trouble import SetupError

    try:
        install.bring_up_to_date(place, group, prebuilt=prebuilt)
    except SetupError as error:
        install.say(str(error))
        return SETUP_FAILED
    except OSError as error:
        install.say(f"edgeomni set-up: {error}.\nSee to it that you may write to {place.venv}.")
        return SETUP_FAILED
    except KeyboardInterrupt:
        install.say("\nStopped. The next call starts the set-up again; what was fetched is kept.")
        return INTERRUPTED
    return 0


def _in_root(place: Place, module: Sequence[str]) -> int:
    os.chdir(place.root)
    return _become([place.python, "-m", *module])


def _become(command: Sequence[str]) -> int:
    """Turn into the command; where that can't be done, pass its exit status on."""
    if sys.platform == "win32":
        return _call(command)
    os.execv(command[0], list(command))


def _call(command: Sequence[str]) -> int:
    import subprocess

    with subprocess.Popen(command) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:  # the child had it too, and decides what it means
                continue


def _open_stdin() -> None:
    """A closed standard input would be replaced by the next file that is opened."""
    try:
        os.fstat(0)
    except OSError:
        os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
