"""V8 where the microphone hears the loudspeaker: an interruption is heard through the echo."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice import buffers
from benchmarks.voice.interruption import (
    TELLS,
    TURNS,
    Heard,
    goes_on,
    script,
    silence_after,
    sounds,
)
from benchmarks.voice.studio import RATE, SPOKEN_RATE, Studio, write_wav
from benchmarks.voice.tape import Tape
from edgeomni.speech.devices import echo
from tests.speech.lab import Lab, missing
from tests.speech.sounds import found_in
from tests.speech.talking import talking

DECIBELS = -6.0
"""Of the loudspeaker in the microphone."""
_TIMED = 0.1
"""Likeness from which what was said is surely found again: it stands there with an echo."""

_COUGHED = 0.7
"""Seconds from a cough within which it may be taken for speech, until it is known for none."""


@dataclass(frozen=True)
class Told:
    """One conversation."""

    heard: Heard
    noticed: tuple[float, ...]
    """When somebody was heard to speak over it, and it became quiet, in seconds of the sound."""


def barge_in(studio: Studio) -> list[Result]:
    """A private PulseAudio for devices; both of them are recorded by one clock."""
    if reason := why_not():
        print(f"V8 over an echo is left out: {reason}.", file=sys.stderr)
        return []
    lab = Lab()
    try:
        kept = buffers.measure(lab, studio.scratch)
        with lab.echo(DECIBELS):
            told = [_interrupted(lab, studio, number) for number in range(TURNS)]
    finally:
        lab.close()
    return lines(told, kept)


def why_not() -> str:
    """Why an echo can't be had, or not be cancelled, here; empty where both can."""
    if reason := missing():
        return reason
    return "" if echo.is_available() else "the extra echo is not installed"


def lines(told: list[Told], kept: buffers.Buffers) -> list[Result]:
    during = [each for each in told if sounds(each.heard.sound, each.heard.onset)]
    waits, ducked = [], []
    for each in during:
        onset = each.heard.onset
        if (end := silence_after(each.heard.sound, onset)) is not None:
            waits.append((end - onset) * 1000)
            ducked += [(at - onset) * 1000 for at in each.noticed if at > onset][:1]
    coughs = [each.heard for each in told if sounds(each.heard.sound, each.heard.cough)]
    quiet = sum(not goes_on(each.sound, each.cough) for each in coughs)
    itself = sum(map(_hears_itself, told))
    guards = (
        Guard(f"{len(waits)} of {len(during)} interruptions obeyed", len(waits) == len(during)),
        Guard(f"{len(during)} of {TURNS} came while it spoke", len(during) > TURNS / 2),
        Guard(f"{quiet} of {len(coughs)} coughs stopped the answer", quiet == 0),
        Guard(f"{itself} of {len(told)} answers took their own echo for somebody", itself == 0),
    )
    if not waits:
        return []
    case = f"the same over an echo at {DECIBELS:.0f} dB"
    if ducked:
        case += f" (quiet after {Samples(tuple(ducked), 'ms').median:.0f} ms)"
    without = [max(0.0, wait - 1000 * kept.both) for wait in waits]
    devices = (
        f"without {1000 * kept.both:.0f} ms in devices (microphone {1000 * kept.microphone:.0f}, "
        f"loudspeaker {1000 * kept.loudspeaker:.0f})"
    )
    own = Samples(tuple(without), "ms")
    bar = Bar("at most", 200.0, "ms")
    return [
        Result("V8", case, Samples(tuple(waits), "ms"), guards=guards),
        Result("V8", f"over an echo, {devices}", own, guards=guards),
        Result(
            "V8", "over an echo, without devices, 95 % within", own.within(0.95), bar, guards=guards
        ),
    ]


def _hears_itself(told: Told) -> bool:
    """Whether it heard somebody while nobody spoke."""
    cough, onset = told.heard.cough, told.heard.onset
    return any(at < onset and not 0 <= at - cough < _COUGHED for at in told.noticed)


def _interrupted(lab: Lab, studio: Studio, number: int) -> Told:
    said = script(number)
    path = studio.scratch / "interruption.wav"
    write_wav(path, said.sound)
    with ExitStack() as stack:
        talk = stack.enter_context(talking(lab, studio.scratch / "state", *TELLS))
        person, room = (stack.enter_context(Tape(lab, sink)) for sink in ("person", "room"))
        lab.say(path).wait()
        answered = talk.wait_for(1, "first_audio")["told"]
        began = [event["told"] for event in talk.of("began") if event["told"] > answered]
    at, alike = found_in(said.words, person.sound(RATE))
    assert alike > _TIMED, f"what was said is not heard: {alike:.2f}"
    # From the clock of the one tape to that of the other.
    onset = at / RATE + person.began - room.began
    heard = Heard(room.sound(SPOKEN_RATE), onset, onset - (said.onset - said.cough))
    return Told(heard, tuple(moment - room.began for moment in began))
