"""The keys of a watch, and the questions that are typed or piped into it."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from edgeomni.cli.keyboard import Keyboard, keyboard, single_keys
from edgeomni.cli.stdin import decode
from edgeomni.cli.talk_keys import PushedKey, how_to_talk
from edgeomni.cli.typed import Typed
from edgeomni.sanitise import clean

_GLANCE = 0.2
"""Seconds between two looks at whether the watch is over."""
_BEFORE = "/before"
_ASKED = f"type a question and Enter, or {_BEFORE} QUESTION about earlier"


class Watch(Protocol):
    """What keys act on. Called on a thread of their own; nothing waits."""

    def ask(self, question: str) -> None:
        """About the picture of now; with ``/before`` in front of it, about earlier ones."""
        ...

    def pause(self, on: bool) -> None: ...

    def hush(self) -> None: ...

    def leave(self) -> None: ...

    def notice(self, text: str) -> None: ...

    def typing(self, text: str | None) -> None: ...


@dataclass(slots=True)
class Hands:
    """What keys and typed lines do."""

    watch: Watch
    paused: bool = False
    pushes: PushedKey | None = None
    """Where the space bar is the key to talk."""

    def key(self, text: str) -> None:
        if text == "p":
            self.paused = not self.paused
            self.watch.pause(self.paused)
        elif text == "esc":
            self.watch.hush()
        elif text in ("q", "ctrl+c", "ctrl+d"):
            self.watch.leave()

    def line(self, line: str) -> None:
        """A question, or a key by its letter."""
        word = line.split()[0]
        if line.removeprefix("/") in ("p", "q"):
            self.key(line[-1])
        elif word.startswith("/") and word != _BEFORE:
            self.watch.notice(f"There is no {clean(word)[:20]}. {_ASKED}; /p pauses, /q leaves")
        else:
            self.watch.ask(line)


@contextmanager
def keys_obeyed(fd: int, hands: Hands, *, asking: bool) -> Iterator[str]:
    """Inside, the terminal ``fd`` is obeyed; gives a line that explains how."""
    with ExitStack() as stack:
        if asking:
            stack.enter_context(single_keys(fd))
            stack.enter_context(_beside(lambda over: _obey_lines(fd, hands, over)))
            yield f"{_ASKED}; /p closes the source, /q leaves"
        else:
            keys = stack.enter_context(keyboard(fd))
            if hands.pushes:
                hands.pushes.on(keys)
            stack.enter_context(_beside(lambda over: _obey_keys(keys, hands, over)))
            talk = f"hold {how_to_talk(told=keys.tells_releases)}; " if hands.pushes else ""
            yield f"{talk}p closes the source and opens it again, q leaves"


@contextmanager
def lines_obeyed(hands: Hands) -> Iterator[None]:
    """Inside, the lines of standard input are questions; its end is not the end of the watch."""
    with _beside(lambda over: _obey_pipe(hands, over)):
        yield


@contextmanager
def _beside(run: Callable[[threading.Event], None]) -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=run, args=(over,), name="keys", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(2 * _GLANCE)


def _obey_keys(keys: Keyboard, hands: Hands, over: threading.Event) -> None:
    pushes = hands.pushes
    while not over.is_set():
        try:
            typed = keys.read(pushes.wait() if pushes else _GLANCE)
        except EOFError:
            hands.watch.leave()
            return
        if pushes:
            pushes.look()
        for key in typed:
            if not ((pushes and pushes.takes(key)) or key.released):
                hands.key(key.text)


def _obey_lines(fd: int, hands: Hands, over: threading.Event) -> None:
    typed = Typed()
    try:
        for raw in _pieces(fd, over):
            before = typed.text
            for line in typed.feed(raw):
                hands.watch.typing(None)
                hands.line(line)
            if typed.text != before:
                hands.watch.typing(typed.text or None)
        if not over.is_set():
            hands.watch.leave()
    except EOFError:
        hands.watch.leave()


def _obey_pipe(hands: Hands, over: threading.Event) -> None:
    """What is left without a line end at the end is a line, too."""
    rest = b""
    for raw in _piped(over):
        *lines, rest = (rest + raw).split(b"\n")
        for line in lines:
            _piped_line(line, hands)
    _piped_line(rest, hands)


def _piped_line(raw: bytes, hands: Hands) -> None:
    line = decode(raw.replace(b"\0", b""), hands.watch.notice).strip()
    if line:
        hands.line(line)


def _piped(over: threading.Event) -> Iterator[bytes]:
    assert sys.stdin is not None
    try:
        fd = sys.stdin.fileno()
    except (OSError, ValueError):  # no descriptor: somebody has put text there
        yield sys.stdin.buffer.read()
        return
    yield from _pieces(fd, over)


def _pieces(fd: int, over: threading.Event) -> Iterator[bytes]:
    """What is read, until it ends or the watch is over.

    Not by way of the stream's buffer: its lock, held by a thread that waits, would end the
    interpreter badly.
    """
    while not over.is_set():
        if os.name == "posix" and not select.select([fd], [], [], _GLANCE)[0]:
            continue
        try:
            raw = os.read(fd, 4096)
        except OSError:  # the terminal is gone
            return
        if not raw:
            return
        yield raw
