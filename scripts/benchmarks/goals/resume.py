"""E5 and E6: coming back from disk in a new process, beside reading it all again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import ours, theirs
from benchmarks.lab import Lab, long_talk, looked_at, picture, says, words
from benchmarks.ours import Subject
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from edgeomni.ports import Engine
from edgeomni.values import Message

TOKENS = 512
SYSTEM_WORDS = 400
ANSWER = 8
"""Tokens."""


def from_disk(lab: Lab) -> list[Result]:
    text = long_talk(TOKENS - 30, seed=7)
    seen = [*looked_at([picture(0)]), says("user", words(40, 8))]
    return [
        *_restored(lab, lab.text, text, f"{TOKENS} tokens of text", at_least=100),
        *_restored(lab, lab.seeing, seen, "a picture and some text", at_least=50),
    ]


def _restored(
    lab: Lab, subject: Subject, talk: Sequence[Message], title: str, *, at_least: float
) -> list[Result]:
    """Times of restoring and of reading again; each in a process that has only loaded the model."""
    path = lab.scratch / "resume.kv"
    with ours.engine(subject, lab.scratch) as engine:
        ours.answer(engine, talk, ANSWER)
        before = ours.answer(engine, talk, ANSWER)  # from the cache, as after restoring it
        engine.save("chat", path)
    slots = lab.scratch / "slots"
    slots.mkdir(exist_ok=True)
    flags = ("--slot-save-path", f"{slots}/")
    with theirs.server(lab.shelf, subject, lab.scratch, *flags) as server:
        theirs.chat(server, talk, ANSWER)
        server.post("/slots/0?action=save", {"filename": "resume.kv"})
    texts, cached = {before.text}, set[int]()

    def restore(_: int) -> float:
        with ours.engine(subject, lab.scratch) as engine:
            took = _timed_restore(engine, path)
            again = ours.answer(engine, talk, ANSWER)
        texts.add(again.text)
        cached.add(again.receipt.prompt_tokens - again.receipt.cached_tokens)
        return took

    def read_again(_: int) -> float:
        with ours.engine(subject, lab.scratch) as engine:
            return ours.timed_prefill(engine, talk)[0]

    def slot(_: int) -> float:
        with theirs.server(lab.shelf, subject, lab.scratch, *flags) as server:
            began = time.perf_counter()
            server.post("/slots/0?action=restore", {"filename": "resume.kv"})
            return (time.perf_counter() - began) * 1000

    measured = interleave({"restore": restore, "read": read_again, "slot": slot}, lab.rounds)
    took = Samples(measured["restore"], "ms")
    guards = (
        Guard("the same answer as before", len(texts) == 1),
        Guard(f"at most {max(cached)} tokens evaluated again", max(cached) <= 2),
    )
    reading, slots_took = Samples(measured["read"], "ms"), Samples(measured["slot"], "ms")
    again = Bar("at most", 1 / at_least)
    return [
        Result("E5", f"restore {title}", took, again, "reading it again", reading, guards),
        Result(
            "E5", f"restore {title}", took, Bar("at most", 1.2), "llama-server slot", slots_took
        ),
    ]


def _timed_restore(engine: Engine, path: Path) -> float:
    began = time.perf_counter()
    engine.restore("chat", path)
    return (time.perf_counter() - began) * 1000


def first_turn(lab: Lab) -> list[Result]:
    """The first answer after a start, its system prompt from disk, beside the second answer."""
    path = lab.scratch / "system.kv"
    system = says("system", f"You answer in one sentence. {words(SYSTEM_WORDS, 9)}.")
    with ours.engine(lab.text, lab.scratch) as engine:
        engine.prefill([system])
        engine.save("chat", path)
    seconds: list[float] = []

    def restored(number: int) -> float:
        with ours.engine(lab.text, lab.scratch) as engine:
            engine.restore("chat", path)
            talk = [system, _question(number)]
            first = ours.answer(engine, talk, ANSWER)
            talk += [says("assistant", first.text), _question(number + 50)]
            seconds.append(ours.answer(engine, talk, ANSWER).first_ms)
            return first.first_ms

    def cold(number: int) -> float:
        with ours.engine(lab.text, lab.scratch) as engine:
            return ours.answer(engine, [system, _question(number)], ANSWER).first_ms

    measured = interleave({"restored": restored, "cold": cold}, lab.rounds)
    second = Samples(tuple(seconds), "ms")
    return [
        Result(
            "E6",
            "first turn after a start, system prompt from disk",
            Samples(measured["restored"], "ms"),
            Bar("at most", 1.15),
            "the second turn",
            second,
        ),
        Result(
            "E6",
            "first turn after a start, without that",
            Samples(measured["cold"], "ms"),
            None,
            "the second turn",
            second,
        ),
    ]


def _question(number: int) -> Message:
    return says("user", f"Say something about {words(8, number + 300)}, please.")
