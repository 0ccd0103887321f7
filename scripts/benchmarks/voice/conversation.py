"""V6, V7 and V9: from the end of a question to the first sound of its answer, at the pace of life.

Twenty questions, hands-free, with files as devices. All three share what was held: edgeomni and,
for V7, pipecat, in turns.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial

from benchmarks.pipecat_venv import VERSION
from benchmarks.samples import Bar, Guard, Result, Samples
from benchmarks.voice import led, sides, stages
from benchmarks.voice.alone import Endings
from benchmarks.voice.dialogue import QUESTIONS, Dialogue, dialogue
from benchmarks.voice.sides import Held
from benchmarks.voice.stages import Alone, Turn
from benchmarks.voice.studio import Studio
from benchmarks.voice.words import wrong

GAP = 6.0
"""Seconds after a question: an answer of the usual length is over by then, of either side."""
_DIALOGUES = 2
_MOST_WRONG = 0.1
"""Share of the words of the questions."""
_LATE = 1.0
"""Seconds by which the end of speech may be misjudged."""


def voice_to_voice(studio: Studio) -> list[Result]:
    held = _held(studio).ours
    measured = Samples(tuple(_answered(held)), "ms")
    case = f"question's end to the answer's first sound ({_stages(held)})"
    return [Result("V9", case, measured, Bar("at most", 600.0, "ms"), guards=_guards(held))]


def beside_pipecat(studio: Studio) -> list[Result]:
    both = _held(studio)
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


def overhead(studio: Studio) -> list[Result]:
    """Once without thinking ahead, for what lies between the stages, and once with it."""
    one_by_one = [_one_by_one(studio, number) for number in range(_DIALOGUES)]
    turns = [turn for each in one_by_one for turn in each.turns]
    guards = (_all_timed(turns), _same_prompts(one_by_one))
    lines = stages.overhead_lines(turns, guards)
    ahead = [
        turn
        for held, each in zip(_held(studio).ours, one_by_one, strict=True)
        for turn in _timed(held, each.endings, each.clauses)
    ]
    return [*lines, stages.overlap_line(ahead, (_all_timed(ahead),))]


# ── what is held ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Both:
    ours: tuple[Held, ...]
    theirs: tuple[Held, ...]


@cache
def _held(studio: Studio) -> _Both:
    """Ours, theirs, theirs, ours: a drift of the machine hits both."""
    ours: list[Held] = []
    theirs: list[Held] = []
    said = [_dialogue(studio, number) for number in range(_DIALOGUES)]

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
        for number in range(_DIALOGUES):
            order = list(leaders) if number % 2 == 0 else list(reversed(leaders))
            for name in order:
                _progress(f"{name}, dialogue {number + 1} of {_DIALOGUES}")
                leaders[name](number)
    return _Both(tuple(ours), tuple(theirs))


@dataclass(frozen=True)
class _OneByOne:
    """A dialogue without thinking ahead, and its stages."""

    turns: list[Turn]
    endings: Endings
    clauses: dict[str, led.Clause]
    """By the questions of the script."""
    evaluated: list[int]
    """Tokens of each prompt that were read in the conversation."""
    alone: list[int]
    """The same, when answers were made alone."""


def _one_by_one(studio: Studio, number: int) -> _OneByOne:
    said = _dialogue(studio, number)
    _progress(f"edgeomni without thinking ahead, dialogue {number + 1} of {_DIALOGUES}")
    with led.home(studio) as at:
        at.engine.abilities()
        held, witness = led.lead(at, studio, said, studio.scratch / f"one-by-one-{number}.wav")
        made = led.first_clauses(at, [turn.asked for turn in witness.turns])
    clauses = {}
    for turn, clause in zip(witness.turns[1:], made[1:], strict=True):
        for asked, text in zip(said.asked, held.texts, strict=True):
            if text and text == turn.asked and asked.text not in clauses:
                clauses[asked.text] = clause
    endings = Endings(studio, said)
    return _OneByOne(
        _timed(held, endings, clauses),
        endings,
        clauses,
        witness.evaluated[1:],
        [clause.evaluated for clause in made[1:]],
    )


@cache
def _dialogue(studio: Studio, number: int) -> Dialogue:
    return dialogue(studio.scratch / f"questions-{number}.wav", number, GAP)


def _timed(held: Held, endings: Endings, clauses: dict[str, led.Clause]) -> list[Turn]:
    """Of each question that was answered: the wait, and the stages."""
    found = []
    for asked, wait in zip(held.said.asked, held.waits, strict=True):
        timed, at_once = endings.timed(asked), endings.at_once(asked)
        clause = clauses.get(asked.text)
        if wait is None or timed is None or at_once is None or clause is None:
            continue
        silence, over = at_once.at - asked.end, timed.understood - asked.end
        times = (silence * 1000, over * 1000, timed.writing * 1000)
        found.append((wait, Alone(*times, clause.took, clause.sound)))
    return found


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


def _all_timed(turns: Sequence[Turn]) -> Guard:
    whole = _DIALOGUES * len(QUESTIONS)
    return Guard(f"{len(turns)} of {whole} turns timed", len(turns) == whole)


def _same_prompts(dialogues: Sequence[_OneByOne]) -> Guard:
    talked = sum(sum(each.evaluated) for each in dialogues)
    alone = sum(sum(each.alone) for each in dialogues)
    return Guard(f"{talked} tokens read, {alone} alone", talked == alone)


def _stages(held: Sequence[Held]) -> str:
    """Medians of what edgeomni tells of its turns, from the true end of each question."""
    names = ("committed", "understood", "first_token")
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


def _progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
