"""Holds looks against what happened: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from av.video.frame import VideoFrame

from benchmarks.watch.scenes import EARLY, PASSING, Clip, Event
from edgeomni.vision.gate.change import Gate, GateRules, Look, grid

LATE = 2.0
"""Seconds behind an event after which a look is not counted for it."""
_CLOSE = 1e-6


@dataclass(frozen=True)
class Sighted:
    """One look; seconds of the clip's clock."""

    at: float
    shown: float
    """The time of the frame that was chosen."""
    look: Look


@dataclass(frozen=True)
class Verdict:
    """What became of one event."""

    event: Event
    caught: bool
    wait: float | None
    """Seconds from the moment it was complete to the look; None for what is gone by then."""
    looks: int
    """Also those that came while it went on."""


@dataclass(frozen=True)
class Judged:
    verdicts: tuple[Verdict, ...]
    false: tuple[Sighted, ...]
    """Looks, but for the first, at which nothing had happened."""
    blurred: int
    """Looks at frames in the middle of a pan."""


def feed(frames: Iterable[tuple[float, VideoFrame]], rules: GateRules) -> list[Sighted]:
    """The loop of the camera mode, without describing: every frame goes through the gate."""
    gate, times, sighted = Gate(rules), list[float](), []
    for at, frame in frames:
        times.append(at)
        look = gate.see(at, grid(frame)).look
        if look:
            sighted.append(Sighted(at, times[-1 - look.back], look))
    return sighted


def watch(clip: Clip, rules: GateRules) -> list[Sighted]:
    """All looks at a clip."""
    frames = ((at, VideoFrame.from_ndarray(luma, format="gray")) for at, luma in clip.frames())
    return feed(frames, rules)


def judge(clip: Clip, sighted: Sequence[Sighted]) -> Judged:
    verdicts = tuple(_verdict(event, sighted) for event in clip.events)
    false = [each for each in sighted if each.look.why != "first" and not _belongs(each, clip)]
    pans = [event for event in clip.events if event.kind == "pan"]
    middle = [each for each in sighted for pan in pans if pan.start < each.shown < pan.end - EARLY]
    return Judged(verdicts, tuple(false), len(middle))


def _verdict(event: Event, sighted: Sequence[Sighted]) -> Verdict:
    near = [each for each in sighted if event.start <= each.at <= event.end + LATE]
    if event.kind in PASSING:
        during = [each for each in near if event.start - _CLOSE <= each.shown <= event.end]
        return Verdict(event, bool(during), None, len(near))
    behind = [each for each in near if each.shown >= event.nearly - _CLOSE]
    wait = max(0.0, behind[0].at - event.end) if behind else None
    return Verdict(event, bool(behind), wait, len(near))


def _belongs(each: Sighted, clip: Clip) -> bool:
    return any(event.start <= each.at <= event.end + LATE for event in clip.events)
