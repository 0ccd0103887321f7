"""What is known of a turn that somebody speaks, and turns that wait for their words. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.dialogue.turns import Ended


@dataclass(slots=True)
class SpokenTurn:
    """What is known of a turn besides its words."""

    number: int = 0
    over_answer: bool = False
    """It began while an answer was under way, or the answer came into it."""
    near_answer: bool = False
    """It began when an answer could be heard, or had been just before."""
    goes_on: bool = False
    """Its speaker goes on with a question that is not answered yet."""
    asked_whose: bool = False
    """Its first words are being looked at, to know whether they are the answer's own."""
    own_voice: bool = False
    """The answer's own voice was heard in it."""
    ended: Ended | None = None
    committed: float = 0.0
    """When that was decided."""
    drafted: tuple[int, bytes] = (0, b"")
    """The number of the pause behind its last draft, and the sound that went with it."""
    sound: bytes = b""
    """All of it once it is over, where the parent wants that: that of the draft, if it was one, for
    an answer that is thought of ahead is one to this very sound."""
    heard: Samples | None = None
    """The same, where it is to be saved."""


class AwaitedWords:
    """Turns that are over, in their order, and transcripts by the numbers of their pauses."""

    def __init__(self) -> None:
        self._over: deque[SpokenTurn] = deque()
        self._written: dict[int, str] = {}

    def __bool__(self) -> bool:
        """Some turn that is over still waits."""
        return bool(self._over)

    def end(self, turn: SpokenTurn) -> None:
        """It is over, and not handed over yet."""
        self._over.append(turn)

    def are_of_a_turn(self, pause: int) -> bool:
        """That pause has ended a turn which still waits."""
        return any(turn.ended and turn.ended.number == pause for turn in self._over)

    def write(self, pause: int, text: str) -> None:
        """Empty where it could not be written."""
        self._written[pause] = text

    def forget(self, pause: int) -> None:
        """The turn went on: these are not all of its words."""
        self._written.pop(pause, None)

    def next(self) -> tuple[SpokenTurn, Ended, str] | None:
        """The first turn, with its words, once they are there."""
        if self._over and (ended := self._over[0].ended) and ended.number in self._written:
            return self._over.popleft(), ended, self._written.pop(ended.number)
        return None
