"""One worker of the real host: calls, streams, cancelling, errors, and its end."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from edgeomni.errors import EngineError, InputError, MediaError, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.process.worker import Worker
from tests.process.conftest import Start

pytestmark = pytest.mark.slow  # real processes, one or more for each

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc")


def gone(pid: int, seconds: float) -> bool:
    """Whether the process ends within ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


# ── calls and streams ────────────────────────────────────────────────────────────────────────────


def test_a_call_returns_data_and_buffers(worker: Worker) -> None:
    data, buffers = worker.call("echo", {"a": [1, "é", None]}, [b"xyz", b""])
    assert data == {"a": [1, "é", None]}
    assert [bytes(buffer) for buffer in buffers] == [b"xyz", b""]


def test_a_stream_yields_events_and_ends_with_the_reply(worker: Worker) -> None:
    def consume():
        reply = yield from worker.stream("count", {"to": 3})
        yield reply

    *events, reply = consume()
    assert [data for data, _ in events] == [{"number": n} for n in range(3)]
    assert reply == {"cancelled": False}


def test_calls_from_many_threads_get_their_own_replies(worker: Worker) -> None:
    got: dict[int, int] = {}

    def ask(number: int) -> None:
        got[number] = worker.call("echo", {"n": number})[0]["n"]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {n: n for n in range(8)}


def test_more_waiting_requests_than_the_queue_holds_are_refused(worker: Worker) -> None:
    blocked = worker.stream("wait_for_cancel", {})
    next(blocked)
    refusals: list[EngineError] = []

    def ask() -> None:
        try:
            worker.call("echo", {})
        except EngineError as error:
            refusals.append(error)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    while len(refusals) < 5:
        threads[0].join(0.01)
    blocked.close()
    for thread in threads:
        thread.join()
    assert len(refusals) == 5


def test_a_slow_reader_slows_the_worker_and_loses_nothing(worker: Worker) -> None:
    stream = worker.stream("count", {"to": 5000})
    first = next(stream)[0]["number"]
    worker_is_held_back = threading.Event()
    worker_is_held_back.wait(0.1)
    assert [first, *(data["number"] for data, _ in stream)] == list(range(5000))


def test_a_dialogue_takes_notes_while_it_is_worked_on(worker: Worker) -> None:
    with worker.dialogue("answer_notes", {}) as talk:
        events = talk.events()
        assert next(events)[0] == {"ready": True}
        talk.tell({"n": 1}, [b"sound"])
        data, buffers = next(events)
        talk.tell({"last": True})
        assert (data, bytes(buffers[0]), [data for data, _ in events]) == (
            {"n": 1},
            b"sound",
            [{"last": True}],
        )


def test_notes_that_come_before_anybody_takes_them_are_kept(worker: Worker) -> None:
    with worker.dialogue("answer_notes", {"late": True}) as talk:
        events = talk.events()
        next(events)
        for n in range(3):
            talk.tell({"n": n, "last": n == 2})
        assert [data["n"] for data, _ in events] == [0, 1, 2]


def test_leaving_a_dialogue_ends_it(worker: Worker) -> None:
    with worker.dialogue("answer_notes", {}) as talk:
        next(talk.events())
    talk.tell({"too": "late"})
    assert worker.call("echo", {"still": "there"})[0] == {"still": "there"}


def test_a_dialogue_that_tells_nothing_for_too_long_ends_its_worker(worker: Worker) -> None:
    with (
        worker.dialogue("answer_notes", {}, silence=0.3) as talk,
        pytest.raises(WorkerDied, match=r"told nothing for 0\.3 s") as raised,
    ):
        for _ in talk.events():
            pass
    assert raised.value.hung


# ── cancelling ───────────────────────────────────────────────────────────────────────────────────


def test_cancel_reaches_a_job_that_is_inside_a_blocking_call(worker: Worker) -> None:
    cancel = Cancel()

    def consume():
        reply = yield from worker.stream("wait_for_cancel", {}, cancel=cancel)
        yield reply

    stream = consume()
    assert next(stream)[0] == {"waiting": True}
    cancel.ask()
    assert next(stream) == {"cancelled": True}


def test_a_call_can_be_cancelled_too(worker: Worker) -> None:
    cancel = Cancel()
    cancel.ask()
    assert worker.call("wait_for_cancel", {}, cancel=cancel)[0] == {"cancelled": True}


def test_leaving_a_stream_early_cancels_its_job(worker: Worker) -> None:
    stream = worker.stream("count", {"to": 1 << 40})
    next(stream)
    stream.close()
    assert worker.call("echo", {"still": "there"})[0] == {"still": "there"}


def test_a_cancel_that_outlives_its_turn_reaches_no_later_one(worker: Worker) -> None:
    cancel = Cancel()
    worker.call("echo", {}, cancel=cancel)
    cancel.ask()
    assert worker.call("count", {"to": 10})[0] == {"cancelled": False}


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


def test_an_error_of_the_room_arrives_with_its_three_sentences(worker: Worker) -> None:
    with pytest.raises(MediaError) as caught:
        worker.call("refuse", {})
    error = caught.value
    assert (error.happened, error.works, error.remedy) == (
        "It is no picture.",
        "The rest.",
        "Take another.",
    )


def test_a_mistake_in_the_room_is_an_error_and_the_worker_lives(worker: Worker) -> None:
    with pytest.raises(EngineError, match="KeyError: 'a mistake of ours'"):
        worker.call("stumble", {})
    assert worker.call("echo", {"on": True})[0] == {"on": True}
    assert "KeyError" in worker.spec.log.read_text()


