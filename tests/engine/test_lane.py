"""A lane's cache through rollbacks, aborts and neighbours: always the logits of a fresh one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from edgeomni.engine.brain import Brain
from edgeomni.engine.llama import Aborted, NoRoom
from edgeomni.engine.media import MissingMedia
from edgeomni.engine.prefix import MediaChunk
from edgeomni.errors import ContextFull, EngineError
from edgeomni.values import Message
from tests.engine.samples import GREEDY, Listener, assistant, dialogue, picture, user
from tests.tiny.vocab import WORDS

pytestmark = pytest.mark.engine

ROUNDING = {"llama": 0.1, "gemma3": 0.3, "lfm2vl": 0.05, "minicpmv26": 0.05, "qwen25vl": 0.05}
"""How far logits of the same prompt may lie apart. Evaluated token by token instead of at once they
differed by up to 0.03, 0.14 and 0.002 over 60 random prompts: sums of floats are grouped otherwise,
and the cache rounds what comes of it to half precision. One lost token moved them by at least 1.1,
3.4 and 0.3. The words that follow are not compared: where two tokens are nearly as likely, rounding
chooses, and then the whole answer differs."""

MEMORIES = pytest.mark.parametrize(
    "name", ["llama", "gemma3", "lfm2vl"], ids=["plain", "window", "hybrid"]
)
LONG = " ".join(WORDS * 3)
"""More than the 64 positions that the tiny Gemma 3 looks back."""


class Pair:
    """A brain that keeps its cache, and one of the same model that forgets everything."""

    def __init__(self, make, name: str) -> None:
        self.rounding = ROUNDING[name]
        self.keeping: Brain = make(name)
        self.fresh: Brain = make(name)

    def answer(self, messages: Sequence[Message], *, patience: int | None = None, count: int = 12):
        listener = Listener(patience)
        options = replace(GREEDY, max_tokens=count)
        receipt = self.keeping.answer(messages, options, "chat", listener, "")
        return listener.text, receipt

    def agree(self, messages: Sequence[Message]) -> None:
        """The next answer to this conversation begins as it would without any cache."""
        kept = logits(self.keeping, messages)
        self.fresh.lanes["chat"].forget()
        # Answers whose tokens the keeping brain remembers enter the fresh one as the same tokens.
        self.fresh.tokenizer.spoken = self.keeping.tokenizer.spoken
        assert np.abs(kept - logits(self.fresh, messages)).max() < self.rounding


def logits(brain: Brain, messages: Sequence[Message], lane: str = "chat") -> np.ndarray:
    items, _ = brain.prompt(messages, GREEDY)
    brain.lanes[lane].evaluate(items, lambda: False)
    assert brain.lanes[lane].items == items
    assert brain.lanes[lane].position == brain.context.last_position(brain.lanes[lane].seq) + 1
    return brain.context.logits().copy()


@pytest.fixture
def pair(brain):
    return lambda name: Pair(brain, name)


# ── rollbacks ────────────────────────────────────────────────────────────────────────────────────


@MEMORIES
@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
def test_regenerating_an_answer(pair, name, before):
    pair = pair(name)
    messages = [user(before + "the sea")]
    first, _ = pair.answer(messages)
    again, receipt = pair.answer(messages)
    assert again == first
    assert receipt.cached_tokens == receipt.prompt_tokens - 1
    pair.agree(messages)


@MEMORIES
@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
def test_editing_an_earlier_turn(pair, name, before):
    pair = pair(name)
    messages = [user(before + "the sea")]
    for question in ("and the picture?", "what of it?"):
        messages += [assistant(pair.answer(messages)[0]), user(question)]
    pair.answer(messages)
    messages[2] = user("or the sound?")
    pair.agree(messages[:3])


@MEMORIES
@pytest.mark.parametrize("before", ["", LONG], ids=["short", "long"])
def test_an_answer_that_was_interrupted_stays_as_far_as_it_was_heard(pair, name, before):
    pair = pair(name)
    messages = [user(before + "the sea")]
    said, _ = pair.answer(messages)
    pair.agree([*messages, assistant(said[: len(said) // 2].strip() or "the"), user("stop")])


@pytest.mark.slow  # thousands of turns
@MEMORIES
@pytest.mark.parametrize("seed", range(20))
def test_any_mixture_of_turns_edits_cuts_and_aborts(pair, name, seed):
    dice, pair = random.Random(f"{name}{seed}"), pair(name)

    def words(most: int) -> str:
        return " ".join(dice.choices(WORDS, k=dice.randint(1, most)))

    messages = [user(words(60))]
    for _ in range(6):
        match dice.randrange(5):
            case 0 | 1:
                said, _ = pair.answer(messages, count=dice.randint(1, 60))
                messages += [assistant(said or "yes"), user(words(30))]
            case 2:
                at = dice.randrange(0, len(messages), 2)
                messages = [*messages[:at], user(words(60))]
            case 3 if len(messages) > 1:
                cut = messages[-2].text[: dice.randint(1, 20)].strip() or "no"
                messages = [*messages[:-2], assistant(cut), user(words(20))]
            case _:
                pair.answer([*messages[:-1], user(words(200))], patience=dice.randrange(12))
        pair.agree(messages)


def test_turns_around_pictures_in_a_window(pair):
    """A picture that leaves the window is not seen twice, and an edit before it is."""
    pair, image = pair("gemma3"), picture()
    for brain in (pair.keeping, pair.fresh):
        brain.learn(image)
    messages = [user("see ", image, LONG)]
    said, _ = pair.answer(messages, count=40)
    pair.agree([*messages, assistant(said), user("and then?")])
    pair.agree([user("see ", image, "the sea")])
    pair.agree([user("the ", image, LONG)])


# ── aborts ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow  # at every moment
@MEMORIES
@pytest.mark.parametrize("patience", [0, 1, 2, 5, 20, 60])
def test_a_prefill_that_is_ended_leaves_the_lane_usable_and_right(pair, name, patience):
    pair = pair(name)
    messages = dialogue("the sea", "yes", "and")
    pair.answer(messages)
    longer = [*messages[:2], user(LONG * 8)]
    _, receipt = pair.answer(longer, patience=patience)
    assert receipt.finish_reason in ("cancelled", "length")
    pair.agree(longer)
    pair.agree(messages)


def test_a_prefill_is_ended_between_its_batches_and_within_them(pair):
    pair = pair("llama")
    long = [user(LONG * 8)]
    receipts = [pair.answer(long, patience=patience)[1] for patience in (0, 3)]
    assert [receipt.finish_reason for receipt in receipts] == ["cancelled"] * 2
    assert receipts[0].completion_tokens == 0


@pytest.mark.slow  # at every moment
@pytest.mark.parametrize("name", ["gemma3", "minicpmv26", "qwen25vl"])
@pytest.mark.parametrize("patience", [0, 1, 2, 4, 8])
def test_an_encoding_that_is_ended_is_done_again(pair, name, patience):
    pair, image = pair(name), picture()
    for brain in (pair.keeping, pair.fresh):
        brain.learn(image)
    messages = [user("see ", image, " this")]
    pair.answer(messages, patience=patience)
    pair.agree(messages)


class Impatient(Listener):
    """Has heard enough after ten letters."""

    @property
    def cancelled(self) -> bool:
        return len(self.text) > 10


@MEMORIES
def test_an_answer_that_is_ended_keeps_what_was_said(pair, name):
    pair, listener = pair(name), Impatient()
    messages = [user("the sea")]
    # With a stop text every token is said before the next one is generated.
    options = replace(GREEDY, max_tokens=200, stop=("never said",))
    receipt = pair.keeping.answer(messages, options, "chat", listener, "")
    assert receipt.finish_reason == "cancelled"
    assert 0 < receipt.completion_tokens < 200
    pair.agree([*messages, assistant(listener.text), user("go on")])


# ── failures below ───────────────────────────────────────────────────────────────────────────────


@MEMORIES
@pytest.mark.parametrize(
    ("failure", "error"), [(NoRoom(), ContextFull), (EngineError("code -3"), EngineError)]
)
def test_after_a_failed_evaluation_nothing_of_it_is_trusted(
    pair, name, failure, error, monkeypatch
):
    """What llama.cpp leaves in the cache when it fails is not defined."""
    pair = pair(name)
    messages = [user("the sea")]
    pair.answer(messages)
    decode, calls = pair.keeping.context.decode, []

    def fails_late(*args, **kwargs):
        decode(*args, **kwargs)  # the cells are there, yet the lane never learns of them
        calls.append(args)
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(pair.keeping.context, "decode", fails_late)
        with pytest.raises(error):
            pair.answer([*messages, assistant("yes"), user("and the picture?")])
    assert calls
    pair.agree([*messages, assistant("yes"), user("or the sound?")])


@MEMORIES
def test_memory_that_refuses_to_be_cut_is_filled_anew(pair, name, monkeypatch):
    pair = pair(name)
    messages = [user("the sea")]
    pair.answer(messages)
    truncate = pair.keeping.context.truncate

    def refuses(seq: int, position: int) -> bool:
        return truncate(seq, position) and False if position == 0 else False

    monkeypatch.setattr(pair.keeping.context, "truncate", refuses)
    pair.agree([user("the sea or the picture")])


def test_a_checkpoint_that_cannot_be_put_back_is_not_built_upon(pair, monkeypatch):
    pair = pair("lfm2vl")
    messages = [user("the sea")]
    pair.answer(messages)
    monkeypatch.setattr(pair.keeping.context, "set_state", lambda *_, **__: False)
    pair.agree(messages)


def test_pixels_that_are_gone_are_asked_for_before_anything_is_given_up(brain):
    brain, image = brain("gemma3"), picture()
    brain.learn(image)
    messages = [user("see ", image, " this")]
    brain.answer(messages, GREEDY, "chat", Listener(), "")
    held = list(brain.lanes["chat"].items)
    brain.encoder._embeddings.clear()
    with pytest.raises(MissingMedia) as caught:
        logits(brain, [user("now see ", image, " this")])
    assert caught.value.digests == [image.digest]
    assert brain.lanes["chat"].items == held
    brain.learn(image)
    logits(brain, [user("now see ", image, " this")])


# ── neighbours ───────────────────────────────────────────────────────────────────────────────────


@MEMORIES
def test_what_one_lane_evaluates_never_changes_the_other(brain, name):
    both = brain(name, lanes=("chat", "watch"))
    alone = brain(name)
    chat = dialogue(LONG, "yes", "and the sea?")
    expected = logits(alone, chat)
    logits(both, dialogue(LONG), "chat")
    for text in ("the picture", LONG, "the sea"):
        both.answer(dialogue(text), GREEDY, "watch", Listener(), "")
    assert np.abs(logits(both, chat) - expected).max() < ROUNDING[name]
    both.lanes["watch"].forget()
    assert np.abs(logits(both, chat) - expected).max() < ROUNDING[name]


@MEMORIES
def test_lanes_take_turns_without_losing_their_caches(brain, name):
    brain = brain(name, lanes=("chat", "watch"))
    messages = {"chat": dialogue(LONG), "watch": dialogue("the picture " + LONG)}
    for lane, said in messages.items():
        logits(brain, said, lane)
    for lane, said in messages.items():
        listener = Listener()
        receipt = brain.answer([*said, assistant("yes"), user("on")], GREEDY, lane, listener, "")
        assert receipt.cached_tokens > 0.8 * receipt.prompt_tokens


def test_a_picture_of_one_lane_is_known_to_the_other(brain):
    brain, image = brain("qwen25vl", lanes=("chat", "watch")), picture()
    brain.learn(image)
    messages = [user("see ", image, " this")]
    first = brain.answer(messages, GREEDY, "watch", Listener(), "")
    second = brain.answer(messages, GREEDY, "chat", Listener(), "")
    assert (first.media_encodes, second.media_encodes) == (1, 0)
    assert (first.cached_tokens, second.cached_tokens) == (0, 0)


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────


def test_checkpoints_do_not_pile_up(brain):
    brain = brain("lfm2vl")
    messages = [user("the sea")]
    for _ in range(12):
        listener = Listener()
        brain.answer(messages, replace(GREEDY, max_tokens=4), "chat", listener, "")
        messages += [assistant(listener.text or "yes"), user("and")]
    points = brain.lanes["chat"].checkpoints
    assert 2 <= len(points) <= 8
    assert [point.length for point in points] == sorted({point.length for point in points})


def test_a_short_talk_in_a_window_needs_no_checkpoint(brain):
    window = brain("gemma3")
    window.answer([user("hi")], replace(GREEDY, max_tokens=4), "chat", Listener(), "")
    assert window.context.model.n_swa == 64
    plain = brain("llama")
    plain.answer([user(LONG)], GREEDY, "chat", Listener(), "")
    assert plain.lanes["chat"].checkpoints == []


def test_embeddings_are_kept_within_bounds(brain, monkeypatch):
    from edgeomni.engine import media

    brain = brain("qwen25vl")
    pictures = [picture(seed=seed) for seed in range(4)]
    brain.learn(pictures[0])
    chunk = next(p for p in brain.encoder.pieces(pictures[0].digest) if isinstance(p, MediaChunk))
    size = chunk.n_tokens * brain.model.n_embd * 4
    monkeypatch.setattr(media, "_EMBEDDING_BYTES", 2 * size)
    for each in pictures:
        brain.learn(each)
        logits(brain, [user("see ", each, " this")])
    assert len(brain.encoder._embeddings) == 2
    with pytest.raises(MissingMedia):
        logits(brain, [user("now ", pictures[0], " this")])
    brain.learn(pictures[0])
    logits(brain, [user("now ", pictures[0], " this")])


def test_an_abort_is_told_apart_from_a_failure(brain):
    brain = brain("llama")
    items, _ = brain.prompt([user("the sea")], GREEDY)
    with pytest.raises(Aborted):
        brain.lanes["chat"].evaluate(items, lambda: True)
    assert brain.lanes["chat"].items == []
