"""Turns are handed over in their order, each once its words are there."""

from __future__ import annotations

from edgeomni.speech.dialogue.spoken_turn import AwaitedWords, SpokenTurn
from edgeomni.speech.dialogue.turns import Ended


def turn(number: int) -> SpokenTurn:
    """Ended by the pause of the same number."""
    return SpokenTurn(number, ended=Ended(number, 1.0, 1.2, 0.8))


def over(*numbers: int) -> AwaitedWords:
    words = AwaitedWords()
    for number in numbers:
        words.end(turn(number))
    return words


def handed(words: AwaitedWords) -> list[tuple[int, str]]:
    return [(found[0].number, found[2]) for found in iter(words.next, None)]


def test_a_turn_waits_for_its_words() -> None:
    words = over(1)
    assert (handed(words), bool(words)) == ([], True)
    words.write(1, "Yes.")
    assert (handed(words), bool(words)) == ([(1, "Yes.")], False)


def test_words_may_be_there_before_the_turn_is_over() -> None:
    words = AwaitedWords()
    words.write(1, "Yes.")
    assert handed(words) == []
    words.end(turn(1))
    assert handed(words) == [(1, "Yes.")]


def test_a_turn_does_not_overtake_the_one_before_it() -> None:
    words = over(1, 2)
    words.write(2, "Two.")
    assert handed(words) == []
    words.write(1, "One.")
    assert handed(words) == [(1, "One."), (2, "Two.")]


def test_a_turn_without_words_holds_nobody_up() -> None:
    words = over(1, 2)
    words.write(1, "")
    words.write(2, "Two.")
    assert handed(words) == [(1, ""), (2, "Two.")]


def test_words_before_a_turn_that_went_on_are_forgotten() -> None:
    words = AwaitedWords()
    words.write(1, "What is")
    words.forget(1)
    words.end(turn(1))
    assert handed(words) == []


def test_only_pauses_that_ended_a_turn_are_of_one() -> None:
    words = over(3)
    assert words.are_of_a_turn(3)
    assert not words.are_of_a_turn(2)
