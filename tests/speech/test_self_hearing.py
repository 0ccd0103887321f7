"""Headphones are known by their silence, and loudspeakers by what comes back from them."""

from __future__ import annotations

from dataclasses import replace

from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.self_hearing import SelfHearing

MANNERS = Manners()


def test_it_is_possible_until_enough_of_an_answer_was_not_heard() -> None:
    itself = SelfHearing(MANNERS)
    itself.silent(MANNERS.unheard / 2)
    assert itself.is_possible
    itself.silent(MANNERS.unheard / 2)
    assert not itself.is_possible


def test_who_has_heard_itself_once_does_not_forget_it() -> None:
    itself = SelfHearing(MANNERS)
    itself.heard()
    itself.silent(1000 * MANNERS.unheard)
    assert itself.is_possible


def test_where_echoes_are_cancelled_it_is_not() -> None:
    assert not SelfHearing(replace(MANNERS, cancels_echo=True)).is_possible
