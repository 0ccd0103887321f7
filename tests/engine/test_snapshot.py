"""A lane on disk: what comes back is what was there, or nothing and a reason."""

from __future__ import annotations

import errno
import os
import stat
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgeomni.engine import snapshot
from edgeomni.engine.brain import Brain
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.ladder import CPU
from edgeomni.errors import EdgeomniError, InputError
from edgeomni.faults import Faults
from tests.engine.samples import GREEDY, Listener, assistant, picture, sound, user
from tests.tiny import llms, vocabularies
from tests.tiny.vocab import WORDS

pytestmark = pytest.mark.engine

ALL = ["llama", "gemma3", "lfm2vl", "qwen25vl", "minicpmv26", "smolvlm", "ultravox", "qwen25omni"]
LONG = " ".join(WORDS * 3)


def say(brain: Brain, messages, count: int = 12):
    listener = Listener()
    options = replace(GREEDY, max_tokens=count)
    receipt = brain.answer(messages, options, "chat", listener, "")
    return listener.text, receipt


def talk(brain: Brain):
    """A conversation of one turn with whatever the model can take in, and its answer."""
    media = [picture()] if brain.encoder and brain.encoder.vision else []
    media += [sound()] if brain.encoder and brain.encoder.audio else []
    for each in media:
        brain.learn(each)
    messages = [user(LONG, *media, " what is this?")]
    text, _ = say(brain, messages)
    return [*messages, assistant(text), user("and then?")]


def logits(brain: Brain, messages) -> np.ndarray:
    items, _ = brain.prompt(messages, GREEDY)
    brain.lanes["chat"].evaluate(items, lambda: False)
    return brain.context.logits().copy()


@pytest.mark.parametrize("name", ALL)
def test_what_was_saved_goes_on_in_another_process(brain, tmp_path, name):
    """Media included: no pixel is needed, nothing is encoded, nothing is read again."""
    first, second, path = brain(name), brain(name), tmp_path / "lane"
    messages = talk(first)
    held = list(first.lanes["chat"].items)
    saved = snapshot.save(first, "chat", path)
    assert snapshot.restore(second, "chat", path) == saved
    assert second.lanes["chat"].items == held
    there, receipt = say(second, messages)
    here, own = say(first, messages)
    assert (receipt.cached_tokens, receipt.media_encodes) == (own.cached_tokens, 0)
    assert there == here
    assert np.array_equal(logits(first, messages), logits(second, messages))


@pytest.mark.parametrize("name", ["llama", "gemma3", "lfm2vl"])
def test_what_was_saved_can_be_gone_back_in(brain, tmp_path, name):
    first, second, path = brain(name), brain(name), tmp_path / "lane"
    messages = talk(first)
    snapshot.save(first, "chat", path)
    snapshot.restore(second, "chat", path)
    again, receipt = say(second, messages[:1])
    assert receipt.cached_tokens == receipt.prompt_tokens - 1
    assert again == say(first, messages[:1])[0]


def test_restoring_replaces_what_was_there(brain, tmp_path):
    first, second, path = brain("gemma3"), brain("gemma3"), tmp_path / "lane"
    messages = talk(first)
    snapshot.save(first, "chat", path)
    say(second, [user("something else altogether")])
    snapshot.restore(second, "chat", path)
    assert np.array_equal(logits(first, messages), logits(second, messages))


def test_the_other_lane_is_left_alone(brain, tmp_path):
    brain, path = brain("gemma3", lanes=("chat", "watch")), tmp_path / "lane"
    talk(brain)
    watch = [user("the sea")]
    brain.answer(watch, GREEDY, "watch", Listener(), "")
    held = list(brain.lanes["watch"].items)
    snapshot.save(brain, "chat", path)
    snapshot.restore(brain, "chat", path)
    assert brain.lanes["watch"].items == held
    receipt = brain.answer(watch, GREEDY, "watch", Listener(), "")
    assert receipt.cached_tokens == receipt.prompt_tokens - 1


def test_an_empty_lane_can_be_saved(brain, tmp_path):
    brain, path = brain("llama"), tmp_path / "lane"
    assert snapshot.save(brain, "chat", path) == 0
    assert snapshot.restore(brain, "chat", path) == 0
    say(brain, [user("hi")])


# ── on the disk ──────────────────────────────────────────────────────────────────────────────────


