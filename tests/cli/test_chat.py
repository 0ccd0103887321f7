"""A conversation through a pipe: one turn per line, commands between them, errors that pass."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from edgeomni.errors import AbilityMissing, WorkerDied
from edgeomni.ports import Cancel
from edgeomni.values import Finished, Image, Receipt, TextDelta
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, ScriptedEngine

DIED = WorkerDied("The engine was killed.", works="The next turn works.")


def answer(text: str) -> list[TextDelta | Finished]:
    return [TextDelta(text), Finished(Receipt())]


def test_each_line_is_a_turn_and_the_second_reuses_the_first(cli: Cli) -> None:
    said = b"My name is Ada.\nWhat is my name?\n"
    first, second = cli("chat", "--json", engine=EchoEngine(), stdin=said).objects
    assert first["receipt"]["cached_tokens"] == 0
    assert second["text"] == "What is my name?"
    new = second["receipt"]["prompt_tokens"] - second["receipt"]["cached_tokens"]
    assert new == len(["<user>", *["What", "is", "my", "name?"]])


def test_plain_answers_are_all_that_stdout_gets(cli: Cli) -> None:
    result = cli("chat", engine=EchoEngine(), stdin=b"one\n\n  \ntwo")
    assert (result.code, result.out, result.err) == (0, "one\ntwo\n", "")


def test_three_quotes_hold_several_lines_together(cli: Cli) -> None:
    engine = EchoEngine()
    cli("chat", engine=engine, stdin=b'"""one\n  two\nthree"""\nfour\n')
    assert [asked[-1].text for asked in engine.asked] == ["one\n  two\nthree", "four"]


def test_three_quotes_that_never_close_end_with_the_input(cli: Cli) -> None:
    engine = EchoEngine()
    cli("chat", engine=engine, stdin=b'"""one\ntwo')
    assert engine.asked[0][-1].text == "one\ntwo"


def test_a_failing_turn_is_reported_and_the_next_one_goes_on(cli: Cli) -> None:
    engine = ScriptedEngine(script=[answer("a"), [TextDelta("half"), DIED], answer("c")])
    result = cli("chat", "--json", engine=engine, stdin=b"1\n2\n3\n")
    assert [found["text"] for found in result.objects] == ["a", "half", "c"]
    assert [found["error"] is None for found in result.objects] == [True, False, True]
    assert result.code == DIED.exit_code


def test_the_words_of_a_broken_turn_stay_in_the_conversation(cli: Cli) -> None:
    engine = ScriptedEngine(script=[[TextDelta("half"), DIED], answer("b")])
    cli("chat", engine=engine, stdin=b"1\n2\n")
    assert [message.text for message in engine.asked[1]] == ["1", "half", "2"]


