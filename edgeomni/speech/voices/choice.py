"""Which voices there are, and how to open one: nothing is ever fetched for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from edgeomni.errors import AbilityMissing, EngineError, ModelError, UsageError
from edgeomni.speech.voices import kokoro

if TYPE_CHECKING:
    from edgeomni.speech.devices.sound_io import Samples

USUAL = "heart"
SYSTEM = "system"
_SYSTEM = re.compile(rf"{SYSTEM}(?::([a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*))?")
"""With the language that it is to speak, perhaps: ``system:es``."""
SLOWEST, FASTEST = 0.5, 2.0
"""Speeds; 1 is the voice's own."""


class Voice(Protocol):
    """Turns text into sound. One caller at a time."""

    rate: int
    """Hertz"""

    def speak(self, text: str, speed: float) -> Samples:
        """A clause as it is spoken, unchecked; the same text gives the same sound.

        Raises EngineError.
        """
        ...


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """A voice, as it is shown to the user."""

    name: str
    what: str
    cost: str


VOICES = (
    VoiceCard(
        "heart",
        "American English, female; comes with edgeomni (hibari, Apache-2.0)",
        "8 MB on disk, 220 MB of memory, ready in 1 s; then a second of speech takes 20 ms",
    ),
    VoiceCard(
        SYSTEM,
        "the voice of this machine: espeak-ng, or that of macOS or Windows; system:es in Spanish",
        "nothing, where it is installed",
    ),
)
KOKORO = VoiceCard(
    "kokoro",
    "better voices in many languages (Kokoro, Apache-2.0; its package is under the GPL-3.0)",
    "121 MB to fetch, 300 MB of memory, ready in 2 s; then a second of speech takes 630 ms",
)
"""Stands for all of its voices."""
_ELSEWHERE = frozenset(("emma", "fenrir", "fable", "kore"))
"""Voices of hibari's that are no part of its package."""


def check(name: str, speed: float = 1.0) -> None:
    """Raises UsageError for a voice or a speed that cannot be had."""
    if not SLOWEST <= speed <= FASTEST:
        raise UsageError(
            f"The rate {speed:g} is not between {SLOWEST:g} and {FASTEST:g}.",
            remedy="1 is the usual one, 1.2 a little faster.",
        )
    names = [card.name for card in VOICES]
    if _SYSTEM.fullmatch(name):
        return
    if name and name not in names and (kokoro.parse(name) is None or not _is_written_well(name)):
        why = ": it would have to be fetched, and edgeomni speaks with what is here"
        raise UsageError(
            f"There is no voice {name[:40]!r}{why if name in _ELSEWHERE else ''}.",
            remedy=f"{kokoro.meant(name, (*names, *kokoro.VOICES))}heart comes with edgeomni; "
            "`edgeomni say --list` shows them all.",
        )


def speaks_english(name: str) -> bool:
    """Whether that voice reads English, as one does where no language is told; else words must not
    be put in."""
    asked = _SYSTEM.fullmatch(name)
    code = (asked and asked[1]) or kokoro.language_of(name).code
    return code.partition("-")[0] == "en"


def _is_written_well(name: str) -> bool:
    """Whether it can travel to the worker: not with bytes of a path that are no text."""
    return "\0" not in name and name.encode("utf-8", "replace").decode() == name


def opened(name: str, tell: Callable[[str], None]) -> Voice:
    """The voice of this name, loaded and warm; empty for the usual one.

    A voice of Kokoro's is named with the folder of its files.

    Where that cannot be loaded, the machine's own takes its place, and ``tell`` is told; a voice
    that was asked for by its name has no substitute. Raises UsageError, ModelError.
    """
    check(name)
    if asked_system := _SYSTEM.fullmatch(name):
        return _system(asked_system[1] or "", tell)
    if asked := kokoro.parse(name):
        return _kokoro(asked, tell)
    try:
        return _hibari()
    except ModelError as error:
        if name:
            raise
        try:
            voice = _system("", tell)
        except AbilityMissing:
            raise error from None
        tell(f"{error.happened} The voice of this machine speaks instead.")
        return voice


def _hibari() -> Voice:
    from edgeomni.speech.voices.hibari_voice import HibariVoice

    return HibariVoice()


def _kokoro(asked: kokoro.Asked, tell: Callable[[str], None]) -> Voice:
    from edgeomni.speech.voices.kokoro_voice import KokoroVoice

    return KokoroVoice(Path(asked.folder), asked.voice, tell)


def _system(language: str, tell: Callable[[str], None]) -> Voice:
    from edgeomni.speech.voices.system_voice import SystemVoice

    return SystemVoice(None, language, tell)


def checked(voice: Voice, speed: float) -> Callable[[str], Samples]:
    """What says a clause at ``SPOKEN_RATE``, within [-1, 1]; it raises EngineError."""
    from edgeomni.speech.devices.sound_io import SPOKEN_RATE
    from edgeomni.speech.voices.utterance import fault, trimmed

    def say(text: str) -> Samples:
        samples = voice.speak(text, speed)
        if voice.rate != SPOKEN_RATE:
            import soxr

            samples = soxr.resample(samples, voice.rate, SPOKEN_RATE)
        if wrong := fault(samples, text, speed):
            raise EngineError(
                f"{_beginning(text)} could not be spoken: {wrong}.", works="The rest is spoken."
            )
        return trimmed(samples, text, speed)

    return say


def _beginning(text: str) -> str:
    words = text if len(text) <= 40 else text[:40].rsplit(" ", 1)[0] + " …"
    return f'"{words}"'
