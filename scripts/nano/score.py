"""How well an eye in training sees, by kind of scene."""

from __future__ import annotations

from pathlib import Path

import torch

from nano.book import CodeBook
from nano.drawing import held_out_brush, training_brush
from nano.examples import MIXTURE, Batch, collate, example
from nano.eye import Eye, to_input
from nano.scenes import VALIDATION_SEED
from nano.slots import SLOTS

_ESSENTIAL = 8
"""Slots that say all; those behind them say it again."""


class Score:
    """How often each slot is right, by kind of scene."""

    def __init__(self, folder: Path, count: int = 360) -> None:
        self._sets = {
            name: collate([example(brush, VALIDATION_SEED + i, MIXTURE) for i in range(count)]).on(
                torch.get_default_device()
            )
            for name, brush in (
                ("known", training_brush(folder)),
                ("held-out", held_out_brush(folder)),
            )
        }

    @torch.no_grad()
    def __call__(self, eye: Eye, book: CodeBook) -> str:
        return "\n".join(
            f"  {name}: {self._line(eye, book, batch)}" for name, batch in self._sets.items()
        )

    def _line(self, eye: Eye, book: CodeBook, batch: Batch) -> str:
        with torch.autocast(batch.pixels.device.type, torch.bfloat16):
            read = torch.cat([book.read(eye, to_input(part)) for part in batch.pixels.split(60)])
        right = read == batch.slots
        whole = right[:, :_ESSENTIAL].all(1)
        names = [slot.name for slot in SLOTS]
        parts = []
        for kind in MIXTURE:
            rows = torch.tensor([facts.kind == kind for facts in batch.facts])
            what = {
                "count": ("count", "noun"),
                "two": ("noun", "noun2", "relation"),
            }.get(kind, ("noun",))
            each = " ".join(f"{n} {right[rows, names.index(n)].float().mean():.2f}" for n in what)
            parts.append(f"{kind} {whole[rows].float().mean():.2f} ({each})")
        colours = right[:, [names.index("colour"), names.index("background")]].float().mean(0)
        return f"{', '.join(parts)}; colour {colours[0]:.2f} background {colours[1]:.2f}"
