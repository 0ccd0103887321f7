"""How a spoken conversation is led: what the parent chooses. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from edgeomni.speech.dialogue.turns import TurnRules

Mode = Literal["hands-free", "push-to-talk"]


@dataclass(frozen=True, slots=True)
class Manners:
    """How a conversation is led. Times in seconds."""

    mode: Mode = "hands-free"
    rules: TurnRules = field(default_factory=TurnRules)
    english: bool = False
    """What is said is surely English."""
    before: float = 0.3
    """Of sound that is kept from before speech was noticed."""
    sketch_every: float = 0.5
    """Between two partial transcripts."""
    interrupt: bool = True
    """Whether the answer falls silent when somebody speaks."""
    wake: str = ""
    """Words by which we are called. Where there are any, an answer is interrupted by them and by
    stop words only: in a room others talk as well."""
    going_on: float = 2.0
    """Behind a question that is not answered yet: who begins to speak by then is taken for its
    speaker, who goes on and need not call again. Longer than the longest silence in a turn."""
    duck_after: float = 0.06
    """Of speech over an answer until that is played quietly."""
    stop_after: float = 0.19
    """Of speech over an answer until that stops, where there is any doubt of it: see
    ``TurnRules.certain``."""
    cancels_echo: bool = False
    """The microphone does not hear the loudspeaker: whoever speaks over an answer is a person."""
    unheard: float = 1.0
    """Of an answer that the microphone did not hear, after which it is taken for deaf to answers:
    headphones need nothing that cancels an echo."""
    glimpse: float = 2.5
    """Of the latest sound that is transcribed to tell a person from the answer itself."""
    lingers: float = 0.5
    """For so long behind an answer the room, or the loudspeaker's delay, may bring it back."""
    stop_words: frozenset[str] = frozenset(
        (
            *("stop", "stop it", "stop please", "please stop", "okay stop", "stop stop"),
            *("stop talking", "be quiet", "quiet", "shut up"),
        )
    )
    nods: frozenset[str] = frozenset(
        ("mhm", "mm hmm", "mmhmm", "uh huh", "hmm", "hm", "mm", "ah", "oh", "yeah", "okay", "ok")
    )
    """What a listener says without wanting the word."""
    keeps_sound: bool = False
    """Whether what was said is told as sound, too: for models that hear it themselves."""
    lockstep: bool = False
    """Time stands still while something is worked on: for files that are read fast."""


def packed(manners: Manners) -> dict[str, Any]:
    """As they travel to the worker."""
    out = asdict(manners)
    return out | {name: sorted(out[name]) for name in ("stop_words", "nods")}


def unpacked(data: Mapping[str, Any]) -> Manners:
    """What ``packed`` made."""
    values = dict(data)
    values["rules"] = TurnRules(**values["rules"])
    return Manners(**values | {name: frozenset(values[name]) for name in ("stop_words", "nods")})
