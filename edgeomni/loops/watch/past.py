"""Questions about what was there before, as a model is asked them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeomni.loops.watch.memory import KeyFrame, Memory, about_before, chronicle, plainly
from edgeomni.loops.watch.room import Room
from edgeomni.ports import Engine
from edgeomni.values import Image, Part

_NOTHING = "Nothing was seen before."
_PICTURES = 4
"""That are shown of what was; the others are there in words."""
_SHARE = 0.25
"""Of the context, for them."""


@dataclass(frozen=True, slots=True)
class Past:
    memory: Memory
    engine: Engine
    room: Room
    plain: bool

    def parts(self, asked: str, now: float, present: Image | None) -> list[Part] | str | None:
        """None for a question about the present; a sentence where nothing is remembered."""
        looking = about_before(asked)
        if looking is None:
            return None
        frames = self.memory.before(now, present)
        if not frames:
            return _NOTHING
        if self.plain:
            return plainly(frames, looking.question)
        seen: Sequence[Part] = [present] if present else []
        shown = self._affordable(frames, present)
        return chronicle(frames, now, shown=shown, present=seen, question=looking.question)

    def _affordable(self, frames: Sequence[KeyFrame], present: Image | None) -> int:
        """How many of the newest can be shown beside the present one."""
        images = [*([present] if present else []), *(each.image for each in reversed(frames))]
        room = self.room([(each.width, each.height) for each in images])
        if room is None:
            return min(len(frames), 1)
        budget, fixed = self.engine.abilities().context * _SHARE, 1 if present else 0
        fitting = (n for n in range(_PICTURES, 0, -1) if sum(room[: fixed + n]) <= budget)
        return min(next(fitting, 0), len(frames))
