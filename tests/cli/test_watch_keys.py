"""The keys of a watch, and the questions that are typed or piped into it."""

from __future__ import annotations

import io
import os
import pty
import sys
from queue import Queue

import pytest

from edgeomni.cli.talk_keys import PushedKey
from edgeomni.cli.watch_keys import Hands, keys_obeyed, lines_obeyed
from tests.loops.doubles import PATIENCE, ScriptedTalk

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals"),
    pytest.mark.usefixtures("errors_of_threads"),
]


class Told:
    """Implements ``Watch``: remembers what it is told, as one line each."""

    def __init__(self) -> None:
        self._told = Queue[str]()

    def ask(self, question: str) -> None:
        self._told.put(f"ask {question}")

    def pause(self, on: bool) -> None:
        self._told.put(f"pause {on}")

    def hush(self) -> None:
        self._told.put("hush")

    def leave(self) -> None:
        self._told.put("leave")

    def notice(self, text: str) -> None:
        self._told.put(f"notice {text}")

    def typing(self, text: str | None) -> None:
        self._told.put(f"typing {text}")

    def next(self) -> str:
        return self._told.get(timeout=PATIENCE)


class Desk:
    """A terminal and who types on it."""

    def __init__(self) -> None:
        self.far, self.near = pty.openpty()
        self.watch = Told()
        self.hands = Hands(self.watch)

    def type(self, text: str) -> None:
        os.write(self.far, text.encode())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_p_closes_the_device_and_opens_it_again(desk: Desk) -> None:
    with keys_obeyed(desk.near, desk.hands, asking=False):
        desk.type("pp")
        assert [desk.watch.next(), desk.watch.next()] == ["pause True", "pause False"]


@pytest.mark.parametrize(("key", "does"), [("q", "leave"), ("\x04", "leave"), ("\x1b", "hush")])
def test_other_keys_leave_and_silence(desk: Desk, key: str, does: str) -> None:
    with keys_obeyed(desk.near, desk.hands, asking=False):
        desk.type(f"x{key}")
        assert desk.watch.next() == does


class PressedTalk(ScriptedTalk):
    def __init__(self) -> None:
        super().__init__()
        self.moves = Queue[str]()

    def press(self) -> None:
        self.moves.put("press")

    def release(self) -> None:
        self.moves.put("release")


def test_the_space_bar_is_the_key_to_talk_where_there_is_one(desk: Desk) -> None:
    talk = PressedTalk()
    desk.hands.pushes = PushedKey(talk)
    with keys_obeyed(desk.near, desk.hands, asking=False) as explained:
        desk.type("   p")  # it repeats while it is held
        assert desk.watch.next() == "pause True"
        assert [talk.moves.get(timeout=PATIENCE) for _ in range(2)] == ["press", "release"]
    assert explained.startswith("hold the space bar to talk, or tap it before and after; p closes")


def test_a_typed_line_is_a_question_and_seen_while_it_is_typed(desk: Desk) -> None:
    with keys_obeyed(desk.near, desk.hands, asking=True):
        desk.type("pq?")
        assert desk.watch.next() == "typing pq?"
        desk.type("\r")
        assert [desk.watch.next(), desk.watch.next()] == ["typing None", "ask pq?"]


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("/before", "ask /before"),
        ("/before the cat?", "ask /before the cat?"),
        ("p", "pause True"),
        ("/p", "pause True"),
        ("q", "leave"),
        ("/q", "leave"),
        ("quiet here?", "ask quiet here?"),
    ],
)
def test_some_lines_are_commands(line: str, does: str) -> None:
    told = Told()
    Hands(told).line(line)
    assert told.next() == does


def test_an_unknown_command_teaches_and_is_shown_clean() -> None:
    told = Told()
    Hands(told).line("/bef\x1b[2Jore what?")
    line = told.next()
    assert line.startswith("notice There is no /bef␛[2Jore. type a question")


def test_the_end_of_the_typed_input_ends_the_watch(desk: Desk) -> None:
    with keys_obeyed(desk.near, desk.hands, asking=True):
        desk.type("\x04")
        assert desk.watch.next() == "leave"


def test_lines_of_a_pipe_are_questions_and_its_end_is_not_the_watchs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = io.TextIOWrapper(io.BytesIO("Quoi ?\n\nà gauche\0\nlast".encode()))
    monkeypatch.setattr(sys, "stdin", piped)
    with lines_obeyed(desk.hands):
        told = [desk.watch.next() for _ in range(3)]
    assert told == ["ask Quoi ?", "ask à gauche", "ask last"]
    assert desk.watch._told.empty()


def test_a_pipe_that_stays_open_holds_nobody_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = os.pipe()
    with open(ours) as piped, open(theirs, "w") as open_end:
        monkeypatch.setattr(sys, "stdin", piped)
        with lines_obeyed(desk.hands):
            open_end.write("What is it?\n")
            open_end.flush()
            assert desk.watch.next() == "ask What is it?"
