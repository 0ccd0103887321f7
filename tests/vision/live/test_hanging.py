"""Native code that hangs or crashes costs the worker and not the program."""

from __future__ import annotations

import time

import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.watch_events import Back, Look, Lost, Opened, Seen
from tests.vision.live.cameras import Camera
from tests.vision.live.conftest import Watch

pytestmark = pytest.mark.slow

HANGS = "sight.read:hang@number=40"
"""Reads before this one take some seconds: one for opening, one for each frame and its decoder."""


def test_a_source_that_hangs_is_killed_told_as_blocked_and_started_again(
    watch: Watch, camera: Camera
) -> None:
    seen = watch(camera.address, faults=HANGS)
    before = seen.newest()
    lost = seen.wait(Lost)
    assert (lost.code, camera.address in lost.text) == ("blocked", True)
    assert seen.sight.newest(Fit()) is None
    seen.wait(Back)
    assert (len(seen.all(Opened)), seen.newest().number > before.number) == (2, True)


def test_nobody_waits_for_a_source_that_hangs(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address, faults=HANGS)
    seen.newest()
    slowest = 0.0
    while not seen.all(Lost):
        began = time.monotonic()
        seen.sight.newest(Fit(side=32))
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 1.5


def test_a_decoder_that_crashes_is_told_and_started_again(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address, faults="sight.read:abort@number=40")
    seen.wait(Look)
    assert seen.wait(Lost).code == "crashed"
    seen.wait(Back)


@pytest.mark.parametrize(("action", "code"), [("hang", "blocked"), ("abort", "crashed")])
def test_a_source_that_never_opens_is_an_error(
    watch: Watch, camera: Camera, action: str, code: str
) -> None:
    error = watch("test", faults=f"sight.read:{action}@number=2").end()
    assert isinstance(error, MediaError)
    assert (error.code, error.happened.count("test")) == (code, 1)


def test_a_pause_closes_the_source_and_the_end_of_it_opens_it_again(
    watch: Watch, camera: Camera
) -> None:
    seen = watch(camera.address)
    first = seen.newest()
    seen.sight.pause(True)
    seen.wait(Seen, 1, lambda beat: beat.state == "paused")
    assert (seen.sight.newest(Fit()), camera.watched) == (None, 0)
    seen.sight.pause(False)
    assert seen.newest().number > first.number
    assert (len(seen.all(Opened)), seen.all(Lost)) == (2, [])
