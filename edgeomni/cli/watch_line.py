"""The line that moves while it is watched: pure."""

from __future__ import annotations

from dataclasses import dataclass

from edgeomni.cli.width import beginning, columns, end

_BARS = " ▁▂▃▄▅▆▇█"
_SIGNS = {"paused": "○", "pausing": "◌", "opening": "◌", "lost": "✕"}
"""Of states in which there is nothing to be seen."""
_SHORTEST = 12
"""Columns of words that grow which are shown at least."""


@dataclass(slots=True)
class Line:
    """What is known at present."""

    source: str
    state: str = "opening"
    """As ``watch_events.Seen.state``."""
    fps: float = 0.0
    score: float = 0.0
    looking: float | None = None
    """When the look began that goes on."""
    answering: bool = False
    growing: str = ""
    """The words that come of a look."""
    reply: str = ""
    """Those of an answer."""
    ears: str = ""
    """What they do; empty where nobody listens."""
    heard: str = ""
    """A spoken question as far as it was understood."""
    last: str = ""
    """Of the last look: when, and what it took."""
    pace: str = ""
    typed: str | None = None
    """A question that is being typed."""

    def shown(self, now: float, width: int) -> str:
        """In at most ``width`` columns; ``now`` is by the clock of ``looking``."""
        head = " · ".join(filter(None, [*self._head(), self.ears]))
        if self.typed is not None:
            return _with_tail(f"{self.sign} ? ", f"{self.typed}_", width)
        doing = self._doing(now)
        if words := self.reply if self.answering else self.heard or self.growing:
            return _with_tail(f"{head} · {doing}{' ' * bool(doing)}", words, width)
        rest = [] if self.state in _SIGNS else [doing or self.last, self.pace]
        line = " · ".join(filter(None, [head, *rest]))
        return line if columns(line) <= width else beginning(line, width - 1) + "…"

    @property
    def sign(self) -> str:
        """Whether the device is open: filled, empty, dotted between the two, or crossed out."""
        return _SIGNS.get(self.state, "●")

    def _head(self) -> list[str]:
        match self.state:
            case "paused":
                return [f"○ {self.source} off", "it is closed; p opens it again"]
            case "pausing":
                return [f"◌ {self.source} closing …"]
            case "opening":
                return [f"◌ {self.source} opening …"]
            case "lost":
                return [f"✕ {self.source} lost", "trying again …"]
        bar = _BARS[min(len(_BARS) - 1, round(min(1.0, max(0.0, self.score)) ** 0.5 * 8))]
        return [f"● {self.source} on", f"{self.fps:.1f} fps", f"▕{bar}▏ {self.state}"]

    def _doing(self, now: float) -> str:
        if self.answering:
            return "answering …"
        if self.heard:
            return ""
        return "" if self.looking is None else f"looking … {max(0.0, now - self.looking):.1f} s"


def _with_tail(head: str, words: str, width: int) -> str:
    """What was said last is what is looked for."""
    room = max(_SHORTEST, width - columns(head))
    tail = words if columns(words) <= room else f"…{end(words, room - 1)}"
    return end(head + tail, width)
