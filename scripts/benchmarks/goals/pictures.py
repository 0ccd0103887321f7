"""E3: the second turn with pictures in the history, beside llama-server and the stock handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks import ours, theirs
from benchmarks.lab import Lab, looked_at, picture, says, words
from benchmarks.samples import Bar, Guard, Result, Samples, interleave, slope
from edgeomni.values import Message

COUNTS = (1, 2, 4, 8)
"""Pictures in the history."""
ANSWER = 8
"""Tokens."""
_HANDLER_ROUNDS = 3
"""It encodes every picture anew, so a round takes seconds, and its ratio is far from its bar."""


@dataclass
class _Seen:
    """What the measured turns said and evaluated, by side."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    evaluated: dict[str, list[int]] = field(default_factory=dict)
    encodes: int = 0

    def note(self, side: str, text: str, evaluated: int) -> None:
        self.texts.setdefault(side, []).append(text)
        self.evaluated.setdefault(side, []).append(evaluated)


def second_turn(lab: Lab) -> list[Result]:
    """Time to the first text of a new question about pictures that were shown before."""
    shown = [picture(seed) for seed in range(max(COUNTS))]
    results, medians, sizes = [], dict[str, list[float]](ours=[], theirs=[]), list[int]()
    with (
        ours.engine(lab.seeing, lab.scratch) as engine,
        theirs.server(lab.shelf, lab.seeing, lab.scratch) as server,
    ):
        encode_ms = 0.0
        for count in COUNTS:
            seen, history = _Seen(), looked_at(shown[:count])
            first = ours.answer(engine, [*history, _question(0)], ANSWER)
            encode_ms = encode_ms or first.receipt.encode_ms
            sizes.append(first.receipt.prompt_tokens)
            theirs.chat(server, [*history, _question(0)], ANSWER)

            def ours_once(number: int, seen: _Seen = seen, past: list[Message] = history) -> float:
                said = ours.answer(engine, [*past, _question(number + 1)], ANSWER)
                fresh = said.receipt.prompt_tokens - said.receipt.cached_tokens
                seen.note("ours", said.text, fresh)
                seen.encodes += said.receipt.media_encodes
                return said.first_ms

            def theirs_once(
                number: int, seen: _Seen = seen, past: list[Message] = history
            ) -> float:
                said = theirs.chat(server, [*past, _question(number + 1)], ANSWER)
                seen.note("theirs", said.text, said.evaluated)
                return said.first_ms

            measured = interleave({"ours": ours_once, "theirs": theirs_once}, lab.rounds)
            results.append(_beside_server(count, measured, seen))
            for side, values in measured.items():
                medians[side].append(Samples(values, "ms").median)
    results.append(_price(medians["ours"], medians["theirs"]))
    results.append(_price_of_text(lab, sizes))
    return [*results, _beside_handler(lab, results[0], encode_ms)]


def _question(number: int) -> Message:
    return says("user", f"What is in the first picture? Say it in {number + 10} words.")


def _beside_server(count: int, measured: dict[str, tuple[float, ...]], seen: _Seen) -> Result:
    tokens = (
        f"{max(seen.evaluated['ours'])} tokens evaluated, {max(seen.evaluated['theirs'])} there"
    )
    return Result(
        "E3",
        f"second turn, {count} picture{'s' * (count > 1)} in history",
        Samples(measured["ours"], "ms"),
        Bar("at most", 1.05),
        "llama-server",
        Samples(measured["theirs"], "ms"),
        (
            Guard("no encoding", seen.encodes == 0),
            Guard("llama-server says the same", seen.texts["ours"] == seen.texts["theirs"]),
            Guard(tokens, max(seen.evaluated["ours"]) <= max(seen.evaluated["theirs"]) + 2),
        ),
    )


def _price(our: Sequence[float], their: Sequence[float]) -> Result:
    counts = [float(count) for count in COUNTS]
    return Result(
        "E3",
        "each further picture in history",
        Samples((slope(counts, our),), "ms"),
        Bar("at most", 2, "ms"),
        f"llama-server: {slope(counts, their):.2f} ms",
    )


def _price_of_text(lab: Lab, sizes: Sequence[int]) -> Result:
    """Attention looks at every token in the history, whatever it stands for; so it has a price."""
    medians = []
    with ours.engine(lab.text, lab.scratch) as engine:
        for size in sizes:
            history = [says("user", words(size - 60, size)), says("assistant", "I see it.")]
            ours.answer(engine, [*history, _question(0)], ANSWER)
            took = [
                ours.answer(engine, [*history, _question(number + 1)], ANSWER).first_ms
                for number in range(lab.rounds)
            ]
            medians.append(Samples(tuple(took), "ms").median)
    counts = [float(count) for count in COUNTS]
    title = "as many further tokens of text, without a picture"
    return Result("E3", title, Samples((slope(counts, medians),), "ms"))


def _beside_handler(lab: Lab, one: Result, encode_ms: float) -> Result:
    """The same first question; the ratio is against our median from before."""
    history = looked_at([picture(0)])
    with theirs.Handler(lab.seeing) as handler:
        ask: Callable[[int], theirs.Said] = lambda number: handler.chat(  # noqa: E731
            [*history, _question(number)], ANSWER
        )
        ask(0)
        said = [ask(number + 1) for number in range(min(lab.rounds, _HANDLER_ROUNDS))]
    return Result(
        "E3",
        "second turn, 1 picture in history",
        one.ours,
        Bar("at most", 1 / 20),
        "MTMDChatHandler",
        Samples(tuple(each.first_ms for each in said), "ms"),
        (Guard(f"encoding takes {encode_ms:.0f} ms, at least 1 s", encode_ms >= 1000),),
    )
