"""A worker that keeps no promise: the parent lives, names what happened, and leaves no process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edgeomni.errors import WorkerDied
from edgeomni.process.worklog import MAX_LOG
from tests.process.conftest import Start

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
    pytest.mark.slow,  # real processes, one or more for each
]

AT_START = {
    "silent": "did not start within 0.5 s",
    "leaves_before_hello": "status 1, and its last words were: ImportError: libmissing.so",
    "another_room": "turned out to be 'other'",
    "another_version": "0.0.0-other",
    "event_before_hello": "no frame .Event before hello",
}
IN_A_CALL = {
    "hello_twice": "no frame .Hello out of place",
    "bad_magic": "bad magic",
    "bad_length": "a header of 0 bytes",
    "giant_header": "a header of 4294967295 bytes",
    "giant_buffer": "a buffer of 4611686018427387904 bytes",
    "bad_msgpack": "bad header",
    "bad_schema": "reply with fields",
    "reply_to_nobody": "Reply out of place",
    "half_a_frame": "ended by itself with status 3",
    "exits": "ended by itself with status 3",
    "killed": "SIGKILL",
    "aborts": "SIGABRT.*GGML_ASSERT",
    "stopped": "gave no sign of life",
    "closes_its_pipe": "closed its pipe",
}
HANGS = ("stopped", "closes_its_pipe")


def is_reaped(pid: int | None) -> bool:
    return pid is not None and not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("behaviour", AT_START)
def test_a_bad_start_is_named(hostile: Start, behaviour: str) -> None:
    patience = 0.5 if behaviour == "silent" else 30.0
    worker = hostile(behaviour, start_timeout=patience)
    with pytest.raises(WorkerDied, match=AT_START[behaviour]):
        worker.start()
    assert is_reaped(worker.pid)


@pytest.mark.parametrize("behaviour", IN_A_CALL)
def test_a_bad_answer_is_named(hostile: Start, behaviour: str) -> None:
    patience = 0.2 if behaviour in HANGS else 20.0
    worker = hostile(behaviour, heartbeat=patience, pong_timeout=patience, close_timeout=patience)
    worker.start()
    with pytest.raises(WorkerDied, match=IN_A_CALL[behaviour]) as caught:
        worker.call("anything", {})
    assert "'anything'" in caught.value.happened
    assert caught.value.works and caught.value.remedy
    assert is_reaped(worker.pid)


@pytest.mark.parametrize("behaviour", HANGS)
def test_who_does_not_answer_counts_as_hung(hostile: Start, behaviour: str) -> None:
    worker = hostile(behaviour, heartbeat=0.1, pong_timeout=0.1, close_timeout=0.2)
    worker.start()
    with pytest.raises(WorkerDied) as caught:
        worker.call("anything", {})
    assert caught.value.hung


def test_a_flood_of_events_is_held_back_until_they_are_read(hostile: Start) -> None:
    worker = hostile("floods", close_timeout=0.2)
    worker.start()
    stream = worker.stream("anything", {})
    assert [len(data["noise"]) for _, (data, _) in zip(range(1000), stream, strict=False)]
    (inbox,) = worker._link._inboxes.values()
    assert len(inbox._frames) <= 256
    stream.close()
    worker.close()
    assert is_reaped(worker.pid)


def test_a_flood_that_nobody_reads_is_not_taken_for_a_hang(hostile: Start) -> None:
    worker = hostile("floods", heartbeat=0.1, pong_timeout=0.1, close_timeout=0.2)
    worker.start()
    stream = worker.stream("anything", {})
    next(stream)
    (inbox,) = worker._link._inboxes.values()
    while not inbox.full:
        pass
    worker._link.check_pulse()
    assert worker.alive
    stream.close()


def test_a_worker_that_ignores_its_end_is_killed(hostile: Start) -> None:
    worker = hostile("ignores_its_end", close_timeout=0.1)
    worker.start()
    worker.close()
    assert is_reaped(worker.pid)


def test_a_log_that_grows_too_long_begins_anew(hostile: Start) -> None:
    worker = hostile("floods_the_log", heartbeat=0.05)
    worker.start()
    with pytest.raises(WorkerDied):
        worker.call("anything", {}, timeout=1.0)
    assert worker.spec.log.stat().st_size <= MAX_LOG
