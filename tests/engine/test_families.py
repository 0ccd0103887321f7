"""Every family of models: what is cached is right, and what it says is what llama-server says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from edgeomni.engine.brain import Brain
from edgeomni.engine.prefix import MediaChunk, positions
from edgeomni.engine.prompt.template import Slot
from edgeomni.values import AudioClip, Image, Media, Message
from tests.engine.samples import GREEDY, Listener, assistant, picture, sound, user
from tests.llama_server import LlamaServer, ServerSpec
from tests.tiny.build import HEARING, SEEING, UNLIKE

pytestmark = pytest.mark.engine

ROUNDING = 0.02
"""How far logits of the same prompt may lie apart, at a standard deviation of 2 to 3. What was
cached was computed in other batches than what is fresh, and sums of floats depend on how they are
grouped: 0.007 was seen with Gemma 3, whose pictures attend in both directions, and less than 0.001
with the others."""

DIFFERENT = 0.1
"""Beyond rounding: other pictures and sounds, or another order, move some logit by 0.2 to 6."""

CASES = [(name, "picture") for name in SEEING] + [(name, "sound") for name in HEARING]


def case(name: str, kind: str):
    marks = () if name in UNLIKE else pytest.mark.slow
    return pytest.param(name, kind, id=f"{name}-{kind}", marks=marks)


ALL = pytest.mark.parametrize(("name", "kind"), [case(*each) for each in CASES])


def medium(kind: str, seed: int = 1) -> Media:
    return picture(seed=seed) if kind == "picture" else sound(seed=seed)


def say(brain: Brain, messages: Sequence[Message], **options):
    """One greedy answer and its receipt."""
    for message in messages:
        for each in message.media:
            brain.learn(each)
    listener = Listener()
    receipt = brain.answer(messages, replace(GREEDY, **options), "chat", listener, "")
    return listener.text, receipt


def logits(brain: Brain, messages: Sequence[Message], *, fresh: bool = False) -> np.ndarray:
    """At the prompt's end; ``fresh`` forgets the cache first."""
    for message in messages:
        for each in message.media:
            brain.learn(each)
    lane = brain.lanes["chat"]
    if fresh:
        lane.forget()
    items, _ = brain.prompt(messages, GREEDY)
    lane.evaluate(items, lambda: False)
    return brain.context.logits().copy()


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def second_turn(first: Sequence[Message], answer: str) -> list[Message]:
    return [*first, assistant(answer), user("and then?")]


@ALL
def test_the_second_turn_evaluates_only_what_is_new(brain, name, kind):
    brain = brain(name)
    first = [user("what is ", medium(kind), " this?")]
    answer, before = say(brain, first)
    _, after = say(brain, second_turn(first, answer))
    assert before.media_encodes >= 1
    assert (after.media_items, after.media_encodes) == (1, 0)
    held = before.prompt_tokens + before.completion_tokens
    assert after.cached_tokens >= held - 2  # the last token said, and an end that was not kept


@ALL
def test_cached_and_fresh_logits_agree(brain, name, kind):
    brain = brain(name)
    first = [user("what is ", medium(kind), " this?")]
    answer, _ = say(brain, first)
    then = second_turn(first, answer)
    cached = logits(brain, then)
    assert apart(cached, logits(brain, then, fresh=True)) < ROUNDING
    assert cached.std() > 1  # the model is alive: agreement means something


@ALL
def test_another_picture_or_sound_gives_other_logits(brain, name, kind):
    brain = brain(name)
    one, other = ([user("what is ", medium(kind, seed), " this?")] for seed in (1, 2))
    first = logits(brain, one)
    assert apart(first, logits(brain, other)) > DIFFERENT
    assert apart(first, logits(brain, one)) < ROUNDING


@ALL
def test_the_order_of_two_matters(brain, name, kind):
    brain = brain(name)
    a, b = medium(kind, 1), medium(kind, 2)
    one = logits(brain, [user(a, " and ", b, " differ how?")])
    other = logits(brain, [user(b, " and ", a, " differ how?")])
    assert apart(one, other) > DIFFERENT


@ALL
def test_what_was_encoded_once_is_not_encoded_again(brain, name, kind):
    """Not even when the KV cache has lost it."""
    brain = brain(name)
    messages = [user("what is ", medium(kind), " this?")]
    say(brain, messages)
    brain.lanes["chat"].forget()
    _, receipt = say(brain, messages)
    assert (receipt.cached_tokens, receipt.media_encodes) == (0, 0)


@ALL
def test_cells_and_positions_are_what_llama_cpp_counts(brain, name, kind):
    """Over two media and a second turn: under M-RoPE a picture has fewer positions than cells."""
    brain = brain(name)
    lane = brain.lanes["chat"]
    first = [user("what is ", medium(kind, 1), " or ", medium(kind, 2), " here?")]
    answer, _ = say(brain, first)
    then = second_turn(first, answer)
    logits(brain, then)
    items, _ = brain.prompt(then, GREEDY)
    assert lane.items == items
    assert lane.position == positions(items) == brain.context.last_position(lane.seq) + 1
    chunks = [item for item in items if isinstance(item, MediaChunk)]
    assert len(chunks) >= 2 and all(0 < chunk.n_pos <= chunk.n_tokens for chunk in chunks)


