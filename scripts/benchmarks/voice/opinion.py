"""The language model of a conversation, asked whether what was said is all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import ours
from benchmarks.voice.dialogue import SYSTEM
from benchmarks.voice.studio import Studio
from edgeomni.catalog import resolve
from edgeomni.ports import Engine
from edgeomni.values import Message

_LATE = 3
"""Words at the end that no partial transcript was certain of."""


class Opinion:
    """Each answer comes with the seconds that it took."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float | None, float]] = {}

    def ending(self, text: str) -> tuple[float | None, float]:
        """See ``Engine.ending``; asked twice, a text would be in the cache already."""
        if text not in self._known:
            # What was certain while it was spoken is evaluated by then.
            self._engine.prefill(_asked(" ".join(text.split()[:-_LATE])))
            began = time.perf_counter()
            ends = self._engine.ending(_asked(text))
            self._known[text] = ends, time.perf_counter() - began
        return self._known[text]


def _asked(text: str) -> list[Message]:
    return [Message("system", (SYSTEM,)), Message("user", (text,))]


@contextmanager
def opinion(studio: Studio) -> Iterator[Opinion]:
    """Of the model that the studio is measured with, loaded and warm."""
    subject = ours.Subject(resolve(studio.brain).model)
    with ours.engine(subject, studio.scratch) as engine:
        made = Opinion(engine)
        made.ending("Hello there.")
        yield made
