"""E1 and E2: tokens a second, while generating and while reading, beside llama-bench."""

from __future__ import annotations

from dataclasses import replace

from benchmarks import ours, theirs
from benchmarks.lab import STORY, Lab, long_talk, says
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from edgeomni.ports import Engine

GENERATED = 96
WARMED = 8
"""Tokens before the clock starts; llama-bench warms up too, and has just used the caches."""
CELLS = 256
"""llama.cpp makes a context a multiple of these."""
DEEP = 1000
"""Words before the question, for the second depth."""
READ = 512
_TRIES = 8


def decode(lab: Lab) -> list[Result]:
    """Streamed through the port: detokenised, checked for stop texts, sent to the parent.

    Like is compared with like: llama-bench makes its context just as large as it needs, and without
    flash attention the cache's width has a price. The further rows are the engine as it comes
    beside llama-bench as it comes, for a short and for a long conversation.
    """
    return [row for words in (0, DEEP) for row in _decode(lab, words)]


def _decode(lab: Lab, length: int) -> list[Result]:
    talk = [*(long_talk(length, seed=5) if length else ()), says("user", STORY)]
    with ours.engine(lab.text, lab.scratch) as usual:
        first = ours.answer(usual, talk, GENERATED)
        depth = first.receipt.prompt_tokens
        narrow = replace(lab.text, context=-(-(depth + GENERATED + 1) // CELLS) * CELLS)
        with ours.engine(narrow, lab.scratch) as matched:
            warm = set[str]()

            def ours_once(engine: Engine) -> float:
                ours.answer(engine, talk, WARMED)
                said = ours.answer(engine, talk, GENERATED)
                warm.add(said.text)
                return said.tokens_per_second

            def theirs_once(flash: str) -> float:
                return theirs.bench(
                    lab.shelf, lab.text, generate=GENERATED, depth=depth, flash=flash
                )

            sides = {
                "matched": lambda _: ours_once(matched),
                "off": lambda _: theirs_once("off"),
                "usual": lambda _: ours_once(usual),
                "auto": lambda _: theirs_once("auto"),
            }
            rates = {
                side: Samples(values, "t/s")
                for side, values in interleave(sides, lab.rounds).items()
            }
    with theirs.server(lab.shelf, lab.text, lab.scratch) as server:
        # Reading a prompt in one batch and reading its last token alone round differently.
        same = theirs.chat(server, talk, GENERATED).text == first.text
        same &= {theirs.chat(server, talk, GENERATED).text} == warm
    guards = (
        Guard("llama-server says the same", same),
        Guard(f"{GENERATED} tokens each time", first.receipt.completion_tokens == GENERATED),
    )
    title, bar = f"decode {GENERATED} tokens behind {depth}", Bar("at least", 0.98)
    like = f"llama-bench -fa off, {narrow.context} cells too"
    return [
        Result("E1", title, rates["matched"], bar, like, rates["off"], guards),
        Result("E1", f"{title}, as it comes", rates["usual"], None, "llama-bench", rates["auto"]),
    ]


def prefill(lab: Lab) -> list[Result]:
    """A prompt that shares next to nothing with the one before, in as wide a context as there."""
    narrow = replace(lab.text, context=-(-(READ + 16) // CELLS) * CELLS)
    with ours.engine(narrow, lab.scratch) as engine:
        length, depth = _length_for(READ, engine)
        evaluated: list[int] = []

        def ours_once(number: int) -> float:
            engine.prefill(long_talk(length, seed=200 + number))  # llama-bench warms up as well
            took, receipt = ours.timed_prefill(engine, long_talk(length, seed=100 + number))
            evaluated.append(receipt.prompt_tokens - receipt.cached_tokens)
            return evaluated[-1] / took * 1000

        def theirs_once(_: int) -> float:
            return theirs.bench(lab.shelf, lab.text, prompt=READ, depth=depth, flash="off")

        measured = interleave({"ours": ours_once, "theirs": theirs_once}, lab.rounds)
    near = all(READ * 0.97 <= count <= READ for count in evaluated)
    return [
        Result(
            "E2",
            f"read {READ} tokens behind {depth}",
            Samples(measured["ours"], "t/s"),
            Bar("at least", 0.97),
            f"llama-bench -fa off, {narrow.context} cells too",
            Samples(measured["theirs"], "t/s"),
            (Guard(f"{min(evaluated)} to {max(evaluated)} tokens evaluated", near),),
        )
    ]


def _length_for(tokens: int, engine: Engine) -> tuple[int, int]:
    """How many words make a prompt of which ``tokens`` must be evaluated, and behind how many.

    One token more would be a batch more, and cells are computed in blocks of 256: llama-bench must
    begin as deep as we do.
    """
    length = tokens - 50
    for seed in range(900, 900 + _TRIES):
        receipt = engine.prefill(long_talk(length, seed=seed))
        excess = receipt.prompt_tokens - receipt.cached_tokens - tokens
        if excess == 0:
            break
        length -= excess
    return length, receipt.cached_tokens
