"""A sight that shows what is written, and a face that remembers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace
from edgeomni.values import EngineEvent, Fit, Image
from edgeomni.watch_events import Event, Look, Opened, Picture

PATIENCE = 20.0
"""Seconds until a test that waits in vain gives up."""

Step = Event | EdgeomniError | Callable[[], object]


def picture(level: int = 0, width: int = 64, height: int = 36) -> Image:
    """Of one grey, with a bar that is elsewhere in each."""
    row = bytearray([level]) * (width * 3)
    place = 3 * (2 + 2 * level % (width - 4))
    row[place : place + 6] = bytes([level ^ 128] * 6)
    return Image(bytes(row) * height, width, height)


def noisy(image: Image) -> Image:
    """The same, a little brighter."""
    return Image(bytes(min(255, level + 3) for level in image.pixels), image.width, image.height)


def look(at: float, image: Image | None = None, why: str = "change", since: float = -1) -> Look:
    began = at if since < 0 else since
    return Look(at, round(at * 10) + 1, why, 0.5, began, image or picture(round(at) % 250))


OPENED = Opened(0.0, "camera 0", 64, 36, 30.0)


class ScriptedSight:
    """Implements ``Sight``. A step is an event, an error to raise, or something to do.

    The newest picture is that of the last look.
    """

    def __init__(self, *steps: Step) -> None:
        self.steps: Sequence[Step] = steps
        self.showing: Picture | None = None
        self.fits: list[Fit] = []
        """What was asked for of the newest picture."""
        self.paused: list[bool] = []
        self.closed = threading.Event()

    def show(self, number: int, image: Image) -> None:
        """Without a look."""
        self.showing = Picture(number / 10, number, image)

    def events(self) -> Iterator[Event]:
        for step in self.steps:
            if self.closed.is_set():
                return
            if isinstance(step, EdgeomniError):
                raise step
            if isinstance(step, Event):
                if isinstance(step, Look):
                    self.showing = Picture(step.at, step.number, step.image)
                yield step
            else:
                step()

    def newest(self, fit: Fit) -> Picture | None:
        self.fits.append(fit)
        return self.showing

    def pause(self, on: bool) -> None:
        self.paused.append(on)

    def close(self) -> None:
        self.closed.set()


@dataclass
class RememberingFace:
    """Implements ``WatchFace``. Whoever waits for something to be told, waits for its name."""

    events: list[Event] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    paces: list[Pace] = field(default_factory=list)
    errors: list[EdgeomniError] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    grown: list[EngineEvent] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, name: str, count: int = 1) -> None:
        """Until something was told so often."""
        with self._changed:
            done = self._changed.wait_for(lambda: self.told.count(name) >= count, PATIENCE)
        assert done, f"{name} was not told {count} times: {self.told}"

    def until(self, name: str, count: int = 1) -> Callable[[], None]:
        """The same as a step of a script."""
        return lambda: self.wait(name, count)

    def _tell(self, name: str) -> None:
        with self._changed:
            self.told.append(name)
            self._changed.notify_all()

    def event(self, event: Event) -> None:
        self.events.append(event)

    def looking(self, at: float, why: str) -> None:
        self.looks.append(at)
        self._tell("looking")

    def words(self, event: EngineEvent) -> None:
        self.grown.append(event)

    def caption(self, caption: Caption) -> None:
        self.captions.append(caption)
        self._tell("caption")

    def match(self, match: Match) -> None:
        self.matches.append(match)
        self._tell("match")

    def answering(self, asked: str) -> None:
        self._tell("answering")

    def answer(self, event: EngineEvent) -> None:
        return None

    def answered(self, answered: Answered) -> None:
        self.answers.append(answered)
        self._tell("answered")

    def pace(self, pace: Pace) -> None:
        self.paces.append(pace)
        self._tell("pace")

    def failed(self, error: EdgeomniError) -> None:
        self.errors.append(error)
        self._tell("failed")