def test_a_picture_that_cannot_be_answered_does_not_spoil_the_next_turn(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    engine = ScriptedEngine(script=[[AbilityMissing("No eyes.")], answer("fine")])
    result = cli("chat", engine=engine, stdin=b"/image a.png\nwhat?\nhello\n")
    assert [message.text for message in engine.asked[1]] == ["hello"]
    assert engine.asked[1][0].media == ()
    assert (result.out, result.code) == ("fine\n", 4)


def test_an_attached_picture_goes_with_the_next_line_only(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "my cat.png").write_bytes(b"x")
    engine = EchoEngine()
    result = cli("chat", engine=engine, stdin=b"/image my cat.png\nlook\nand now\n")
    assert "my cat.png · 1x1" in result.err
    assert isinstance(engine.asked[0][-1].parts[0], Image)
    assert engine.asked[1][-1].media == ()


def test_a_path_in_a_piped_line_is_only_text(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    engine = EchoEngine()
    cli("chat", engine=engine, stdin=f"{tmp_path}/a.png\n".encode())
    assert engine.asked[0][-1].parts == (f"{tmp_path}/a.png",)


def test_commands_print_on_stderr_and_are_no_turns(cli: Cli) -> None:
    said = b"/help\n/system Be brief.\nhi\n/stats\n/clear\nagain\n/bye\nnever read\n"
    engine = EchoEngine()
    result = cli("chat", "--json", engine=engine, stdin=said)
    assert [found["text"] for found in result.objects] == ["hi", "again"]
    assert "/regen" in result.err
    assert "0 cached + 5 new" in result.err
    assert [message.text for message in engine.asked[1]] == ["Be brief.", "again"]


@pytest.mark.parametrize("line", ["/usr is a folder", "/sytem x"])
def test_an_unknown_word_behind_a_slash_is_a_turn_in_a_pipe(cli: Cli, line: str) -> None:
    result = cli("chat", engine=EchoEngine(), stdin=line.encode())
    assert (result.code, result.out) == (0, line + "\n")


def test_a_line_that_begins_with_a_path_is_no_command(cli: Cli) -> None:
    line = b"/etc/hosts has what in it?\n"
    assert cli("chat", engine=EchoEngine(), stdin=line).out == line.decode()


def test_regen_asks_the_same_question_again(cli: Cli) -> None:
    engine = ScriptedEngine(script=[answer("first"), answer("second"), answer("third")])
    result = cli("chat", engine=engine, stdin=b"q\n/regen\nmore\n")
    assert result.out == "first\nsecond\nthird\n"
    assert [message.text for message in engine.asked[1]] == ["q"]
    assert [message.text for message in engine.asked[2]] == ["q", "second", "more"]


def test_regen_without_an_answer_says_so(cli: Cli) -> None:
    (found,) = cli("chat", "--json", engine=EchoEngine(), stdin=b"/regen\n").objects
    assert found["error"]["code"] == "bad-usage"


@pytest.mark.parametrize("command", ["/image", "/video", "/audio", "/save", "/load"])
def test_an_empty_name_is_no_folder(cli: Cli, command: str) -> None:
    result = cli("chat", stdin=f'{command} ""\n'.encode(), engine=EchoEngine())
    assert (result.code, f"{command} needs" in result.err) == (2, True)


def test_a_saved_conversation_goes_on_elsewhere(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    said = b"/system Be brief.\n/image a.png\nlook\n/save talk.json\n"
    assert cli("chat", engine=EchoEngine(), stdin=said).code == 0
    engine = EchoEngine()
    cli("chat", engine=engine, stdin=b"/load talk.json\nmore\n")
    (asked,) = engine.asked
    assert [message.text for message in asked] == ["Be brief.", "look", "look", "more"]
    assert asked[1].media[0].digest == Image(b"\xff\x00\x00", 1, 1).digest


def test_saving_never_overwrites_a_file_of_somebody_else(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("precious")
    result = cli("chat", engine=EchoEngine(), stdin=b"hi\n/save mine.json\n")
    assert result.code == 3
    assert "Nothing was overwritten." in result.err
    assert (tmp_path / "mine.json").read_text() == "precious"


def test_saving_again_into_the_own_file_works(cli: Cli, tmp_path: Path) -> None:
    said = b"a\n/save t.json\nb\n/save t.json\n"
    assert cli("chat", engine=EchoEngine(), stdin=said).code == 0
    assert len(json.loads((tmp_path / "t.json").read_text())["messages"]) == 4


def test_loading_what_is_no_conversation_keeps_the_present_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1}')
    engine = EchoEngine()
    result = cli("chat", engine=engine, stdin=b"hi\n/load x.json\nmore\n")
    assert result.code == 3
    assert [message.text for message in engine.asked[1]] == ["hi", "hi", "more"]


def test_a_line_that_is_no_text_is_one_failed_turn(cli: Cli) -> None:
    result = cli("chat", "--json", engine=EchoEngine(), stdin=b"a\0b\nnext\n")
    first, second = result.objects
    assert first["error"]["code"] == "bad-input"
    assert (second["text"], result.code) == ("next", 3)


def test_ctrl_c_in_a_piped_conversation_ends_it(cli: Cli) -> None:
    def press(index: int, cancel: Cancel | None) -> None:
        if index == 1:
            os.kill(os.getpid(), signal.SIGINT)

    engine = EchoEngine(before_word=press)
    result = cli("chat", engine=engine, stdin=b"one two\nthree four\n")
    assert (result.code, result.out) == (130, "one\n")
