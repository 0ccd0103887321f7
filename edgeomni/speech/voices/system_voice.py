"""The voice of this machine: espeak-ng, or what macOS and Windows bring along."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeomni.errors import AbilityMissing, EngineError, MediaError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Samples
from edgeomni.speech.devices.wav_format import read_format

_TIMEOUT = 30.0
"""Seconds for one clause."""
_WORDS_A_MINUTE = 170
_RATE = 22_050
"""Hertz, of most of these voices."""
_WINDOWS = (
    "[Console]::InputEncoding = [Text.Encoding]::UTF8; Add-Type -AssemblyName System.Speech; "
    "$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; $voice.Rate = {rate}; "
    "$voice.SetOutputToWaveFile('{file}'); $voice.Speak([Console]::In.ReadToEnd()); "
    "$voice.Dispose()"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that speaks what it reads from standard input."""

    path: str
    kind: str
    """``espeak``, ``macos`` or ``windows``."""

    def command(self, file: Path, speed: float) -> Sequence[str]:
        """How it is called to write WAV; espeak writes that to standard output."""
        words = str(round(_WORDS_A_MINUTE * speed))
        match self.kind:
            case "macos":
                coding = ["--file-format=WAVE", f"--data-format=LEI16@{_RATE}"]
                return [self.path, "-r", words, "-o", str(file), *coding, "-f", "-"]
            case "windows":
                # From -10 to 10, where 10 is three times as fast.
                rate = round(10 * np.log(speed) / np.log(3))
                quoted = str(file).replace("'", "''")
                script = _WINDOWS.format(rate=rate, file=quoted)
                return [self.path, "-NoProfile", "-NonInteractive", "-Command", script]
        return [self.path, "-b", "1", "-s", words, "--stdin", "--stdout"]


def program() -> Program | None:
    """What there is on this machine."""
    if sys.platform == "darwin" and (path := shutil.which("say")):
        return Program(path, "macos")
    if sys.platform == "win32" and (path := shutil.which("powershell")):
        return Program(path, "windows")
    path = shutil.which("espeak-ng") or shutil.which("espeak")
    return Program(path, "espeak") if path else None


class SystemVoice:
    """Implements ``Voice``; a process for each clause."""

    rate = SPOKEN_RATE

    def __init__(self, found: Program | None = None) -> None:
        """Raises AbilityMissing."""
        self._program = found or program()
        if self._program is None:
            raise AbilityMissing(
                "This machine has no voice of its own.",
                works="The voice heart comes with edgeomni.",
                remedy="Install espeak-ng to have one.",
            )

    def speak(self, text: str, speed: float) -> Samples:
        assert self._program
        with tempfile.TemporaryDirectory(prefix="edgeomni-") as folder:
            file = Path(folder) / "speech.wav"
            try:
                run = subprocess.run(
                    self._program.command(file, speed),
                    input=text.encode("utf-8", "replace"),
                    capture_output=True,
                    timeout=_TIMEOUT,
                    check=True,
                )
                raw = run.stdout if self._program.kind == "espeak" else file.read_bytes()
                return _samples(raw)
            except (OSError, subprocess.SubprocessError, MediaError) as error:
                raise EngineError(
                    f"The voice of this machine failed: {str(error)[:200]}.",
                    remedy="Choose --voice heart.",
                ) from error


def _samples(raw: bytes) -> Samples:
    """At ``SPOKEN_RATE``, from a WAV; into a pipe espeak cannot write how long that is."""
    import soxr

    with tempfile.TemporaryFile() as file:
        file.write(raw)
        file.seek(0)
        found = read_format(file, "What the voice of this machine gave")
        file.seek(found.start)
        sound = found.samples(file.read(found.end - found.start)).mean(axis=1)
    return np.asarray(soxr.resample(sound, found.rate, SPOKEN_RATE), np.float32)
