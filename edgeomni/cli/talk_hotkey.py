"""The key to talk of a spoken conversation, whichever window has the focus."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edgeomni.errors import DeviceError, EdgeomniError
from edgeomni.hotkey.names import Combination
from edgeomni.hotkey.obstacle import is_installed, not_installed, obstacle
from edgeomni.ports import Hotkey, KeyMove, Talk
from edgeomni.talk_events import Trouble

_PATIENCE = 3.0
"""Seconds for the thread to end, once its worker has been closed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What the hotkey acts on; ``tell`` and ``leave`` may be called on any thread."""

    talk: Talk
    tell: Callable[[Trouble], None]
    leave: Callable[[], None]
    other: bool
    """There is another key to talk with: the space bar of the terminal."""


def hindrance() -> DeviceError | None:
    """Why there can be no hotkey here, as far as that is known before one is tried."""
    found = obstacle(sys.platform, os.environ)
    return found or (None if is_installed() else not_installed())


@contextmanager
def heard_everywhere(
    make: Callable[[Combination], Hotkey], keys: Combination, reach: Reach
) -> Iterator[bool]:
    """Inside, holding the keys is talking; gives whether that works.

    What is in the way is told, where there is another key. Raises EdgeomniError where not:
    before the conversation, or after one that is over because the keys stopped working.
    """
    try:
        if found := hindrance():
            raise found
        hotkey = make(keys)
        moves = hotkey.moves()
        try:
            next(moves)
        except BaseException:
            hotkey.close()
            raise
    except EdgeomniError as error:
        if not reach.other:
            raise
        _tell(reach, error, "The space bar of this terminal does.")
        yield False
        return
    over = threading.Event()
    lost: list[EdgeomniError] = []
    obeying = moves, reach, over, lost
    thread = threading.Thread(target=_obey, args=obeying, name="hotkey", daemon=True)
    thread.start()
    try:
        yield True
    finally:
        over.set()
        hotkey.close()
        thread.join(_PATIENCE)
    if lost:
        raise lost[0]


def _tell(reach: Reach, error: EdgeomniError, works: str) -> None:
    parts = error.happened, works, error.remedy
    reach.tell(Trouble("no-hotkey", " ".join(filter(None, parts))))


def _obey(
    moves: Iterator[KeyMove | str],
    reach: Reach,
    over: threading.Event,
    lost: list[EdgeomniError],
) -> None:
    """An error that leaves no key is put into ``lost``, and the conversation left."""
    try:
        for move in moves:
            if move == "press":
                reach.talk.press()
            elif move == "release":
                reach.talk.release()
    except EdgeomniError as error:
        if over.is_set():
            return
        if reach.other:
            _tell(reach, error, "The space bar of this terminal still does.")
        else:
            lost.append(error)
            reach.leave()