def test_nobody_else_can_read_it_and_nothing_is_left_beside_it(brain, tmp_path):
    brain = brain("llama")
    talk(brain)
    snapshot.save(brain, "chat", tmp_path / "lane")
    snapshot.save(brain, "chat", tmp_path / "lane")
    assert [path.name for path in tmp_path.iterdir()] == ["lane"]
    assert stat.S_IMODE((tmp_path / "lane").stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_file_and_says_so(brain, tmp_path, monkeypatch):
    brain, path = brain("llama"), tmp_path / "lane"
    talk(brain)
    snapshot.save(brain, "chat", path)
    before = path.read_bytes()

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EdgeomniError, match="No space left"):
        snapshot.save(brain, "chat", path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["lane"]


def test_a_folder_that_is_not_there_is_said(brain, tmp_path):
    with pytest.raises(EdgeomniError, match="No such file"):
        snapshot.save(brain("llama"), "chat", tmp_path / "nowhere" / "lane")


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def saved(brain, tmp_path) -> tuple[Brain, Path]:
    brain, path = brain("qwen25vl"), tmp_path / "lane"
    talk(brain)
    snapshot.save(brain, "chat", path)
    return brain, path


def refusal(brain: Brain, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        snapshot.restore(brain, "chat", path)
    assert caught.value.code == "bad-snapshot"
    assert caught.value.works
    return caught.value.happened


def test_a_missing_file_is_said(brain, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        snapshot.restore(brain("llama"), "chat", tmp_path / "nothing")


def test_another_file_is_told_apart(brain, tmp_path):
    path = tmp_path / "lane"
    for content in (b"", b"EOMNI", b"EOMNIKV1", b"\x89PNG" + bytes(100)):
        path.write_bytes(content)
        assert "not a saved conversation" in refusal(brain("llama"), path)


def test_a_damaged_byte_is_found_wherever_it_is(saved):
    brain, path = saved
    whole = path.read_bytes()
    for place in [*range(64), *range(64, len(whole), len(whole) // 50)]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        refusal(brain, path)


def test_a_file_that_was_cut_off_is_refused(saved):
    brain, path = saved
    whole = path.read_bytes()
    for size in (8, 12, 15, 16, 17, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        refusal(brain, path)


def test_a_header_that_means_nothing_is_refused_though_its_sum_is_right(saved):
    import zlib

    brain, path = saved
    for header in (b"", b"\xc1", b"\x80", b"\x01", b"\x81\xa5model\xc0"):
        length = struct.pack("<I", len(header))
        body = header + bytes(64)
        crc = zlib.crc32(body, zlib.crc32(length))
        path.write_bytes(b"EOMNIKV1" + struct.pack("<I", crc) + length + body)
        refusal(brain, path)


def test_another_model_is_refused(saved, brain):
    _, path = saved
    assert "another model" in refusal(brain("llama"), path)


def test_a_finetune_of_the_same_shape_is_another_model(tmp_path, backend):
    """Same sizes, same names, same vocabulary: only the weights differ."""
    brains, path = [], tmp_path / "lane"
    for seed in ("one", "two"):
        file = tmp_path / f"{seed}.gguf"
        llms.llama(file, seed, vocabularies.SMOL, llms.Shape())
        brains.append(Brain(EngineConfig(file), CPU, 1, Faults()))
    talk(brains[0])
    snapshot.save(brains[0], "chat", path)
    assert "another model" in refusal(brains[1], path)
    for each in brains:
        each.close()


def test_the_same_model_elsewhere_is_the_same_model(tiny, tmp_path, backend):
    import shutil

    path, brains = tmp_path / "lane", []
    copy = tmp_path / "moved.gguf"
    shutil.copy(tiny("llama").model, copy)
    for file in (tiny("llama").model, copy):
        brains.append(Brain(EngineConfig(file), CPU, 1, Faults()))
    messages = talk(brains[0])
    snapshot.save(brains[0], "chat", path)
    snapshot.restore(brains[1], "chat", path)
    assert say(brains[1], messages)[1].cached_tokens > 0
    for each in brains:
        each.close()


def test_pictures_of_another_resolution_are_another_model(saved, brain):
    _, path = saved
    assert "another model" in refusal(brain("qwen25vl", image_max_tokens=64), path)


def test_a_context_that_is_too_small_is_refused(saved, brain):
    _, path = saved
    assert "larger context" in refusal(brain("qwen25vl", context=64), path)


def test_after_a_refusal_the_lane_works(saved):
    brain, path = saved
    path.write_bytes(path.read_bytes()[:-1])
    refusal(brain, path)
    say(brain, [user("hi")])
