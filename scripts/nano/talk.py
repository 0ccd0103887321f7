"""Conversations about pictures as tensors: several questions share one picture's tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from nano.questions import Question, questions
from nano.reader import Memory, Reader, Tokenizer
from nano.scenes import Facts
from nano.vocabulary import COLOURS, NOUNS, NUMBERS, SIZES, plural
from nano.wordings import TRAINING_WORDINGS, Wordings, reworded

_ASKED = {
    "describe": 3.5,
    "yesno": 4.0,
    "count": 1.2,
    "side": 2.4,
    "place": 2.0,
    "name": 1.8,
    "colour": 0.8,
    "size": 0.4,
    "background": 0.6,
}
"""How often each kind of question comes, relative to the others."""
_TWICE = ("describe", "yesno", "side", "place")
"""Kinds that are drawn twice for a scene: there is more than one such question about it, or it can
be asked in very different words."""
_CURT = 0.6
"""How often only the first word of a yes-or-no answer is asked for: all the rest follows."""
_PLAIN_WEIGHT, _TELLING_WEIGHT = 0.5, 3.0
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Said:
    """A packed batch of questions and answers behind pictures."""

    tokens: Tensor
    """(batch, length)."""
    positions: Tensor
    """Counted from the token behind the picture."""
    turns: Tensor
    """Which question a token belongs to; -1 for padding."""
    targets: Tensor
    """The next token where it is part of an answer, otherwise -100."""


BEGIN, END = "<image>", "</image>"
"""What llama.cpp writes around a picture for this projector: plain text to SmolLM2."""


def prefix(system: str) -> str:
    head = f"<|im_start|>system\n{system}<|im_end|>\n" if system else ""
    return f"{head}<|im_start|>user\n"


def remember(reader: Reader, tokenizer: Tokenizer, system: str) -> Memory:
    """All that stands before a picture's tokens."""
    return reader.remember([*tokenizer.tokens(prefix(system)), *tokenizer.tokens(BEGIN)])


def closed(said: Tensor, reader: Reader, tokenizer: Tokenizer) -> Tensor:
    """An eye's tokens, (pictures, TOKENS, width), and behind each picture what closes it."""
    end = reader.embeddings[list(tokenizer.tokens(END))]
    return torch.cat([said, end.expand(len(said), -1, -1)], 1)


def choose(
    facts: Facts, count: int, rng: random.Random, wordings: Wordings = TRAINING_WORDINGS
) -> list[Question]:
    """Some of the questions about a scene, the instructive ones more often."""
    pool, chosen = questions(facts, rng, wordings), list[Question]()
    pool += [each for each in questions(facts, rng, wordings) if each.kind in _TWICE]
    while pool and len(chosen) < count:
        chosen.append(rng.choices(pool, [_ASKED[question.kind] for question in pool])[0])
        pool.remove(chosen[-1])
    return chosen


def pack(asked: Sequence[Sequence[Question]], tokenizer: Tokenizer, rng: random.Random) -> Said:
    """Each question stands alone behind its picture."""
    rows = [_row(some, tokenizer, rng) for some in asked]
    length = -(-max(len(row[0]) for row in rows) // 8) * 8

    def column(k: int, fill: int) -> Tensor:
        return torch.tensor([row[k] + [fill] * (length - len(row[k])) for row in rows])

    return Said(column(0, 0), column(1, 0), column(2, -1), column(3, _IGNORED))


def _row(
    asked: Sequence[Question], tokenizer: Tokenizer, rng: random.Random
) -> tuple[list[int], list[int], list[int], list[int]]:
    tokens, positions, turns, targets = list[int](), list[int](), list[int](), list[int]()
    for turn, question in enumerate(asked):
        gap = "\n" if rng.random() < 0.3 else ""
        text = reworded(question.text, rng)
        before = tokenizer.tokens(f"{gap}{text}<|im_end|>\n<|im_start|>assistant\n")
        answer = tokenizer.tokens(f"{question.answer}<|im_end|>")
        if question.kind == "yesno" and rng.random() < _CURT:
            answer = answer[:1]
        these = [*before, *answer[:-1]]
        tokens += these
        positions += range(len(these))
        turns += [turn] * len(these)
        targets += [_IGNORED] * (len(before) - 1) + list(answer)
    return tokens, positions, turns, targets


def answers(
    reader: Reader, memory: Memory, pictures: Tensor, said: Said
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits and targets of all answer tokens, and the (row, turn) each belongs to.

    ``pictures`` (batch, picture tokens, width) stand behind the prefix in ``memory``.
    """
    batch, length = pictures.shape[0], pictures.shape[1]
    x = torch.cat([pictures, reader.embeddings[said.tokens]], 1)
    here = torch.arange(length).expand(batch, -1)
    positions = torch.cat([here, said.positions + length], 1) + memory.tokens
    turns = F.pad(said.turns, (length, 0), value=-2)
    allowed = (turns[:, :, None] == turns[:, None, :]) | (turns[:, None, :] == -2)
    allowed = allowed & torch.ones(allowed.shape[1:], dtype=torch.bool).tril()
    allowed = F.pad(allowed, (memory.tokens, 0), value=True)[:, None]
    hidden = reader.read(x, positions, allowed, memory)[:, length:]
    chosen = said.targets != _IGNORED
    rows = torch.arange(batch)[:, None].expand_as(chosen)
    where = torch.stack([rows[chosen], said.turns[chosen]], 1)
    return reader.logits(hidden[chosen]), said.targets[chosen], where


def token_weights(size: int, tokenizer: Tokenizer) -> Tensor:
    """Tokens that carry a fact count more than those that any answer has."""
    words = (*NOUNS, *map(plural, NOUNS), *COLOURS, *NUMBERS, *SIZES)
    telling = [*(f" {word}" for word in (*words, "left", "right", "above", "below", "none"))]
    telling += [" on"]  # or a sentence about two things ends before their background
    telling += ["Yes", "No", "A", "An", "I", "Nothing", *(n.capitalize() for n in NUMBERS)]
    weights = torch.full((size,), _PLAIN_WEIGHT)
    weights[[tokenizer.tokens(word)[0] for word in telling]] = _TELLING_WEIGHT
    return weights


def weighted(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    weight = weights[targets]
    return (F.cross_entropy(logits, targets, reduction="none") * weight).sum() / weight.sum()


def exact(logits: Tensor, targets: Tensor, where: Tensor) -> dict[tuple[int, int], bool]:
    """For each (row, turn): whether greedy decoding gives the very answer."""
    right = logits.argmax(-1) == targets
    whole: dict[tuple[int, int], bool] = {}
    for (row, turn), ok in zip(where.tolist(), right.tolist(), strict=True):
        whole[row, turn] = whole.get((row, turn), True) and ok
    return whole
