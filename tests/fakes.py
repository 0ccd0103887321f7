"""Doubles that enter through the ports: engines that follow a script, eyes without decoders."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgeomni.build import Factories
from edgeomni.errors import EdgeomniError, MediaError
from edgeomni.ports import Cancel, Ears, Engine, Eyes, Mouth
from edgeomni.values import (
    LEGIBLE,
    WHOLE,
    Abilities,
    AudioClip,
    Box,
    ClipInfo,
    EngineEvent,
    Finished,
    FinishReason,
    Fit,
    Frame,
    FrameRequest,
    Image,
    Lane,
    Message,
    Options,
    Page,
    Point,
    Receipt,
    Segment,
    Span,
    TextDelta,
)

ECHO = Abilities(
    model="echo",
    vision=True,
    audio=True,
    audio_rate=16_000,
    tools=False,
    thinking=False,
    context=4096,
    device="cpu",
    rung="cpu",
)


def words(messages: Sequence[Message]) -> list[str]:
    """The prompt as an engine without a tokenizer counts it."""
    return [word for m in messages for word in (f"<{m.role}>", *m.text.split())]


@dataclass
class EchoEngine:
    """Says what the user said, word by word, and keeps the prompt as a real cache would."""

    can: Abilities = ECHO
    ends: float | None = None
    """What it thinks of every message: whether it is over."""
    before_word: Callable[[int, Cancel | None], None] = lambda index, cancel: None
    """Called before each word, with its number: where a test presses keys."""
    asked: list[tuple[Message, ...]] = field(default_factory=list)
    options: list[Options] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    closed: bool = False

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        self.asked.append(tuple(messages))
        self.options.append(options)
        prompt = words(messages)
        common = len(os.path.commonprefix([prompt, self.kept]))
        cached = min(common, len(prompt) - 1)
        said: list[str] = []
        reason: FinishReason = "stop"
        for index, word in enumerate(messages[-1].text.split()):
            self.before_word(index, cancel)
            if cancel and cancel.asked:
                reason = "cancelled"
                break
            said.append(word)
            yield TextDelta(word if index == 0 else f" {word}")
        self.kept = [*prompt, "<assistant>", *said]
        media = sum(len(message.media) for message in messages)
        yield Finished(
            Receipt(
                prompt_tokens=len(prompt),
                cached_tokens=cached,
                media_items=media,
                completion_tokens=len(said),
                finish_reason=reason,
            )
        )

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        self.kept = words(messages)
        return Receipt(prompt_tokens=len(self.kept))

    def ending(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> float | None:
        self.kept = words(messages)
        return self.ends

    def save(self, lane: Lane, path: Path) -> None:
        path.write_text("\n".join(self.kept))

    def restore(self, lane: Lane, path: Path) -> int:
        self.kept = path.read_text().split("\n")
        return len(self.kept)

    def abilities(self) -> Abilities:
        return self.can

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        return None

    def close(self) -> None:
        self.closed = True


Step = EngineEvent | EdgeomniError


@dataclass
class ScriptedEngine(EchoEngine):
    """Gives the events of its script, one list for each turn; an error in it is raised."""

    script: list[list[Step]] = field(default_factory=list)

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        self.asked.append(tuple(messages))
        self.options.append(options)
        for index, step in enumerate(self.script.pop(0)):
            self.before_word(index, cancel)
            if isinstance(step, EdgeomniError):
                raise step
            yield step


class PaintedEyes:
    """Sees every file as one red pixel and hears it as a millisecond of silence.

    A document has two pages, the second without text; a clip has three frames, one a second.
    """

    def image(self, path: Path, fit: Fit | None = None) -> Image:
        if path.stat().st_size == 0:
            raise MediaError(f"{path.name} is empty.")
        return Image(b"\xff\x00\x00", 1, 1, name=path.name)

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        return [self.image(path, fit)]

    def pages(
        self, path: Path, wanted: str = "", *, fit: Fit = LEGIBLE, pictures: bool = True
    ) -> Iterator[Page]:
        for number in (1, 2) if not wanted else map(int, wanted.split(",")):
            seen = self.image(path, fit) if pictures else None
            yield Page(number, seen, "Dear reader" if number == 1 else "")

    def glance(self, camera: str, fit: Fit) -> Image:
        return Image(b"\x00\xff\x00", 1, 1, name=f"camera {camera}".strip())

    def clip(self, path: Path) -> ClipInfo:
        return ClipInfo(3.0, 1, 1, 1.0, False)

    def frames(self, path: Path, request: FrameRequest) -> Iterator[Frame]:
        for second in range(3):
            if request.span.start <= second <= request.span.end:
                yield Frame(Image(bytes([second, 0, 0]), 1, 1, path.name), float(second))

    def draw(self, picture: Image, marks: Sequence[Box | Point]) -> bytes:
        return f"{picture.name} with {len(marks)} marks".encode()

    def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
        return AudioClip(bytes(4 * (rate // 1000)), rate, name=path.name)

    def close(self) -> None:
        return None


@dataclass
class ScriptedEars:
    """Hears the same in every sound; an error in the script is raised when it is its turn."""

    script: Sequence[Segment | EdgeomniError] = ()
    languages: list[str] = field(default_factory=list)
    """What was asked for."""
    model: str = ""

    def speech(self, clip: AudioClip) -> list[Span]:
        spoken = (said for said in self.script if isinstance(said, Segment))
        return [Span(said.start, said.end) for said in spoken] or [Span(0, 1)] * bool(self.script)

    def transcribe(
        self,
        clip: AudioClip,
        speech: Sequence[Span] | None = None,
        *,
        language: str = "",
        progress: Callable[[float], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Segment]:
        self.languages.append(language)
        for step in self.script:
            if isinstance(step, EdgeomniError):
                raise step
            yield step
            if progress:
                progress(step.end)

    def close(self) -> None:
        return None


@dataclass
class HummingMouth:
    """Hums half a second for every sentence; an error is raised behind the first of them."""

    error: EdgeomniError | None = None
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    """Texts, voices and rates."""
    closed: bool = False

    def warm(self, voice: str = "") -> None:
        return None

    def say(self, text: str, *, voice: str = "", rate: float = 1.0) -> Iterator[AudioClip]:
        self.asked.append((text, voice, rate))
        for sentence in filter(None, text.split(". ")):
            yield AudioClip(array("f", [0.25] * 12_000).tobytes(), 24_000, sentence)
            if self.error:
                raise self.error

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]:
        for number, clip in enumerate(self.say(text, voice=voice, rate=rate)):
            yield Segment(number / 2, number / 2 + 0.5, clip.name)

    def close(self) -> None:
        self.closed = True


def factories(
    engine: Engine,
    eyes: Eyes | None = None,
    ears: Ears | None = None,
    mouth: Mouth | None = None,
) -> Factories:
    """The front door of ``build``, with these behind it."""

    def make_ears(chosen: object, progress: object, model: str = "", /) -> Ears:
        made = ears or ScriptedEars()
        if isinstance(made, ScriptedEars):
            made.model = model
        return made

    return Factories(
        engine=lambda chosen, progress: engine,
        eyes=lambda: eyes or PaintedEyes(),
        ears=make_ears,
        mouth=lambda tell, speaker="": mouth or HummingMouth(),
    )
