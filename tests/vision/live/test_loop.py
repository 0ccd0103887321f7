"""What a loop makes of frames that no device of this machine gives."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame

from edgeomni.errors import MediaError
from edgeomni.values import Fit
from edgeomni.vision.camera import SETTLED
from edgeomni.vision.device import Device
from edgeomni.vision.live import entry, trouble
from edgeomni.vision.live.address import Source
from edgeomni.vision.live.loop import Loop, Wish
from edgeomni.vision.live.shot import Errand, Shot, Slot
from edgeomni.watch_events import Back, Event, Look, Lost, Opened, Picture, Skipped
from tests.vision.live.child import PlainGate, to_grid

CAMERA = Source("camera", "camera:desk", Device("/dev/video7", "v4l2", {}, settles=False))
PATIENCE = 20.0
Frames = Callable[[Errand], Iterator[VideoFrame]]


class Told:
    """What a loop on a thread of its own tells."""

    def __init__(self, source: Source, tries: list[Frames]) -> None:
        """``tries`` are what the source gives, each time that it is opened."""
        self.events: list[Event] = []
        self.pictures: list[Picture | None] = []
        self.error: Exception | None = None
        self._tries = iter(tries)
        self._changed = threading.Condition()
        self.loop = Loop(
            source, PlainGate(), to_grid, self._take, self._answer, Wish(Fit()), self._film
        )
        self.thread = threading.Thread(target=self._run)

    def _film(self, source: Source, errand: Errand, slot: Slot, fast: bool) -> Generator[Shot]:
        for number, frame in enumerate(next(self._tries)(errand)):
            yield Shot(frame, None, hash((id(frame), number)))

    def _run(self) -> None:
        try:
            self.loop.run()
        except Exception as error:
            self.error = error
        with self._changed:
            self._changed.notify_all()

    def _take(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def _answer(self, id: int, picture: Picture | None) -> None:
        with self._changed:
            self.pictures.append(picture)
            self._changed.notify_all()

    def wait(self, there: Callable[[], Any]) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: there() or self.error, PATIENCE)
        found = there()
        assert found, (self.error, self.events[-9:])
        return found

    def first(self, kind: type) -> Any:
        return self.wait(lambda: next((e for e in self.events if isinstance(e, kind)), None))

    def newest(self) -> Picture | None:
        before = len(self.pictures)
        self.loop.ask({"do": "newest", "id": 1, "fit": {}})
        self.wait(lambda: len(self.pictures) > before)
        return self.pictures[-1]


@contextmanager
def told(*tries: Frames, source: Source = CAMERA) -> Iterator[Told]:
    made = Told(source, list(tries))
    made.thread.start()
    yield made
    made.loop.ask({"do": "end"})
    made.thread.join()


def flat(level: int = 60, size: tuple[int, int] = (64, 36)) -> VideoFrame:
    return VideoFrame.from_ndarray(np.full((size[1], size[0], 3), level, np.uint8), "rgb24")


def for_ever(*frames: VideoFrame) -> Frames:
    def given(errand: Errand) -> Iterator[VideoFrame]:
        while True:
            for frame in frames:
                yield frame
                if errand.wait(0.02):
                    return

    return given


def unplugged(errand: Errand) -> Iterator[VideoFrame]:
    yield flat()
    yield flat()
    raise trouble.ended(CAMERA, OSError(errno.ENODEV, os.strerror(errno.ENODEV)))


def refuses(errand: Errand) -> Iterator[VideoFrame]:
    raise trouble.not_opened(CAMERA, OSError(errno.EBUSY, "busy"))
    yield


def test_a_camera_that_is_unplugged_is_told_and_used_again_when_it_is_back() -> None:
    with told(unplugged, refuses, refuses, for_ever(flat(200))) as seen:
        lost = seen.first(Lost)
        seen.first(Back)
        assert (lost.code, "camera:desk is gone" in lost.text) == ("unplugged", True)
        assert [type(e) for e in seen.events if isinstance(e, Opened | Lost | Back)] == [
            *(Opened, Lost, Opened, Back),
        ]


def test_while_it_is_unplugged_there_is_no_newest_picture() -> None:
    with told(unplugged, *[refuses] * 20) as seen:
        seen.first(Lost)
        assert seen.newest() is None


def test_a_camera_that_is_refused_at_first_is_an_error() -> None:
    with told(refuses) as seen:
        error = seen.wait(lambda: seen.error)
    assert isinstance(error, MediaError)
    assert error.code == "busy"


def test_empty_frames_are_skipped_and_counted() -> None:
    with told(for_ever(VideoFrame(), flat())) as seen:
        assert seen.first(Skipped).why == "empty"
        assert seen.first(Look).number == 1
        assert seen.newest() is not None


def test_a_frame_that_is_too_large_is_skipped() -> None:
    with told(for_ever(VideoFrame(9000, 9000, "gray"), flat())) as seen:
        assert seen.first(Skipped).why == "too large"


def test_frames_of_other_sizes_and_kinds_are_looked_at() -> None:
    grey = VideoFrame.from_ndarray(np.full((90, 50), 250, np.uint8), "gray")
    with told(for_ever(flat(20), grey)) as seen:
        sizes = seen.wait(
            lambda: {(e.image.width, e.image.height) for e in seen.events if isinstance(e, Look)}
            >= {(64, 36), (50, 90)}
        )
        assert sizes


def test_a_camera_of_empty_frames_alone_gives_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "USELESS", 0.2)
    with told(for_ever(VideoFrame())) as seen:
        error = seen.wait(lambda: seen.error)
    assert isinstance(error, MediaError)
    assert (error.code, "empty or damaged" in error.happened) == ("no-picture", True)


def test_the_first_frames_of_a_camera_are_let_pass() -> None:
    settling = Source("camera", "camera", Device("/dev/video7", "v4l2", {}))
    began = time.monotonic()
    with told(for_ever(flat()), source=settling) as seen:
        # Its wish has it begin at nought: its times are those of the machine.
        assert seen.first(Look).at - began >= SETTLED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, "unplugged"),
        (OSError(errno.ENODEV, "x"), "unplugged"),
        (OSError(errno.EIO, "x"), "unplugged"),
        (OSError(errno.EPROTO, "x"), "cut"),
    ],
)
def test_why_a_camera_gives_nothing_any_more(error: OSError | None, code: str) -> None:
    assert trouble.ended(CAMERA, error).code == code