def test_a_model_for_both_takes_a_picture_and_a_sound_together(brain):
    brain = brain("qwen25omni")
    both = [user(picture(), " sounds like ", sound(), " this?")]
    _, receipt = say(brain, both)
    assert receipt.media_items == 2
    without = [user(picture(), " sounds like ", sound(seed=2), " this?")]
    assert apart(logits(brain, both), logits(brain, without)) > DIFFERENT


TILING = ["minicpmv26", "minicpmo26", "minicpmv46", "smolvlm", "internvl", "llava16"]


@pytest.mark.parametrize("name", TILING)
def test_a_large_picture_in_tiles_is_still_one_picture(brain, name):
    brain = brain(name)
    first = [user("what is ", picture(300, 200), " this?")]
    answer, before = say(brain, first)
    assert before.media_items == 1 < before.media_encodes
    _, after = say(brain, second_turn(first, answer))
    assert after.media_encodes == 0


def test_a_picture_in_tiles_of_512_pixels_is_still_one_picture(brain):
    """LFM2's tiles have one size, so this one is as large as in trained models."""
    brain = brain("lfm2vl")
    first = [user("what is ", picture(1100, 550), " this?")]
    answer, before = say(brain, first)
    assert (before.media_items, before.media_encodes) == (1, 3)
    cached = logits(brain, second_turn(first, answer))
    assert apart(cached, logits(brain, second_turn(first, answer), fresh=True)) < ROUNDING


def test_sound_longer_than_a_window_of_the_encoder_is_still_one_sound(brain):
    brain = brain("ultravox")
    first = [user(sound(31), " is what?")]
    answer, before = say(brain, first)
    assert (before.media_items, before.media_encodes) == (1, 2)
    _, after = say(brain, second_turn(first, answer))
    assert after.media_encodes == 0


def test_the_same_picture_twice_is_encoded_once(brain):
    image = picture()
    _, receipt = say(brain("qwen25vl"), [user(image, " or ", image, "?")])
    assert receipt.media_encodes == 1


# ── the same words as llama-server ───────────────────────────────────────────────────────────────


def prompt_string(brain: Brain, messages: Sequence[Message], marker: str) -> str:
    """The prompt that our template gives, as llama-server takes it: it adds the BOS by itself."""
    segments = brain.template.render(messages)
    text = "".join(marker if isinstance(each, Slot) else each.text for each in segments)
    return text if brain.model.bos is None else text.removeprefix(brain.model.bos_text())


def conversations(kind: str | None) -> list[list[Message]]:
    media: list[Image | AudioClip] = [medium(kind, seed) for seed in (1, 2)] if kind else []
    one, two = media or ("the sea ", "the picture ")
    return [
        [user("what is ", one, " this?")],
        [user(one, two, "which of them is blue?")],
        [user("see ", one), assistant("the sea"), user(two, " and the one before?")],
        [user("the sea and the picture " * 40, one, " what is this?")],  # beyond any window
    ]


EQUAL = [("llama", None), ("thinker", None), *CASES]


@pytest.mark.peers
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(
    ("name", "kind"), EQUAL, ids=[f"{name}-{kind or 'text'}" for name, kind in EQUAL]
)
def test_greedy_answers_are_those_of_llama_server(brain, tiny, peers, tmp_path, name, kind):
    files, brain = tiny(name), brain(name, flash="off")
    spec = ServerSpec(peers.program("llama-server"), files.model, files.mmproj)
    with LlamaServer(spec, tmp_path / "server.log") as server:
        for messages in conversations(kind):
            media = [each for message in messages for each in message.media]
            prompt = prompt_string(brain, messages, server.media_marker if media else "")
            theirs = server.complete(prompt, COUNT, media)
            ours, receipt = tokens_said(brain, messages)
            assert receipt.prompt_tokens == theirs["tokens_evaluated"]
            assert ours == [token for token in theirs["tokens"] if not brain.model.ends(token)]


LONGER_THAN_A_BATCH = ["deepseekocr", "qwen25vl", "qwen3vl", "qwen35", "glm4v", "pixtral", "lfm2vl"]


@pytest.mark.slow
@pytest.mark.peers
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("name", LONGER_THAN_A_BATCH)
def test_a_picture_longer_than_a_batch_is_what_llama_server_sees(
    brain, tiny, peers, tmp_path, name
):
    files, brain = tiny(name), brain(name, flash="off")
    messages = [user("what is ", picture(1100, 700), " this?")]
    spec = ServerSpec(peers.program("llama-server"), files.model, files.mmproj)
    with LlamaServer(spec, tmp_path / "server.log") as server:
        prompt = prompt_string(brain, messages, server.media_marker)
        theirs = server.complete(prompt, COUNT, messages[0].media)
    ours, receipt = tokens_said(brain, messages)
    assert receipt.prompt_tokens == theirs["tokens_evaluated"] > 512
    assert ours == [token for token in theirs["tokens"] if not brain.model.ends(token)]


COUNT = 24


def tokens_said(brain: Brain, messages: Sequence[Message]):
    """What the model said, read from the cache: all but the last token of an answer is there."""
    _, receipt = say(brain, messages, max_tokens=COUNT + 1)
    items, _ = brain.prompt(messages, GREEDY)
    return brain.lanes["chat"].items[len(items) :], receipt
