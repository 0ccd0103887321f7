"""Blocks that tell, together, that somebody speaks: probabilities of the detector, one a block."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.voice.studio import VOICES, room_tone, say
from edgeomni.speech.devices.sound_io import BLOCK
from edgeomni.speech.dialogue.certainty import Certainty
from edgeomni.speech.dialogue.ear import SECONDS
from edgeomni.speech.dialogue.turns import TurnRules
from edgeomni.speech.ears.meter import SpeechMeter
from edgeomni.speech.ears.windows import RATE
from tests.speech.sounds import Sound
from tests.speech.wordless import Chance, burst, resonant

WORDS = (
    "Wait, I have a question.",
    "No, that is enough.",
    "Hold on a moment.",
    "Thank you, enough.",
)
COUNT = 40


def certainty() -> Certainty:
    rules = TurnRules()
    return Certainty(rules.allowance, rules.most, rules.certain)


@pytest.mark.parametrize(
    ("blocks", "reached"),
    [
        ([], False),
        ([0.999], False),
        ([0.85, 0.85], True),
        ([0.7, 0.7, 0.7], False),
        ([0.7] * 5, True),
        ([0.6] * 50, False),
        ([0.85, 0.1, 0.85], False),
        ([0.85, 0.85, 0.01], True),
    ],
    ids=[
        "nothing",
        "a click",
        "two very likely",
        "three likely",
        "five likely",
        "hardly likely for ever",
        "an unlikely one between",
        "an unlikely one behind",
    ],
)
def test_certain_is_what_the_blocks_tell_together(blocks: list[float], *, reached: bool) -> None:
    heard = certainty()
    for probability in blocks:
        heard.hear(probability)
    assert heard.reached is reached


def test_what_is_forgotten_tells_nothing() -> None:
    heard = certainty()
    heard.hear(0.9)
    heard.reset()
    heard.hear(0.9)
    assert not heard.reached


def certain_after(sound: Sound, level: float, number: int) -> float | None:
    """Seconds from the beginning of a sound in a quiet room, at dB of full scale; None for never.

    Each ``number`` begins at another moment of a block.
    """
    head, loud = room_tone(2.0 + number % 16 / 16 * SECONDS), 10 ** (level / 20)
    scaled = (sound * (loud / np.abs(sound).max())).astype(np.float32)
    heard = np.concatenate([head, scaled, room_tone(0.5, number)])
    meter, told = SpeechMeter(), certainty()
    for end in range(BLOCK, len(heard), BLOCK):
        told.hear(meter.probability(heard[end - BLOCK : end]))
        if told.reached:
            return (end - len(head)) / RATE
    return None


def test_of_speech_it_is_certain_within_two_tenths_of_a_second() -> None:
    after = [
        certain_after(say(text, voice), level, number)
        for number, (text, voice, level) in enumerate(
            (text, voice, level) for text in WORDS for voice in VOICES for level in (-30, -18, -6)
        )
    ]
    assert None not in after
    assert np.percentile([seconds for seconds in after if seconds is not None], 95) <= 0.2


def short_cough(chance: Chance) -> Sound:
    times = np.arange(RATE // 10) / RATE
    air = chance.normal(size=len(times)) * np.exp(-times / chance.uniform(0.02, 0.06))
    return resonant(air, chance.uniform(400, 1500))


def clap(chance: Chance) -> Sound:
    return burst(chance, 0.008, 0.06, chance.uniform(800, 2500))


def knock(chance: Chance) -> Sound:
    return burst(chance, 0.03, 0.15, chance.uniform(100, 250))


@pytest.mark.parametrize("make", [short_cough, clap, knock])
def test_of_a_short_noise_it_is_never_certain(make: Callable[[Chance], Sound]) -> None:
    for number in range(COUNT):
        chance = np.random.default_rng(number)
        level = float(chance.uniform(-30, -3))
        assert certain_after(make(chance), level, number) is None, (number, level)
