"""The parent's side of the mouth: sends texts to the speech worker, and gets sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edgeomni.ports import Cancel
from edgeomni.process.supervisor import Supervisor
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.talk import Device
from edgeomni.speech.voices.choice import check
from edgeomni.values import AudioClip, Segment

_RATE = 24_000
"""Hertz, of what the worker gives; ``sound_io`` says so too, but brings numpy along."""
_Event = tuple[dict[str, Any], list[memoryview]]


class MouthWorker:
    """A voice in the speech worker, loaded at its first word. Implements ``Mouth``."""

    def __init__(
        self,
        spec: WorkerSpec,
        tell: Callable[[str], None],
        speaker: Device | None = None,
        find: Callable[[str], str] = str,
    ) -> None:
        """``tell`` takes lines for the user: what was left out, who speaks instead.

        ``find`` turns the name of a voice into what the worker opens; it raises as ``warm`` does.
        """
        self._supervisor = Supervisor(spec)
        self._tell = tell
        self._speaker = speaker or Device()
        self._find = find

    def warm(self, voice: str = "") -> None:
        check(voice)
        found = self._find(voice)
        for data, _ in self._supervisor.worker().stream("warm", {"voice": found}):
            self._told(data)

    def say(self, text: str, *, voice: str = "", rate: float = 1.0) -> Iterator[AudioClip]:
        for data, buffers in self._clauses("say", text, voice, rate):
            yield AudioClip(bytes(buffers[0]), _RATE, name=data["text"])

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]:
        at = 0.0
        more = {"speaker": self._speaker.packed()}
        for data, _ in self._clauses("play", text, voice, rate, more, cancel):
            yield Segment(round(at, 3), round(at + data["seconds"], 3), data["text"])
            at += data["seconds"]

    def close(self) -> None:
        self._supervisor.close()

    def _clauses(
        self,
        method: str,
        text: str,
        voice: str,
        rate: float,
        more: Mapping[str, Any] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[_Event]:
        check(voice, rate)
        params = {"voice": self._find(voice), "speed": rate, **(more or {})}
        buffers = [text.encode("utf-8", "replace")]
        for data, sound in self._supervisor.worker().stream(method, params, buffers, cancel=cancel):
            if not self._told(data):
                yield data, sound

    def _told(self, data: Mapping[str, Any]) -> bool:
        if "notice" in data:
            self._tell(data["notice"])
        return "notice" in data
