"""A whole text read aloud in the speech worker: clause by clause, into a file or a loudspeaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgeomni.errors import DeviceError, EngineError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Clock, Samples, Speaker
from edgeomni.speech.wording.clauses import Clauses, Piece

_PAGE = 1000
"""Characters."""
_AHEAD = 10.0
"""Seconds of sound in the loudspeaker's line, at most: a book must not be synthesised at once."""
_TICK = 0.02
"""Seconds between two looks at how far the loudspeaker is."""
_PATIENCE = 5.0
"""Seconds in which nothing moves on, until the loudspeaker counts as dead."""


@dataclass(frozen=True, slots=True)
class Said:
    """A clause and its sound, at ``SPOKEN_RATE``."""

    piece: Piece
    sound: Samples


def read(
    text: str, say: Callable[[str], Samples], tell: Callable[[str], None], *, english: bool = True
) -> Iterator[Said]:
    """What is to be said of a text in Markdown; a clause that fails is told and left out.

    ``english`` as in ``Clauses``.
    """
    for piece in _pieces(text, english):
        try:
            yield Said(piece, say(piece.spoken))
        except EngineError as error:
            tell(error.happened)


def _pieces(text: str, english: bool) -> Iterator[Piece]:
    """Page by page: the first word of a book does not wait for its last."""
    clauses = Clauses(english=english)
    for at in range(0, len(text), _PAGE):
        yield from clauses.feed(text[at : at + _PAGE])
    yield from clauses.end()


def play(
    said: Iterator[Said], speaker: Speaker, clock: Clock, stop: Callable[[], bool]
) -> Iterator[Said]:
    """Play it; gives each clause as it is put in line, and returns once all was heard.

    ``stop`` is asked again and again. Raises DeviceError when the loudspeaker stands still.
    """
    for clause in said:
        if not _wait_until_heard(speaker.queued - int(_AHEAD * SPOKEN_RATE), speaker, clock, stop):
            break
        speaker.play(clause.sound)
        yield clause
    if not _wait_until_heard(speaker.queued, speaker, clock, stop):
        speaker.hush()


def _wait_until_heard(
    position: int, speaker: Speaker, clock: Clock, stop: Callable[[], bool]
) -> bool:
    """False when it was stopped before."""
    heard, moved = speaker.heard, clock.now()
    while speaker.heard < position:
        if stop():
            return False
        if speaker.heard > heard:
            heard, moved = speaker.heard, clock.now()
        elif clock.now() - moved > _PATIENCE:
            raise DeviceError(
                f"The loudspeaker has played nothing for {_PATIENCE:g} s.",
                works="The text can be saved as sound: -o FILE.wav.",
                remedy="Choose another one, or connect it again.",
            )
        clock.wait_until(clock.now() + _TICK)
    return not stop()
