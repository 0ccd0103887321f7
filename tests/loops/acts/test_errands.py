"""Programs that are run because of what was seen."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from edgeomni.loops.acts.errands import Errand, Errands, failure

pytestmark = pytest.mark.usefixtures("errors_of_threads")

LIMIT = 20.0


def python(script: str, *words: str, stdin: bytes = b"") -> Errand:
    return Errand([sys.executable, "-c", script, *words], stdin)


def test_a_program_is_given_its_input(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    assert failure(python(script, str(tmp_path / "seen"), stdin=b"a cat"), LIMIT) == ""
    assert (tmp_path / "seen").read_bytes() == b"a cat"


def test_no_shell_reads_its_words(tmp_path: Path) -> None:
    script = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    errand = python(script, str(tmp_path / "seen"), "$HOME; touch other && `date`")
    assert failure(errand, LIMIT) == ""
    assert (tmp_path / "seen").read_text() == "$HOME; touch other && `date`"


def test_a_program_that_reads_nothing_holds_nobody_up() -> None:
    assert failure(python("pass", stdin=bytes(1 << 20)), LIMIT) == ""


def test_a_failure_is_told_with_the_last_line_of_its_reason() -> None:
    script = "import sys; print('well', file=sys.stderr); sys.exit('no bell here')"
    assert failure(python(script), LIMIT) == "failed with exit code 1: no bell here"


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = failure(Errand([str(tmp_path / "nothing")]), LIMIT)
    assert told == "cannot be run: No such file or directory."


def test_one_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    script = (
        "import subprocess, sys, time;"
        f"pipe = open({str(fifo)!r}, 'w');"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        " pass_fds=[pipe.fileno()]);"
        "time.sleep(600)"
    )
    assert failure(python(script), 2.0) == "did not end within 2 seconds and was killed."
    os.set_blocking(held, True)
    assert os.read(held, 1) == b""  # nobody holds its other end any more
    os.close(held)


def test_errands_are_run_in_order_and_never_two_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = (
        "import os, sys;"
        "log = os.open(sys.argv[1], os.O_APPEND | os.O_WRONLY | os.O_CREAT);"
        "os.write(log, f'<{sys.argv[2]}'.encode()); os.write(log, f'{sys.argv[2]}>'.encode())"
    )
    errands = Errands("It", print, limit=LIMIT)
    for number in range(4):
        errands.send(python(script, str(log), str(number)))
    errands.close()
    assert log.read_text() == "<00><11><22><33>"


def test_what_there_is_no_time_for_is_left_out_and_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    gate, log = tmp_path / "gate", tmp_path / "log"
    os.mkfifo(gate)
    errands = Errands("The command", told.append, limit=LIMIT, waiting=2)
    errands.send(python("import sys; open(sys.argv[1]).read()", str(gate)))
    opened = os.open(gate, os.O_WRONLY)  # waits until it runs
    for number in range(5):
        errands.send(python(f"open({str(log)!r}, 'a').write('{number}')"))
    os.close(opened)
    errands.close()
    assert log.read_text() == "34"
    assert told == ["The command is too slow: events that it has no time for are left out."]


def test_the_same_failure_is_told_once_and_the_next_one_again() -> None:
    told: list[str] = []
    errands = Errands("The command", told.append, limit=LIMIT)
    fails, works = python("exit(3)"), python("pass")
    for errand in (fails, fails, works, fails):
        errands.send(errand)
    errands.close()
    assert told == ["The command failed with exit code 3. The watch goes on."] * 2


def test_after_the_end_nothing_is_run_and_no_thread_is_left() -> None:
    before = threading.active_count()
    errands = Errands("It", print, limit=LIMIT)
    errands.close()
    errands.send(Errand(["/nowhere"]))
    assert threading.active_count() == before
