"""The voice of this machine: espeak-ng, or what macOS and Windows bring along."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
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
    "$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; $voice.Rate = {rate}; {select}"
    "$voice.SetOutputToWaveFile('{file}'); $voice.Speak([Console]::In.ReadToEnd()); "
    "$voice.Dispose()"
)
_WINDOWS_SELECT = (
    "$there = $voice.GetInstalledVoices() | Where-Object {{ $_.Enabled -and "
    "$_.VoiceInfo.Culture.Name -match '^{language}(-|$)' }} | Select-Object -First 1; "
    "if ($there) {{ $voice.SelectVoice($there.VoiceInfo.Name) }}; "
)
_ON_MACOS = re.compile(r"^(\S.*?)\s+([a-z]{2,3}[_-]\w+)\s+#", re.MULTILINE)
"""Name and locale in what ``say -v ?`` prints."""
_MACOS_ENGLISH = "Samantha"
"""The first of its English voices by their names is a joke, as are most."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that speaks what it reads from standard input."""

    path: str
    kind: str
    """``espeak``, ``macos`` or ``windows``."""

    def command(self, file: Path, speed: float, voice: str = "") -> Sequence[str]:
        """How it is called to write WAV; espeak writes that to standard output.

        ``voice`` is what ``voice_of`` gave.
        """
        words = str(round(_WORDS_A_MINUTE * speed))
        chosen = ["-v", voice] if voice else []
        match self.kind:
            case "macos":
                coding = ["--file-format=WAVE", f"--data-format=LEI16@{_RATE}"]
                return [self.path, *chosen, "-r", words, "-o", str(file), *coding, "-f", "-"]
            case "windows":
                # From -10 to 10, where 10 is three times as fast.
                rate = round(10 * np.log(speed) / np.log(3))
                quoted = str(file).replace("'", "''")
                select = _WINDOWS_SELECT.format(language=voice) if voice else ""
                script = _WINDOWS.format(rate=rate, file=quoted, select=select)
                return [self.path, "-NoProfile", "-NonInteractive", "-Command", script]
        return [self.path, *chosen, "-b", "1", "-s", words, "--stdin", "--stdout"]

    def voice_of(self, language: str) -> str:
        """What to speak a language with, such as ``es`` or ``pt-br``; empty where it cannot.

        Windows looks for it while it speaks: a question would take it a second.
        """
        match self.kind:
            case "macos":
                return on_macos(self._told("-v", "?"), language)
            case "windows":
                return language
        return language if len(self._told(f"--voices={language}").splitlines()) > 1 else ""

    def _told(self, *words: str) -> str:
        try:
            asked = subprocess.run([self.path, *words], capture_output=True, timeout=_TIMEOUT)
        except (OSError, subprocess.SubprocessError):
            return ""
        return asked.stdout.decode("utf-8", "replace")


def on_macos(listing: str, language: str) -> str:
    """The voice to take of those that ``say -v ?`` lists; empty where none speaks it."""
    there = [
        name
        for name, locale in _ON_MACOS.findall(listing)
        if f"{locale.lower().replace('_', '-')}-".startswith(f"{language}-")
    ]
    if _MACOS_ENGLISH in there:
        return _MACOS_ENGLISH
    # Names with a language in brackets are of voices that are worse, and there for each language.
    return min(there, key=lambda name: "(" in name, default="")


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

    def __init__(
        self,
        found: Program | None = None,
        language: str = "",
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """``language`` is a code such as ``es``; ``tell`` is told where it has no voice for it.

        Raises AbilityMissing.
        """
        self._program = found or program()
        if self._program is None:
            raise AbilityMissing(
                "This machine has no voice of its own.",
                works="The voice heart comes with edgeomni.",
                remedy="Install espeak-ng to have one.",
            )
        self._voice = self._program.voice_of(language) if language else ""
        if language and not self._voice:
            tell(f"This machine has no voice for {language!r}: its usual one reads.")

    def speak(self, text: str, speed: float) -> Samples:
        assert self._program
        with tempfile.TemporaryDirectory(prefix="edgeomni-") as folder:
            file = Path(folder) / "speech.wav"
            try:
                run = subprocess.run(
                    self._program.command(file, speed, self._voice),
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
