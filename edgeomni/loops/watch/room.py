"""How much of the lane pictures take: asked of the engine once for each size."""

from __future__ import annotations

from collections.abc import Sequence

from edgeomni.errors import AbilityMissing, MediaError
from edgeomni.ports import Engine
from edgeomni.vision.size import Size


class Room:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[Size, int] = {}

    def __call__(self, sizes: Sequence[Size]) -> list[int] | None:
        """Tokens for pictures of these sizes in pixels; None where nobody knows.

        What is wrong with a size, the encoder says better when it is shown.
        """
        unknown = [size for size in dict.fromkeys(sizes) if size not in self._known]
        if unknown:
            try:
                found = self._engine.media_tokens(unknown)
            except (AbilityMissing, MediaError):
                return None
            if found is None:
                return None
            self._known.update(zip(unknown, found, strict=True))
        return [self._known[size] for size in sizes]
