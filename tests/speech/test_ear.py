"""Which sound belongs to a turn: each block holds its own number."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import BLOCK, Samples
from edgeomni.speech.dialogue.ear import SECONDS, Ear


@pytest.fixture
def ear() -> Ear:
    return Ear(before=3 * SECONDS, longest=20 * SECONDS)


def take(ear: Ear, *numbers: int) -> None:
    for number in numbers:
        ear.take(np.full(BLOCK, number, np.float32))


def numbers(sound: Samples) -> list[int]:
    return [int(n) for n in sound[::BLOCK]]


def test_a_turn_has_a_little_from_before_it(ear: Ear) -> None:
    take(ear, *range(20))
    ear.begin()
    take(ear, 20, 21)
    assert numbers(ear.turn()) == list(range(13, 22))


def test_the_next_turn_has_no_words_of_the_last(ear: Ear) -> None:
    take(ear, *range(10))
    ear.begin()
    take(ear, 10, 11, 12)
    ear.end(2 * SECONDS)
    take(ear, 13)
    ear.begin()
    assert numbers(ear.turn()) == [11, 12, 13]


def test_behind_a_turn_that_was_cut_the_next_begins_at_once(ear: Ear) -> None:
    take(ear, 1, 2)
    ear.begin()
    ear.end(0.0)
    take(ear, 3)
    ear.begin()
    assert numbers(ear.turn()) == [3]


def test_the_last_of_a_turn_can_be_had(ear: Ear) -> None:
    ear.begin()
    take(ear, *range(10))
    assert numbers(ear.turn(2 * SECONDS)) == [8, 9]


def test_what_came_before_its_speaker_can_be_forgotten(ear: Ear) -> None:
    ear.begin()
    take(ear, *range(10))
    ear.keep(2 * SECONDS)
    take(ear, 10)
    assert numbers(ear.turn()) == [8, 9, 10]


def test_a_turn_without_end_takes_no_memory_without_end(ear: Ear) -> None:
    ear.begin()
    take(ear, *range(1000))
    assert len(ear.turn()) == 27 * BLOCK
