"""A watch that never ends takes no more memory than a short one."""

from __future__ import annotations

import pytest

from edgeomni.engine.passing import KEPT, Passing
from tests.engine.samples import GREEDY, Listener, picture, user


def test_the_last_pictures_are_kept_and_those_before_them_are_not() -> None:
    passing = Passing()
    gone = [digest for number in range(KEPT + 3) for digest in passing.seen([str(number)], ())]
    assert gone == ["0", "1", "2"]


def test_one_that_is_looked_at_again_is_new() -> None:
    passing = Passing()
    passing.seen(map(str, range(KEPT)), ())
    passing.seen(["0"], ())
    assert passing.seen(["x"], ()) == ["1"]


def test_what_stands_in_a_conversation_is_kept_until_it_does_no_more() -> None:
    passing = Passing()
    passing.seen(map(str, range(KEPT)), ())
    assert passing.seen(["x"], {"0"}) == []
    assert passing.seen(["y"], ()) == ["0", "1"]


LANES = ("chat", "watch")


def look(made, seed: int) -> None:
    shown = [user(picture(seed=seed), "what is it?")]
    made.learn(shown[0].media[0])
    made.answer(shown, GREEDY, "watch", Listener(), "")
    made.pass_by(shown)


@pytest.mark.engine
def test_the_encoder_holds_as_much_after_many_looks_as_after_some(brain) -> None:
    made = brain("gemma3", lanes=LANES)
    encoder, held = made.encoder, []
    for seed in range(2 * KEPT):
        look(made, seed)
        held.append((len(encoder._pieces), len(encoder._handles), encoder._embedding_bytes))
    assert held[-1] == held[KEPT - 1]
    assert held[KEPT] == held[KEPT - 1]


@pytest.mark.engine
def test_a_picture_of_the_conversation_survives_all_looks(brain) -> None:
    made = brain("gemma3", lanes=LANES)
    asked = [user(picture(seed=0), "what is it?")]
    look(made, 0)
    made.answer(asked, GREEDY, "chat", Listener(), "")
    for seed in range(1, 2 * KEPT):
        look(made, seed)
    assert made.encoder.knows(picture(seed=0).digest)
    assert not made.encoder.knows(picture(seed=1).digest)


@pytest.mark.engine
def test_what_was_forgotten_can_be_looked_at_again(brain) -> None:
    made = brain("gemma3", lanes=LANES)
    for seed in (*range(2 * KEPT), 0):
        look(made, seed)
    assert made.encoder.knows(picture(seed=0).digest)
