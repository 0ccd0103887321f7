"""C4: from a changed frame to the first word about it, beside llama-server."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import ours, theirs
from benchmarks.lab import says
from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from benchmarks.watch.lookout import Lookout
from benchmarks.watch.showing import noisy
from edgeomni.catalog import resolve
from edgeomni.values import Image, Message

FRAMES = 12
RATIO = 1.05
_QUESTION = "What is in the picture?"
_ANSWER = 8
"""Tokens."""


def changed_frame(lookout: Lookout, shown: Sequence[Image]) -> list[Result]:
    """Each frame is a new one for both sides; none where llama-server is not built."""
    if lookout.shelf is None:
        return []
    files = resolve(lookout.model)
    subject = ours.Subject(files.model, files.mmproj, threads=lookout.threads, flash="off")
    said: dict[str, list[str]] = {"ours": [], "theirs": []}
    with (
        ours.engine(subject, lookout.scratch) as engine,
        theirs.server(lookout.shelf, subject, lookout.scratch) as server,
    ):

        def our_side(number: int) -> float:
            answer = ours.answer(engine, _asked(shown, number), _ANSWER)
            said["ours"].append(answer.text)
            return answer.first_ms

        def their_side(number: int) -> float:
            answer = theirs.chat(server, _asked(shown, number), _ANSWER)
            said["theirs"].append(answer.text)
            return answer.first_ms

        our_side(-1), their_side(-1)
        rounds = max(FRAMES, lookout.rounds)
        measured = interleave({"ours": our_side, "theirs": their_side}, rounds)
    same = sum(one == other for one, other in zip(said["ours"], said["theirs"], strict=True))
    return [
        Result(
            "C4",
            f"from a changed frame to the first word about it, {rounds} frames",
            Samples(measured["ours"], "ms"),
            Bar("at most", RATIO),
            "llama-server",
            Samples(measured["theirs"], "ms"),
            guards=(
                Guard(f"{same} of {len(said['ours'])} answers are the same", same > rounds // 2),
            ),
        )
    ]


def _asked(shown: Sequence[Image], number: int) -> list[Message]:
    frame = noisy(shown[number % len(shown)], 100 + number)
    return [says("user", frame, _QUESTION)]
