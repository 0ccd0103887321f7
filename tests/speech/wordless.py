"""Sounds in which nobody speaks, made of nothing but numbers: any number of them, all different."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgeomni.speech.ears.windows import RATE
from tests.speech.sounds import Sound

Chance = np.random.Generator
_HALF_TONES = 12
_MAJOR = (0, 2, 4, 5, 7, 9, 11, 12)


def clip(number: int) -> tuple[str, Sound]:
    """What it is, and 3 to 10 s of it at 16 kHz, in a room that is never quite silent."""
    chance = np.random.default_rng(number)
    names = list(KINDS)
    name = names[number % len(names)]
    seconds = float(chance.uniform(3, 10))
    sound = KINDS[name](seconds, chance)
    loudest = 10 ** (chance.uniform(-30, -3) / 20)
    peak = float(np.abs(sound).max()) or 1.0
    room = chance.normal(0, 3e-4, len(sound))
    return name, (sound / peak * loudest + room).astype(np.float32)


def silence(seconds: float, chance: Chance) -> Sound:
    return np.zeros(_samples(seconds), np.float32)


def noise(seconds: float, chance: Chance, slope: float) -> Sound:
    """White for 0, pink for 1, brown for 2: power falls with frequency to that power."""
    spectrum = np.fft.rfft(chance.normal(size=_samples(seconds)))
    hertz = np.maximum(np.fft.rfftfreq(_samples(seconds), 1 / RATE), 20.0)
    return _sound(np.fft.irfft(spectrum * hertz ** (-slope / 2), _samples(seconds)))


def hum(seconds: float, chance: Chance) -> Sound:
    """Of the mains, with overtones."""
    times, mains = _times(seconds), chance.choice([50, 60])
    parts = [chance.uniform(0, 1) / n * np.sin(2 * np.pi * mains * n * times) for n in (1, 2, 3, 5)]
    return _sound(sum(parts))


def fan(seconds: float, chance: Chance) -> Sound:
    """Rushing air, and the tone of blades that pass, a little out of balance."""
    times, blades = _times(seconds), chance.uniform(80, 300)
    air = noise(seconds, chance, 1.0)
    air = air / np.abs(air).max()
    wobble = 1 + 0.3 * np.sin(2 * np.pi * blades / 5 * times)
    tone = sum(np.sin(2 * np.pi * blades * n * times) / n**2 for n in (1, 2, 3))
    return _sound(air * wobble + chance.uniform(0.05, 0.4) * tone)


def keyboard(seconds: float, chance: Chance) -> Sound:
    """Keys that go down and up."""
    made = silence(seconds, chance)
    at = 0.2
    while at < seconds - 0.2:
        for later, level in ((0.0, 1.0), (0.09, 0.4)):
            _add(made, at + later, level * burst(chance, 0.006, 0.02, chance.uniform(1500, 5000)))
        at += chance.exponential(0.15) + 0.06
    return made


def knocks(seconds: float, chance: Chance) -> Sound:
    """On a door, three or four at a time."""
    made = silence(seconds, chance)
    at = 0.3
    while at < seconds - 1.0:
        pitch = chance.uniform(100, 250)
        for number in range(chance.integers(2, 5)):
            _add(made, at + 0.22 * number, burst(chance, 0.03, 0.15, pitch))
        at += chance.uniform(1.5, 3.0)
    return made


def plucked(seconds: float, chance: Chance) -> Sound:
    """A string, by the way of Karplus and Strong: a melody over chords."""
    made = silence(seconds, chance)
    step, root = chance.uniform(0.15, 0.4), chance.uniform(80, 220)
    for number in range(int(seconds / step)):
        notes = [int(chance.choice(_MAJOR)) + _HALF_TONES]
        if number % 4 == 0:
            notes += [0, 4, 7]
        for note in notes:
            _add(made, number * step, _string(chance, root * 2 ** (note / _HALF_TONES), 1.0))
    return made


def organ(seconds: float, chance: Chance) -> Sound:
    """Chords that are held, with vibrato."""
    made = silence(seconds, chance)
    lasts, root = chance.uniform(0.6, 1.5), chance.uniform(110, 330)
    for number in range(int(seconds / lasts)):
        times = _times(lasts)
        shake = 0.004 * np.sin(2 * np.pi * 6 * times)
        base = root * 2 ** (int(chance.choice(_MAJOR)) / _HALF_TONES)
        chord = sum(
            np.sin(2 * np.pi * base * 2 ** (note / _HALF_TONES) * n * (times + shake / 6)) / n
            for note in (0, 4, 7)
            for n in (1, 2, 3, 4)
        )
        _add(made, number * lasts, _sound(chord * np.hanning(len(times)) ** 0.3))
    return made


def drums(seconds: float, chance: Chance) -> Sound:
    made = silence(seconds, chance)
    beat = chance.uniform(0.2, 0.35)
    for number in range(int(seconds / beat)):
        if number % 4 == 0:
            _add(made, number * beat, 1.5 * burst(chance, 0.08, 0.25, 60))
        if number % 4 == 2:
            _add(made, number * beat, burst(chance, 0.05, 0.18, 1800))
        _add(made, number * beat, 0.4 * burst(chance, 0.015, 0.05, 6000))
    return made


def band(seconds: float, chance: Chance) -> Sound:
    """Strings, chords and drums together."""
    parts = [make(seconds, chance) for make in (plucked, organ, drums)]
    return _sound(sum(part / np.abs(part).max() for part in parts))


def siren(seconds: float, chance: Chance) -> Sound:
    times, turns = _times(seconds), chance.uniform(0.2, 2)
    hertz = chance.uniform(600, 900) + 300 * np.sin(2 * np.pi * turns * times)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return _sound(np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase))


def phone(seconds: float, chance: Chance) -> Sound:
    """Two tones that take turns, a second on and a second off."""
    times = _times(seconds)
    low, high = chance.uniform(400, 700), chance.uniform(800, 1500)
    hertz = np.where(times * 20 % 2 < 1, low, high)
    return _sound(np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * (times % 2 < 1))


def bark(seconds: float, chance: Chance) -> Sound:
    """A rough tone that falls, through a throat with one resonance."""
    made = silence(seconds, chance)
    at = 0.4
    while at < seconds - 0.5:
        times = _times(chance.uniform(0.1, 0.22))
        pitch = chance.uniform(250, 600) * np.exp(-3 * times)
        rough = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE))
        rough = rough + 0.5 * chance.normal(size=len(times))
        _add(made, at, resonant(rough, chance.uniform(700, 1500)) * np.hanning(len(times)))
        at += chance.uniform(0.3, 1.5)
    return made


def cough(seconds: float, chance: Chance) -> Sound:
    """An explosion of air and what follows it."""
    made = silence(seconds, chance)
    at = 0.5
    while at < seconds - 0.8:
        for _ in range(chance.integers(1, 4)):
            times = _times(chance.uniform(0.15, 0.3))
            air = chance.normal(size=len(times)) * np.exp(-times / 0.06)
            _add(made, at, resonant(air, chance.uniform(500, 1200)))
            at += chance.uniform(0.3, 0.5)
        at += chance.uniform(1, 2)
    return made


def breathing(seconds: float, chance: Chance) -> Sound:
    times = _times(seconds)
    air = noise(seconds, chance, 0.5)
    rate = chance.uniform(0.25, 0.5)
    return _sound(air * np.maximum(0, np.sin(2 * np.pi * rate * times)) ** 2)


KINDS: dict[str, Callable[[float, Chance], Sound]] = {
    "silence": silence,
    "white noise": lambda seconds, chance: noise(seconds, chance, 0),
    "pink noise": lambda seconds, chance: noise(seconds, chance, 1),
    "brown noise": lambda seconds, chance: noise(seconds, chance, 2),
    "hum": hum,
    "fan": fan,
    "keyboard": keyboard,
    "knocks": knocks,
    "plucked string": plucked,
    "organ": organ,
    "drums": drums,
    "band": band,
    "siren": siren,
    "phone": phone,
    "bark": bark,
    "cough": cough,
    "breathing": breathing,
}


def _samples(seconds: float) -> int:
    return round(seconds * RATE)


def _times(seconds: float) -> Sound:
    return _sound(np.arange(_samples(seconds)) / RATE)


def _sound(values: object) -> Sound:
    return np.asarray(values, np.float32)


def _add(made: Sound, at: float, sound: Sound) -> None:
    start = _samples(at)
    end = min(len(made), start + len(sound))
    made[start:end] += sound[: max(0, end - start)]


def burst(chance: Chance, decay: float, lasts: float, hertz: float) -> Sound:
    """Noise near a pitch that dies away."""
    times = _times(lasts)
    return resonant(chance.normal(size=len(times)), hertz) * np.exp(-times / decay)


def resonant(sound: object, hertz: float) -> Sound:
    """Mostly what is within an octave of a pitch."""
    values = np.asarray(sound, np.float64)
    spectrum = np.fft.rfft(values)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(len(values), 1 / RATE), 1.0) / hertz)
    return _sound(np.fft.irfft(spectrum * np.exp(-2 * octaves**2), len(values)))


def _string(chance: Chance, hertz: float, lasts: float) -> Sound:
    period = max(2, round(RATE / hertz))
    made = np.zeros(_samples(lasts), np.float32)
    made[:period] = chance.uniform(-1, 1, period)
    for start in range(period, len(made), period):
        before = made[start - period : start]
        blurred = 0.498 * (before + np.roll(before, 1))
        made[start : start + period] = blurred[: len(made) - start]
    return made
