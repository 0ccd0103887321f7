"""A conversation in a real terminal: prompt, keys, and what foreign text may do to it."""

from __future__ import annotations

import codecs
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.tiny.build import TinyModel

pty = pytest.importorskip("pty", reason="terminals are a POSIX matter")

PROMPT = "\u276f "
ECHO = """
import sys, time
from edgeomni.cli.main import main
from tests.fakes import EchoEngine, factories

def slowly(index, cancel):
    # The word "wait" keeps the answer open until it is told to stop.
    while waiting and index == 1 and not cancel.asked:
        time.sleep(0.005)

class Engine(EchoEngine):
    def stream(self, messages, options, **more):
        global waiting
        waiting = messages[-1].text.endswith("wait")
        return super().stream(messages, options, **more)

sys.exit(main(sys.argv[1:], factories=factories(Engine(before_word=slowly))))
"""
ROOT = Path(__file__).parents[2]


class Terminal:
    """A program on a pty, and what it has written so far."""

    def __init__(self, *words: str, cwd: Path, program: Sequence[str] = ("-c", ECHO)) -> None:
        self._master, slave = pty.openpty()
        env = os.environ | {"TERM": "xterm", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            [sys.executable, *program, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(slave)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.seen = ""
        self._read = 0

    def expect(self, text: str) -> str:
        """Wait until ``text`` appears behind what was expected before; returns what came."""
        deadline = time.monotonic() + 20
        while text not in self.seen[self._read :]:
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            assert ready, f"{text!r} not in {self.seen[self._read :]!r}"
            try:
                self.seen += self._decode(os.read(self._master, 65536))
            except OSError:
                pytest.fail(f"the program ended before {text!r}: {self.seen[self._read :]!r}")
        end = self.seen.index(text, self._read) + len(text)
        came, self._read = self.seen[self._read : end], end
        return came

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl+C once the program waits for keys.

        Between drawing its prompt and waiting, readline notes the signal but sleeps on: a window
        of microseconds that a loaded machine makes wide.
        """
        state = Path(f"/proc/{self.process.pid}/stat")
        while state.exists() and state.read_text().rpartition(")")[2].split()[0] == "R":
            os.sched_yield()
        self.type("\x03")

    def end(self) -> int:
        """Wait for the program to leave; returns its exit code."""
        try:
            while piece := os.read(self._master, 65536):
                self.seen += self._decode(piece)
        except OSError:  # how a pty says that the other side has gone
            pass
        return self.process.wait(20)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        os.close(self._master)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal("chat", cwd=tmp_path)
    try:
        terminal.expect(PROMPT)
        yield terminal
    finally:
        terminal.close()


def test_an_unknown_command_names_the_nearest(chat: Terminal) -> None:
    chat.type("/sytem x\r")
    chat.expect("There is no command /sytem.")
    chat.expect("Did you mean /system?")
    chat.expect(PROMPT)


def test_a_line_is_answered_and_the_prompt_comes_back(chat: Terminal) -> None:
    chat.type("good morning\r")
    chat.expect("good morning\r\n")
    chat.expect("good morning\r\n")
    chat.expect(PROMPT)


def test_ctrl_d_leaves(chat: Terminal) -> None:
    chat.type("\x04")
    assert chat.end() == 0


def test_bye_leaves(chat: Terminal) -> None:
    chat.type("/bye\r")
    assert chat.end() == 0


def test_ctrl_c_stops_the_answer_and_the_conversation_goes_on(chat: Terminal) -> None:
    chat.type("please wait\r")
    chat.expect("please wait\r\n")
    chat.expect("please")
    chat.interrupt()
    chat.expect("Stopped.")
    chat.expect(PROMPT)
    chat.type("and now\r")
    chat.expect("and now\r\n")
    chat.expect("and now\r\n")


def test_ctrl_c_after_a_stop_quits(chat: Terminal) -> None:
    chat.type("please wait\r")
    chat.expect("please wait\r\n")
    chat.expect("please")
    chat.interrupt()
    chat.expect("Stopped.")
    chat.expect(PROMPT)
    chat.interrupt()
    assert chat.end() == 130


def test_ctrl_c_at_the_prompt_warns_and_then_quits(chat: Terminal) -> None:
    chat.type("half a line")
    chat.expect("half a line")
    chat.interrupt()
    chat.expect("Ctrl+C once more quits")
    chat.expect(PROMPT)
    chat.interrupt()
    assert chat.end() == 130


def test_a_line_between_two_ctrl_c_counts_as_staying(chat: Terminal) -> None:
    for _ in range(2):
        chat.interrupt()
        chat.expect("Ctrl+C once more quits")
        chat.expect(PROMPT)
        chat.type("hello\r")
        chat.expect("hello\r\n")
        chat.expect("hello\r\n")
        chat.expect(PROMPT)


def test_three_quotes_ask_for_more_lines(chat: Terminal) -> None:
    chat.type('"""one\r')
    chat.expect("\u2026 ")
    chat.type('two"""\r')
    chat.expect("one two\r\n")


def test_a_dropped_picture_is_attached(chat: Terminal, tmp_path: Path) -> None:
    (tmp_path / "my cat.png").write_bytes(b"x")
    chat.type(f"'{tmp_path}/my cat.png'\r")
    chat.expect("my cat.png · 1x1 · goes with your next line")


@pytest.mark.engine
def test_ctrl_c_stops_a_real_engine_which_then_answers_again(
    tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    flags = [
        "-m",
        str(tiny("llama").model),
        "--temperature",
        "0",
        "--max-tokens",
        "3000",
        "--stats",
    ]
    terminal = Terminal("chat", *flags, cwd=tmp_path, program=("-m", "edgeomni"))
    try:
        terminal.expect(PROMPT)
        terminal.type("tell me\r")
        terminal.expect("tell me\r\n")
        terminal.expect("that")
        terminal.type("\x03")
        terminal.expect("Stopped.")
        terminal.expect("first word")
        terminal.expect(PROMPT)
        terminal.type("and now\r")
        terminal.expect("first word")
        terminal.expect(PROMPT)
        terminal.type("\x04")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_escape_sequences_of_a_model_never_reach_the_terminal(tmp_path: Path) -> None:
    """Typed through a command line, said by the echo, shown in a terminal."""
    terminal = Terminal("ask", "a\x1b]52;c;eA==\x07b\x1b[2Jc \x9b31m\u202ed", cwd=tmp_path)
    assert terminal.end() == 0
    terminal.close()
    assert "a\u241b]52;c;eA==\u2407b\u241b[2Jc \\x9b31md" in terminal.seen
    ours = re.sub(r"\x1b\[(2|0)m", "", terminal.seen)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", ours)
