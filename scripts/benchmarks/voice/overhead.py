"""V6: what lies between the stages of a spoken turn, and what is won by thinking ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.samples import Guard, Result
from benchmarks.voice import led, stages
from benchmarks.voice.alone import Endings
from benchmarks.voice.conversation import (
    DIALOGUES,
    held_dialogues,
    medians_of,
    questions,
    say_what,
)
from benchmarks.voice.dialogue import QUESTIONS
from benchmarks.voice.sides import Held
from benchmarks.voice.stages import Alone, Turn
from benchmarks.voice.studio import Studio


def between_stages(studio: Studio) -> list[Result]:
    """Once without thinking ahead, for what lies between the stages, and once with it."""
    one_by_one = [_one_by_one(studio, number) for number in range(DIALOGUES)]
    turns = [turn for each in one_by_one for turn in each.turns]
    guards = (_all_timed(turns), _same_prompts(one_by_one))
    lines = stages.overhead_lines(turns, medians_of([each.held for each in one_by_one]), guards)
    ahead = [
        turn
        for held, each in zip(held_dialogues(studio).ours, one_by_one, strict=True)
        for turn in _timed(held, each.endings, each.clauses)
    ]
    return [*lines, stages.overlap_line(ahead, (_all_timed(ahead),))]


@dataclass(frozen=True)
class _OneByOne:
    """A dialogue without thinking ahead, and its stages."""

    held: Held
    turns: list[Turn]
    endings: Endings
    clauses: dict[str, led.Clause]
    """By the questions of the script."""
    evaluated: list[int]
    """Tokens of each prompt that were read in the conversation."""
    alone: list[int]
    """The same, when answers were made alone."""


def _one_by_one(studio: Studio, number: int) -> _OneByOne:
    said = questions(studio, number)
    say_what(f"edgeomni without thinking ahead, dialogue {number + 1} of {DIALOGUES}")
    with led.home(studio) as at:
        at.engine.abilities()
        held, witness = led.lead(at, studio, said, studio.scratch / f"one-by-one-{number}.wav")
        turns = [event["asked"] for event in held.events if event["event"] == "turn"]
        made = led.first_clauses(at, turns)
    by_words = dict(zip(turns, made, strict=True))
    clauses = {
        asked.text: by_words[text]
        for asked, text in zip(said.asked, held.texts, strict=True)
        if text in by_words
    }
    endings = Endings(studio, said)
    return _OneByOne(
        held,
        _timed(held, endings, clauses),
        endings,
        clauses,
        witness.evaluated[1:],
        [clause.evaluated for clause in made[1:]],
    )


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


def _all_timed(turns: Sequence[Turn]) -> Guard:
    whole = DIALOGUES * len(QUESTIONS)
    return Guard(f"{len(turns)} of {whole} turns timed", len(turns) == whole)


def _same_prompts(dialogues: Sequence[_OneByOne]) -> Guard:
    talked = sum(sum(each.evaluated) for each in dialogues)
    alone = sum(sum(each.alone) for each in dialogues)
    return Guard(f"{talked} tokens read, {alone} alone", talked == alone)
