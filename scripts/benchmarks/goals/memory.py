"""E10: memory of its own that the engine's worker holds, beside llama-server. Linux."""

from __future__ import annotations

from benchmarks import ours, theirs
from benchmarks.lab import STORY, Lab, long_talk, says
from benchmarks.machine import anonymous_mib
from benchmarks.samples import Bar, Result, Samples
from edgeomni.ports import Engine

READ = 512
GENERATED = 96
SETTLED = 20
"""Turns before the first look at the drift."""


def resident(lab: Lab) -> list[Result]:
    with ours.engine(lab.text, lab.scratch) as engine:
        engine.prefill(long_talk(READ))
        ours.answer(engine, [says("user", STORY)], GENERATED)
        held = anonymous_mib(ours.worker_pid())
        drift = _drift(engine, lab.drift_turns)
    with theirs.server(lab.shelf, lab.text, lab.scratch) as server:
        theirs.chat(server, long_talk(READ), 1)
        theirs.chat(server, [says("user", STORY)], GENERATED)
        peer = anonymous_mib(server.pid)
    return [
        Result(
            "E10",
            f"anonymous memory, context of {lab.text.context}",
            Samples((held,), "MiB"),
            Bar("at most", peer * 1.15 + 40, "MiB"),
            f"llama-server: {peer:.0f} MiB",
        ),
        Result(
            "E10",
            f"its growth over {lab.drift_turns} turns",
            Samples((drift,), "MiB"),
            Bar("at most", 5, "MiB"),
        ),
    ]


def _drift(engine: Engine, turns: int) -> float:
    """MiB between an early turn and the last one; conversations begin anew on the way."""
    before = 0.0
    for turn in range(turns + SETTLED):
        if turn == SETTLED:
            before = anonymous_mib(ours.worker_pid())
        talk = [says("user", f"Conversation {turn // 20}, question {turn % 20}.")]
        ours.answer(engine, talk, 4)
    return anonymous_mib(ours.worker_pid()) - before
