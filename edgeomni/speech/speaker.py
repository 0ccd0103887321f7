"""A loudspeaker that survives what happens to loudspeakers."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from edgeomni.errors import DeviceError
from edgeomni.speech.devices import Device, Shape, choose
from edgeomni.speech.line import Line
from edgeomni.speech.portaudio import this_machine
from edgeomni.speech.reference import Played
from edgeomni.speech.sound_cards import OutputStream, SoundCards, open_somehow
from edgeomni.speech.sound_io import SPOKEN_RATE, Clock, Samples, Tell, Trouble

_STEP = 0.01
"""Seconds that are handed to the device at a time: what ``hush`` and ``duck`` may have to wait."""
_RETRY = 0.5
"""Seconds between two tries to open a device that is gone."""
_LATENCY = 0.03
"""Seconds of sound in the device at first: all of that is still heard after ``hush``."""
_MOST_LATENCY = 0.24
_TOO_OFTEN = 3
"""Underruns after which the next sentence gets twice the buffer: this machine is busy."""
_MARKS = 64
"""Steps that are remembered until they are heard; no device is later than that."""


class DeviceSpeaker:
    """Implements ``Speaker``; any thread may call it.

    A thread of its own hands the device one step after the other, silence where nothing is to be
    said: a stream that always runs needs no time to start, and its delay stays the same. When the
    device is gone, what waits is forgotten, and what comes next is said by the device that is
    there then. Codes that it tells: unplugged, switched, back.
    """

    def __init__(
        self,
        which: str,
        clock: Clock,
        tell: Tell,
        *,
        cards: SoundCards | None = None,
        played: Played | None = None,
    ) -> None:
        """``which`` is a number or a name, see ``choose``; empty for the default one.

        ``cards`` are those of this machine where none are given. ``played`` is told of all that
        is played. Raises DeviceError.
        """
        self._played = played
        self._cards = cards = cards or this_machine()
        self._clock, self._tell, self._which = clock, tell, which
        self._closed = threading.Event()
        self._underruns = 0
        self._latency = _LATENCY
        self._borne = _TOO_OFTEN
        """Underruns until the buffer grows."""
        self._ducked = False
        self._before = 0
        """Position behind all that former lines have played."""
        self._lock = threading.Lock()
        cards.rescan()
        self._device = choose(cards.devices(), which, "loudspeaker")
        self._stream, shape = self._opened(self._device)
        self._channels, self._line = shape.channels, Line(shape.rate)
        self._progress = Progress()
        self._thread = threading.Thread(target=self._play_on, name="loudspeaker", daemon=True)
        self._thread.start()

    def play(self, samples: Samples) -> None:
        with self._lock:
            self._line.play(samples)

    def hush(self) -> None:
        with self._lock:
            self._line.hush()

    def duck(self, on: bool) -> None:
        with self._lock:
            self._ducked = on
            self._line.duck(on)

    @property
    def queued(self) -> int:
        with self._lock:
            return self._before + self._line.queued

    @property
    def heard(self) -> int:
        with self._lock:
            return min(self._progress.at(self._clock.now()), self._before + self._line.queued)

    @property
    def underruns(self) -> int:
        return self._underruns

    @property
    def device(self) -> Device:
        """Where it speaks, or tries to."""
        return self._device

    @property
    def latency(self) -> float:
        """Seconds from the line to the ear, as the device tells it."""
        return self._stream.latency

    def close(self) -> None:
        self._closed.set()
        self._thread.join(2)
        if not self._thread.is_alive():
            self._stream.close()

    # The thread.

    def _play_on(self) -> None:
        speaking = False
        while not self._closed.is_set():
            count = round(_STEP * self._line.rate)
            sound, spoken = self._line.take(count)
            try:
                ran_dry = self._stream.write(np.repeat(sound[:, None], self._channels, axis=1))
            except DeviceError:
                self._replace()
                speaking = False
                continue
            self._underruns += ran_dry and speaking and spoken > 0
            speaking = spoken == count
            self._note(sound, spoken, ran_dry)
            if not spoken and self._underruns >= self._borne:
                self._grow()

    def _note(self, sound: Samples, spoken: int, ran_dry: bool) -> None:
        """A step was handed over, so many samples of it sound: when will it be heard?"""
        rate = self._line.rate
        due = self._clock.now() + self._stream.latency - len(sound) / rate
        if spoken:
            self._progress.mark(due + spoken / rate, self._before + int(self._line.taken))
        if self._played is not None:
            self._played.put(sound, rate, due, torn=ran_dry)

    def _grow(self) -> None:
        """In a pause: a larger buffer; sound comes and goes later, but is not torn."""
        self._borne = self._underruns + _TOO_OFTEN
        if self._latency < _MOST_LATENCY:
            self._latency *= 2
            self._replace(kept=True)

    def _replace(self, *, kept: bool = False) -> None:
        """Open the device, or another one, again and again until it is there."""
        self._stream.close()
        if not kept:
            self._forget()
        told = False
        while not self._closed.is_set():
            try:
                self._open_again()
            except DeviceError:
                if not told:
                    text = "{} is gone, so nothing can be heard; the text of answers still comes."
                    self._say("unplugged", text)
                told = True
                self._forget()
                self._closed.wait(_RETRY)
                continue
            if told:
                self._say("back", "{} is back.")
            return

    def _forget(self, rate: int = 0) -> None:
        """What waits is neither heard nor ever will be; what comes is for a device of that rate."""
        with self._lock:
            self._before += int(self._line.taken)
            self._line = Line(rate or self._line.rate)
            self._line.duck(self._ducked)

    def _open_again(self) -> None:
        """Raises DeviceError."""
        self._cards.rescan()
        found = choose(
            self._cards.devices(), self._device.name if self._which else "", "loudspeaker"
        )
        self._stream, shape = self._opened(found)
        self._channels = shape.channels
        if shape.rate != self._line.rate:
            self._forget(shape.rate)
        gone, self._device = self._device, found
        if found.name != gone.name:
            self._say("switched", f"«{gone.name}» is gone; {{}} speaks now.")

    def _opened(self, device: Device) -> tuple[OutputStream, Shape]:
        """Raises DeviceError."""
        return open_somehow(
            device, "loudspeaker", lambda shape: self._cards.play(device, shape, self._latency)
        )

    def _say(self, code: str, text: str) -> None:
        self._tell(Trouble(code, text.format(f"«{self._device.name}»")))


class Progress:
    """Which position can be heard at which time. One thread marks; any may ask."""

    def __init__(self) -> None:
        self._marks = deque([(float("-inf"), 0)], maxlen=_MARKS)

    def mark(self, due: float, position: int) -> None:
        """All up to that position will have been heard at that time, in seconds of the clock."""
        self._marks.append((due, position))

    def at(self, now: float) -> int:
        before = 0
        for due, position in tuple(self._marks):
            if due > now:
                return max(before, position - round((due - now) * SPOKEN_RATE))
            before = position
        return before
