"""The sound system of this machine, through PortAudio: the only file that knows sounddevice."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from edgeomni.errors import DeviceError
from edgeomni.paths import pip_install
from edgeomni.speech.devices.listed import WORKS, Device, Shape
from edgeomni.speech.devices.sound_cards import Frames, OnSound

_log = logging.getLogger(__name__)

_HEARD_LATE = 0.06
"""Seconds of buffer for a microphone: three periods, so that one may come late."""
_PATIENCE = 2.0
"""Seconds for closing. With some drivers, closing a device that is gone never ends."""


@cache
def this_machine() -> PortAudio:
    """The one of this process: only it knows whether any stream is open. Raises DeviceError."""
    return PortAudio()


class PortAudio:
    """Implements ``SoundCards``. One in a process, see ``this_machine``."""

    def __init__(self) -> None:
        """Raises DeviceError when the library is not there."""
        try:
            import sounddevice
        except OSError as error:
            raise DeviceError(
                "The PortAudio library is missing.", works=WORKS, remedy=_install()
            ) from error
        self._sd = sounddevice
        self._open = set[Any]()
        # Opening, closing and re-scanning change lists of PortAudio's that it does not guard.
        self._lock = threading.RLock()

    def devices(self) -> Sequence[Device]:
        with self._lock, self._translated():
            hosts = self._sd.query_hostapis()
            inputs, outputs = self._sd.default.device
            return [
                Device(
                    index=index,
                    name=found["name"],
                    host=hosts[found["hostapi"]]["name"],
                    inputs=found["max_input_channels"],
                    outputs=found["max_output_channels"],
                    rate=round(found["default_samplerate"]),
                    default_input=index == inputs,
                    default_output=index == outputs,
                )
                for index, found in enumerate(self._sd.query_devices())
            ]

    def rescan(self) -> None:
        with self._lock:
            if self._open:
                return
            with suppress(self._sd.PortAudioError):  # it was not started: the last try failed
                self._sd._terminate()
            with self._translated():
                self._sd._initialize()

    def listen(
        self, device: Device, shape: Shape, on_sound: OnSound, on_end: Callable[[], None]
    ) -> _Input:
        with self._lock, self._translated():
            return _Input(self, device, shape, (on_sound, on_end))

    def play(self, device: Device, shape: Shape, latency: float) -> _Output:
        with self._lock, self._translated():
            return _Output(self, device, shape, latency)

    def start(self, stream: Any) -> None:
        try:
            stream.start()
        except self._sd.PortAudioError:
            stream.close()
            raise
        self._open.add(stream)

    def end(self, stream: Any) -> None:
        """Never raises; one that does not end is left behind, and no re-scan is possible then."""
        closing = threading.Thread(target=self._close, args=(stream,), daemon=True)
        closing.start()
        closing.join(_PATIENCE)
        if closing.is_alive():
            _log.warning("a stream does not close; it is left open")

    def _close(self, stream: Any) -> None:
        with suppress(self._sd.PortAudioError):
            stream.abort()  # what may hang, so without the lock
        with self._lock:
            with suppress(self._sd.PortAudioError):
                stream.close()
            self._open.discard(stream)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (self._sd.PortAudioError, ValueError) as error:
            said = str(error).removesuffix(".")[:200]
            raise DeviceError(f"{said}.", works=WORKS) from error

    @property
    def module(self) -> Any:
        return self._sd


class _Input:
    def __init__(
        self,
        owner: PortAudio,
        device: Device,
        shape: Shape,
        tell: tuple[OnSound, Callable[[], None]],
    ) -> None:
        self._owner, self._closed = owner, False
        on_sound, on_end = tell

        def heard(frames: Frames, _count: int, _time: Any, status: Any) -> None:
            on_sound(frames, bool(status.input_overflow))

        def over() -> None:
            if not self._closed:
                on_end()

        self._stream = owner.module.InputStream(
            samplerate=shape.rate,
            channels=shape.channels,
            device=device.index,
            dtype="float32",
            latency=_HEARD_LATE,
            callback=heard,
            finished_callback=over,
        )
        owner.start(self._stream)

    def close(self) -> None:
        self._closed = True
        self._owner.end(self._stream)


class _Output:
    def __init__(self, owner: PortAudio, device: Device, shape: Shape, latency: float) -> None:
        self._owner = owner
        self._stream = owner.module.OutputStream(
            samplerate=shape.rate,
            channels=shape.channels,
            device=device.index,
            dtype="float32",
            latency=latency,
        )
        owner.start(self._stream)

    @property
    def latency(self) -> float:
        return float(self._stream.latency)

    def write(self, frames: Frames) -> bool:
        with self._owner._translated():
            return bool(self._stream.write(frames))

    def close(self) -> None:
        self._owner.end(self._stream)


def _install() -> str:
    if sys.platform.startswith("linux"):
        return "Install it: libportaudio2 (Debian, Ubuntu), portaudio (Fedora, Arch)."
    return f"Install sounddevice again: {pip_install('--force-reinstall', 'sounddevice')}"
