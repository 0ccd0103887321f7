"""What programs can ask beside the conversation: files by themselves, pages, places, costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgeomni import Assistant
from edgeomni.api import Answer
from edgeomni.errors import MediaError, UsageError, WorkerDied
from edgeomni.values import Box, Finished, Fit, Image, Point, Receipt, TextDelta
from tests.fakes import ECHO, EchoEngine, PaintedEyes, ScriptedEngine, factories

SEEING = {"base_url": "http://127.0.0.1:9", "model": "qwen3-vl"}
CUP = '[{"bbox_2d": [100, 100, 300, 500], "label": "cup"}]'
DESK = Image(bytes(200 * 100 * 3), 200, 100, "desk")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for name in ("scans/a.png", "scans/b.png", "letter.pdf", "clip.mp4", "talk.wav"):
        (tmp_path / name).write_bytes(b"x")


def assistant(engine: EchoEngine, **settings: Any) -> Assistant:
    return Assistant(factories=factories(engine), **settings)


def saying(*texts: str, reason: Any = "stop", device: str = "cpu") -> ScriptedEngine:
    end = Finished(Receipt(completion_tokens=1, finish_reason=reason))
    can = replace(ECHO, device=device)
    return ScriptedEngine(can=can, script=[[TextDelta(text), end] for text in texts])


def texts(answers: Iterator[Answer]) -> list[tuple[str, str]]:
    return [(answer.file.name, answer.reply.text) for answer in answers if answer.reply]


def test_each_file_of_a_folder_is_asked_about_by_itself() -> None:
    engine = saying("one", "two")
    with assistant(engine) as talking:
        assert texts(talking.each("what?", "scans")) == [("a.png", "one"), ("b.png", "two")]
    assert [len(asked) for asked in engine.asked] == [1, 1]


def test_a_file_that_cannot_be_used_is_an_answer_and_the_next_goes_on(tmp_path: Path) -> None:
    (tmp_path / "scans/a.png").write_bytes(b"")
    with assistant(saying("two")) as talking:
        first, second = talking.each("what?", "scans")
    assert isinstance(first.error, MediaError)
    assert second.reply is not None


def test_an_engine_that_fails_again_and_again_ends_the_run(tmp_path: Path) -> None:
    for name in "cdef":
        (tmp_path / f"scans/{name}.png").write_bytes(b"x")
    engine = ScriptedEngine(script=[[WorkerDied("It died.")] for _ in range(6)])
    with assistant(engine) as talking, pytest.raises(WorkerDied):
        list(talking.each("what?", "scans"))
    assert len(engine.asked) == 3


def test_an_answer_of_each_is_data_with_a_schema() -> None:
    with assistant(saying('{"n": 1}')) as talking:
        (answer,) = talking.each("count", "scans/a.png", schema={"type": "object"})
    assert answer.reply is not None
    assert answer.reply.data == {"n": 1}


def test_nothing_to_go_through_is_said_at_once() -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match="no files"):
        talking.each("what?")


def test_a_page_with_text_is_read_without_the_model_and_the_next_by_its_picture() -> None:
    with assistant(saying("as seen")) as talking:
        pages = list(talking.read("letter.pdf"))
    assert [(page.page, page.text) for page in pages] == [(1, "Dear reader"), (2, "as seen")]
    assert [page.receipt is None for page in pages] == [True, False]


def test_look_reads_every_page_from_its_picture() -> None:
    with assistant(saying("one", "two")) as talking:
        assert [page.text for page in talking.read("letter.pdf", look=True)] == ["one", "two"]


class Empty(PaintedEyes):
    """Sees nothing but paper."""

    def image(self, path: Path, fit: Fit | None = None) -> Image:
        return Image(b"\xff" * 3 * 200 * 300, 200, 300, path.name)


def test_no_model_is_asked_what_a_blank_page_says() -> None:
    engine = saying()
    with Assistant(factories=factories(engine, Empty())) as talking:
        pages = list(talking.read("letter.pdf", "scans/a.png"))
    assert [(page.text, page.receipt) for page in pages] == [
        ("Dear reader", None),
        ("", None),
        ("", None),
    ]


def test_a_model_that_cannot_read_says_so_once() -> None:
    with assistant(saying("one", "two")) as talking:
        pages = list(talking.read("letter.pdf", look=True))
    assert [[notice.code for notice in page.notices] for page in pages] == [["cannot-read"], []]


def test_a_model_that_reads_needs_no_warning() -> None:
    with assistant(saying("one"), model="qwen2.5-vl-3b") as talking:
        (page,) = talking.read("scans/a.png")
    assert page.notices == ()


def test_a_file_that_cannot_be_read_is_told_and_the_next_goes_on(tmp_path: Path) -> None:
    (tmp_path / "scans/a.png").write_bytes(b"")
    with assistant(saying("two")) as talking:
        first, second = talking.read("scans")
    assert (first.file.name, first.text) == ("a.png", "")
    assert isinstance(first.error, MediaError)
    assert (second.text, second.error) == ("two", None)


def test_a_page_that_the_model_cannot_take_is_told_and_the_next_goes_on() -> None:
    engine = saying("two")
    engine.script.insert(0, [MediaError("It is too thin.")])
    with assistant(engine) as talking:
        first, second = talking.read("letter.pdf", look=True)
    assert isinstance(first.error, MediaError)
    assert second.text == "two"


def test_a_range_of_pages_that_is_none_is_refused_before_anything_is_read() -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match="range of pages"):
        talking.read("letter.pdf", pages="three")


def test_pages_that_are_read_from_an_assistant_that_was_closed_are_an_error() -> None:
    talking = assistant(saying("one"))
    pages = talking.read("letter.pdf")
    next(pages)
    talking.close()
    with pytest.raises(UsageError, match="was closed"):
        next(pages)


class Tall(PaintedEyes):
    """Cuts every picture into two parts."""

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        return [self.image(path, fit)] * 2


def test_what_two_parts_of_a_long_picture_show_is_read_once() -> None:
    engine = saying("one\ntwo", "two\nthree")
    with Assistant(factories=factories(engine, Tall())) as talking:
        assert [page.text for page in talking.read("scans/a.png")] == ["one\ntwo", "three"]


def test_a_part_that_was_read_is_not_lost_when_the_next_cannot_be() -> None:
    engine = saying("one")
    engine.script.append([WorkerDied("It died.")])
    with Assistant(factories=factories(engine, Tall())) as talking:
        pages = talking.read("scans/a.png")
        assert next(pages).text == "one"
        with pytest.raises(WorkerDied):
            next(pages)


@pytest.mark.parametrize("look", [object(), "yes", 1])
def test_look_is_true_or_false(look: Any) -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match="look must be"):
        talking.read("letter.pdf", look=look)


def test_places_are_found_in_pixels_of_the_picture() -> None:
    with assistant(saying(CUP, device="remote"), **SEEING) as talking:
        places = talking.boxes("the cups", DESK)
    assert places.boxes == (Box("cup", 20.0, 10.0, 60.0, 50.0),)


def test_points_are_the_middles_of_boxes_where_a_family_knows_no_points() -> None:
    with assistant(saying("<box>[[0, 0, 500, 500]]</box>"), **SEEING | {"model": "InternVL3"}) as a:
        places = a.points("the cups", DESK)
    assert (places.boxes, places.points) == ((), (Point("the cups", 50.0, 25.0),))


def test_what_was_found_is_drawn_on_the_picture() -> None:
    with assistant(saying(CUP), **SEEING) as talking:
        assert talking.drawn(talking.boxes("the cups", DESK)) == b"desk with 1 marks"


def test_places_that_may_be_missing_are_noticed() -> None:
    with assistant(saying(CUP, reason="length", device="remote"), **SEEING) as talking:
        (notice,) = talking.boxes("the cups", DESK).notices
    assert "there may be more places" in notice


@pytest.mark.parametrize("wrong", ["nothing.png", "clip.mp4x", "scans"])
def test_places_are_found_in_a_picture_that_is_there(wrong: str) -> None:
    class Strict(PaintedEyes):
        def image(self, path: Path, fit: Any = None) -> Image:
            if not path.is_file():
                raise MediaError(f"{path} is no file.")
            return DESK

    made = factories(saying(CUP), Strict())
    with Assistant(factories=made, **SEEING) as talking, pytest.raises(MediaError):
        talking.boxes("the cups", wrong)


@pytest.mark.parametrize("what", ["", "  "])
def test_what_is_looked_for_has_a_name(what: str) -> None:
    with assistant(saying(CUP), **SEEING) as talking, pytest.raises(UsageError, match="empty"):
        talking.boxes(what, DESK)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda a: a.read("letter.pdf", pages=3), 'pages must be a text like "1-3,7,10-", not 3.'),
        (lambda a: a.boxes(None, DESK), "what must be a text, not None."),
        (lambda a: a.points(3, DESK), "what must be a text, not 3."),
        (lambda a: a.boxes("cups", ""), "A file is named by its path, not by ''."),
        (lambda a: a.drawn(None), "places must be what boxes() or points() found, not None."),
    ],
)
def test_an_argument_of_another_type_is_told_what_it_must_be(use: Any, said: str) -> None:
    with assistant(saying(CUP), **SEEING) as talking, pytest.raises(UsageError) as error:
        use(talking)
    assert error.value.happened == said


def test_no_pages_are_all_pages() -> None:
    with assistant(saying("as seen")) as talking:
        assert len(list(talking.read("letter.pdf", pages=None))) == 2


def test_what_is_asked_beside_the_conversation_leaves_it_as_it_is() -> None:
    engine = saying("Hi Ada.", "seen", "read", CUP)
    with assistant(engine, **SEEING) as talking:
        talking.ask("I am Ada.")
        before = talking.history
        list(talking.each("what?", "scans/a.png"))
        list(talking.read("scans/a.png"))
        talking.boxes("the cups", DESK)
        assert talking.history == before


class Priced(EchoEngine):
    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        return [10 * width for width, _ in sizes]


def test_what_things_will_cost_is_counted_without_asking() -> None:
    engine = Priced()
    with assistant(engine) as talking:
        cost = talking.tokens("letter.pdf", DESK)
    assert (cost.total, cost.pictures) == (2020, ((1, 1), (1, 1), (200, 100)))
    assert cost.characters > len("Dear reader")
    assert engine.asked == []


def test_a_server_does_not_tell_what_pictures_cost() -> None:
    with assistant(EchoEngine()) as talking, pytest.raises(UsageError, match="does not tell"):
        talking.tokens(DESK)


def test_what_has_no_part_in_counting_is_not_ignored() -> None:
    wrong: Any = {"page": "1"}
    with assistant(Priced()) as talking, pytest.raises(UsageError, match="did you mean pages"):
        talking.tokens("letter.pdf", **wrong)


def test_a_sound_costs_no_room_that_is_seen() -> None:
    with assistant(Priced()) as talking, pytest.raises(UsageError, match="is a sound"):
        talking.tokens("talk.wav")


@pytest.mark.parametrize(
    "use",
    [
        lambda talking: talking.each("what?", "scans"),
        lambda talking: talking.read("letter.pdf"),
        lambda talking: talking.boxes("cups", DESK),
        lambda talking: talking.tokens(DESK),
    ],
)
def test_a_closed_assistant_says_so(use: Any) -> None:
    talking = assistant(EchoEngine())
    talking.close()
    with pytest.raises(UsageError, match="was closed"):
        use(talking)
