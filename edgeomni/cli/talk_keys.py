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
from edgeomni.ports import Talk

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
        push: PushKey = ToldKey() if keys.tells_releases else GuessedKey()
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
    tap = "" if told else ", or tap it before and after"
    anywhere = f"hold {hands.everywhere} in any window, or " if hands.everywhere else "hold "
    return f"{anywhere}the space bar{' here' * bool(hands.everywhere)} to talk{tap}; {silence}"


def _obey(keys: Keyboard, push: PushKey, hands: Hands, over: threading.Event) -> None:
    while not over.is_set():
        wait = push.wait(time.monotonic())
        try:
            typed = keys.read(_GLANCE if wait is None else min(wait, _GLANCE))
        except EOFError:
            hands.leave()
            return
        now = time.monotonic()
        _move(hands.talk, push.look(now))
        for key in typed:
            _key(key, push, hands, now)


def _key(key: Key, push: PushKey, hands: Hands, now: float) -> None:
    if hands.pushing and key.text == " ":
        _move(hands.talk, push.up(now) if key.released else push.down(now))
    elif key.released:
        return
    elif key.text in ("esc", " ", "enter"):
        hands.talk.hush()
    elif key.text in ("q", "ctrl+c", "ctrl+d"):
        hands.leave()


def _move(talk: Talk, move: str | None) -> None:
    if move == "press":
        talk.press()
    elif move == "release":
        talk.release()


def terminal() -> int | None:
    """The terminal on standard input, where keys can be read one by one; None for none."""
    if os.name != "posix":
        return None
    try:
        return 0 if os.isatty(0) else None
    except OSError:
        return None