def test_a_request_beyond_the_limits_is_the_callers_error(worker: Worker) -> None:
    with pytest.raises(InputError, match="limit"):
        worker.call("echo", {"text": "x" * (5 << 20)})
    assert worker.call("echo", {})[0] == {}


def test_a_room_that_cannot_be_made_says_why(make: Start) -> None:
    worker = make("child.py", "play", env={"NO_ROOM": "There is no model."})
    with pytest.raises(MediaError, match=r"There is no model\."):
        worker.start()
    assert not worker.alive


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    from edgeomni.process.worker import WorkerSpec

    worker = Worker(WorkerSpec("play", tmp_path / "log", command=("/no/such/program",)))
    with pytest.raises(WorkerDied, match="could not be started"):
        worker.start()


def test_without_a_place_for_the_log_the_worker_works(make: Start, tmp_path: Path) -> None:
    (tmp_path / "worker.log").mkdir()
    worker = make("child.py", "play")
    worker.start()
    assert worker.call("echo", {"a": 1})[0] == {"a": 1}


# ── its own world ────────────────────────────────────────────────────────────────────────────────


@posix
def test_stray_prints_go_to_the_log_and_not_into_a_frame(worker: Worker) -> None:
    assert worker.call("print_natively", {})[0] == {"stdin": ""}
    log = worker.spec.log.read_text()
    assert "a stray line from native code" in log
    assert "another one" in log
    assert "and one from Python" in log


@posix
def test_no_core_dumps_and_no_ctrl_c(worker: Worker) -> None:
    assert worker.call("limits", {})[0] == {"core": [0, 0], "sigint": True}


@posix
def test_the_log_is_for_the_user_alone(worker: Worker) -> None:
    assert worker.spec.log.stat().st_mode & 0o077 == 0


@linux
def test_a_worker_inherits_nothing_but_its_pipes_and_log(worker: Worker) -> None:
    with open(worker.spec.log):
        fds = worker.call("files", {})[0]["fds"]
    # stdin (nothing), stdout and stderr (the log), two pipes, and the listing itself.
    assert len(fds) == 6


# ── its end ──────────────────────────────────────────────────────────────────────────────────────


def test_closing_lets_the_room_close_and_reaps_the_process(make: Start, tmp_path: Path) -> None:
    worker = make("child.py", "play", env={"CLOSED_FILE": str(tmp_path / "closed")})
    worker.start()
    worker.close()
    assert (tmp_path / "closed").read_text() == "closed"
    assert worker.exit is not None
    assert (worker.exit.status, worker.exit.expected) == (0, True)
    worker.close()


def test_a_call_after_closing_is_an_error(worker: Worker) -> None:
    worker.close()
    with pytest.raises(WorkerDied, match="was closed"):
        worker.call("echo", {})


@linux
def test_starting_and_closing_leaks_no_file(make: Start) -> None:
    def count() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    def once() -> None:
        worker = make("child.py", "play")
        worker.start()
        worker.call("echo", {})
        worker.close()

    once()
    before = count()
    once()
    assert count() == before


@posix
@pytest.mark.parametrize(
    ("name", "words"),
    [("SIGKILL", "memory"), ("SIGABRT", "aborted"), ("SIGSEGV", "crashed")],
)
def test_a_signal_is_named(worker: Worker, name: str, words: str) -> None:
    with pytest.raises(WorkerDied, match=words) as caught:
        worker.call("die", {"signal": name})
    assert caught.value.signal == signal.Signals[name]
    assert name in caught.value.happened
    assert "'die'" in caught.value.happened


def test_an_exit_is_told_with_the_last_words_made_harmless(worker: Worker) -> None:
    with pytest.raises(WorkerDied, match="status 3") as caught:
        worker.call("leave", {"status": 3})
    assert caught.value.status == 3
    assert "no room left on the table" in caught.value.happened


def test_a_long_native_call_is_no_hang(make: Start) -> None:
    worker = make("child.py", "play", heartbeat=0.05, pong_timeout=5.0)
    worker.start()
    assert worker.call("sleep_in_native_code", {"seconds": 1})[0] == {}


def test_a_call_beyond_its_time_limit_ends_the_worker(worker: Worker) -> None:
    with pytest.raises(WorkerDied, match=r"within 0\.2 s") as caught:
        worker.call("sleep_in_native_code", {"seconds": 30}, timeout=0.2)
    assert caught.value.hung
    assert not worker.alive


PARENT = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.process.conftest import spec
from edgeomni.process.worker import Worker
worker = Worker(spec("child.py", "play", Path(sys.argv[2])))
worker.start()
stream = worker.stream(sys.argv[3], {"seconds": 60, "to": 1 << 40})
next(stream)
print(worker.pid, flush=True)
time.sleep(60)
"""


@linux
@pytest.mark.parametrize("busy", ["sleep_in_native_code", "sleep_with_the_lock", "count"])
def test_a_killed_parent_takes_its_worker_along_within_2_seconds(tmp_path: Path, busy: str) -> None:
    import subprocess

    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", PARENT, str(root), str(tmp_path / "log"), busy]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid, 2.0)


@linux
def test_the_end_of_the_thread_that_started_it_does_not_end_it(make: Start) -> None:
    worker = make("child.py", "play")
    thread = threading.Thread(target=worker.start)
    thread.start()
    thread.join()
    assert worker.call("sleep_in_native_code", {"seconds": 0})[0] == {}
    assert ctypes.CDLL(None) is not None and worker.alive
