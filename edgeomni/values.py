"""The values that travel between rooms: frozen, without I/O, units in the field docstrings."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
Lane = Literal["chat", "watch"]
"""A lane is one llama.cpp sequence: what one evicts never evicts the other."""

FrameChoice = Literal["uniform", "keyframes", "scenes"]
FinishReason = Literal["stop", "length", "tool_calls", "cancelled", "error"]


# ── what goes into a message ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Image:
    """A picture as pixels, never as an encoded file."""

    pixels: bytes = field(repr=False)
    """Rows from the top, 3 bytes a pixel (R, G, B), ``width * height * 3`` bytes, no padding."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    name: str = ""
    """What to call it in messages to the user: usually the file name."""
    later: bytes = field(default=b"", repr=False)
    """Of a film, the pixels of a second frame: models that merge frames read the two as one."""

    def __post_init__(self) -> None:
        for pixels in (self.pixels, self.later) if self.later else (self.pixels,):
            if len(pixels) != self.width * self.height * 3:
                raise ValueError(
                    f"{len(pixels)} bytes are not {self.width}x{self.height} RGB pixels"
                )

    @property
    def frames(self) -> tuple[bytes, ...]:
        """The pixels of each."""
        return (self.pixels, self.later) if self.later else (self.pixels,)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over size and pixels: the identity under which an encoding is kept."""
        head = f"image {self.width}x{self.height}\n".encode()
        return hashlib.sha256(head + self.pixels + self.later).hexdigest()


@dataclass(frozen=True)
class AudioClip:
    """Mono sound."""

    samples: bytes = field(repr=False)
    """float32, native byte order, one channel, in [-1, 1]."""
    rate: int
    """Hertz."""
    name: str = ""
    """What to call it in messages to the user: usually the file name."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / 4 / self.rate

    @cached_property
    def digest(self) -> str:
        """SHA-256 over rate and samples: the identity under which an encoding is kept."""
        head = f"audio {self.rate}\n".encode()
        return hashlib.sha256(head + self.samples).hexdigest()


@dataclass(frozen=True, slots=True)
class Fit:
    """How large a picture may be at most; 0 sets no bound. Smaller ones are never enlarged."""

    side: int = 0
    """Pixels of the longer side."""
    pixels: int = 0
    """Width times height."""


LEGIBLE = Fit(pixels=2_200_000)
"""An A4 page at 150 pixels an inch: the letters of a footnote are still told apart."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a document."""

    number: int
    """From 1."""
    image: Image | None
    """None where only the text was asked for."""
    text: str
    """Its text layer in reading order; empty where there is none, as in a scan."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a clip or a recording."""

    start: float = 0.0
    """Seconds from its beginning."""
    end: float = math.inf
    """Seconds from its beginning; infinite for all that follows."""


WHOLE = Span()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a clip."""

    image: Image
    seconds: float
    """From the beginning of the clip: when it begins to be seen."""


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What is known of a clip before its frames are decoded."""

    seconds: float
    """From its beginning to where its pictures end."""
    width: int
    """Pixels, as it is shown: upright, and stretched where its pixels are not square."""
    height: int
    """Pixels."""
    rate: float
    """Frames a second, on average; 0 where the file does not say."""
    has_sound: bool
    """There is a soundtrack that can be decoded."""


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """Which frames of a clip are wanted, and how large."""

    frames: int = 32
    """At most."""
    span: Span = WHOLE
    choice: FrameChoice = "uniform"
    """Evenly in time; where the encoder began anew; or where the picture changes most."""
    rate: float = 2.0
    """Frames a second, at most; 0 sets no bound."""
    distinct: bool = True
    """Leave out frames that look like the one before."""
    fit: Fit = Fit()


@dataclass(frozen=True, slots=True)
class Segment:
    """What was said from one moment to another."""

    start: float
    """Seconds from the beginning of the recording."""
    end: float
    """Seconds from the beginning of the recording."""
    text: str


