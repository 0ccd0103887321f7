"""Reading mode: the text layer where there is one, the model's eyes where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni.build import Factories
from edgeomni.errors import ModelNotFound, UsageError
from edgeomni.values import LEGIBLE, Finished, Fit, Image, Page, Receipt, TextDelta
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, PaintedEyes, ScriptedEngine


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / "scan.png").write_bytes(b"x")


def reading(*texts: str) -> ScriptedEngine:
    return ScriptedEngine(script=[[TextDelta(text), Finished(Receipt())] for text in texts])


def test_a_page_with_text_is_read_without_a_model(cli: Cli) -> None:
    engine = reading("what the scan says")
    result = cli("read", "a.pdf", engine=engine)
    assert result.out == "Dear reader\n\nwhat the scan says\n"
    assert len(engine.asked) == 1


def test_look_reads_every_page_from_its_picture(cli: Cli) -> None:
    engine = reading("one", "two")
    assert cli("read", "a.pdf", "--look", engine=engine).out == "one\n\ntwo\n"


def test_each_page_is_a_conversation_of_its_own(cli: Cli) -> None:
    engine = reading("one", "two")
    cli("read", "a.pdf", "--look", engine=engine)
    assert [len(asked) for asked in engine.asked] == [1, 1]


def test_the_likeliest_words_are_taken(cli: Cli) -> None:
    engine = reading("one")
    cli("read", "scan.png", engine=engine)
    assert engine.options[0].temperature == 0


def test_every_page_is_an_object_with_its_file_and_number(cli: Cli) -> None:
    result = cli("read", "a.pdf", "scan.png", "--json", engine=reading("two", "three"))
    assert [(found["file"], found["page"], found["text"]) for found in result.objects] == [
        ("a.pdf", 1, "Dear reader"),
        ("a.pdf", 2, "two"),
        ("scan.png", 1, "three"),
    ]


def test_a_file_that_is_not_there_is_said_before_anything_is_read(cli: Cli) -> None:
    result = cli("read", "a.pdf", "nothing.png", engine=EchoEngine())
    assert (result.code, result.out) == (3, "")


def test_a_page_that_one_file_lacks_does_not_keep_the_next_from_being_read(
    cli: Cli, tmp_path: Path
) -> None:
    class Short(PaintedEyes):
        def pages(self, path, wanted="", *, fit=LEGIBLE, pictures=True):
            if path.name == "a.pdf":
                raise UsageError("a.pdf has one page.")
            yield from super().pages(path, wanted, fit=fit, pictures=pictures)

    (tmp_path / "b.pdf").write_bytes(b"x")
    files = ("a.pdf", "b.pdf", "--pages", "1")
    result = cli("read", *files, engine=EchoEngine(), eyes=Short())
    assert (result.code, result.out) == (2, "Dear reader\n")
    found = cli("read", *files, "--json", engine=EchoEngine(), eyes=Short()).objects
    assert [line["file"] for line in found] == ["a.pdf", "b.pdf"]


def test_a_page_that_was_not_read_to_its_end_is_named(cli: Cli) -> None:
    script = [[TextDelta("EX"), Finished(Receipt(finish_reason="length"))]]
    result = cli("read", "scan.png", engine=ScriptedEngine(script=script))
    assert result.out == "EX\n"
    assert "scan.png, page 1, says more" in result.err


class Tall(PaintedEyes):
    """Cuts every picture into three parts."""

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        return [self.image(path, fit)] * 3


def test_what_two_parts_of_a_long_picture_show_is_written_once(cli: Cli) -> None:
    engine = reading("one\ntwo\n\nthree", "Two\n\nthree\nfour\nfive", "four\nfive\nsix")
    result = cli("read", "scan.png", engine=engine, eyes=Tall())
    assert result.out == "one\ntwo\n\nthree\nfour\nfive\nsix\n"


def test_parts_that_show_nothing_twice_are_separated_like_pages(cli: Cli) -> None:
    result = cli("read", "scan.png", engine=reading("one", "two", "two\nthree"), eyes=Tall())
    assert result.out == "one\n\ntwo\nthree\n"


def test_each_part_is_an_object_without_what_the_one_above_it_says(cli: Cli) -> None:
    engine = reading("one\ntwo", "two\nthree", "three\nfour")
    found = cli("read", "scan.png", "--json", engine=engine, eyes=Tall()).objects
    assert [(line["page"], line["text"]) for line in found] == [
        *((1, "one\ntwo"), (2, "three"), (3, "four"))
    ]


def test_what_was_read_before_a_stop_is_written(cli: Cli) -> None:
    stopped = Finished(Receipt(finish_reason="cancelled"))
    script = [[TextDelta("one\ntwo"), Finished(Receipt())], [TextDelta("two\nthr"), stopped]]
    engine = ScriptedEngine(script=script)
    result = cli("read", "scan.png", engine=engine, eyes=Tall())
    assert (result.code, result.out, len(engine.asked)) == (130, "one\ntwo\nthr\n", 2)


def test_pages_of_a_document_may_say_the_same(cli: Cli) -> None:
    result = cli("read", "a.pdf", "--look", engine=reading("Chapter", "Chapter"))
    assert result.out == "Chapter\n\nChapter\n"


def test_the_camera_is_read_like_a_picture(cli: Cli) -> None:
    engine = reading("EXIT")
    assert cli("read", "camera:1", engine=engine).out == "EXIT\n"
    assert engine.asked[0][0].media[0].name == "camera 1"


def test_a_file_that_is_called_camera_is_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "camera").write_bytes(b"x")
    engine = reading("EXIT")
    cli("read", "camera", engine=engine)
    assert engine.asked[0][0].media[0].name == "camera"
    assert engine.asked[0][0].media[0].pixels == b"\xff\x00\x00"


def test_a_file_that_cannot_be_used_is_named_and_the_next_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"")
    result = cli("read", "broken.png", "scan.png", "--json", engine=reading("EXIT"))
    assert [(found["file"], found["text"]) for found in result.objects] == [
        ("broken.png", ""),
        ("scan.png", "EXIT"),
    ]
    assert result.objects[0]["error"]["code"] == "bad-media"
    assert result.code == 3


def test_text_that_was_there_is_no_failure(cli: Cli) -> None:
    found = cli("read", "a.pdf", "--json", engine=reading("two")).objects[0]
    assert (found["error"], found["receipt"]["finish_reason"]) == (None, "stop")


def test_without_pictures_no_model_is_asked_for(cli: Cli) -> None:
    class TextOnly(PaintedEyes):
        def pages(self, path, wanted="", *, fit=LEGIBLE, pictures=True):
            assert not pictures, "nobody looks at it"
            yield Page(1, None, "Dear reader")

    def no_engine(chosen, progress):
        raise ModelNotFound("There is no model.")

    result = cli("read", "a.pdf", factories=Factories(engine=no_engine, eyes=TextOnly))
    assert (result.code, result.out) == (0, "Dear reader\n")


class Empty(PaintedEyes):
    """Sees nothing but paper."""

    def image(self, path: Path, fit: Fit | None = None) -> Image:
        return Image(b"\xff" * 3 * 200 * 300, 200, 300, path.name)


def test_a_blank_page_is_told_and_no_model_is_asked_about_it(cli: Cli) -> None:
    engine = reading()
    result = cli("read", "a.pdf", engine=engine, eyes=Empty())
    assert (result.code, result.out) == (0, "Dear reader\n")
    assert "a.pdf, page 2, is blank." in result.err
    assert engine.asked == []


def test_a_blank_page_is_an_object_without_text(cli: Cli) -> None:
    result = cli("read", "scan.png", "--json", engine=reading(), eyes=Empty())
    (found,) = result.objects
    assert (found["text"], found["error"]) == ("", None)
    assert [notice["code"] for notice in found["notices"]] == ["blank-page"]


def test_a_model_that_cannot_read_says_so_once(cli: Cli) -> None:
    result = cli("read", "a.pdf", "--look", engine=reading("one", "two"))
    assert result.err.count("nano sees scenes but cannot read print") == 1


def test_the_first_object_of_a_model_that_cannot_read_says_so(cli: Cli) -> None:
    found = cli("read", "a.pdf", "--look", "--json", engine=reading("one", "two")).objects
    codes = [[notice["code"] for notice in page["notices"]] for page in found]
    assert codes == [["cannot-read"], []]


def test_a_model_that_reads_needs_no_warning(cli: Cli) -> None:
    result = cli("read", "scan.png", "-m", "qwen2.5-vl-3b", engine=reading("one"))
    assert "cannot read" not in result.err
