"""What happens while it is watched, as JSON: names and order are a contract with scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgeomni.cli.record import Outcome, receipt_fields
from edgeomni.cli.watch_clock import Clock
from edgeomni.errors import EdgeomniError
from edgeomni.loops.watch.told import Answered, Caption, Match, Pace
from edgeomni.values import Image, Receipt
from edgeomni.watch_events import Back, Event, Lost, Opened, Over, Skipped

HELP = """\
With --json, and in --log, each event is one object on one line: "t" (seconds since the watch began;
of a file, within it), "event", "text", "score" (how much the picture has changed, from 0 to 1),
"frame" ({"w", "h", "hash"}) and "receipt" (as of `ask --json`), null where there is none, then
"time" (of day, null for a file) and what only some events have:
  opened    "source", "fps"                lost      "code"; "text" says why
  caption   "why", "since", "took", "data" back      there are pictures again
  change    the same: what is new          skipped   "count"; "text" says why
  match     "condition"; "text": evidence  pace      "look", "every", "side": of looks
  answer    "asked"                        failure   "code", "hint": of one look or answer
  over      a file has ended
An error that ends the watch is the last line: "event" is error, "error" as of `ask --json`.
"""


class Record:
    """Turns what is told into objects."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = 0.0

    def event(self, event: Event) -> dict[str, Any] | None:
        """None for signs of life, and for looks, of which captions come."""
        self._at = event.at
        match event:
            case Opened(at, source, width, height, fps):
                seen = {"w": width, "h": height, "hash": None}
                return self._made("opened", at, frame=seen, source=source, fps=round(fps, 3))
            case Lost(at, code, text):
                return self._made("lost", at, text, code=code)
            case Back(at):
                return self._made("back", at)
            case Skipped(at, count, why):
                return self._made("skipped", at, why, count=count)
            case Over(at):
                return self._made("over", at)
        return None

    def caption(self, told: Caption) -> dict[str, Any]:
        values = {"why": told.why, "since": round(told.since, 3), "took": round(told.took, 3)}
        return self._seen("caption" if told.whole else "change", told, **values, data=told.fields)

    def match(self, told: Match) -> dict[str, Any]:
        return self._seen("match", told, condition=told.condition)

    def answered(self, told: Answered) -> dict[str, Any]:
        frame, receipt = _frame(told.image), _receipt(told.receipt)
        values = {"frame": frame, "receipt": receipt, "asked": told.asked}
        return self._made("answer", told.at, told.text, **values)

    def pace(self, pace: Pace) -> dict[str, Any]:
        look, every = round(pace.look, 3), round(pace.every, 3)
        return self._made("pace", self._at, look=look, every=every, side=pace.side)

    def failed(self, error: EdgeomniError) -> dict[str, Any]:
        values = {"code": error.code, "hint": error.hint}
        return self._made("failure", self._at, error.happened, **values)

    def _seen(self, name: str, told: Caption | Match, **more: Any) -> dict[str, Any]:
        score, frame, receipt = round(told.score, 4), _frame(told.image), _receipt(told.receipt)
        values = {"score": score, "frame": frame, "receipt": receipt, **more}
        return self._made(name, told.at, told.text, **values)

    def _made(self, name: str, at: float, text: str = "", **values: Any) -> dict[str, Any]:
        known = {"score": None, "frame": None, "receipt": None}
        day = self._clock.day(at)
        told = {"t": round(at, 3), "event": name, "text": text}
        time = day and day.isoformat(timespec="milliseconds")
        return (
            told | {n: values.pop(n, none) for n, none in known.items()} | {"time": time} | values
        )


def _frame(image: Image | None) -> Mapping[str, Any] | None:
    return None if image is None else {"w": image.width, "h": image.height, "hash": image.digest}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return receipt_fields(Outcome(receipt=receipt))
