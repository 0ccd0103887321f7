"""E7: a question that is read while it is still being spoken."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import ours
from benchmarks.lab import Lab, says, words
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from edgeomni.values import Receipt

WORDS = 24
HEARD = (6, 12, 18, 23)
"""Words that a transcript holds at each partial result."""
WRONG = 8
"""Words at the end of a transcript that turn out otherwise."""
ANSWER = 8
"""Tokens."""


def before_the_end(lab: Lab) -> list[Result]:
    """Time to the first text after the last word; all sides have the system prompt cached."""
    spent: dict[str, list[int]] = {"without": [], "with": [], "wrong": []}
    texts: dict[str, list[str]] = {side: [] for side in spent}
    with ours.engine(lab.text, lab.scratch) as engine:

        def ask(side: str, partials: Sequence[str], question: str) -> float:
            system = says("system", f"You answer in one sentence. {words(120, 11)}.")
            talk = [system, says("user", question)]
            ours.answer(engine, [system, says("user", "Hello.")], 1)
            evaluated = sum(
                _evaluated(engine.prefill([system, says("user", part)])) for part in partials
            )
            said = ours.answer(engine, talk, ANSWER)
            spent[side].append(evaluated + _evaluated(said.receipt))
            texts[side].append(said.text)
            return said.first_ms

        measured = interleave(
            {
                "without": lambda number: ask("without", (), _question(number)),
                "with": lambda number: ask("with", _partials(number), _question(number)),
                "wrong": lambda number: ask("wrong", _mistaken(number), _question(number)),
            },
            lab.rounds,
        )
    alone = Samples(measured["without"], "ms")
    return [
        Result(
            "E7",
            f"{title}, to the first text",
            Samples(measured[side], "ms"),
            Bar("at most", limit),
            "without",
            alone,
            (
                Guard("the same answer", texts[side] == texts["without"]),
                _waste(spent[side], spent["without"]),
            ),
        )
        for side, title, limit in (
            ("with", "read while it is spoken", 0.35),
            ("wrong", f"with {WRONG} wrong words at the end", 0.5),
        )
    ]


def _waste(spent: Sequence[int], needed: Sequence[int]) -> Guard:
    share = sum(spent) / sum(needed)
    return Guard(f"{share:.2f}x the tokens evaluated, at most 1.3x", share <= 1.3)


def _evaluated(receipt: Receipt) -> int:
    return receipt.prompt_tokens - receipt.cached_tokens


def _question(number: int) -> str:
    return f"{words(WORDS, 500 + number)}?"


def _partials(number: int) -> list[str]:
    spoken = _question(number).split()
    return [" ".join(spoken[:count]) for count in HEARD]


def _mistaken(number: int) -> list[str]:
    right = _question(number).split()[: WORDS - WRONG]
    return [*_partials(number)[:2], " ".join([*right, *words(WRONG, 900 + number).split()])]
