"""What a look will take follows from what looks took, and how closely it looks from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from edgeomni.loops.watch.pace import Cost, Costs, Pacer
from edgeomni.values import Fit, Receipt
from edgeomni.vision.size import fitted

FRAME = (1280, 720)


def tokens(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """As a model of patches of 28 pixels counts."""
    return [(width // 28) * (height // 28) for width, height in sizes]


def cost(picture: int, words: int, *, speed: float = 1.0) -> Cost:
    """2 ms to encode and 1 ms to read each token, 10 ms to write one, 20 tokens of text, and 50 ms
    for everything else."""
    receipt = Receipt(
        prompt_tokens=picture + 20,
        media_encodes=1,
        completion_tokens=words,
        encode_ms=2.0 * picture * speed,
        prefill_ms=(picture + 20.0) * speed,
        decode_ms=10.0 * (words - 1) * speed,
    )
    spent = receipt.encode_ms + receipt.prefill_ms + receipt.decode_ms
    return Cost((spent + 50) / 1000, (receipt,), picture)


def true(picture: int, words: int) -> float:
    return cost(picture, words).seconds


@pytest.mark.parametrize("picture", [64, 256, 1000])
def test_one_short_look_tells_the_time_of_others(picture: int) -> None:
    costs = Costs(words=24)
    costs.note(cost(256, 8), usual=False)
    assert costs.predicted(picture) == pytest.approx(true(picture, 24), rel=0.05)


def test_a_look_with_more_questions_is_expected_to_take_longer_before_there_was_one() -> None:
    alone, with_others = Costs(words=24), Costs(words=24, asks=3)
    for costs in (alone, with_others):
        costs.note(cost(256, 8), usual=False)
    assert with_others.predicted(256) == pytest.approx(alone.predicted(256) + 0.02)


def test_the_length_of_answers_is_learned() -> None:
    costs = Costs(words=24)
    for _ in range(8):
        costs.note(cost(256, 60))
    assert costs.predicted(256) == pytest.approx(true(256, 60), rel=0.05)


def test_a_machine_that_becomes_busy_is_noticed_within_a_few_looks() -> None:
    costs = Costs(words=24)
    for _ in range(10):
        costs.note(cost(256, 24))
    for _ in range(5):
        costs.note(cost(256, 24, speed=3))
    assert costs.predicted(256) == pytest.approx(cost(256, 24, speed=3).seconds, rel=0.15)


def test_conditions_and_the_caption_are_one_look() -> None:
    one, other = cost(256, 10), cost(256, 14)
    costs = Costs(words=24)
    costs.note(Cost(one.seconds + other.seconds, (*one.receipts, *other.receipts), 256))
    assert costs.predicted(256) == pytest.approx(one.seconds + other.seconds, rel=0.05)


def test_a_model_that_was_still_loading_does_not_make_looks_slow() -> None:
    costs = Costs(words=24)
    first = cost(256, 24)
    late = replace(first.receipts[0], load_ms=9000.0)
    costs.note(Cost(first.seconds + 9, (late,), 256))
    assert costs.predicted(256) == pytest.approx(first.seconds, rel=0.05)


def pacer(limit: float | None, every: float = 0.0) -> Pacer:
    made = Pacer(limit, every, Costs(words=24))
    made.costs.note(cost(1000, 24))
    return made


def test_without_a_limit_it_looks_as_closely_as_it_is_shown() -> None:
    pace, new = pacer(None).chosen(FRAME, tokens)
    assert (pace.side, new) == (0, True)
    assert pace.look == pytest.approx(true(45 * 25, 24), rel=0.05)


@pytest.mark.parametrize("limit", [8.0, 4.0, 2.0, 1.2])
def test_two_looks_fit_into_the_limit_and_no_more_is_given_up_than_must_be(limit: float) -> None:
    pace, _ = pacer(limit).chosen(FRAME, tokens)
    assert 2 * pace.look <= limit
    larger = [side for side in (1024, 768, 512, 384) if side > pace.side > 0]
    assert all(2 * true(*tokens([fitted(FRAME, Fit(side))]), 24) > limit * 0.97 for side in larger)


def test_what_cannot_be_kept_is_as_quick_as_it_can_be() -> None:
    pace, _ = pacer(0.01).chosen(FRAME, tokens)
    assert pace.side == 256


def test_a_model_of_one_size_is_shown_all_pixels_when_fewer_are_of_no_use() -> None:
    pace, _ = pacer(0.01).chosen(FRAME, lambda sizes: [256] * len(sizes))
    assert pace.side == 0


def test_looks_are_no_oftener_than_the_machine_keeps_up_with_nor_than_is_wished() -> None:
    assert pacer(None).chosen(FRAME, tokens)[0].every == pacer(None).chosen(FRAME, tokens)[0].look
    assert pacer(None, every=30).chosen(FRAME, tokens)[0].every == 30


def test_the_same_pace_is_told_once() -> None:
    made = pacer(4.0)
    assert [made.chosen(FRAME, tokens)[1] for _ in range(3)] == [True, False, False]


def test_an_engine_that_knows_no_tokens_has_a_pace_too() -> None:
    made = Pacer(4.0, 0.0, Costs(words=24))
    made.costs.note(Cost(2.5, (Receipt(completion_tokens=20),)))
    pace, _ = made.chosen(FRAME, lambda sizes: None)
    assert pace.look == pytest.approx(2.5, rel=0.05)
