"""``python -m edgeomni.process ROOM``: what a worker process runs; of no use on a terminal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeomni.process.host import Room

ROOMS = {
    "engine": "edgeomni.engine.worker:make_room",
    "eyes": "edgeomni.vision.worker:make_room",
    "hotkey": "edgeomni.hotkey.worker:make_room",
    "sight": "edgeomni.vision.live.worker:make_room",
    "speech": "edgeomni.speech.worker:make_room",
}
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ROOMS or sys.stdin.isatty():
        sys.stderr.write(f"usage: a program starts this with one of {', '.join(ROOMS)}\n")
        return 2
    _find_package()
    from edgeomni.process.host import claim_pipes, serve

    pipes = claim_pipes()
    behave()
    serve(arguments[0], lambda: load(ROOMS[arguments[0]])(), pipes)


def load(place: str) -> Callable[[], Room]:
    """The function named by ``module:function``; the module is imported only now."""
    module, _, name = place.partition(":")
    found: Callable[[], Room] = getattr(import_module(module), name)
    return found


def behave() -> None:
    """No core dumps of private conversations, no Ctrl+C of the parent's, no life without it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        # The second line behind the pipe's end, for when the reader thread cannot run. Linux
        # sends it when the *thread* that made this process ends: the parent spawns accordingly.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _find_package() -> None:
    """Started by its path, so that no module in the current folder is taken for one of ours."""
    root = os.fspath(Path(__file__).resolve().parents[2])
    if root not in sys.path:
        sys.path.insert(0, root)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
