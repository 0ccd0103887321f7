"""The engine as its callers see it: a worker that is fed, watched, replaced, and steps down."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.engine.hardware import Gpu, Hardware
from edgeomni.errors import (
    AbilityMissing,
    ContextFull,
    DeviceError,
    EdgeomniError,
    EngineError,
    InputError,
    MediaError,
    ModelError,
    ModelNotFound,
    UsageError,
    WorkerDied,
)
from edgeomni.faults import VARIABLE
from edgeomni.ports import Cancel
from edgeomni.process.worker import Worker
from edgeomni.values import Finished, Message, Notice, Receipt, TextDelta, ThoughtDelta
from tests.engine.samples import GREEDY, Listener, assistant, dialogue, picture, sound, user
from tests.engine.test_gguf import header_end, mutated

pytestmark = [pytest.mark.engine, pytest.mark.slow]  # many workers, each with its start

NO_GPU = Hardware((), nvidia_driver=False)
PRETENDED = Hardware((Gpu("cuda", "a pretended card", 8 << 30),), nvidia_driver=True)
"""The ladder believes in it; llama.cpp computes on the CPU all the same."""

QUESTION = [user("what is the sea?")]


UNDECODED = os.fsdecode(b"m\xff")
"""A byte that is no UTF-8, as names of files may have it on Linux."""


@dataclass
class Answer:
    text: str = ""
    thought: str = ""
    notices: list[Notice] = field(default_factory=list)
    receipt: Receipt = field(default_factory=Receipt)
    pieces: int = 0


def ask(engine: LlamaEngine, messages: Sequence[Message] = QUESTION, **options: Any) -> Answer:
    """One greedy answer, gathered; what was said before an error stays in ``engine.heard``."""
    answer = engine.heard = Answer()  # type: ignore[attr-defined]
    lane, cancel = options.pop("lane", "chat"), options.pop("cancel", None)
    for event in engine.stream(messages, replace(GREEDY, **options), lane=lane, cancel=cancel):
        match event:
            case TextDelta(text):
                answer.text += text
                answer.pieces += 1
            case ThoughtDelta(text):
                answer.thought += text
            case Notice():
                answer.notices.append(event)
            case Finished(receipt):
                answer.receipt = receipt
    return answer


MakeEngine = Callable[..., LlamaEngine]


@pytest.fixture
def engine(tiny, tmp_path, monkeypatch) -> Iterator[MakeEngine]:
    """Makes engines over tiny models; ``faults`` hold for all workers started from then on."""
    made: list[LlamaEngine] = []
    monkeypatch.delenv(VARIABLE, raising=False)

    def make(
        name: str = "llama", *, hardware: Hardware = NO_GPU, faults: str = "", **config: Any
    ) -> LlamaEngine:
        if faults:
            monkeypatch.setenv(VARIABLE, faults)
        files = tiny(name)
        usual = {"model": files.model, "mmproj": files.mmproj, "threads": 1}
        full = EngineConfig(**{**usual, **config})
        made.append(LlamaEngine(full, tmp_path / "engine.log", hardware=hardware))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def expected(brain) -> Callable[..., str]:
    """What a brain of this model says when nothing goes wrong."""

    def say(name: str, messages: Sequence[Message] = QUESTION, **options: Any) -> str:
        made, listener = brain(name), Listener()
        for message in messages:
            for media in message.media:
                made.learn(media)
        made.answer(messages, replace(GREEDY, **options), "chat", listener, "")
        return listener.text

    return say


@pytest.fixture
def crossings(monkeypatch) -> list[int]:
    """For each request, how many raw buffers crossed to the worker."""
    counts: list[int] = []
    stream = Worker.stream

    def watched(self, method, params, buffers=(), **options):
        counts.append(len(buffers))
        return stream(self, method, params, buffers, **options)

    monkeypatch.setattr(Worker, "stream", watched)
    return counts


# ── answering ────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_comes_with_its_receipt(engine, expected):
    engine = engine()
    answer = ask(engine)
    assert answer.text == expected("llama")
    receipt = answer.receipt
    assert receipt.finish_reason in ("stop", "length")
    assert receipt.prompt_tokens > receipt.cached_tokens == 0
    assert 0 < receipt.completion_tokens <= 24
    assert receipt.load_ms > 0
    assert receipt.first_token_ms >= receipt.load_ms + receipt.prefill_ms


def test_only_the_answer_that_waited_for_the_model_says_so(engine):
    engine = engine()
    ask(engine)
    second = ask(engine).receipt
    assert second.load_ms == 0
    assert second.cached_tokens == second.prompt_tokens - 1


def test_a_conversation_evaluates_only_what_is_new(engine):
    engine = engine("thinker")
    first = ask(engine, thinking=False)
    then = [*QUESTION, assistant(first.text), user("and then?")]
    second = ask(engine, then, thinking=False).receipt
    assert second.cached_tokens > 0


def test_a_prefill_leaves_little_to_do(engine, expected):
    engine = engine("gemma3")
    long = [user("the sea and the picture of it " * 5 + "what is it?")]
    before = engine.prefill([user("the sea and the picture of it " * 5)])
    assert before.completion_tokens == 0
    answer = ask(engine, long)
    assert answer.receipt.cached_tokens >= before.prompt_tokens - 2
    assert answer.text == expected("gemma3", long)


def test_lanes_do_not_evict_each_other(engine):
    engine = engine(lanes=("chat", "watch"))
    ask(engine)
    ask(engine, [user("something else")], lane="watch")
    assert ask(engine).receipt.cached_tokens > 0
    assert ask(engine, [user("something else")], lane="watch").receipt.cached_tokens > 0


def test_a_lane_that_was_not_asked_for_is_refused(engine):
    with pytest.raises(UsageError, match="watch"):
        ask(engine(), lane="watch")


@pytest.mark.parametrize("text", ["a\udc80b", "\ud800", "a\0b", "\U0010ffff", "e\u0301" * 50])
def test_odd_characters_are_no_trouble(engine, text):
    """A terminal hands over bytes that are no UTF-8 as lone surrogates."""
    assert ask(engine(), [user(text)]).receipt.completion_tokens > 0


@pytest.mark.parametrize(
    ("name", "able"),
    [
        ("llama", (False, False, False, False)),
        ("thinker", (False, False, True, True)),
        ("gemma3", (True, False, False, False)),
        ("ultravox", (False, True, False, False)),
        ("qwen25omni", (True, True, False, False)),
    ],
)
def test_abilities_are_read_from_the_files(engine, name, able):
    abilities = engine(name, context=2048).abilities()
    assert (abilities.vision, abilities.audio, abilities.tools, abilities.thinking) == able
    assert abilities.audio_rate == (16_000 if abilities.audio else 0)
    assert (abilities.device, abilities.rung, abilities.rung_reason) == ("cpu", "cpu", "")
    assert (abilities.model, abilities.context) == (name, 2048)


def test_closing_ends_the_worker_and_the_next_answer_starts_one(engine):
    engine = engine()
    ask(engine)
    worker = engine._worker
    engine.close()
    engine.close()
    assert worker is not None and not worker.alive
    assert ask(engine).receipt.load_ms > 0


# ── media ────────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_crosses_once_and_again_after_a_restart(engine, crossings):
    engine = engine("qwen25vl")
    messages = [user("what is ", picture(), " this?")]
    ask(engine, messages)
    ask(engine, [*messages, assistant("the sea"), user("and?")])
    ask(engine, [*messages, assistant("the sea"), user(picture(seed=2), "or this?")])
    assert crossings == [1, 0, 1]
    engine.close()
    ask(engine, messages)
    assert crossings[3:] == [1]


def test_media_that_the_worker_lost_are_sent_again(engine, crossings, expected):
    engine = engine("qwen25vl")
    messages = [user("what is ", picture(), " this?")]
    ask(engine)
    engine._sent.add(picture().digest)
    answer = ask(engine, messages)
    assert answer.text == expected("qwen25vl", messages)
    assert crossings == [0, 0, 1]


@pytest.mark.parametrize(
    ("name", "medium", "can"),
    [("llama", picture(), "see pictures"), ("gemma3", sound(), "hear"), ("llama", sound(), "hear")],
)
def test_a_model_without_the_sense_for_it_says_so(engine, name, medium, can):
    with pytest.raises(AbilityMissing, match=f"{name} cannot {can}") as caught:
        ask(engine(name), [user(medium, "what is this?")])
    assert "-m " in caught.value.remedy


def test_sound_at_another_rate_is_no_crash(engine):
    with pytest.raises(EngineError, match="8000 Hz"):
        ask(engine("ultravox"), [user(sound(rate=8000), "what is this?")])


@pytest.mark.parametrize(
    "medium", [picture(1, 1), picture(400, 1), picture(2, 401), sound(0.01), sound(0)]
)
def test_media_that_would_end_the_process_are_refused(engine, medium):
    engine = engine("qwen25omni")
    with pytest.raises(InputError) as caught:
        ask(engine, [user(medium, "what is this?")])
    assert caught.value.code == "bad-media"
    worker = engine._worker
    ask(engine)
    assert engine._worker is worker


def test_the_room_for_pictures_is_known_before_they_cross(engine, crossings):
    engine = engine("minicpmv26")
    small, large = engine.media_tokens([(50, 40), (300, 200)])
    assert crossings == []
    taken = [
        ask(engine, [user(picture(*size), "what is this?")]).receipt.prompt_tokens
        for size in ((50, 40), (300, 200))
    ]
    assert taken[1] - taken[0] == large - small > 0


def test_a_quick_look_takes_fewer_tokens_and_a_small_context_too(engine):
    photo = [(4032, 3024)]
    usual, quick, small = (
        engine("qwen25vl", **config).media_tokens(photo)[0]
        for config in ({}, {"detail": "low"}, {"context": 1024})
    )
    assert quick <= 256 + 2 < usual <= 1024 + 2
    assert 256 + 2 < small <= 512 + 2


def test_the_room_for_a_picture_that_cannot_be_seen_is_refused(engine):
    with pytest.raises(MediaError, match="400x1: too narrow"):
        engine("minicpmv26").media_tokens([(400, 1)])
    with pytest.raises(AbilityMissing, match="llama cannot see pictures"):
        engine("llama").media_tokens([(50, 40)])


def test_a_question_must_follow_a_picture_in_the_end(engine):
    engine = engine("minicpmv26")
    ask(engine, [user(picture())])  # the template itself ends with text


# ── cancelling ───────────────────────────────────────────────────────────────────────────────────


def test_a_cancelled_answer_ends_soon_and_the_next_one_is_right(engine, expected):
    engine, cancel, heard = engine(), Cancel(), ""
    for event in engine.stream(QUESTION, replace(GREEDY, max_tokens=3000), cancel=cancel):
        if isinstance(event, TextDelta):
            heard += event.text
            if len(heard) > 20 and not cancel.asked:
                cancel.ask()
                asked = time.perf_counter()
    assert isinstance(event, Finished)
    assert event.receipt.finish_reason == "cancelled"
    assert event.receipt.completion_tokens < 2000
    assert time.perf_counter() - asked < 1
    assert ask(engine).text == expected("llama")


def test_an_answer_cancelled_before_it_began_says_nothing(engine):
    cancel = Cancel()
    cancel.ask()
    answer = ask(engine(), cancel=cancel)
    assert (answer.text, answer.receipt.finish_reason) == ("", "cancelled")


def test_an_answer_that_nobody_listens_to_any_more_is_ended(engine, expected):
    engine = engine()
    stream = engine.stream(QUESTION, replace(GREEDY, max_tokens=3000))
    next(event for event in stream if isinstance(event, TextDelta))
    stream.close()
    began = time.perf_counter()
    assert ask(engine).text == expected("llama")
    assert time.perf_counter() - began < 1


# ── the context ──────────────────────────────────────────────────────────────────────────────────


def test_one_message_beyond_the_context_is_refused_with_numbers(engine):
    engine = engine(context=256)
    for overflow in ("trim", "refuse"):
        with pytest.raises(ContextFull, match="holds 256") as caught:
            ask(engine, [user("the sea " * 400)], overflow=overflow)
        assert "4096" in caught.value.remedy  # what the model was trained for
    assert ask(engine).text


def test_history_beyond_the_context_is_trimmed_and_said(engine):
    engine = engine(context=256)
    turns = dialogue(*["the sea is of water"] * 41)
    answer = ask(engine, turns, max_tokens=16)
    assert [notice.code for notice in answer.notices] == ["trimmed"]
    assert answer.receipt.prompt_tokens <= 0.7 * 256
    said = int(
        next(word for word in answer.notices[0].text.split() if word.isdigit() and word != "256")
    )
    assert said % 2 == 0 and 0 < said < 41


def test_history_beyond_the_context_is_refused_where_that_was_asked_for(engine):
    turns = dialogue(*["the sea is of water"] * 41)
    with pytest.raises(ContextFull):
        ask(engine(context=256), turns, overflow="refuse")


def test_trimming_makes_room_for_several_turns(engine):
    engine = engine(context=256)
    turns = dialogue(*["the sea is of water"] * 41)
    first = ask(engine, turns, max_tokens=8)
    second = ask(engine, [*turns, assistant(first.text or "yes"), user("and?")], max_tokens=8)
    assert second.receipt.cached_tokens == 0 or second.receipt.cached_tokens > 16


def test_an_answer_stops_where_the_context_ends(engine):
    receipt = ask(engine(context=256), max_tokens=4000).receipt
    assert receipt.prompt_tokens + receipt.completion_tokens <= 256
    assert receipt.finish_reason in ("length", "stop")


# ── saving ───────────────────────────────────────────────────────────────────────────────────────


def test_a_saved_lane_comes_back_in_a_new_worker(engine, tmp_path):
    engine = engine("qwen25vl")
    messages = [user("what is ", picture(), " this?")]
    text = ask(engine, messages).text
    engine.save("chat", tmp_path / "lane")
    engine.close()
    assert engine.restore("chat", tmp_path / "lane") > 0
    answer = ask(engine, messages)
    assert answer.text == text
    assert answer.receipt.cached_tokens == answer.receipt.prompt_tokens - 1
    assert answer.receipt.media_encodes == 0


def test_a_damaged_save_is_refused_and_the_engine_goes_on(engine, tmp_path):
    engine, path = engine(), tmp_path / "lane"
    path.write_bytes(b"EOMNIKV1 and then nothing of use")
    with pytest.raises(InputError) as caught:
        engine.restore("chat", path)
    assert caught.value.code == "bad-snapshot"
    assert ask(engine).text


# ── files that are no models ─────────────────────────────────────────────────────────────────────


def test_a_missing_model_is_not_found(engine, tmp_path):
    with pytest.raises(ModelNotFound, match=r"nothing\.gguf"):
        ask(engine(model=tmp_path / "nothing.gguf"))


def test_a_model_that_was_cut_off_is_refused(tiny, tmp_path):
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny("llama").model.read_bytes()[:-1000])
    engine = LlamaEngine(EngineConfig(path), tmp_path / "engine.log", hardware=NO_GPU)
    with pytest.raises(ModelError, match="cut off"):
        ask(engine)
    engine.close()


@pytest.mark.parametrize("hardware", [NO_GPU, PRETENDED], ids=["cpu", "gpu"])
def test_the_projector_of_another_model_is_refused(engine, tiny, hardware):
    engine = engine("llama", hardware=hardware, mmproj=tiny("minicpmv26").mmproj)
    with pytest.raises(ModelError) as caught:
        ask(engine)
    assert caught.value.code == "wrong-mmproj"
    assert caught.value.works


@pytest.mark.parametrize("required", [False, True])
def test_what_no_device_can_mend_is_told_as_it_is(engine, required):
    engine = engine("bare", hardware=PRETENDED, require_gpu=required)
    with pytest.raises(ModelError) as caught:
        ask(engine)
    assert caught.value.code == "no-template"


# ── a worker that dies ───────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_worker_killed_in_an_answer_leaves_what_was_said_and_comes_back(engine, expected):
    engine, heard = engine(), ""
    with pytest.raises(WorkerDied) as caught:
        for event in engine.stream(QUESTION, replace(GREEDY, max_tokens=3000)):
            if isinstance(event, TextDelta):
                heard += event.text
                if len(heard) > 10 and engine._worker.alive:
                    os.kill(engine._worker.pid, signal.SIGKILL)
    assert heard
    assert "was killed" in caught.value.happened and "SIGKILL" in caught.value.happened
    assert caught.value.works and caught.value.remedy
    assert ask(engine).text == expected("llama")


@pytest.mark.parametrize(
    ("point", "action"),
    [
        ("engine.load", "abort"),
        ("engine.context", "kill"),
        ("engine.decode", "abort"),
        ("engine.decode", "exit"),
    ],
)
def test_on_the_cpu_a_death_is_an_error_that_names_it(engine, point, action):
    engine = engine(faults=f"{point}:{action}")
    with pytest.raises(WorkerDied) as caught:
        ask(engine)
    manner = {"kill": "SIGKILL", "abort": "SIGABRT", "exit": "status 70"}[action]
    assert manner in caught.value.happened


def test_on_the_cpu_a_failure_is_an_error_and_the_worker_lives(engine):
    engine = engine(faults="engine.decode:fail@token=3")
    with pytest.raises(EngineError, match=r"engine\.decode"):
        ask(engine)
    assert engine._worker.alive


# ── the ladder ───────────────────────────────────────────────────────────────────────────────────

ALL = "all layers on cuda"
HALF = "1 layers on cuda"


@pytest.mark.parametrize(
    ("name", "point", "action"),
    [
        ("llama", "engine.load", "abort"),
        ("llama", "engine.context", "fail"),
        ("qwen25vl", "engine.load", "fail"),
        ("qwen25vl", "engine.context", "abort"),
    ],
)
def test_a_gpu_that_fails_while_loading_is_given_up(engine, expected, name, point, action):
    engine = engine(name, hardware=PRETENDED, faults=f"{point}:{action}@gpu")
    assert ask(engine).text == expected(name)
    abilities = engine.abilities()
    assert abilities.rung == "cpu"
    assert "1 layers on cuda" in abilities.rung_reason and "failed" in abilities.rung_reason
    assert {"abort": "SIGABRT", "fail": point}[action] in abilities.rung_reason


@pytest.mark.parametrize("action", ["abort", "fail"])
def test_a_projector_that_does_not_fit_goes_to_the_cpu(engine, expected, action):
    engine = engine("qwen25vl", hardware=PRETENDED, faults=f"engine.mmproj:{action}@gpu")
    messages = [user("what is ", picture(), " this?")]
    assert ask(engine, messages).text == expected("qwen25vl", messages)
    assert engine.abilities().rung == f"{HALF}, projector on cpu"


@pytest.mark.parametrize("action", ["abort", "fail"])
def test_a_first_picture_that_fails_moves_only_the_projector(engine, expected, crossings, action):
    engine = engine("qwen25vl", hardware=PRETENDED, faults=f"engine.image:{action}@gpu")
    messages = [user("what is ", picture(), " this?")]
    answer = ask(engine, messages)
    assert answer.text == expected("qwen25vl", messages)
    assert [notice.code for notice in answer.notices] == ["stepped-down"]
    assert engine.abilities().rung == f"{ALL}, projector on cpu"
    assert crossings == [1, 1]


@pytest.mark.parametrize(
    ("name", "steps", "action"),
    [
        ("llama", 2, "abort"),
        ("llama", 2, "fail"),
        ("gemma3", 3, "abort"),
        ("minicpmv26", 3, "fail"),
    ],
)
def test_an_answer_that_was_begun_is_finished_on_lower_rungs(engine, expected, name, steps, action):
    """Five tokens on each, and the rest on the CPU."""
    engine = engine(name, hardware=PRETENDED, faults=f"engine.decode:{action}@token=6@gpu")
    answer = ask(engine)
    assert answer.text == expected(name)
    assert [notice.code for notice in answer.notices] == ["stepped-down"] * steps
    assert engine.abilities().rung == "cpu"
    assert "failed" in engine.abilities().rung_reason
    assert answer.receipt.completion_tokens <= GREEDY.max_tokens


def test_tokens_are_counted_over_all_rungs(engine):
    whole = ask(engine("llama")).receipt.completion_tokens
    broken = engine("llama", hardware=PRETENDED, faults="engine.decode:abort@token=6@gpu")
    assert ask(broken).receipt.completion_tokens == whole


@pytest.mark.parametrize("token", [2, 3, 5])
def test_a_thought_that_breaks_off_is_not_told_twice(engine, token):
    whole = ask(engine("thinker"))
    broken = engine("thinker", hardware=PRETENDED, faults=f"engine.decode:abort@token={token}@gpu")
    answer = ask(broken)
    assert (answer.thought, answer.text) == (whole.thought, whole.text)


def test_a_schema_still_holds_when_the_answer_changes_rungs(engine):
    import json

    engine = engine(hardware=PRETENDED, faults="engine.decode:abort@token=4@gpu")
    schema = {"type": "array", "items": {"enum": ["sea", "sound"]}, "minItems": 4, "maxItems": 6}
    answer = ask(engine, schema=schema, max_tokens=400)
    assert set(json.loads(answer.text)) <= {"sea", "sound"}
    assert answer.notices


def test_the_next_answer_stays_where_the_last_one_ended(engine, expected):
    engine = engine(hardware=PRETENDED, faults="engine.decode:abort@token=12@gpu")
    ask(engine)
    again = ask(engine)
    assert (again.text, again.notices) == (expected("llama"), [])


def test_a_gpu_that_works_is_used_and_nothing_is_said(engine):
    engine = engine(hardware=PRETENDED)
    assert not ask(engine).notices
    assert (engine.abilities().rung, engine.abilities().rung_reason) == (ALL, "")
    assert engine.abilities().device == "cuda"


def test_a_worker_that_was_killed_from_outside_is_no_reason_to_give_up_the_gpu(engine):
    engine = engine(hardware=PRETENDED, faults="engine.decode:kill@token=3")
    with pytest.raises(WorkerDied):
        ask(engine)
    assert engine.abilities().rung == ALL


def test_a_required_gpu_that_fails_is_an_error(engine):
    engine = engine(hardware=PRETENDED, require_gpu=True, faults="engine.load:abort@gpu")
    with pytest.raises(DeviceError, match="No way to run this model on cuda") as caught:
        ask(engine)
    assert "--require-gpu" in caught.value.works


def test_a_required_gpu_steps_down_as_long_as_it_stays_on_the_gpu(engine):
    engine = engine(
        "qwen25vl", hardware=PRETENDED, require_gpu=True, faults="engine.mmproj:abort@gpu"
    )
    ask(engine)
    assert engine.abilities().rung == f"{HALF}, projector on cpu"


def test_a_required_gpu_that_fails_in_an_answer_never_ends_on_the_cpu(engine):
    engine = engine(hardware=PRETENDED, require_gpu=True, faults="engine.decode:abort@token=12@gpu")
    with pytest.raises(DeviceError):
        ask(engine)
    assert engine.heard.text


def test_a_required_gpu_that_is_not_there_is_an_error(engine):
    with pytest.raises(DeviceError, match="none was found"):
        ask(engine(require_gpu=True))


def test_a_card_that_the_build_cannot_use_is_said(engine):
    engine = engine(hardware=Hardware((), nvidia_driver=True))
    ask(engine)
    assert "no CUDA" in engine.abilities().rung_reason


def test_on_the_cpu_workers_are_kept_from_seeing_the_gpu(engine):
    engine = engine(hardware=PRETENDED, faults="engine.load:fail@gpu")
    ask(engine)
    assert engine._worker.spec.env["CUDA_VISIBLE_DEVICES"] == ""


# ── hostile files ────────────────────────────────────────────────────────────────────────────────


def numbers(path: Path) -> Iterator[tuple[str, int]]:
    """The 4-byte numbers in a header: their names, and where their values lie."""
    import gguf

    kinds = (gguf.GGUFValueType.UINT32, gguf.GGUFValueType.INT32, gguf.GGUFValueType.FLOAT32)
    reader = gguf.GGUFReader(path)
    for name, each in reader.fields.items():
        if each.types and each.types[0] in kinds and not name.startswith("GGUF."):
            yield name, each.offset + 8 + len(name) + 4


def odd_files(source: Path, dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """The file with each number extreme, and with its header damaged at random."""
    content, end = source.read_bytes(), header_end(source)
    for name, place in numbers(source):
        for value in (0, 1, 0x80000000, 0xFFFFFFFF):
            changed = value.to_bytes(4, "little")
            yield f"{name} = {value}", content[:place] + changed + content[place + 4 :]
    for index in range(15):
        yield f"damage {index}", mutated(content, end, dice)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", ["model", "mmproj"])
def test_files_with_odd_headers_end_in_an_answer_or_one_error(tiny, tmp_path, part):
    """Whatever llama.cpp does with what the check of the header lets through."""
    files, path = tiny("gemma3"), tmp_path / "odd.gguf"
    outcomes = {}
    for what, content in odd_files(getattr(files, part), random.Random(part)):
        path.write_bytes(content)
        config = EngineConfig(files.model, files.mmproj, threads=1, context=512)
        outcomes[what] = one_answer(replace(config, **{part: path}), tmp_path)
    assert len(outcomes) > 40
    assert len(set(outcomes.values())) > 1


def one_answer(config: EngineConfig, folder: Path) -> str:
    """The code of the one error, or ``answered``; each within 15 s."""
    engine = LlamaEngine(config, folder / "engine.log", hardware=NO_GPU)
    began = time.monotonic()
    try:
        for _ in engine.stream([user("see ", picture(), " this")], replace(GREEDY, max_tokens=3)):
            pass
        return "answered"
    except EdgeomniError as error:
        assert error.happened and (error.remedy or error.works)
        return error.code
    finally:
        engine.close()
        assert time.monotonic() - began < 15


@pytest.mark.slow
def test_a_template_without_end_does_not_hold_the_worker_for_ever(tmp_path):
    from tests.tiny import llms, vocabularies

    path = tmp_path / "endless.gguf"
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    words = replace(vocabularies.SMOL, template="{{ messages[0].content }}" + loop)
    llms.llama(path, "endless", words, llms.Shape())
    engine = LlamaEngine(EngineConfig(path), tmp_path / "engine.log", hardware=NO_GPU)
    with pytest.raises(ModelError, match="longer than"):
        ask(engine)
    engine.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_of_files_need_not_be_text(tiny, tmp_path):
    files = tiny("gemma3")
    for suffix, file in ((".gguf", files.model), ("-mmproj.gguf", files.mmproj)):
        (tmp_path / f"{UNDECODED}{suffix}").symlink_to(file)
    config = EngineConfig(
        tmp_path / f"{UNDECODED}.gguf",
        tmp_path / f"{UNDECODED}-mmproj.gguf",
        device="cpu",
        threads=1,
    )
    engine = LlamaEngine(config, tmp_path / "engine.log")
    try:
        assert ask(engine, max_tokens=3).receipt.completion_tokens
        assert engine.abilities().model == "m\\xff"
        engine.save("chat", tmp_path / UNDECODED)
        assert engine.restore("chat", tmp_path / UNDECODED)
    finally:
        engine.close()
