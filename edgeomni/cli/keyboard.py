"""Single keys from a terminal, with their releases where the terminal tells of them.

Asks for kitty's keyboard protocol (sw.kovidgoyal.net/kitty/keyboard-protocol) and takes what the
terminal grants. POSIX only.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_ASK = b"\x1b[?u\x1b[c"
"""Which flags of the protocol are set; and what kind of terminal this is, which each one says."""
_PUSH, _POP = b"\x1b[>11u", b"\x1b[<u"
"""Tell keys apart, tell of repeats and releases, send all keys so; and take that back."""
_GRANTED = re.compile(rb"\x1b\[\?\d+u")
_ANSWERED = re.compile(rb"\x1b\[\?[\d;]*c")
_PATIENCE = 0.3
"""Seconds to wait for an answer; over a slow line it may come later, and is then no key."""
_KEY = re.compile(rb"\x1b\[(\d+)(?::[\d:]*)?(?:;(\d*)(?::(\d))?)?(?:;[\d:]*)?u")
_OTHER = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)
_CTRL = 4
"""The bit of the modifiers, which are told as their sum and one."""


@dataclass(frozen=True, slots=True)
class Key:
    text: str
    """The character, or ``esc``, ``enter``, ``ctrl+c``, ``ctrl+d``."""
    released: bool = False


_NAMES = {"\x1b": "esc", "\r": "enter", "\n": "enter", "\x03": "ctrl+c", "\x04": "ctrl+d"}


def keys_in(raw: bytes) -> Iterator[Key]:
    """What was typed, in order; what is no single key is left out."""
    at = 0
    while at < len(raw):
        if raw[at : at + 1] != b"\x1b":
            text = raw[at : at + 1].decode("latin-1")
            yield Key(_NAMES.get(text, text))
            at += 1
            continue
        told = _KEY.match(raw, at)
        other = told or _OTHER.match(raw, at)
        assert other is not None
        if told:
            yield _told(told)
        elif other.end() - at == 1:
            yield Key("esc")
        at = other.end()


def _told(found: re.Match[bytes]) -> Key:
    code = min(int(found[1]), sys.maxunicode)
    modifiers = max(0, int(found[2] or 1) - 1)
    text = _NAMES.get(chr(code), chr(code))
    if modifiers & _CTRL:
        text = f"ctrl+{text}"
    return Key(text, released=found[3] == b"3")


class Keyboard:
    """A terminal whose keys come one by one and are not shown."""

    def __init__(self, fd: int, *, tells_releases: bool, typed: bytes) -> None:
        self._fd = fd
        self.tells_releases = tells_releases
        self._typed = typed

    def read(self, seconds: float | None) -> list[Key]:
        """What is typed next, or nothing within that time; None waits for ever.

        Raises EOFError when the terminal is gone.
        """
        raw, self._typed = self._typed, b""
        if not raw:
            ready, _, _ = select.select([self._fd], [], [], seconds)
            if not ready:
                return []
            raw = _read(self._fd)
            if not raw:
                raise EOFError
        return list(keys_in(raw))


@contextmanager
def keyboard(fd: int) -> Iterator[Keyboard]:
    """The terminal ``fd``; as it was when it is left. Ctrl+C stays a signal where it can."""
    with single_keys(fd):
        granted, typed = _asked(fd)
        try:
            if granted:
                os.write(fd, _PUSH)
            yield Keyboard(fd, tells_releases=granted, typed=typed)
        finally:
            if granted:
                os.write(fd, _POP)


@contextmanager
def single_keys(fd: int) -> Iterator[None]:
    """Inside, the terminal ``fd`` gives its bytes one by one and does not show them."""
    import termios
    import tty

    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _asked(fd: int) -> tuple[bool, bytes]:
    """Whether the terminal knows the protocol, and what was typed meanwhile."""
    os.write(fd, _ASK)
    said, until = b"", time.monotonic() + _PATIENCE
    while not _ANSWERED.search(said) and (left := until - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            said += _read(fd)
    typed = _ANSWERED.sub(b"", _GRANTED.sub(b"", said))
    return bool(_GRANTED.search(said)), typed


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except OSError:  # the other end of a pseudo-terminal is gone
        return b""
