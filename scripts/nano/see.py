"""The eye learns to say the codes of a scene, alone or with the text model as its listener."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Collection
from pathlib import Path

import torch
from torch import Tensor

from nano import projector_file
from nano.book import CodeBook
from nano.drawing import training_brush
from nano.examples import stream
from nano.eye import Eye, to_input
from nano.heads import PatchHeads, SlotHeads
from nano.pace import Pace
from nano.partner import Partner
from nano.scenes import SEEDS_PER_RUN
from nano.score import Score
from nano.slots import PLACES, PROMPT_PLACES
from nano.steps import Average, Quick, advance, optimisers
from nano.together import ALONE, Together

_ASK_EVERY, _ASKED_PICTURES = 3, 8
"""How often, and about how many pictures, the text model is asked: it costs ten times an eye."""
_ASKED_PROMPT = 16
"""Unchanging tokens that are looked at in a step: they are soon learned."""


def train(
    eye: Eye,
    book: CodeBook,
    partner: Partner | None = None,
    *,
    folder: Path,
    pace: Pace,
    out: Path,
    seed: int,
    rate: float,
    together: Together = ALONE,
    batch: int = 64,
) -> Eye:
    """The averaged eye; ``out`` is written every few minutes.

    With a ``partner`` it learns from the text model's answers, too.
    """
    torch.manual_seed(seed)
    patches, heads = PatchHeads(eye.shape.widths[-1]), SlotHeads(eye.shape.hidden)
    average, score = Average(eye), None if together.rank else Score(folder)
    optims = optimisers(eye, [*patches.parameters(), *heads.parameters()], rate)
    quick = Quick(eye, patches, heads)
    fast_eye, fast_patches, fast_heads = quick.twins
    recent: deque[float] = deque(maxlen=100)
    heard: deque[float] = deque(maxlen=30)
    first_seed = seed * SEEDS_PER_RUN + together.rank * (SEEDS_PER_RUN // 2 // together.size)
    rng = random.Random(first_seed)
    torch.manual_seed(first_seed)
    fraction = next_report = 0.0
    for step, examples in enumerate(stream(training_brush(folder), first_seed, batch)):
        pace.rest()
        if score and (fraction >= next_report or fraction >= 1):
            seen_so_far = step * batch * together.size
            losses = f"loss {_mean(recent):.3f}, answers {_mean(heard):.3f}"
            print(f"{fraction:.2f}: step {step}, {seen_so_far} pictures, {losses}")
            print(score(average.eye, book), flush=True)
            projector_file.write(out, average.eye, book.codes, small=False)
            next_report += 4 / pace.minutes
        if fraction >= 1:
            break
        seen = fast_eye.tower(augmented(to_input(examples.pixels)))
        asked = rng.sample(PROMPT_PLACES, _ASKED_PROMPT)
        loss = book.loss(fast_eye, seen, examples.slots, asked)
        loss = loss + _patch_weight(fraction) * fast_patches.loss(seen, examples.patches)
        recent.append(loss.item())
        if partner is None:  # they begin from nothing, which would disturb a finished eye
            thoughts = fast_eye.projector.thoughts(seen, PLACES)
            loss = loss + fast_heads.loss(thoughts, examples.slots)
        elif step % _ASK_EVERY == 0:
            said = fast_eye.projector(seen[:_ASKED_PICTURES]).float()
            logits, targets, _ = partner.answers(said, examples.facts[:_ASKED_PICTURES])
            answered = partner.loss(logits, targets)
            heard.append(answered.item())
            loss = loss + answered
        loss.backward()
        fraction = together.agree(quick.hand_over(), pace.fraction())
        advance(optims, pace.rate(step, fraction))
        quick.follow()
        average.follow(eye, step)
    return average.eye


def _mean(values: Collection[float]) -> float:
    return sum(values) / max(1, len(values))


def _patch_weight(fraction: float) -> float:
    """Patches teach most at first."""
    return max(0.1, 0.4 * math.cos(math.pi / 2 * min(1.0, 1.5 * fraction)))


def augmented(pixels: Tensor) -> Tensor:
    """Shifted by up to 3 pixels, cheap variety in what falls into which cell; in bfloat16."""
    dx, dy = (int(v) for v in torch.randint(-3, 4, (2,)))
    shifted = torch.roll(pixels, (dy, dx), (2, 3)) if dx or dy else pixels
    return shifted.bfloat16().contiguous(memory_format=torch.channels_last)
