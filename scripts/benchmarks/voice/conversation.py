"""V7 and V9: from the end of a question to the first sound of its answer, at the pace of life.

Twenty questions, hands-free, with files as devices. Both share what was held, as does V6: edgeomni
and, for V7, pipecat, in turns.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial

from benchmarks.pipecat_venv import VERSION
from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice import sides
from benchmarks.voice.dialogue import Dialogue, dialogue
from benchmarks.voice.sides import Held
from benchmarks.voice.studio import Studio
from benchmarks.voice.words import wrong

GAP = 6.0
"""Seconds after a question: an answer of the usual length is over by then, of either side."""
DIALOGUES = 2
_MOST_WRONG = 0.1
"""Share of the words of the questions."""
_LATE = 1.0
"""Seconds by which the end of speech may be misjudged."""


def voice_to_voice(studio: Studio) -> list[Result]:
    held = held_dialogues(studio).ours
    measured = Samples(tuple(_answered(held)), "ms")
    case = f"question's end to the answer's first sound ({medians_of(held)})"
    return [Result("V9", case, measured, Bar("at most", 600.0, "ms"), guards=_guards(held))]


def beside_pipecat(studio: Studio) -> list[Result]:
    both = held_dialogues(studio)
    if not both.theirs:
        return []
    ours, theirs = (Samples(tuple(_answered(held)), "ms") for held in (both.ours, both.theirs))
    guards = (*_guards(both.ours), *_guards(both.theirs, "pipecat: "))
    line = partial(Result, "V7", peer=f"pipecat {VERSION}", guards=guards)
    case = "question's end to the answer's first sound"
    return [
        line(f"{case} ({_written(both.theirs)})", ours, Bar("at most", 0.5), theirs=theirs),
        line(
            f"{case}, 95 % within",
            ours.within(0.95),
            Bar("at most", 0.6),
            theirs=theirs.within(0.95),
        ),
    ]


# ── what is held ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Both:
    ours: tuple[Held, ...]
    theirs: tuple[Held, ...]


@cache
def held_dialogues(studio: Studio) -> _Both:
    """Ours, theirs, theirs, ours: a drift of the machine hits both."""
    ours: list[Held] = []
    theirs: list[Held] = []
    said = [questions(studio, number) for number in range(DIALOGUES)]

    def by_us(number: int) -> None:
        ours.append(sides.ours(studio, said[number], studio.scratch / f"ours-{number}.wav"))

    def by_them(url: str, number: int) -> None:
        answers = studio.scratch / f"theirs-{number}.wav"
        theirs.append(sides.theirs(studio, url, said[number], answers))

    with ExitStack() as stack:
        leaders = {"edgeomni": by_us}
        if studio.peer:
            url = stack.enter_context(sides.language_model(studio, studio.peer))
            leaders["pipecat"] = partial(by_them, url)
        for number in range(DIALOGUES):
            order = list(leaders) if number % 2 == 0 else list(reversed(leaders))
            for name in order:
                say_what(f"{name}, dialogue {number + 1} of {DIALOGUES}")
                leaders[name](number)
    return _Both(tuple(ours), tuple(theirs))


@cache
def questions(studio: Studio, number: int) -> Dialogue:
    return dialogue(studio.scratch / f"questions-{number}.wav", number, GAP)


# ── what must hold ───────────────────────────────────────────────────────────────────────────────


def _answered(held: Sequence[Held]) -> list[float]:
    return [wait for each in held for wait in each.waits if wait is not None]


def _guards(held: Sequence[Held], who: str = "") -> tuple[Guard, Guard]:
    asked = [question.text for each in held for question in each.said.asked]
    answered = len(_answered(held))
    texts = [text for each in held for text in each.texts]
    counts = [wrong(said, text) for said, text in zip(asked, texts, strict=True)]
    errors, words = (sum(column) for column in zip(*counts, strict=True))
    return (
        Guard(f"{who}{answered} of {len(asked)} turns answered", answered == len(asked)),
        Guard(f"{who}{errors} of {words} words wrong", errors <= _MOST_WRONG * words),
    )


def medians_of(held: Sequence[Held]) -> str:
    """Medians of what edgeomni tells of its turns, from the true end of each question."""
    names = ("committed", "understood", "first_token", "first_piece")
    values: dict[str, list[float]] = {name: [] for name in names}
    for each in held:
        begun = next(event["at"] for event in each.events if event["event"] == "ready")
        turns = [event for event in each.events if event["event"] == "turn"]
        heard = [event for event in each.events if event["event"] == "utterance"]
        for utterance, turn in zip(heard, turns, strict=False):
            end = utterance["speech_end"] - begun
            for asked in each.said.asked:
                if abs(end - asked.end) <= _LATE:
                    for name in names:
                        values[name].append((turn[name] + end - asked.end) * 1000)
    medians = {name: Samples(tuple(found), "ms").median for name, found in values.items() if found}
    return ", ".join(f"{name} {median:.0f} ms" for name, median in medians.items())


def _written(held: Sequence[Held]) -> str:
    """When pipecat has the words of a question, from its true end."""
    values = [
        (event["at"] - asked.end) * 1000
        for each in held
        for event in each.events
        for asked in each.said.asked
        if event["event"] == "heard" and asked.end <= event["at"] < asked.next
    ]
    return f"pipecat: understood {Samples(tuple(values), 'ms').median:.0f} ms"


def say_what(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
