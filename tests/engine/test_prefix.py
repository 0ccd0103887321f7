"""What of a lane's cache a new prompt may keep: never more than is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.prefix import (
    Checkpoint,
    Item,
    MediaChunk,
    Memory,
    Plan,
    cells,
    common,
    plan,
    positions,
)

PLAIN = Memory(recurrent=False, n_swa=0, first_position=0)
RECURRENT = Memory(recurrent=True, n_swa=0, first_position=0)
EMPTY = Memory(recurrent=False, n_swa=0, first_position=-1)

CAT = MediaChunk("cat", 0, n_tokens=8, n_pos=4)
CAT_TILE = MediaChunk("cat", 1, n_tokens=8, n_pos=4)
DOG = MediaChunk("dog", 0, n_tokens=8, n_pos=4)


def window(width: int, first: int) -> Memory:
    return Memory(recurrent=False, n_swa=width, first_position=first)


def point(length: int) -> Checkpoint:
    return Checkpoint(length, length, b"state")


# ── counting ─────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_counts_its_cells_and_its_positions_apart():
    assert (cells([1, CAT, 2]), positions([1, CAT, 2])) == (10, 6)


@pytest.mark.parametrize(
    ("cached", "wanted", "shared"),
    [
        ([], [1], 0),
        ([1, 2], [1, 2, 3], 2),
        ([1, 2, 3], [1, 2], 2),
        ([1, 2, 3], [1, 9, 3], 1),
        ([1, CAT, 2], [1, CAT, 3], 2),
        ([1, CAT, 2], [1, DOG, 2], 1),
        ([1, CAT, CAT_TILE], [1, CAT, CAT], 2),
        ([1, CAT], [1, MediaChunk("cat", 0, n_tokens=9, n_pos=4)], 1),
    ],
)
def test_the_common_prefix_ends_before_the_first_difference(cached, wanted, shared):
    assert common(cached, wanted) == shared


# ── plain memory ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cached", "wanted", "expected"),
    [
        pytest.param([], [1, 2], Plan(0, clear=True), id="nothing cached"),
        pytest.param([1, 2], [1, 2, 3], Plan(2), id="appended"),
        pytest.param([1, 2, 3, 4], [1, 2, 9], Plan(2), id="edited"),
        pytest.param([1, 2, 3, 4], [1, 2, 3], Plan(2), id="shortened: the last is evaluated again"),
        pytest.param([1, 2], [1, 2], Plan(1), id="the same again"),
        pytest.param([1], [1], Plan(0, clear=True), id="one item, the same again"),
        pytest.param([7, 8], [1, 2], Plan(0, clear=True), id="nothing in common"),
        pytest.param([1, CAT, 2], [1, CAT, 3, 4], Plan(2), id="a picture is kept whole"),
        pytest.param([1, CAT, 2], [1, DOG, 2], Plan(1), id="another picture is not kept"),
        pytest.param([1, 2, CAT], [1, 2, CAT], Plan(2), id="a picture at the end again"),
    ],
)
def test_plain_memory_keeps_the_common_prefix(cached, wanted, expected):
    assert plan(cached, wanted, PLAIN) == expected


def test_nothing_is_kept_of_a_cache_that_turns_out_empty():
    assert plan([1, 2, 3], [1, 2, 9], EMPTY) == Plan(0, clear=True)


# ── recurrent memory ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cached", "wanted", "lengths", "keep"),
    [
        pytest.param([1, 2], [1, 2, 3], [], 2, id="appended"),
        pytest.param([1, 2, 3], [1, 2, 9], [], 0, id="cut, no checkpoint"),
        pytest.param([1, 2, 3], [1, 2, 9], [1], 1, id="cut, an older checkpoint"),
        pytest.param([1, 2, 3], [1, 2, 9], [1, 2], 2, id="cut at a checkpoint"),
        pytest.param([1, 2, 3], [1, 2, 9], [1, 3], 1, id="a checkpoint behind the cut is no use"),
        pytest.param([1, 2, 3], [1, 2, 3], [2, 3], 2, id="the same again"),
        pytest.param([1, 2, 3], [1, 2, 3, 4], [1], 3, id="appending beats a checkpoint"),
    ],
)
def test_recurrent_memory_is_appended_to_or_put_back_but_never_cut(cached, wanted, lengths, keep):
    points = [point(length) for length in lengths]
    decision = plan(cached, wanted, RECURRENT, points)
    assert decision.keep == keep
    appended = keep == len(cached)
    put_back = decision.restore is not None and decision.restore.length == keep
    assert appended or put_back or decision.clear


# ── sliding windows ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("first", "keep"),
    [
        pytest.param(0, 10, id="nothing forgotten yet"),
        pytest.param(6, 10, id="the whole window before the cut is there"),
        pytest.param(7, 0, id="one position of the window is gone"),
        pytest.param(12, 0, id="all of it is gone"),
    ],
)
def test_a_window_is_cut_only_where_all_it_looks_back_to_is_there(first, keep):
    cached: list[Item] = list(range(20))
    wanted: list[Item] = [*range(10), 99]
    assert plan(cached, wanted, window(4, first)).keep == keep


def test_a_window_that_moved_on_is_put_back_from_a_checkpoint():
    decision = plan(list(range(20)), [*range(10), 99], window(4, 12), [point(3), point(9)])
    assert decision == Plan(9, restore=point(9))


def test_a_window_counts_positions_not_items():
    cached: list[Item] = [1, CAT, 2, 3]
    assert plan(cached, [1, CAT, 9], window(4, 1)).keep == 2  # cut at position 5
    assert plan(cached, [1, CAT, 9], window(4, 2)).keep == 0


# ── for all prompts ──────────────────────────────────────────────────────────────────────────────

ITEMS = st.lists(st.sampled_from([1, 2, 3, CAT, CAT_TILE, DOG]), max_size=12)
MEMORIES = st.builds(
    Memory,
    recurrent=st.booleans(),
    n_swa=st.sampled_from([0, 2, 5]),
    first_position=st.integers(-1, 30),
)


@st.composite
def situations(draw):
    """A cache and a prompt that often share a beginning, and checkpoints somewhere in the cache."""
    shared = draw(ITEMS)
    cached = shared + draw(ITEMS)
    wanted = shared + draw(ITEMS) or [1]
    lengths = draw(st.lists(st.integers(1, max(len(cached), 1)), max_size=3))
    points = [point(min(length, len(cached))) for length in lengths] if cached else []
    return cached, wanted, draw(MEMORIES), points


@given(situations())
def test_what_is_kept_never_reaches_past_the_first_difference(situation):
    cached, wanted, memory, points = situation
    keep = plan(cached, wanted, memory, points).keep
    assert cached[:keep] == wanted[:keep]


@given(situations())
def test_at_least_the_last_item_is_left_to_evaluate(situation):
    cached, wanted, memory, points = situation
    assert plan(cached, wanted, memory, points).keep < len(wanted)


@given(situations())
def test_memory_that_cannot_be_cut_is_never_cut(situation):
    cached, wanted, memory, points = situation
    decision = plan(cached, wanted, memory, points)
    if memory.recurrent and not decision.clear and decision.restore is None:
        assert decision.keep == len(cached)


@given(situations())
def test_a_window_is_never_cut_inside_what_it_forgot(situation):
    cached, wanted, memory, points = situation
    decision = plan(cached, wanted, memory, points)
    cut = 0 < decision.keep < len(cached) and decision.restore is None
    if cut and memory.n_swa:
        oldest_seen = max(0, positions(wanted[: decision.keep]) - memory.n_swa + 1)
        assert 0 <= memory.first_position <= oldest_seen


@given(situations())
def test_a_checkpoint_is_put_back_only_where_it_was_taken(situation):
    cached, wanted, memory, points = situation
    decision = plan(cached, wanted, memory, points)
    assert decision.restore is None or decision.restore.length == decision.keep


@given(situations())
def test_clearing_keeps_nothing(situation):
    cached, wanted, memory, points = situation
    decision = plan(cached, wanted, memory, points)
    assert decision.clear == (decision.keep == 0 and decision.restore is None)
