"""Last stage: the eye learns from the text model's answers, and keeps saying the codes."""

from __future__ import annotations

import random
from collections import deque
from pathlib import Path

import torch
from torch import Tensor

from nano import projector_file, talk
from nano.drawing import training_brush
from nano.examples import Batch, stream
from nano.eye import Eye, to_input
from nano.pace import Pace
from nano.reader import Reader, Tokenizer
from nano.scenes import SEEDS_PER_RUN
from nano.see import Average, CodeBook, PatchHeads, Quick, Score, advance, augmented, optimisers
from nano.systems import TRAINING_SYSTEMS

_ASKED_PICTURES = 8
_QUESTIONS = 5


class Partner:
    """The text model with its prefixes, as a source of gradients for pictures."""

    def __init__(self, reader: Reader, tokenizer: Tokenizer, seed: int) -> None:
        self._reader, self._tokenizer = reader, tokenizer
        self._rng = random.Random(seed)
        self._weights = talk.token_weights(len(reader.embeddings), tokenizer)
        self._closing = reader.embeddings[list(tokenizer.tokens(talk.END))]
        self._memories = {
            system: talk.remember(reader, tokenizer, system) for system in TRAINING_SYSTEMS
        }

    def loss(self, said: Tensor, batch: Batch) -> Tensor:
        """Of some questions about the first pictures of a batch."""
        facts = batch.facts[:_ASKED_PICTURES]
        closing = self._closing.expand(len(facts), -1, -1)
        pictures = torch.cat([said[: len(facts)], closing], 1)
        asked = [talk.choose(each, _QUESTIONS, self._rng) for each in facts]
        system = self._rng.choices(*zip(*TRAINING_SYSTEMS.items(), strict=True))[0]
        packed = talk.pack(asked, self._tokenizer, self._rng)
        memory = self._memories[system]
        logits, targets, _ = talk.answers(self._reader, memory, pictures, packed)
        return talk.weighted(logits, targets, self._weights)


def train(
    eye: Eye,
    book: CodeBook,
    partner: Partner,
    *,
    folder: Path,
    pace: Pace,
    out: Path,
    seed: int,
    rate: float,
    batch: int = 64,
    ask_every: int = 4,
) -> Eye:
    """The averaged eye; ``out`` is written every few minutes."""
    torch.manual_seed(seed)
    patches, score = PatchHeads(eye.shape.widths[-1]), Score(folder)
    average = Average(eye)
    optims = optimisers(eye, patches.parameters(), rate)
    quick = Quick(eye, patches)
    fast_eye, fast_patches = quick.twins
    heard: deque[float] = deque(maxlen=20)
    next_report = 0.0
    for step, examples in enumerate(stream(training_brush(folder), seed * SEEDS_PER_RUN, batch)):
        pace.rest()
        fraction = pace.fraction()
        if fraction >= next_report or fraction >= 1:
            mean = sum(heard) / max(1, len(heard))
            print(f"{fraction:.2f}: step {step}, {step * batch} pictures, answers {mean:.3f}")
            print(score(average.eye, lambda eye, pixels: book.read(eye(pixels))), flush=True)
            projector_file.write(out, average.eye, book.codes, small=False)
            next_report += 4 / pace.minutes
        if fraction >= 1:
            break
        seen = fast_eye.tower(augmented(to_input(examples.pixels)))
        said = fast_eye.projector(seen).float()
        loss = book.loss(said, examples.slots)
        loss = loss + 0.1 * fast_patches.loss(seen, examples.patches)
        if step % ask_every == 0:
            answered = partner.loss(said, examples)
            heard.append(answered.item())
            loss = loss + answered
        loss.backward()
        quick.hand_over()
        advance(optims, pace.rate(step, warm_up=30))
        quick.follow()
        average.follow(step)
    return average.eye
