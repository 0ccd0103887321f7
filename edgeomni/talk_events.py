"""What a spoken conversation tells while it goes on. Times are seconds by the worker's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args


@dataclass(frozen=True, slots=True)
class Ready:
    """Models are loaded and devices open: it listens."""

    at: float
    microphone: str
    speaker: str
    turns: str
    """How ends of turns are told: ``by sound``, ``by pauses`` or ``by key``."""
    echo: bool
    """Whether the loudspeaker is taken out of what the microphone hears."""


@dataclass(frozen=True, slots=True)
class Level:
    """Ten times a second."""

    rms: float
    """Root mean square of 32 ms, from 0 to 1."""
    speech: float
    """Probability, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody begins to speak."""

    at: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What was understood so far."""

    certain: str
    """Words that stay."""
    rest: str
    """Words behind them that may still change."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A short silence: the turn may be over."""

    at: float
    speech_end: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What the utterance will be, if the turn is over: time to think of an answer."""

    pause: int
    text: str
    sound: bytes = b""
    """What was said, float32 at 16 kHz; only where that was asked for."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The turn was not over: what was made of its draft is void."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A turn is over and was understood."""

    pause: int
    """As in its draft."""
    text: str
    speech_end: float
    committed: float
    """When it was decided that the turn is over."""
    understood: float
    """When both that and its words were known."""
    spoken: float
    """Seconds of speech in it."""
    sound: bytes = b""
    """As in its draft."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The turn was none: a cough, a nod, our own voice, or words that nobody understands."""


@dataclass(frozen=True, slots=True)
class Held:
    """The answer fell silent because somebody speaks; it can go on."""


@dataclass(frozen=True, slots=True)
class GoesOn:
    """It was no interruption: the answer goes on where it stopped."""


@dataclass(frozen=True, slots=True)
class Reached:
    """So far the answer was heard; told now and then, for a worker that dies tells nothing more."""

    piece: int = -1
    share: float = 0.0
    """As in ``Interrupted``."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The answer ends here."""

    piece: int = -1
    """The last piece of which something was heard; -1 for none."""
    share: float = 0.0
    """Of the words of that piece, by their length, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A word of command, and nothing to answer."""

    text: str
    """Empty for a command that was not spoken."""


@dataclass(frozen=True, slots=True)
class FirstAudio:
    """The answer begins to be heard."""

    at: float


@dataclass(frozen=True, slots=True)
class Said:
    """The whole answer was heard."""

    at: float
    underruns: int
    """Of the loudspeaker since the conversation began."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A sound of the present turn is being written to a file."""

    who: Literal["you", "edgeomni"]
    name: str
    """Within the folder that was asked for."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something happened to a device; the text says what, and what is done about it."""

    code: str
    text: str


NOT_RECORDED = "not-recorded"
"""The code of the trouble after which nothing is saved any more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something could not be understood or spoken; the conversation goes on."""

    code: str
    text: str


Event: TypeAlias = (
    Ready
    | Level
    | Began
    | Partial
    | Paused
    | Draft
    | Resumed
    | Utterance
    | Nothing
    | Held
    | GoesOn
    | Reached
    | Interrupted
    | Stopped
    | FirstAudio
    | Said
    | Saved
    | Trouble
    | Failure
)
_KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def packed(event: Event) -> tuple[dict[str, Any], list[bytes]]:
    """As it travels from the worker: its words, and its sound where it has one."""
    values = {"event": type(event).__name__, **asdict(event)}
    sound = values.pop("sound", b"")
    return values, [sound] if sound else []


def unpacked(data: Mapping[str, Any], sounds: Sequence[bytes | memoryview] = ()) -> Event:
    """What ``packed`` made."""
    values = dict(data)
    kind = _KINDS[values.pop("event")]
    if sounds:
        values["sound"] = bytes(sounds[0])
    return kind(**values)
