"""Whether to play what a voice gives, and how much silence to leave around it: pure.

A voice that fails is heard for a long time: it drones for a minute instead of saying "ok", or gives
what is no number. And voices leave silence around what they say, hibari 0.3 s before and 0.45 s
behind: half of the wait for the first word, and a hole between two clauses of one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.voices.heard import commas

_SECONDS_A_CHARACTER = 0.25
_SECONDS_MORE = 2.0
_SPELLED = 4
"""Characters that a digit or a sign may take to say; seven digits were seen to take 4.4 s."""
_CAPITAL = 2
_IDEOGRAPH = 3
"""Han characters are whole syllables in Chinese, and up to four in Japanese."""
_AUDIBLE = 0.01
"""Of the loudest sample; what is quieter is silence."""
_SILENT = 1e-3
"""-60 dB"""
_BEFORE = 0.03
"""Seconds of silence that stay before the first sound: the onset of an h or f is soft."""
_PAUSES = {
    **dict.fromkeys(".!?…。！？।", 0.32),
    **dict.fromkeys(":;：；", 0.22),
    "—": 0.18,
    **dict.fromkeys(",，、", 0.14),
}
"""Seconds of silence behind what ends so, at the usual speed."""
_PAUSE = 0.08
_FADE = 0.01
_FRAME = SPOKEN_RATE // 100
_PAUSING = 0.05
"""Of the loudest 10 ms: within a clause, what is quieter is a pause."""
_LONG = 10
"""Frames of a pause that is heard as one."""
_NEAR = 0.2
"""Of a clause, by which a comma may be off from its pause."""


def longest(text: str, speed: float) -> float:
    """Seconds that nobody needs to say so much."""
    weight = sum(_weight(sign) for sign in text)
    return (_SECONDS_A_CHARACTER * weight + _SECONDS_MORE) / speed


def _weight(sign: str) -> int:
    if sign.isupper():
        return _CAPITAL
    if "\u3400" <= sign <= "\u9fff":
        return _IDEOGRAPH
    return 1 if sign.isalpha() or sign.isspace() or sign in ".,;:!?'\"—…-()" else _SPELLED


def fault(samples: Samples, text: str, speed: float) -> str:
    """Why it cannot be what was to be said, as the end of a sentence; empty for what can."""
    if not len(samples):
        return "nothing came"
    if not np.isfinite(samples).all():
        return "what came is no sound"
    if float(np.abs(samples).max()) < _SILENT:
        return "what came is silence"
    seconds = len(samples) / SPOKEN_RATE
    if seconds > longest(text, speed):
        return f"{seconds:.0f} s of sound came for {len(text)} characters"
    return ""


def share_said(samples: Samples, end: int, text: str) -> float:
    """Of a text, what is said before that sample: from 0 to 1, as ``beginning`` takes it.

    Pauses take no time, and the long ones are where the text has its commas.
    """
    whole = np.zeros(-(-len(samples) // _FRAME) * _FRAME, np.float32)
    whole[: len(samples)] = samples
    level = np.sqrt(np.square(whole.reshape(-1, _FRAME)).mean(axis=1))
    sounds = level > _PAUSING * level.max(initial=0.0)
    said = np.cumsum(np.repeat(sounds, _FRAME)[: len(samples)]) / max(1, sounds.sum() * _FRAME)
    sound, words = [0.0], [0.0]
    pauses = list(_pauses(sounds))
    for comma in commas(text):
        near = [pause for pause in pauses if sound[-1] < pause and abs(pause - comma) < _NEAR]
        if near:
            sound.append(min(near, key=lambda pause: abs(pause - comma)))
            words.append(comma)
    reached = said[end - 1] / said[-1] if 0 < end <= len(said) and said[-1] else 0.0
    return round(float(np.interp(reached, [*sound, 1.0], [*words, 1.0])), 6)


def _pauses(sounds: NDArray[np.bool_]) -> Iterator[float]:
    """Where the long ones are, as shares of all frames that sound."""
    at = np.flatnonzero(sounds)
    for number in np.flatnonzero(np.diff(at) > _LONG):
        yield (number + 1) / len(at)


def trimmed(samples: Samples, text: str, speed: float) -> Samples:
    """Within [-1, 1], with the pauses around it that a listener expects. ``fault`` is empty."""
    level = np.abs(samples)
    loud = np.flatnonzero(level > _AUDIBLE * float(level.max()))
    start = max(0, int(loud[0]) - int(_BEFORE * SPOKEN_RATE))
    sounds = samples[start : int(loud[-1]) + 1]
    pause = int(_pause_behind(text) / speed * SPOKEN_RATE)
    made = np.zeros(len(sounds) + pause, np.float32)
    rest = samples[start : start + len(made)]
    made[: len(rest)] = np.clip(rest, -1.0, 1.0)
    fade = min(int(_FADE * SPOKEN_RATE), pause)
    if fade:
        made[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return made


def _pause_behind(text: str) -> float:
    return _PAUSES.get(text.rstrip("\"'”’)]")[-1:], _PAUSE)
