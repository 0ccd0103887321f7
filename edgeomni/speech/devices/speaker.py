"""A loudspeaker that survives what happens to loudspeakers."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.chosen import Chosen
from edgeomni.speech.devices.line import Line
from edgeomni.speech.devices.listed import Device, Shape
from edgeomni.speech.devices.portaudio import this_machine
from edgeomni.speech.devices.reference import Played
from edgeomni.speech.devices.sound_cards import OutputStream, SoundCards
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Clock, Samples, Tell

_STEP = 0.01
"""Seconds that are handed to the device at a time: what ``hush`` and ``duck`` may have to wait."""
_STUCK = 2.0
"""Seconds that a device may take for a step before it counts as gone, such as a suspended one."""
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
    device is gone, what waits is forgotten and counts as heard, for its text can be read; what
    comes next is said by the device that is there then. Codes that it tells: unplugged, back, and
    those of ``Chosen``.
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
        self._clock = clock
        self._closed = threading.Event()
        self._underruns = 0
        self._latency = _LATENCY
        self._borne = _TOO_OFTEN
        """Underruns until the buffer grows."""
        self._ducked = False
        self._before = 0
        """Position behind all that was put in former lines."""
        self._lock = threading.Lock()
        """Of the present line, of what was before it, and of ``_progress``."""
        self._chosen = Chosen(cards, which, "loudspeaker", tell)
        self._stream, shape = self._chosen.opened(self._open)
        self._stepped = clock.now()
        """When it took a step, or was opened."""
        self._missed = ""
        """The name of one that is gone, which was told."""
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
        now = self._clock.now()
        if now - self._stepped > _STUCK:  # the thread waits for it, and can tell nobody
            self._miss()
        with self._lock:
            return min(self._progress.at(now), self._before + self._line.queued)

    @property
    def underruns(self) -> int:
        return self._underruns

    @property
    def device(self) -> Device:
        """Where it speaks, or tries to."""
        return self._chosen.device

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
            self._stepped = self._clock.now()
            self._welcome()
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
            with self._lock:  # whoever asks may find that the device is gone, and mark as well
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
        while not self._closed.is_set():
            try:
                return self._open_again()
            except DeviceError:
                self._miss()
                self._closed.wait(_RETRY)

    def _miss(self) -> None:
        self._forget()
        with self._lock:
            missed, self._missed = self._missed, self.device.name
        if not missed:
            text = "{} is gone, so nothing can be heard; the text of answers still comes."
            self._chosen.say("unplugged", text)

    def _welcome(self) -> None:
        with self._lock:
            missed, self._missed = self._missed, ""
        if missed == self.device.name:  # of another one it was told when it was opened
            self._chosen.say("back", "{} is back.")

    def _forget(self, rate: int = 0) -> None:
        """What waits will never be heard: it is over. What comes is for a device of that rate."""
        with self._lock:
            self._before += self._line.queued
            self._progress.mark(self._clock.now(), self._before)
            self._line = Line(rate or self._line.rate)
            self._line.duck(self._ducked)

    def _open_again(self) -> None:
        """Raises DeviceError."""
        self._stream, shape = self._chosen.opened_again(self._open)
        self._stepped = self._clock.now()
        self._channels = shape.channels
        if shape.rate != self._line.rate:
            self._forget(shape.rate)

    def _open(self, device: Device, shape: Shape) -> OutputStream:
        """Raises DeviceError."""
        return self._cards.play(device, shape, self._latency)


class Progress:
    """Which position can be heard at which time. For one thread at a time."""

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
