"""Single keys of a terminal, with releases from those that tell of them."""

from __future__ import annotations

import os
import pty
import sys
import termios
import threading
from collections.abc import Iterator

import pytest

from edgeomni.cli.keyboard import Key, keyboard, keys_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        (b" q", [Key(" "), Key("q")]),
        (b"\x1b[32;1:1u", [Key(" ")]),
        (b"\x1b[32;1:2u", [Key(" ")]),
        (b"\x1b[32;1:3u", [Key(" ", released=True)]),
        (b"\x1b[32u", [Key(" ")]),
        (b"\x1b[99;5u", [Key("ctrl+c")]),
        (b"\x1b[27u", [Key("esc")]),
        (b"\x1b", [Key("esc")]),
        (b"\x1b[A\x1bOP ", [Key(" ")]),
        (b"\x03\r", [Key("ctrl+c"), Key("enter")]),
        (b"\x1b[99999999999u", [Key(chr(sys.maxunicode))]),
    ],
)
def test_bytes_become_keys(raw: bytes, keys: list[Key]) -> None:
    assert list(keys_in(raw)) == keys


class Pretend:
    """The far end of a terminal that answers questions like one of its kind."""

    def __init__(self, answer: bytes) -> None:
        self.far, self.near = pty.openpty()
        self._answer = answer
        self.heard = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while b"\x1b[c" not in self.heard:
            self.heard += os.read(self.far, 100)
        os.write(self.far, self._answer)

    def rest(self) -> bytes:
        self._thread.join()
        os.close(self.near)
        try:
            while more := os.read(self.far, 100):
                self.heard += more
        except OSError:
            pass
        os.close(self.far)
        return self.heard


@pytest.fixture
def kitty() -> Iterator[Pretend]:
    yield Pretend(b"\x1b[?0u\x1b[?62;c")


def test_a_terminal_that_knows_the_protocol_tells_of_releases(kitty: Pretend) -> None:
    with keyboard(kitty.near) as keys:
        assert keys.tells_releases
    assert kitty.rest().endswith(b"\x1b[>11u\x1b[<u")


def test_another_terminal_is_left_alone() -> None:
    terminal = Pretend(b"\x1b[?62;c")
    with keyboard(terminal.near) as keys:
        assert not keys.tells_releases
    assert terminal.rest() == b"\x1b[?u\x1b[c"


def test_what_was_typed_during_the_question_is_kept() -> None:
    terminal = Pretend(b" \x1b[?62;cq")
    with keyboard(terminal.near) as keys:
        assert keys.read(1.0) == [Key(" "), Key("q")]
    terminal.rest()


def test_the_terminal_is_as_it_was_afterwards(kitty: Pretend) -> None:
    before = termios.tcgetattr(kitty.near)
    with keyboard(kitty.near):
        assert termios.tcgetattr(kitty.near) != before
    assert termios.tcgetattr(kitty.near) == before
    kitty.rest()


def test_a_terminal_that_is_gone_ends_the_reading(kitty: Pretend) -> None:
    with keyboard(kitty.near) as keys:
        nobody = os.open(os.devnull, os.O_RDONLY)
        keys._fd = nobody
        with pytest.raises(EOFError):
            keys.read(1.0)
        os.close(nobody)
    kitty.rest()
