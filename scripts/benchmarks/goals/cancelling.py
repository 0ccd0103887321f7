"""E8: how long the engine goes on after it was asked to stop."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import ours
from benchmarks.lab import STORY, Lab, long_talk, picture, says
from benchmarks.samples import Bar, Guard, Result, Samples
from edgeomni.ports import Cancel, Engine
from edgeomni.values import Finished, Message, TextDelta

PROMPT = 3000
"""Tokens, or about so; read for many seconds."""
MOMENTS = (0.15, 0.4, 0.7, 1.0, 1.3)
"""Seconds after which an evaluation is cancelled."""
AFTER = 20
"""Pieces of text after which an answer is cancelled."""


@dataclass
class _Stop:
    """One cancelled call."""

    returned_ms: float
    """From asking to stop until the call came back."""
    idle_ms: float
    """The same, and what the next call had to wait longer than usual."""
    reason: str


def until_idle(lab: Lab) -> list[Result]:
    with ours.engine(lab.text, lab.scratch) as engine:
        results = [_while_generating(engine, lab.rounds), _while_reading(engine)]
    with ours.engine(lab.seeing, lab.scratch) as engine:
        return [*results, _while_encoding(engine)]


def _while_generating(engine: Engine, rounds: int) -> Result:
    talk = [says("user", STORY)]
    token_ms = 1000 / ours.answer(engine, talk, 96).tokens_per_second
    usual = _usual(engine)
    stops = [_stopped_in_answer(engine, talk, usual) for _ in range(2 * rounds)]
    return _result(f"while generating, {token_ms:.1f} ms a token", stops, token_ms + 5)


def _while_reading(engine: Engine) -> Result:
    usual = _usual(engine)
    stops = [
        _stopped_after(engine, long_talk(PROMPT, seed=30 + number), seconds, usual)
        for number, seconds in enumerate(MOMENTS)
    ]
    return _result(f"while reading {PROMPT} tokens", stops, 60)


def _while_encoding(engine: Engine) -> Result:
    usual = _usual(engine)
    stops = []
    for number, seconds in enumerate(MOMENTS):
        talk = [says("user", picture(200 + number), "What is this?")]
        stops.append(_stopped_after(engine, talk, seconds, usual))
    return _result("while encoding a picture", stops, 60)


def _result(title: str, stops: Sequence[_Stop], limit_ms: float) -> Result:
    worst = max(stop.returned_ms for stop in stops)
    return Result(
        "E8",
        f"cancel {title}, until idle",
        Samples(tuple(stop.idle_ms for stop in stops), "ms"),
        Bar("at most", limit_ms, "ms"),
        guards=(
            Guard(f"all {len(stops)} cancelled", all(s.reason == "cancelled" for s in stops)),
            Guard(f"the call comes back within {worst:.0f} ms", worst <= 2 * limit_ms),
        ),
    )


def _stopped_in_answer(engine: Engine, talk: Sequence[Message], usual: float) -> _Stop:
    cancel, pieces = Cancel(), 0
    asked = 0.0
    for event in engine.stream(talk, ours.greedy(96), cancel=cancel):
        if isinstance(event, TextDelta):
            pieces += 1
            if pieces == AFTER:
                asked = time.perf_counter()
                cancel.ask()
        elif isinstance(event, Finished):
            return _stop(engine, asked, usual, event.receipt.finish_reason)
    raise RuntimeError("an answer without an end")


def _stopped_after(engine: Engine, talk: Sequence[Message], seconds: float, usual: float) -> _Stop:
    cancel, asked = Cancel(), [0.0]

    def ask() -> None:
        asked[0] = time.perf_counter()
        cancel.ask()

    timer = threading.Timer(seconds, ask)
    timer.start()
    receipt = engine.prefill(talk, cancel=cancel)
    stop = _stop(engine, asked[0] or time.perf_counter(), usual, receipt.finish_reason)
    timer.join()
    return stop


def _stop(engine: Engine, asked: float, usual: float, reason: str) -> _Stop:
    returned = (time.perf_counter() - asked) * 1000
    waited = _small_call(engine, int(asked))
    return _Stop(returned, returned + max(0.0, waited - usual), reason)


def _usual(engine: Engine) -> float:
    return statistics.median(_small_call(engine, number) for number in range(7))


def _small_call(engine: Engine, number: int) -> float:
    """Milliseconds of a small call that shares nothing with the one before."""
    letter = chr(ord("A") + number % 26)
    talk = [says("system", f"{letter} is a letter."), says("user", "Are you there?")]
    return ours.timed_prefill(engine, talk)[0]
