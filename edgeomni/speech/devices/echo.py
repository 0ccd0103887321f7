"""Takes our own voice out of what the microphone hears, so that somebody can speak over it."""

from __future__ import annotations

import importlib.util
from math import gcd
from typing import Protocol

import numpy as np

from edgeomni.errors import DeviceError
from edgeomni.paths import pip_install
from edgeomni.speech.devices.delay import Delay
from edgeomni.speech.devices.reference import Played
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Block, Microphone, Samples

STEP = HEARD_RATE // 100
"""Samples in 10 ms: what WebRTC's audio processing takes at a time."""
_HELD_BACK = STEP - gcd(STEP, BLOCK)
"""Samples by which blocks come later, so that whole steps always fill a whole block."""
_JITTER = 0.05
"""Seconds"""
_AUDIBLE = 0.01
"""Root mean square of what is played from which an echo is to be expected."""
_FAINT = 0.03
"""Of the level of what is played: -30 dB, no detector takes for speech."""
_SURE = 0.5
"""Seconds of played sound in a row of which nothing was heard; longer than any echo takes."""
_DOUBT = 3.0
"""Seconds of played sound over which something was heard, since it was sure: an echo after all."""


class Canceller(Protocol):
    def cancel(self, heard: Samples, played: Samples, delay: float) -> Samples:
        """``STEP`` samples each; ``delay`` is from ``played`` to its echo, in seconds."""
        ...


class EchoFreeMicrophone:
    """Implements ``Microphone``: another one, without what a loudspeaker has played."""

    def __init__(self, microphone: Microphone, played: Played, canceller: Canceller) -> None:
        """``played`` is what the loudspeaker tells it; blocks come 8 ms later."""
        self._microphone, self._played, self._canceller = microphone, played, canceller
        self._delay = Delay()
        self._headphones = Headphones()
        self._next: int | None = None
        self._heard = np.zeros(0, np.float32)
        self._reference = np.zeros(0, np.float32)
        self._clean = np.zeros(_HELD_BACK, np.float32)

    def read(self) -> Block | None:
        block = self._microphone.read()
        if block is None:
            return None
        reference = self._reference_of(block)
        self._delay.feed(block.samples, reference)
        self._heard = np.concatenate([self._heard, block.samples])
        self._reference = np.concatenate([self._reference, reference])
        whole = len(self._heard) // STEP * STEP
        cleaned = [self._step(start) for start in range(0, whole, STEP)]
        self._heard, self._reference = self._heard[whole:], self._reference[whole:]
        clean = np.concatenate([self._clean, *cleaned])
        self._clean = clean[BLOCK:]
        return Block(clean[:BLOCK], block.at - _HELD_BACK / HEARD_RATE)

    def close(self) -> None:
        self._microphone.close()

    @property
    def delay(self) -> float:
        """Seconds from what was played to its echo, as well as is known."""
        return self._delay.seconds

    def _reference_of(self, block: Block) -> Samples:
        """What was played meanwhile, without a gap to what was given before.

        Times of blocks jitter by milliseconds, which would be a new room for the canceller each
        time: they are believed only when they say that much has been missed.
        """
        there = self._played.index(block.at - BLOCK / HEARD_RATE)
        if there is None:
            return np.zeros(BLOCK, np.float32)
        if self._next is None or abs(there - self._next) > _JITTER * HEARD_RATE:
            self._next = there
        reference = self._played.read(self._next, BLOCK)
        self._next += BLOCK
        return reference

    def _step(self, start: int) -> Samples:
        step = slice(start, start + STEP)
        heard, played = self._heard[step], self._reference[step]
        clean = self._canceller.cancel(heard, played, self.delay)
        return heard if self._headphones.worn(heard, played) else clean


class Headphones:
    """Whether nothing of what is played is heard: then nothing must be taken out either.

    A canceller that has no echo to learn from takes the first words that are spoken over the
    loudspeaker for one: WebRTC's made them 24 to 30 dB quieter.
    """

    def __init__(self) -> None:
        self._unheard = self._heard = 0.0
        self._worn = False

    def worn(self, heard: Samples, played: Samples) -> bool:
        """Take the next ``STEP`` samples of both."""
        loud = _level(played)
        if loud < _AUDIBLE:
            return self._worn
        if _level(heard) < _FAINT * loud:
            self._unheard += STEP / HEARD_RATE
        else:
            self._heard += STEP / HEARD_RATE
            self._unheard = 0.0
        if self._unheard >= _SURE:
            self._worn, self._heard = True, 0.0
        elif self._heard >= _DOUBT:
            self._worn = False
        return self._worn


def _level(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(samples))))


def is_available() -> bool:
    """Whether the extra ``echo`` is installed."""
    return importlib.util.find_spec("aec_audio_processing") is not None


class WebRtcCanceller:
    """WebRTC's echo canceller. Implements ``Canceller``; its sound comes 8 ms late.

    Its noise suppressor would take 6 ms more, and detectors and Whisper know noise.
    """

    def __init__(self) -> None:
        """Raises DeviceError when the extra is not installed."""
        try:
            from aec_audio_processing import AudioProcessor
        except ImportError as error:
            raise DeviceError(
                "Echoes cannot be cancelled: aec-audio-processing is not installed.",
                works="With headphones there are none.",
                remedy=f"This adds it: {pip_install('edgeomni[echo]')}",
            ) from error
        self._processor = AudioProcessor(enable_aec=True, enable_ns=False, enable_agc=False)
        self._processor.set_stream_format(HEARD_RATE, 1)
        self._processor.set_reverse_stream_format(HEARD_RATE, 1)

    def cancel(self, heard: Samples, played: Samples, delay: float) -> Samples:
        self._processor.set_stream_delay(round(1000 * delay))
        self._processor.process_reverse_stream(_coded(played))
        clean = np.frombuffer(self._processor.process_stream(_coded(heard)), "<i2")
        return clean.astype(np.float32) / np.float32(32768)


def _coded(samples: Samples) -> bytes:
    return (samples.clip(-1, 1) * 32767).astype("<i2").tobytes()
