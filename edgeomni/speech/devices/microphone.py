"""A microphone that survives what happens to microphones."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from edgeomni.errors import DeviceError
from edgeomni.speech.devices.blocks import Blocks
from edgeomni.speech.devices.chosen import Chosen
from edgeomni.speech.devices.inbox import Bell, Inbox, Piece
from edgeomni.speech.devices.listed import Device, Shape
from edgeomni.speech.devices.portaudio import this_machine
from edgeomni.speech.devices.sound_cards import InputStream, SoundCards
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, Block, Clock, Tell
from edgeomni.speech.devices.watch import Losses, Pulse, Signal

_LOOK = 0.05
"""Seconds between two looks at the time while nothing is heard."""
_HASTE = (2.0, 0.25, 1.0)
"""Seconds: for so long a device that is gone is tried often; between those tries; between later."""
_PATIENCE = 0.8
"""Seconds for which a device may be away before anybody is told: a headset changing its profile."""
_BLOCK_SECONDS = BLOCK / HEARD_RATE
_Opened: TypeAlias = Callable[[Callable[[Device, Shape], InputStream]], tuple[InputStream, Shape]]


class DeviceMicrophone:
    """Implements ``Microphone``; ``read`` is for one thread.

    While its device is away it gives silence, in time, so that an utterance can end. It stays with
    its device by name; one that was not asked for by name may be replaced by the default one. Codes
    that it tells: no-signal, overflow, unplugged, switched, default-changed, back.
    """

    def __init__(
        self,
        which: str,
        clock: Clock,
        tell: Tell,
        *,
        cards: SoundCards | None = None,
        bell: Bell | None = None,
    ) -> None:
        """``which`` is a number or a name, see ``choose``; empty for the default one.

        ``cards`` are those of this machine where none are given. Raises DeviceError.
        """
        self._cards = cards = cards or this_machine()
        self._clock = clock
        self._bell: Bell = bell or threading.Event()
        self._ready = deque[Block]()
        self._lock = threading.Lock()
        self._closed = False
        self._losses = Losses()
        self._at = self._clock.now()
        self._away: _Away | None = None
        self._chosen = Chosen(cards, which, "microphone", tell)
        self._say = self._chosen.say
        self._hearing: _Hearing | None = self._heard_by(self._chosen.opened)

    def read(self) -> Block | None:
        while not self._closed:
            if self._ready:
                block = self._ready.popleft()
                self._at = block.at
                return block
            self._bell.clear()
            self._attend(self._clock.now())
        return None

    def close(self) -> None:
        with self._lock:
            self._closed = True
            hearing, self._hearing = self._hearing, None
        self._bell.set()
        if hearing is not None:
            hearing.stream.close()

    @property
    def device(self) -> Device:
        """Where it listens, or tries to."""
        return self._chosen.device

    @property
    def mended(self) -> int:
        """Samples of the present stream that were no sound; see ``Blocks``."""
        hearing = self._hearing
        return hearing.blocks.mended if hearing else 0

    def _attend(self, now: float) -> None:
        """One step: take what came, or see why nothing comes."""
        hearing = self._hearing
        piece = hearing.inbox.take() if hearing else None
        if hearing is not None and piece is not None:
            self._hear(hearing, piece)
            return
        if hearing is not None and (hearing.inbox.ended or hearing.pulse.stopped(now)):
            self._lose(hearing, now)
        if self._away is not None:
            self._bear(self._away, now)
        if not self._ready:
            self._bell.wait(_LOOK)

    # While it is there.

    def _hear(self, hearing: _Hearing, piece: Piece) -> None:
        # By now, not by when the piece came: a reader that was away must not take it for a gap.
        hearing.pulse.beat(self._clock.now())
        if self._away is not None:
            self._come_back(self._away)
        match hearing.signal.feed(piece.frames):
            case "missing":
                self._say("no-signal", "No signal from {}: check microphone permission or mute.")
            case "there":
                self._say("back", "{} can be heard now.")
        count = len(piece.frames)
        # How much a device has lost itself nobody knows: about as much as it gives at a time.
        if self._losses.count(piece.at, count, piece.lost + count * piece.overflowed):
            self._say("overflow", "Audio from {} is arriving faster than it can be processed.")
        self._ready.extend(hearing.cut(piece))

    def _come_back(self, away: _Away) -> None:
        self._away = None
        if away.told == self.device.name:  # of another one it was told when it was opened
            self._say("back", "{} is back.")

    # While it is away.

    def _lose(self, hearing: _Hearing, now: float) -> None:
        with self._lock:
            self._hearing = None
        hearing.stream.close()
        if self._away is None:
            self._away = _Away(since=now, retry=now)
        else:  # it was opened again, and gave nothing
            self._tell_away(self._away)
            self._away.wait(now)

    def _bear(self, away: _Away, now: float) -> None:
        if self._hearing is None and now >= away.retry:
            away.wait(now)
            self._open_again()
        if now - away.since >= _PATIENCE:
            self._tell_away(away)
        while self._at + _BLOCK_SECONDS <= now:
            self._at += _BLOCK_SECONDS
            self._ready.append(Block(np.zeros(BLOCK, np.float32), self._at))

    def _tell_away(self, away: _Away) -> None:
        if not away.told:
            away.told = self.device.name
            self._say("unplugged", "{} is gone. It is used again when it is back; typing works.")

    def _open_again(self) -> None:
        try:
            hearing = self._heard_by(self._chosen.opened_again)
        except DeviceError:
            return  # the next try is soon
        with self._lock:
            if not self._closed:
                self._hearing = hearing
        if self._hearing is not hearing:
            hearing.stream.close()

    def _heard_by(self, opened: _Opened) -> _Hearing:
        """Raises DeviceError."""
        inboxes = list[Inbox]()

        def open_as(device: Device, shape: Shape) -> InputStream:
            inboxes.append(Inbox(shape.rate, self._clock, self._bell))
            return self._cards.listen(device, shape, inboxes[-1].leave, inboxes[-1].end)

        stream, shape = opened(open_as)
        return _Hearing(stream, shape.rate, inboxes[-1], self._clock.now())


class _Away:
    """Since when, and what was done about it."""

    def __init__(self, since: float, retry: float) -> None:
        self.since, self.retry = since, retry
        self.told = ""
        """The name of the one that is gone, once that was told."""

    def wait(self, now: float) -> None:
        haste, soon, late = _HASTE
        self.retry = now + (soon if now - self.since < haste else late)


class _Hearing:
    """One opened stream, and what belongs to it alone."""

    def __init__(self, stream: InputStream, rate: int, inbox: Inbox, now: float) -> None:
        self.stream, self.inbox = stream, inbox
        self.blocks = Blocks(rate)
        self.pulse = Pulse(now)
        self.signal = Signal(rate)
        self._rate = rate
        self._came = self._cut = 0

    def cut(self, piece: Piece) -> Iterator[Block]:
        """The blocks that have become whole; a resampler gives them later than they were heard."""
        self._came += len(piece.frames)
        for samples in self.blocks.feed(piece.frames):
            self._cut += 1
            behind = self._came / self._rate - self._cut * _BLOCK_SECONDS
            yield Block(samples, piece.at - behind)
