"""A room with a person in it, made of a private PulseAudio: sound devices where there are none.

What is played into the sink ``person`` is what the user says, and the default microphone hears it;
what comes out of the default loudspeaker, the sink ``room``, is what the user hears. PortAudio sees
them through ALSA's plugin as on any desktop.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from tests.speech.sounds import Sound, write_wav

Process: TypeAlias = "subprocess.Popen[bytes]"

PROGRAMS = ("pulseaudio", "pactl", "paplay", "parec")
RATE = 48_000
"""Hertz, of the devices and of what is recorded."""
_DEADLINE = 20.0
_SCRIPT = """\
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=person rate={rate} channels=2
load-module module-null-sink sink_name=room rate={rate} channels=2
set-default-source person.monitor
set-default-sink room
"""
_SERVER = (
    *("pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no"),
    *("--use-pid-file=no", "--realtime=no", "--high-priority=no"),
)
_ENDS_WITH_US = '"$@" & read _; kill -9 $!'
"""Its standard input is closed by whoever started it, also when that is killed."""


def missing() -> str:
    """Why there can be no laboratory here; empty where there can."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"{', '.join(absent)} not installed; scripts/test installs it where it may"
    plugins = Path("/usr/lib").glob("**/alsa-lib/libasound_module_pcm_pulse.so")
    return "" if any(plugins) else "ALSA's plugin for PulseAudio is not installed"


class Lab:
    """Ends with ``close``; nothing of this machine's own sound is touched."""

    def __init__(self) -> None:
        # A socket's path has to be short, shorter than the folders of tests are.
        self._home = Path(tempfile.mkdtemp(prefix="lab"))
        self._socket = self._home / "native"
        self._server: Process | None = None
        # A null sink that nobody hears hands over two seconds at once; a real device never does.
        self._listeners: dict[str, Process] = {}
        self.start()

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs to find these devices and no others."""
        home = str(self._home)
        names = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH")
        return dict.fromkeys(names, home) | {"PULSE_SERVER": f"unix:{self._socket}"}

    @property
    def whole_environment(self) -> dict[str, str]:
        """For a program of the laboratory's own."""
        return dict(os.environ) | dict(self.environment)

    def start(self) -> None:
        self.launch()
        self._listeners = {sink: self._record(sink) for sink in ("person", "room")}
        with self.recording():
            pass  # the two seconds with which they began are over

    def launch(self) -> None:
        """The devices are there; what is played may be heard at once or two seconds late."""
        script = self._home / "lab.pa"
        script.write_text(_SCRIPT.format(socket=self._socket, rate=RATE))
        with open(self._home / "pulseaudio.log", "ab") as log:
            self._server = subprocess.Popen(
                ["sh", "-c", _ENDS_WITH_US, "sh", *_SERVER, "-F", str(script)],
                env=self.whole_environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """All devices are gone, as if they were unplugged."""
        server, self._server = self._server, None
        if server is not None:
            server.communicate()
            for listener in self._listeners.values():
                listener.wait()
            self._listeners.clear()
            self._socket.unlink(missing_ok=True)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def control(self, *words: str) -> str:
        """What ``pactl`` answers."""
        done = subprocess.run(["pactl", *words], env=self.whole_environment, capture_output=True)
        return done.stdout.decode()

    def plug(self, sink: str, rate: int = RATE) -> None:
        """One more device; its monitor is the microphone that hears what is played into it."""
        # Without rewinds it hands over 50 ms at a time from the first on, as real devices do.
        words = f"sink_name={sink}", f"rate={rate}", "channels=2", "norewinds=1"
        self.control("load-module", "module-null-sink", *words)
        self._listeners[sink] = self._record(sink)

    def unplug(self, sink: str) -> None:
        if (listener := self._listeners.pop(sink, None)) is not None:
            listener.terminate()  # the server would let it listen to another device
            listener.wait()
        for line in self.control("list", "short", "modules").splitlines():
            number, name, *arguments = line.split("\t")
            if name == "module-null-sink" and f"sink_name={sink}" in arguments[0].split():
                self.control("unload-module", number)

    @contextmanager
    def echo(self, decibels: float = 0.0) -> Iterator[None]:
        """The microphone hears the loudspeaker, as without headphones, so much louder."""
        module = self.control(
            *("load-module", "module-loopback", "source=room.monitor", "sink=person"),
            *("latency_msec=40", "adjust_time=0"),
        ).strip()
        for number in self._inputs_of(module):
            self.control("set-sink-input-volume", number, f"{decibels}dB")
        yield
        self.control("unload-module", module)

    def _inputs_of(self, module: str) -> list[str]:
        lines = self.control("list", "sink-inputs").splitlines()
        numbers = [line.rpartition("#")[2] for line in lines if line.startswith("Sink Input #")]
        owners = [line.split()[-1] for line in lines if line.strip().startswith("Owner Module:")]
        return [number for number, owner in zip(numbers, owners, strict=True) if owner == module]

    def say(self, wav: Path) -> Process:
        """The person says it now; wait for the process to hear it to the end."""
        command = ["paplay", "--device=person", "--latency-msec=200", str(wav)]
        return subprocess.Popen(command, env=self.whole_environment)

    def say_sound(self, sound: Sound, rate: int) -> None:
        """The person says it, to its end."""
        said = self.say(write_wav(self._home / "said.wav", sound, rate))
        assert said.wait(_DEADLINE + len(sound) / rate) == 0

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """What the person hears, from now on."""
        path = self._home / "heard.raw"
        with open(path, "wb") as file:
            recording = Recording(path, self._record("room", file))
        try:
            recording.wait_for(0.05)
            yield recording
        finally:
            recording.stop()

    def monitor(self, sink: str) -> Process:
        """Gives what is played there as it comes: 16 bits, mono, at ``RATE``."""
        return self._record(sink, subprocess.PIPE)

    def _record(self, sink: str, file: IO[bytes] | int = subprocess.DEVNULL) -> Process:
        command = ["parec", f"--device={sink}.monitor", "--format=s16le", "--channels=1"]
        command += [f"--rate={RATE}", "--latency-msec=10", "--raw"]
        return subprocess.Popen(
            command, env=self.whole_environment, stdout=file, stderr=subprocess.DEVNULL
        )

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + _DEADLINE
        while "room" not in self.control("info"):
            if time.monotonic() > until:
                raise TimeoutError((self._home / "pulseaudio.log").read_text())
            time.sleep(0.02)


class Recording:
    def __init__(self, path: Path, recorder: Process) -> None:
        self._path, self._recorder = path, recorder

    @property
    def sound(self) -> Sound:
        """All up to now, mono at ``RATE``."""
        raw = self._path.read_bytes()
        heard = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")
        return heard.astype(np.float32) / np.float32(32768)

    @property
    def seconds(self) -> float:
        """How much of it there is; what can be heard now comes a little later."""
        return len(self.sound) / RATE

    def wait_for(self, seconds: float) -> Sound:
        """Until so much is recorded."""
        until = time.monotonic() + seconds + _DEADLINE
        while self.seconds < seconds:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.seconds} s were recorded, not {seconds}")
            time.sleep(0.02)
        return self.sound

    def rest(self) -> Sound:
        """All, once what is on its way through the devices now has arrived."""
        return self.wait_for(self.seconds + 0.5)

    def stop(self) -> None:
        if self._recorder.poll() is None:
            self._recorder.send_signal(signal.SIGINT)
            self._recorder.wait()
