"""V5: how much sooner the first clause can be heard than the whole sentence."""

from __future__ import annotations

import time

from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from benchmarks.voice.studio import Studio

ANSWERS = (
    "Plants take in light with their green leaves, and with its energy they make sugar out of "
    "water and air.",
    "The train to Berlin leaves at half past nine, but there is another one an hour later if that "
    "is too early for you.",
    "I can see a wooden table with a blue cup on it, a pair of glasses beside the cup, and a "
    "newspaper that lies open.",
)


def first_clause(studio: Studio) -> list[Result]:
    from hibari import Hibari

    from edgeomni.speech.wording.clauses import Clauses

    tts = Hibari()
    tts("Hello.")
    firsts = []
    for text in ANSWERS:
        clauses = Clauses()
        firsts.append([*clauses.feed(text), *clauses.end()][0].spoken)

    def once(texts: list[str] | tuple[str, ...]) -> float:
        began = time.process_time()
        for text in texts:
            tts(text)
        return (time.process_time() - began) / len(texts) * 1000

    sides = {"ours": lambda _: once(firsts), "whole": lambda _: once(ANSWERS)}
    measured = interleave(sides, studio.rounds)
    shorter = all(len(first) < len(whole) for first, whole in zip(firsts, ANSWERS, strict=True))
    return [
        Result(
            "V5",
            "synthesis until the first clause can be heard",
            Samples(measured["ours"], "ms"),
            Bar("at most", 0.45),
            "the whole sentence",
            Samples(measured["whole"], "ms"),
            (Guard("the first clause is a part of it", shorter),),
        )
    ]