Media = Image | AudioClip
Part = str | Image | AudioClip


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. Nothing runs because of it: it is a request, not an order."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    parts: tuple[Part, ...]
    """Text and media in the order in which they were given."""
    thought: str = ""
    """Reasoning that came before an assistant's answer; most templates drop it from history."""
    tool_calls: tuple[ToolCall, ...] = ()
    """For role ``assistant``."""
    tool_call_id: str = ""
    """For role ``tool``: the call that this message answers."""
    interrupted: bool = False
    """For role ``assistant``: the user spoke, and what would have followed was never heard."""

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def media(self) -> tuple[Media, ...]:
        return tuple(part for part in self.parts if not isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask for."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of the arguments object."""


# ── where something is in a picture ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around something. Pixels of the original picture, from its upper left corner."""

    label: str
    x0: float
    y0: float
    x1: float
    """At least ``x0``."""
    y1: float
    """At least ``y0``."""
    score: float | None = None
    """How sure the model says it is, from 0 to 1; few say so."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on something. Pixels of the original picture, from its upper left corner."""

    label: str
    x: float
    y: float


# ── how to answer ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Options:
    """How one answer is to be generated."""

    max_tokens: int = 1024
    """Upper bound on generated tokens; less when the context has less room."""
    temperature: float = 0.7
    """0 is greedy: always the likeliest token."""
    top_k: int = 40
    """0 turns it off."""
    top_p: float = 0.95
    """1 turns it off."""
    min_p: float = 0.05
    """0 turns it off."""
    repeat_penalty: float = 1.0
    """1 turns it off."""
    seed: int | None = None
    """None draws a new seed for every answer."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer must satisfy."""
    grammar: str = ""
    """GBNF grammar that the answer must satisfy; excludes ``schema``."""
    tools: tuple[Tool, ...] = ()
    thinking: bool | None = None
    """None leaves it to the model; False asks templates that can for no reasoning."""
    continuation: str = ""
    """The beginning of the answer, already said: generation goes on right behind it."""
    overflow: Literal["trim", "refuse"] = "trim"
    """When history outgrows the context: drop the oldest turns, and say so, or refuse."""


# ── what an engine can do, and what it says while it works ───────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Abilities:
    """Read from the model's files, never guessed from its name."""

    model: str
    vision: bool
    audio: bool
    audio_rate: int
    """Hertz that the audio encoder wants; 0 without audio."""
    tools: bool
    thinking: bool
    context: int
    """Tokens in the lane ``chat``."""
    device: str
    """``cpu``, ``cuda``, ``metal``, ``vulkan`` or ``remote``."""
    rung: str
    """Which step of the fallback ladder runs, e.g. ``all layers on cuda`` or ``cpu``."""
    rung_reason: str = ""
    """Why no higher step runs; empty when nothing was given up."""
    merges_frames: bool = False
    """Two frames of a film, side by side in time, take the room of one."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str
    tokens: int = 1
    """How many were generated since the text before, reasoning included."""


@dataclass(frozen=True, slots=True)
class ThoughtDelta:
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that is no error: history trimmed, a step down the ladder."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer cost. The field names are the contract of ``--json``."""

    prompt_tokens: int = 0
    """Tokens (KV cells) of the whole prompt, media included."""
    cached_tokens: int = 0
    """Of these, how many were still in the KV cache."""
    media_items: int = 0
    """Pictures and sounds in the prompt."""
    media_encodes: int = 0
    """Encoder runs for this answer; a picture may be cut into several."""
    completion_tokens: int = 0
    load_ms: float = 0.0
    """Loading the model, when this answer had to wait for it; else 0."""
    encode_ms: float = 0.0
    prefill_ms: float = 0.0
    """Evaluating the prompt, without media encoding."""
    first_token_ms: float = 0.0
    """From the call to the first generated token."""
    decode_ms: float = 0.0
    """From the first generated token to the last."""
    tokens_per_second: float = 0.0
    """Tokens after the first, over ``decode_ms``."""
    finish_reason: FinishReason = "stop"
    caption_tokens: int = 0
    """Tokens that put older pictures into words, before this answer."""
    caption_ms: float = 0.0
    """The time that it took; in no other field."""


@dataclass(frozen=True, slots=True)
class Finished:
    receipt: Receipt


EngineEvent = TextDelta | ThoughtDelta | ToolCall | Notice | Finished


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer, gathered from its events."""

    text: str
    thought: str
    tool_calls: tuple[ToolCall, ...]
    receipt: Receipt
    notices: tuple[Notice, ...] = ()

    @property
    def data(self) -> Any:
        """The answer as JSON. Raises ValueError when it is none: nobody asked for a schema."""
        return json.loads(self.text)


def conversation(*turns: tuple[Role, str]) -> Sequence[Message]:
    """Messages from (role, text) pairs."""
    return tuple(Message(role, (text,)) for role, text in turns)
