"""The hotkey worker's room: hears every key, and tells whether the combination is held.

Nothing else leaves this process, and nothing is kept of it. Hooks into a desktop can end a process
that has them: on macOS they do when they are called from any thread but the main one.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from edgeomni.errors import DeviceError, EngineError
from edgeomni.faults import Faults, from_environment
from edgeomni.hotkey.chord import Chord
from edgeomni.hotkey.obstacle import not_installed, not_trusted
from edgeomni.process.host import Job, Room

if TYPE_CHECKING:
    from edgeomni.ports import KeyMove

Params = dict[str, Any]


def make_room() -> Room:
    return HotkeyRoom(from_environment(os.environ))


class HotkeyRoom:
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def handle(
        self, method: str, params: Params, buffers: list[memoryview], job: Job
    ) -> tuple[Params, Sequence[bytes]]:
        """Returns never: the parent ends the process. Raises DeviceError."""
        if method != "watch":
            raise EngineError(f"The hotkey worker has no method {method}.")
        self._watch(Chord([frozenset(key) for key in params["keys"]]), job)
        raise DeviceError("The hotkey does not work any more: the desktop is gone.")

    def close(self) -> None:
        """The listener ends with the process."""

    def _watch(self, chord: Chord, job: Job) -> None:
        keyboard = _library()

        def tell(move: KeyMove | None) -> None:
            if move:
                self._faults.at("hotkey.move", name=move)
                job.emit({"move": move})

        def down(key: Any) -> None:
            tell(chord.down(_name(key, listener)))

        def up(key: Any) -> None:
            tell(chord.up(_name(key, listener)))

        listener = keyboard.Listener(on_press=down, on_release=up)
        _when_it_listens(listener, lambda: job.emit({"move": "ready"}))
        try:
            listener.run()  # on the main thread
        except Exception as error:  # of as many kinds as there are desktops
            raise DeviceError(f"The hotkey does not work: {_said(error)}.") from error
        if not _trusted(listener):
            raise not_trusted()


def _library() -> Any:
    """Raises DeviceError. Importing it connects to the X server."""
    try:
        from pynput import keyboard
    except ModuleNotFoundError as error:
        raise not_installed() from error
    except Exception as error:
        traceback.print_exc()  # into the log
        display = os.environ.get("DISPLAY")
        why = f"the X display {display} cannot be reached" if display else _said(error)
        raise DeviceError(
            f"The hotkey does not work: {why}.",
            remedy="Start edgeomni from a terminal on the desktop.",
        ) from error
    return keyboard


def _when_it_listens(listener: Any, tell: Callable[[], None]) -> None:
    """An X listener calls itself ready before the server tells it of keys; its first message is
    that it does now.
    """
    if type(listener).__module__.endswith("_xorg"):
        listener._handler = _Opening(listener._handler, tell)
    else:
        threading.Thread(target=_wait, args=(listener, tell), name="ready", daemon=True).start()


class _Opening:
    """What handles messages, told of the first one."""

    def __init__(self, handle: Callable[[Any], None], tell: Callable[[], None]) -> None:
        self._handle, self._tell = handle, tell
        self._opened = False

    def __call__(self, message: Any) -> None:
        if not self._opened:
            self._opened = True
            self._tell()
        self._handle(message)


def _wait(listener: Any, tell: Callable[[], None]) -> None:
    listener.wait()
    if _trusted(listener):
        tell()
    else:
        listener.stop()


def _trusted(listener: Any) -> bool:
    """Only macOS asks that; there, one that is not trusted hears nothing and does not fail."""
    return bool(getattr(listener, "IS_TRUSTED", True))


def _name(key: Any, listener: Any) -> str:
    """What it is called in ``edgeomni.hotkey.names``; empty for none that can be named."""
    if hasattr(key, "name"):
        return str(key.name)
    return str(getattr(listener.canonical(key), "char", None) or "")


def _said(error: Exception) -> str:
    """The first line of what a library says of it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".:")[:200]
