"""Things that a watch tells, a screen to show them on, and times that are known."""

from __future__ import annotations

from datetime import UTC, datetime

from edgeomni.cli.output import Screen
from edgeomni.cli.watch_clock import Clock
from edgeomni.loops.watch.told import Answered, Caption, Match
from edgeomni.values import Image, Receipt
from edgeomni.watch_events import Opened, Seen
from tests.cli.glass import Glass

NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
RED = Image(b"\xff\x00\x00", 1, 1, "camera")
HOSTILE = "a cat\x1b]52;c;ZXZpbA==\x07\r\x1b[2J\u202egip"
"""Writes the clipboard, wipes the screen, turns the text round."""
CLEAN = "a cat␛]52;c;ZXZpbA==␇␍␛[2Jgip"
OPENED = Opened(0.0, "camera", 640, 480, 30.0)
STILL = Seen(1.0, 9.8, 0.0, "still")


def glass(**env: str) -> tuple[Screen, Glass]:
    """One terminal for both streams."""
    made = Glass()
    return Screen(made, made, env={"NO_COLOR": "1"} | env), made


def noon(*, film: bool = False) -> Clock:
    """A watch that began at 12:00:00 UTC."""
    return Clock(film=film, now=lambda: NOON)


def caption(text: str = "A desk.", *, at: float = 2.0, whole: bool = True) -> Caption:
    why = "first" if whole else "change"
    return Caption(at, why, text, whole, 0.25, at - 0.5, RED, 1.5, Receipt(prompt_tokens=9))


def match(text: str = "A brown box.", *, at: float = 3.0) -> Match:
    return Match(at, "a parcel", text, 0.5, RED, Receipt())


def answered(text: str = "It is red.", *, at: float = 4.0) -> Answered:
    return Answered(at, "Which colour?", text, RED, Receipt())
