"""kill -9 of the engine in the middle of an answer: what the user sees, and that it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tiny.build import TinyModel

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the worker through /proc"),
]


@pytest.fixture
def chat(tiny: Callable[[str], TinyModel], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    model = str(tiny("llama").model)
    flags = ["-m", model, "--temperature", "0", "--max-tokens", "3000", "--device", "cpu"]
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeomni", "chat", *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"EDGEOMNI_HOME": str(tmp_path), "EDGEOMNI_OFFLINE": "1"},
    )
    with process:
        yield process
        process.kill()


def workers(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def test_the_words_stay_one_sentence_says_it_and_the_next_turn_works(
    chat: subprocess.Popen[bytes],
) -> None:
    assert chat.stdin and chat.stdout and chat.stderr
    chat.stdin.write(b"tell me\n")
    chat.stdin.flush()
    begun = os.read(chat.stdout.fileno(), 1)
    for worker in workers(chat.pid):
        os.kill(worker, signal.SIGKILL)
    chat.stdin.write(b"and now\n")
    chat.stdin.close()
    out, err = chat.stdout.read(), chat.stderr.read().decode()
    broken, _, second = (begun + out).partition(b"\n")
    assert broken, "what was said stays"
    assert err.count("edgeomni: ") == 1
    assert "engine" in err
    assert "Traceback" not in err
    assert second.strip(), "the next turn is answered"
    assert chat.wait(20) == 6


def test_a_reader_that_has_seen_enough_ends_it_quietly(chat: subprocess.Popen[bytes]) -> None:
    assert chat.stdin and chat.stdout and chat.stderr
    chat.stdin.write(b"tell me\n")
    chat.stdin.flush()
    os.read(chat.stdout.fileno(), 1)
    chat.stdout.close()
    assert chat.stderr.read() == b""
    assert chat.wait(20) == 141
