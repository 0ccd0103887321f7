"""An hour of film is looked through without being decoded, in little memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeomni.values import Fit, Frame, FrameRequest, Span
from edgeomni.vision.client import EyesWorker
from tests.vision.media import join_clips, numbered_picture, read_number, tone, write_clip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCENES = 4
RATE = 25
SCENE_SECONDS = 10
HOUR = 3600


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1080p H.264 with B-frames and AAC; every ten seconds a keyframe and the next scene number."""
    folder = tmp_path_factory.mktemp("hour")
    options = {"preset": "ultrafast", "x264-params": "keyint=250:scenecut=0:bframes=2"}
    sound = np.zeros(16000 * SCENE_SECONDS, np.float32)
    scenes = [
        write_clip(
            folder / f"{number}.mp4",
            moving(number),
            rate=RATE,
            keys=250,
            b_frames=2,
            sound=sound if number else tone(SCENE_SECONDS, 16000),
            options=options,
        )
        for number in range(SCENES)
    ]
    return join_clips(folder / "hour.mp4", scenes, SCENE_SECONDS, HOUR // SCENE_SECONDS)


def moving(number: int) -> Iterator[np.ndarray]:
    """A scene in which a box wanders below its number, so that there is something to decode."""
    still = numbered_picture(1 << number, 1920, 1080)
    for at in range(RATE * SCENE_SECONDS):
        picture = still.copy()
        picture[800:1000, 7 * at : 7 * at + 100] = 128
        yield picture


@pytest.fixture
def eyes(tmp_path: Path) -> Iterator[EyesWorker]:
    made = EyesWorker(tmp_path / "eyes.log")
    yield made
    made.close()


def megabytes(eyes: EyesWorker, which: str) -> float:
    """``VmHWM`` is the worker's peak, ``VmRSS`` what it holds now."""
    worker = eyes._supervisor.current
    assert worker is not None
    status = Path(f"/proc/{worker.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(which))
    return int(line.split()[1]) * 1024 / 1e6


def assert_true(frames: list[Frame]) -> None:
    for frame in frames:
        assert read_number(frame.image) == 1 << int(frame.seconds / SCENE_SECONDS) % SCENES


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("choice", ["uniform", "keyframes", "scenes"])
def test_an_hour_is_looked_through_in_seconds_and_little_memory(
    hour: Path, eyes: EyesWorker, choice: str
) -> None:
    request = FrameRequest(frames=32, choice=choice, distinct=False, fit=Fit(side=768))  # type: ignore[arg-type]
    began = time.perf_counter()
    frames, first = [], 0.0
    for frame in eyes.frames(hour, request):
        first = first or time.perf_counter() - began
        frames.append(frame)
    total = time.perf_counter() - began
    assert_true(frames)
    assert len(frames) == 32
    assert frames[-1].seconds - frames[0].seconds > 0.9 * HOUR
    assert first < 5
    assert total < 20
    assert megabytes(eyes, "VmHWM") < 400


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_looking_again_and_again_takes_no_more_memory(hour: Path, eyes: EyesWorker) -> None:
    held = []
    for number in range(15):
        list(eyes.frames(hour, FrameRequest(frames=4, span=Span(number), fit=Fit(side=768))))
        held.append(megabytes(eyes, "VmRSS"))
    assert held[-1] < held[3] + 20


def test_ten_seconds_of_an_hour_are_seen_and_heard(hour: Path, eyes: EyesWorker) -> None:
    span = Span(2400.0, 2410.0)
    frames = list(eyes.frames(hour, FrameRequest(span=span, distinct=False)))
    assert_true(frames)
    assert len(frames) == 20
    assert all(span.start <= frame.seconds < span.end for frame in frames)
    heard = np.frombuffer(eyes.audio(hour, 16000, span).samples, np.float32)
    assert len(heard) / 16000 == pytest.approx(10.0, abs=0.05)
    assert float(np.abs(heard).max()) == pytest.approx(0.5, abs=0.1)
