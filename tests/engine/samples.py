"""Pictures, sounds and listeners for the engine's tests; the same seed gives the same content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edgeomni.engine.voice import Event
from edgeomni.values import AudioClip, Image, Message, Notice, Options, TextDelta, ThoughtDelta

GREEDY = Options(temperature=0, max_tokens=24)


def picture(width: int = 112, height: int = 56, seed: int = 1) -> Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image(pixels.tobytes(), width, height, f"picture {seed}")


def sound(seconds: float = 0.5, seed: int = 1, rate: int = 16_000) -> AudioClip:
    """Tones that come and go: the loudness of noise is the same for every seed."""
    dice = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    tones = [
        np.sin(2 * np.pi * (pitch * time + glide * time**2)) * (np.sin(beat * time) > 0)
        for pitch, glide, beat in dice.uniform((100, 0, 5), (3000, 2000, 60), (6, 3))
    ]
    return AudioClip((sum(tones) * 0.1).astype(np.float32).tobytes(), rate, f"sound {seed}")


def user(*parts: str | Image | AudioClip) -> Message:
    return Message("user", parts)


def assistant(text: str) -> Message:
    return Message("assistant", (text,))


def dialogue(*texts: str) -> list[Message]:
    """Alternating turns, the user's first."""
    return [user(text) if i % 2 == 0 else assistant(text) for i, text in enumerate(texts)]


@dataclass
class Listener:
    """Whoever asked: keeps what was said, and turns cancelled after some polls."""

    patience: int | None = None
    """Polls until ``cancelled`` turns True; None never."""
    events: list[Event] = field(default_factory=list)
    polls: int = 0

    @property
    def cancelled(self) -> bool:
        self.polls += 1
        return self.patience is not None and self.polls > self.patience

    def say(self, event: Event) -> None:
        self.events.append(event)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def thought(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ThoughtDelta))

    @property
    def notices(self) -> Sequence[Notice]:
        return [event for event in self.events if isinstance(event, Notice)]
