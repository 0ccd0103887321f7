"""One question: what goes to stdout, what to stderr, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import fields, replace
from pathlib import Path

import pytest

from edgeomni.errors import AbilityMissing, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.values import (
    AudioClip,
    Finished,
    Image,
    Notice,
    Receipt,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)
from tests.cli.conftest import Cli
from tests.fakes import ECHO, EchoEngine, ScriptedEngine

NAMES = [
    "text",
    "thought",
    "tool_calls",
    "model",
    "device",
    "rung",
    "rung_reason",
    "receipt",
    "error",
    "notices",
]
RECEIPT = [
    "prompt_tokens",
    "cached_tokens",
    "media_items",
    "media_encodes",
    "completion_tokens",
    "load_ms",
    "encode_ms",
    "prefill_ms",
    "first_token_ms",
    "decode_ms",
    "tokens_per_second",
    "finish_reason",
    "caption_tokens",
    "caption_ms",
]


def scripted(*steps: object, **more: object) -> ScriptedEngine:
    return ScriptedEngine(script=[list(steps)], **more)  # type: ignore[arg-type]


def test_the_answer_goes_to_stdout_and_nothing_else_does(cli: Cli) -> None:
    result = cli("ask", "What is the sea?", "--stats", engine=EchoEngine())
    assert (result.code, result.out) == (0, "What is the sea?\n")
    assert "first word" in result.err


def test_without_stats_a_good_answer_leaves_stderr_empty(cli: Cli) -> None:
    assert cli("ask", "hello", engine=EchoEngine()).err == ""


def test_words_need_no_quotes(cli: Cli) -> None:
    assert cli("ask", "what", "is", "this", engine=EchoEngine()).out == "what is this\n"


def test_standard_input_is_put_behind_the_prompt(cli: Cli) -> None:
    engine = EchoEngine()
    cli("ask", "Summarise:", engine=engine, stdin=b"first line\nsecond line\n")
    assert engine.asked[0][-1].text == "Summarise:\n\nfirst line\nsecond line"


def test_standard_input_alone_is_the_prompt(cli: Cli) -> None:
    assert cli("ask", engine=EchoEngine(), stdin="Grüße".encode()).out == "Grüße\n"


def test_utf16_with_its_mark_is_understood(cli: Cli) -> None:
    assert cli("ask", engine=EchoEngine(), stdin="naïve".encode("utf-16")).out == "naïve\n"


def test_damaged_text_is_used_and_the_damage_is_said(cli: Cli) -> None:
    result = cli("ask", engine=EchoEngine(), stdin=b"caf\xe9 au lait")
    assert (result.code, result.out) == (0, "caf\ufffd au lait\n")
    assert "not UTF-8 at byte 3" in result.err


def test_a_picture_on_standard_input_is_refused(cli: Cli) -> None:
    result = cli("ask", "what?", engine=EchoEngine(), stdin=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert result.code == 3
    assert "Give pictures with -i" in result.err


@pytest.mark.parametrize("words", [[], [""], ["  \n"]])
def test_an_empty_prompt_is_refused(words: list[str], cli: Cli) -> None:
    result = cli("ask", *words, engine=EchoEngine())
    assert (result.code, result.out) == (3, "")
    assert "The prompt is empty." in result.err


def test_media_come_before_the_words_in_the_order_given(cli: Cli, tmp_path: Path) -> None:
    for name in ("a.png", "b.wav", "c.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    cli("ask", "-i", "a.png", "-a", "b.wav", "-i", "c.png", "look", engine=engine)
    parts = engine.asked[0][-1].parts
    assert [type(part) for part in parts] == [Image, AudioClip, Image, str]
    assert [part.name for part in parts if not isinstance(part, str)] == ["a.png", "b.wav", "c.png"]


def test_a_picture_without_words_is_described(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    assert cli("ask", "-i", "a.png", engine=EchoEngine()).out == "Describe this picture.\n"


def test_a_sound_for_a_model_without_ears_is_refused_by_name(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    deaf = EchoEngine(can=replace(ECHO, audio=False))
    result = cli("ask", "-a", "a.wav", "what?", engine=deaf)
    assert result.code == 4
    assert "The model echo cannot hear." in result.err


def test_a_missing_picture_is_said_before_anything_is_loaded(cli: Cli) -> None:
    engine = EchoEngine()
    result = cli("ask", "-i", "nothing.png", "look", engine=engine)
    assert result.code == 3
    assert "The image nothing.png does not exist." in result.err
    assert engine.asked == []


def test_flags_become_options_of_the_engine(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "object"}')
    engine = EchoEngine()
    numbers = ["--max-tokens", "5", "--temperature", "0", "--seed", "3"]
    cli("ask", "hi", *numbers, "--schema", "s.json", "--system", "Be brief", engine=engine)
    (options,) = engine.options
    assert (options.max_tokens, options.temperature, options.seed) == (5, 0.0, 3)
    assert options.schema == {"type": "object"}
    assert engine.asked[0][0].role == "system"
    assert engine.asked[0][0].text == "Be brief"


@pytest.mark.parametrize(
    ("text", "happened"),
    [("{", "is not valid JSON"), ("[]", "is not a JSON schema"), (None, "cannot be read")],
)
def test_a_schema_that_is_none_is_refused(
    text: str | None, happened: str, cli: Cli, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "s.json").write_text(text)
    result = cli("ask", "hi", "--schema", "s.json", "--json", engine=EchoEngine())
    (found,) = result.objects
    assert (result.code, found["error"]["code"]) == (2, "bad-schema")
    assert happened in found["error"]["message"]


def test_json_is_one_object_with_the_agreed_names_in_order(cli: Cli) -> None:
    result = cli("ask", "hi", "--json", engine=EchoEngine())
    (found,) = result.objects
    assert list(found) == NAMES
    assert list(found["receipt"]) == RECEIPT == [field.name for field in fields(Receipt)]
    assert (found["text"], found["model"], found["device"]) == ("hi", "echo", "cpu")
    assert found["error"] is None


def test_json_carries_thoughts_and_tool_calls(cli: Cli) -> None:
    call = ToolCall("c1", "look_up", {"what": "tide"})
    engine = scripted(ThoughtDelta("Hm."), call, Finished(Receipt(finish_reason="tool_calls")))
    (found,) = cli("ask", "hi", "--json", engine=engine).objects
    assert found["thought"] == "Hm."
    wanted = {"id": "c1", "name": "look_up", "arguments": {"what": "tide"}}
    assert found["tool_calls"] == [wanted]


def test_json_stays_json_whatever_the_model_says(cli: Cli) -> None:
    said = 'a"b\\c\n\u2028\x85\x00\x1b[0m \ud83d 日本'
    receipt = Receipt(tokens_per_second=float("nan"), decode_ms=float("inf"))
    result = cli("ask", "hi", "--json", engine=scripted(TextDelta(said), Finished(receipt)))
    (found,) = result.objects
    assert found["text"] == said
    assert "日本" in result.out
    assert found["receipt"]["tokens_per_second"] is None
    assert "NaN" not in result.out
    assert "Infinity" not in result.out


def test_a_failure_midway_keeps_the_words_and_tells_the_rest(cli: Cli) -> None:
    died = WorkerDied("The engine was killed.", works="The next turn works.", remedy="Ask again.")
    result = cli("ask", "hi", engine=scripted(TextDelta("The sea"), died))
    assert (result.code, result.out) == (6, "The sea\n")
    assert result.err == "edgeomni: The engine was killed.\n  The next turn works.\n  Ask again.\n"


def test_a_failure_midway_in_json_carries_the_partial_answer(cli: Cli) -> None:
    died = WorkerDied("The engine was killed.", works="The next turn works.", remedy="Ask again.")
    (found,) = cli("ask", "hi", "--json", engine=scripted(TextDelta("The sea"), died)).objects
    assert found["text"] == "The sea"
    assert found["error"] == {
        "code": "worker-died",
        "message": "The engine was killed.",
        "hint": "The next turn works. Ask again.",
    }
    assert list(found["receipt"]) == RECEIPT
    assert found["receipt"]["finish_reason"] == "error"


def test_the_exit_code_is_that_of_the_error(cli: Cli) -> None:
    assert cli("ask", "hi", engine=scripted(AbilityMissing("No eyes."))).code == 4


def test_notices_and_the_reason_for_a_lower_rung_go_to_stderr(cli: Cli) -> None:
    fallen = replace(ECHO, rung_reason="no GPU was found.")
    steps = (Notice("trimmed", "Two old turns were left out."), TextDelta("ok"))
    result = cli("ask", "hi", engine=scripted(*steps, Finished(Receipt()), can=fallen))
    assert result.out == "ok\n"
    assert result.err == "· Running on cpu: no GPU was found.\n· Two old turns were left out.\n"


def test_thoughts_stay_hidden_in_a_pipe_unless_asked_for(cli: Cli) -> None:
    steps = (ThoughtDelta("Let me see."), TextDelta("Yes."), Finished(Receipt()))
    assert cli("ask", "hi", engine=scripted(*steps)).err == ""
    shown = cli("ask", "hi", "--show-thought", engine=scripted(*steps))
    assert (shown.out, shown.err) == ("Yes.\n", "Let me see.\n\n")


def test_ctrl_c_stops_the_answer_and_keeps_what_was_said(cli: Cli) -> None:
    def press(index: int, cancel: Cancel | None) -> None:
        if index == 2:
            os.kill(os.getpid(), signal.SIGINT)

    result = cli("ask", "one two three four", engine=EchoEngine(before_word=press))
    assert (result.code, result.out) == (130, "one two\n")


def test_the_second_ctrl_c_does_not_wait(cli: Cli) -> None:
    def press(index: int, cancel: Cancel | None) -> None:
        if index == 1:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    result = cli("ask", "one two", "--json", engine=EchoEngine(before_word=press))
    (found,) = result.objects
    assert (result.code, found["text"]) == (130, "one")
    assert found["receipt"]["finish_reason"] == "cancelled"


def test_the_engine_is_closed_in_the_end(cli: Cli) -> None:
    engine = EchoEngine()
    cli("ask", "hi", engine=engine)
    assert engine.closed


def test_into_a_pipe_goes_what_the_model_said_byte_for_byte(cli: Cli) -> None:
    engine = scripted(TextDelta("\x1b[1mbold\x1b[0m"), Finished(Receipt()))
    assert cli("ask", "hi", engine=engine).out == "\x1b[1mbold\x1b[0m\n"


def test_json_round_trips_through_a_parser(cli: Cli) -> None:
    line = cli("ask", "hi", "--json", engine=EchoEngine()).out
    assert json.loads(line) and line.count("\n") == 1


@pytest.mark.parametrize("frames", ["0", "513", "x", "1" * 5000, "٣"])
def test_a_number_of_frames_that_makes_no_sense_is_told_what_it_must_be(
    cli: Cli, frames: str
) -> None:
    result = cli("ask", "-v", "a.mp4", "--frames", frames, "what?", engine=EchoEngine())
    assert (result.code, result.out) == (2, "")
    assert "--frames must be a whole number from 1 to 512." in result.err


def test_a_folder_shows_all_its_pictures(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("2.png", "10.png"):
        (folder / name).write_bytes(b"x")
    engine = EchoEngine()
    assert cli("ask", "-i", "photos", "look", engine=engine).code == 0
    assert [media.name for media in engine.asked[0][0].media] == ["2.png", "10.png"]


def test_a_document_without_eyes_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    engine = EchoEngine(can=replace(ECHO, vision=False))
    result = cli("ask", "-i", "a.pdf", "look", engine=engine)
    assert "Page 2 of a.pdf is a picture without text" in result.err
    assert result.code == 3


def test_a_clip_is_shown_as_frames(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    engine = EchoEngine()
    cli("ask", "-v", "a.mp4", "--between", "0:01-0:02", engine=engine)
    (message,) = engine.asked[0]
    assert len(message.media) == 2
    assert message.text.endswith("[0:02] \nWhat happens in this clip?")


def test_each_file_has_a_conversation_of_its_own(cli: Cli, tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    result = cli("ask", "-i", "*.png", "--each", "what?", engine=engine)
    assert [line["file"] for line in result.objects] == ["1.png", "2.png"]
    assert [len(asked) for asked in engine.asked] == [1, 1]


def test_each_asks_once_about_a_file_that_is_named_twice(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    again = ("-i", "1.png", "-i", "1.png", "-i", str(tmp_path / "1.png"))
    result = cli("ask", *again, "--each", "what?", engine=EchoEngine())
    assert [line["file"] for line in result.objects] == ["1.png"]


def test_a_picture_is_shown_as_often_as_it_is_named(cli: Cli, tmp_path: Path) -> None:
    for name in ("red.png", "blue.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    cli("ask", "-i", "red.png", "-i", "blue.png", "-i", "red.png", "what?", engine=engine)
    assert [seen.name for seen in engine.asked[0][0].media] == ["red.png", "blue.png", "red.png"]


def test_what_two_patterns_match_is_shown_once(cli: Cli, tmp_path: Path) -> None:
    for name in ("red.png", "blue.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = EchoEngine()
    cli("ask", "-i", "r*.png", "-i", "*.png", "what?", engine=engine)
    assert [seen.name for seen in engine.asked[0][0].media] == ["red.png", "blue.png"]


def test_each_goes_on_when_a_file_cannot_be_used(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "2.png").write_bytes(b"x")
    result = cli(*["ask", "-i", "*.png", "--each", "-o", "out.jsonl", "what?"], engine=EchoEngine())
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["error"] and line["error"]["code"] for line in lines] == ["bad-media", None]
    assert (result.code, result.out) == (3, "")


def test_each_names_the_file_whose_answer_ended_early_and_says_so_once(
    cli: Cli, tmp_path: Path
) -> None:
    early = Notice("ended-early", "It was ended in its shape.")
    end = Finished(Receipt(finish_reason="length"))
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(b"x")
    engine = ScriptedEngine(script=[[TextDelta("a"), early, early, end], [TextDelta("b"), end]])
    result = cli("ask", "-i", "*.png", "--each", "what?", engine=engine)
    assert [line for line in result.err.splitlines() if "shape" in line] == [
        "· 1.png: It was ended in its shape."
    ]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX")
@pytest.mark.parametrize(
    "words",
    [
        ("ask", "-i", ".", "--each", "what?"),
        ("ask", "-i", ".", "--json", "what?"),
        ("ask", "-i", ".", "what?"),
        ("read", ".", "--json"),
        ("tokens", ".", "--json"),
        ("tokens", "."),
    ],
)
def test_a_name_that_is_no_utf_8_is_spelled_in_one_way(
    words: tuple[str, ...], cli: Cli, tmp_path: Path
) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.png")).touch()
    result = cli(*words, engine=EchoEngine())
    found = set(re.findall("caf.*?png", result.out + result.err))
    assert found <= {"caf\\xe9.png", "caf\\\\xe9.png"} and found, "as itself, or in JSON"


def test_each_takes_stats(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    result = cli("ask", "-i", "1.png", "--each", "--stats", "what?", engine=EchoEngine())
    assert "together · 0 cached + " in result.err


def test_a_file_is_never_its_own_ledger(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    result = cli(*["ask", "-i", "1.png", "--each", "-o", "1.png", "what?"], engine=EchoEngine())
    assert result.code == 2
    assert (tmp_path / "1.png").read_bytes() == b"x"


def test_another_instruction_is_another_request(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    words = ["ask", "-i", "1.png", "--each", "-o", "out.jsonl", "what?"]
    assert cli(*words, engine=EchoEngine()).code == 0
    assert cli(*words, engine=EchoEngine()).code == 0
    result = cli(*words, "--system", "Be brief.", engine=EchoEngine())
    assert result.code == 2 and "another request" in result.err


def test_an_empty_name_is_not_the_whole_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    result = cli("ask", "-i", "", "what?", engine=EchoEngine())
    assert (result.code, result.out) == (2, "")


def test_a_missing_folder_for_answers_is_said_before_anything_is_asked(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    engine = EchoEngine()
    words = ["ask", "-i", "1.png", "--each", "-o", "no/out.jsonl", "what?"]
    assert "there is no folder no" in cli(*words, engine=engine).err
    assert engine.asked == []


@pytest.mark.parametrize(
    "words", [("--each", "-o", "no/a.jsonl"), ("--boxes", "a", "-o", "no/a.png")]
)
def test_a_missing_folder_for_output_is_one_error_whatever_is_written(
    words: tuple[str, ...], cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "1.png").write_bytes(b"x")
    result = cli("ask", "-i", "1.png", "--json", *words, engine=EchoEngine())
    assert (result.code, result.objects[0]["error"]["code"]) == (3, "not-saved")
