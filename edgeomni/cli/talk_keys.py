"""The keys of a spoken conversation: to talk, to silence, to leave."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from edgeomni.cli.keyboard import Key, Keyboard, keyboard
from edgeomni.cli.push_key import GuessedKey, PushKey, ToldKey
from edgeomni.ports import KeyMove, Talk

_GLANCE = 0.2
"""Seconds between two looks at whether the conversation is over."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What keys do; ``pushing`` makes the space bar the key to talk."""

    talk: Talk
    pushing: bool
    leave: Callable[[], None]
    everywhere: str = ""
    """The combination that does the same whichever window has the focus; empty for none."""


@contextmanager
def watched(fd: int, hands: Hands) -> Iterator[str]:
    """Inside, the keys of the terminal ``fd`` are obeyed; gives a line that explains them."""
    with ExitStack() as stack:
        keys = stack.enter_context(keyboard(fd))
        over = threading.Event()
        push = PushedKey(hands.talk)
        push.on(keys)
        thread = threading.Thread(
            target=_obey, args=(keys, push, hands, over), name="keys", daemon=True
        )
        thread.start()
        stack.callback(thread.join, 2 * _GLANCE)
        stack.callback(over.set)
        yield explained(hands, told=keys.tells_releases)


def explained(hands: Hands, *, told: bool) -> str:
    """What the keys do, in one line; ``told`` as in ``Keyboard``."""
    silence = "Esc silences the answer, q leaves"
    if not hands.pushing:
        return silence
    anywhere = f"hold {hands.everywhere} in any window, or " if hands.everywhere else "hold "
    return f"{anywhere}{how_to_talk(told=told, here=bool(hands.everywhere))}; {silence}"


class PushedKey:
    """The space bar as the key to talk."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._push: PushKey = GuessedKey()

    def on(self, keys: Keyboard) -> None:
        """How it is known to be down depends on the terminal."""
        self._push = ToldKey() if keys.tells_releases else GuessedKey()

    def wait(self) -> float:
        """Seconds after which to look again, though nothing was typed."""
        wait = self._push.wait(time.monotonic())
        return _GLANCE if wait is None else min(wait, _GLANCE)

    def look(self) -> None:
        """Time has passed."""
        self._move(self._push.look(time.monotonic()))

    def takes(self, key: Key) -> bool:
        """Whether it is the one."""
        if key.text != " ":
            return False
        now = time.monotonic()
        self._move(self._push.up(now) if key.released else self._push.down(now))
        return True

    def _move(self, move: KeyMove | None) -> None:
        if move == "press":
            self._talk.press()
        elif move == "release":
            self._talk.release()


def how_to_talk(*, told: bool, here: bool = False) -> str:
    """In a few words; ``told`` as in ``Keyboard``, ``here`` where another key does it elsewhere."""
    tap = "" if told else ", or tap it before and after"
    return f"the space bar{' here' * here} to talk{tap}"


def _obey(keys: Keyboard, push: PushedKey, hands: Hands, over: threading.Event) -> None:
    while not over.is_set():
        try:
            typed = keys.read(push.wait())
        except EOFError:
            hands.leave()
            return
        push.look()
        for key in typed:
            if not (hands.pushing and push.takes(key)):
                _key(key, hands)


def _key(key: Key, hands: Hands) -> None:
    if key.released:
        return
    if key.text in ("esc", " ", "enter"):
        hands.talk.hush()
    elif key.text in ("q", "ctrl+c", "ctrl+d"):
        hands.leave()


def terminal() -> int | None:
    """The terminal on standard input, where keys can be read one by one; None for none."""
    if os.name != "posix":
        return None
    try:
        return 0 if os.isatty(0) else None
    except OSError:
        return None
