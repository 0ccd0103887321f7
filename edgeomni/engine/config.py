"""What an engine is asked to be, and the rung of the fallback ladder that it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgeomni.sanitise import spelled
from edgeomni.values import Lane

Flash = Literal["auto", "on", "off"]
Device = Literal["auto", "cpu", "cuda", "metal", "vulkan"]
Detail = Literal["low", "auto", "high"]
"""A quick look, what is usual, and fine print; the words are those of the OpenAI API."""

WATCH_CONTEXT = 2048
"""Tokens of the lane ``watch``: a few pictures and captions."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    model: Path
    mmproj: Path | None = None
    name: str = ""
    """What to call the model; its file name when empty."""
    context: int = 4096
    """Tokens of the lane ``chat``."""
    threads: int | None = None
    """None takes all cores but one."""
    device: Device = "auto"
    require_gpu: bool = False
    """Fail instead of falling back to the CPU."""
    detail: Detail = "auto"
    """How closely models of dynamic resolution look at pictures."""
    image_min_tokens: int = 0
    """Smaller pictures are enlarged; 0 leaves it to ``detail``."""
    image_max_tokens: int = 0
    """Larger pictures are reduced; 0 leaves it to ``detail``."""
    flash: Flash = "auto"
    """Flash attention; ``auto`` takes what is faster on the device."""
    lanes: tuple[Lane, ...] = ("chat",)

    @property
    def title(self) -> str:
        return spelled(self.name or self.model.stem)

    @property
    def cells(self) -> int:
        """KV cells of all lanes together."""
        return self.context + (WATCH_CONTEXT if "watch" in self.lanes else 0)

    @property
    def picture_cells(self) -> int:
        """The most that one picture should take of a lane: half of it stays for words."""
        return min(self.limit(lane) for lane in self.lanes) // 2

    def limit(self, lane: Lane) -> int:
        return self.context if lane == "chat" else WATCH_CONTEXT


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to run a model. Rungs are tried from the fastest down."""

    device: str
    gpu_layers: int
    """-1 is all of them."""
    mmproj_on_gpu: bool | None
    """None for a model without a projector."""

    @property
    def on_gpu(self) -> bool:
        return self.gpu_layers != 0

    @property
    def title(self) -> str:
        if not self.on_gpu:
            return "cpu"
        layers = "all layers" if self.gpu_layers < 0 else f"{self.gpu_layers} layers"
        eyes = ", projector on cpu" if self.mmproj_on_gpu is False else ""
        return f"{layers} on {self.device}{eyes}"
