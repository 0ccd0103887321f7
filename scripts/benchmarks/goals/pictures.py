"""E3: the second turn with pictures in the history, beside llama-server and the stock handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from benchmarks import ours, theirs
from benchmarks.lab import Lab, looked_at, picture, says, words
from benchmarks.samples import Bar, Guard, Result, Samples, interleave, slope
from edgeomni.ports import Engine
from edgeomni.values import Image, Message, Receipt
from tests.llama_server import LlamaServer

COUNTS = (1, 2, 4, 8)
"""Pictures in the history."""
ANSWER = 8
"""Tokens."""
_AROUND = 60
"""Tokens of a prompt that are not the history's first message."""
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
    results, quickest = [], dict[str, list[float]](ours=[], theirs=[], text=[])
    with (
        ours.engine(replace(lab.seeing, flash="off"), lab.scratch) as engine,
        ours.engine(lab.text, lab.scratch) as reader,
        theirs.server(lab.shelf, lab.seeing, lab.scratch) as server,
    ):
        sides, encode_ms = _Sides(engine, reader, server), 0.0
        for count in COUNTS:
            first = sides.show(shown[:count])
            encode_ms = encode_ms or first.encode_ms
            asked = {"ours": sides.ours, "theirs": sides.theirs, "text": sides.text}
            measured = interleave(asked, lab.rounds)
            results.append(_beside_server(count, measured, sides.seen))
            for side, values in measured.items():
                quickest[side].append(min(values))
    results += _price(quickest)
    return [*results, _beside_handler(lab, results[0], encode_ms)]


class _Sides:
    """The engine, llama-server, and an engine that has read as many tokens of text."""

    def __init__(self, engine: Engine, reader: Engine, server: LlamaServer) -> None:
        self._engine, self._reader, self._server = engine, reader, server

    def show(self, shown: Sequence[Image]) -> Receipt:
        """Bring all sides to hold a history with these pictures; the receipt is the engine's."""
        self.seen, self._history = _Seen(), looked_at(shown)
        receipt = ours.answer(self._engine, [*self._history, _question(0)], ANSWER).receipt
        theirs.chat(self._server, [*self._history, _question(0)], ANSWER)
        length = receipt.prompt_tokens - _AROUND
        self._text = [says("user", words(length, length)), says("assistant", "I see it.")]
        ours.answer(self._reader, [*self._text, _question(0)], ANSWER)
        return receipt

    def ours(self, number: int) -> float:
        said = ours.answer(self._engine, [*self._history, _question(number + 1)], ANSWER)
        fresh = said.receipt.prompt_tokens - said.receipt.cached_tokens
        self.seen.note("ours", said.text, fresh)
        self.seen.encodes += said.receipt.media_encodes
        return said.first_ms

    def theirs(self, number: int) -> float:
        said = theirs.chat(self._server, [*self._history, _question(number + 1)], ANSWER)
        self.seen.note("theirs", said.text, said.evaluated)
        return said.first_ms

    def text(self, number: int) -> float:
        return ours.answer(self._reader, [*self._text, _question(number + 1)], ANSWER).first_ms


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


def _price(quickest: dict[str, list[float]]) -> list[Result]:
    """Attention looks at every token in the history, whatever it stands for; so it has a price.

    Small differences of large times: taken from the quickest rounds, which others disturbed least.
    """
    counts = [float(count) for count in COUNTS]
    rise = {side: slope(counts, values) for side, values in quickest.items()}
    limit = Bar("at most", 2, "ms")
    peer = f"llama-server: {rise['theirs']:.1f} ms"
    excess = rise["ours"] - rise["text"]
    text = f"as many tokens of text: {rise['text']:.1f} ms"
    return [
        Result("E3", "each further picture in history", _one(rise["ours"]), limit, peer),
        Result("E3", "of that, beyond as much text", _one(excess), limit, text),
    ]


def _one(milliseconds: float) -> Samples:
    return Samples((milliseconds,), "ms")


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
