"""The supervisor: one living worker, started again when it died, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeomni.errors import WorkerDied
from edgeomni.process.supervisor import Supervisor
from tests.process.conftest import spec


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(tmp_path: Path, clock: Clock) -> Iterator[Supervisor]:
    made = Supervisor(
        spec("child.py", "play", tmp_path / "worker.log"), clock=clock, pause=clock.pause
    )
    yield made
    made.close()


def let_it_die(supervisor: Supervisor) -> None:
    with pytest.raises(WorkerDied):
        supervisor.worker().call("leave", {"status": 3})


def test_a_living_worker_is_kept(supervisor: Supervisor) -> None:
    assert supervisor.worker() is supervisor.worker()


def test_a_dead_worker_is_replaced_at_once(supervisor: Supervisor, clock: Clock) -> None:
    first = supervisor.worker().pid
    let_it_die(supervisor)
    assert supervisor.worker().call("echo", {"a": 1})[0] == {"a": 1}
    assert supervisor.worker().pid != first
    assert clock.pauses == []


def test_after_three_deaths_in_a_minute_it_says_so_and_stops(
    supervisor: Supervisor, clock: Clock
) -> None:
    for _ in range(3):
        let_it_die(supervisor)
    with pytest.raises(WorkerDied, match=r"3 times within 60 s.*status 3") as caught:
        supervisor.worker()
    assert caught.value.status == 3
    assert "59 s" in caught.value.remedy
    assert clock.pauses == [1.0]


def test_after_that_minute_it_starts_again(supervisor: Supervisor, clock: Clock) -> None:
    for _ in range(3):
        let_it_die(supervisor)
    clock.now += 61
    assert supervisor.worker().call("echo", {"a": 1})[0] == {"a": 1}


def test_closing_is_no_death(supervisor: Supervisor, clock: Clock) -> None:
    for _ in range(4):
        supervisor.worker()
        supervisor.close()
    assert supervisor.worker().alive
    assert clock.pauses == []
