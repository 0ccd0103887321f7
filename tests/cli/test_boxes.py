"""Where something is: asked in a family's words, printed as pixels, drawn on the picture."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.catalog.cards import cards
from edgeomni.places import closely, eyesight
from edgeomni.settings import load
from edgeomni.values import Finished, FinishReason, Image, Receipt, TextDelta
from edgeomni.vision.boxes import CONVENTIONS
from tests.cli.conftest import Cli
from tests.fakes import ECHO, PaintedEyes, ScriptedEngine
from tests.tiny.build import TinyModel

CUP = '[{"bbox_2d": [100, 100, 300, 500], "label": "cup"}]'
SERVED = ("--base-url", "http://127.0.0.1:9", "-m")


class WideEyes(PaintedEyes):
    """Sees a picture of 200 by 100 pixels."""

    def image(self, path: Path) -> Image:  # type: ignore[override]
        return Image(bytes(200 * 100 * 3), 200, 100, path.name)


@pytest.fixture(autouse=True)
def picture(tmp_path: Path) -> None:
    (tmp_path / "desk.jpg").write_bytes(b"x")


def saying(text: str, device: str = "remote", reason: FinishReason = "stop") -> ScriptedEngine:
    script = [[TextDelta(text), Finished(Receipt(finish_reason=reason))]]
    return ScriptedEngine(can=replace(ECHO, device=device), script=script)


def ask(cli: Cli, *words: str, text: str = CUP, model: str = "qwen3-vl", **engine: str):
    made = saying(text, **engine)  # type: ignore[arg-type]
    flags = ("ask", "-i", "desk.jpg", *SERVED, model, *words)
    return cli(*flags, engine=made, eyes=WideEyes()), made


def test_boxes_are_printed_as_json_in_pixels_of_the_picture(cli: Cli) -> None:
    result, _ = ask(cli, "--boxes", "the cups")
    (found,) = result.objects
    assert (result.code, result.err) == (0, "")
    assert (found["image"], found["width"], found["height"]) == ("desk.jpg", 200, 100)
    box = {"label": "cup", "x0": 20.0, "y0": 10.0, "x1": 60.0, "y1": 50.0, "score": None}
    assert (found["boxes"], found["points"]) == ([box], [])


def test_the_question_is_in_the_words_of_the_family(cli: Cli) -> None:
    _, engine = ask(cli, "--boxes", "the cups", text="<box>[[1,2,3,4]]</box>", model="InternVL3-8B")
    assert "<ref>the cups</ref>" in engine.asked[0][-1].text
    assert isinstance(engine.asked[0][-1].parts[0], Image)


def test_points_are_points(cli: Cli) -> None:
    result, _ = ask(cli, "--points", "cups", text='<point x="50" y="10">cup</point>', model="molmo")
    (found,) = result.objects
    assert found["points"] == [{"label": "cup", "x": 100.0, "y": 10.0}]


def test_a_family_without_points_gives_the_middles_of_its_boxes(cli: Cli) -> None:
    text = "<box>[[0, 0, 500, 500]]</box>"
    result, _ = ask(cli, "--points", "cups", text=text, model="InternVL3-8B")
    (found,) = result.objects
    assert (found["boxes"], found["points"]) == ([], [{"label": "cups", "x": 50.0, "y": 25.0}])


def test_with_json_the_places_stand_behind_the_whole_record(cli: Cli) -> None:
    result, _ = ask(cli, "--boxes", "cups", "--json")
    (found,) = result.objects
    assert found["text"] == CUP
    assert list(found)[-5:] == ["image", "width", "height", "boxes", "points"]


def test_the_drawing_is_written_where_o_says(cli: Cli, tmp_path: Path) -> None:
    result, _ = ask(cli, "--boxes", "cups", "-o", "found.png")
    assert result.code == 0
    assert (tmp_path / "found.png").read_bytes() == b"desk.jpg with 1 marks"
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_places_are_found_and_drawn_in_one_picture_of_the_camera(cli: Cli, tmp_path: Path) -> None:
    flags = ("ask", "-i", "camera:1", *SERVED, "qwen3-vl", "--boxes", "cups", "-o", "found.png")
    result = cli(*flags, engine=saying(CUP), eyes=WideEyes())
    assert (result.code, result.objects[0]["image"]) == (0, "camera:1")
    assert (tmp_path / "found.png").read_bytes() == b"camera 1 with 1 marks"


def test_when_no_place_is_named_stderr_shows_what_was_said(cli: Cli) -> None:
    result, _ = ask(cli, "--boxes", "cups", text="I see no cups.")
    (found,) = result.objects
    assert (result.code, found["boxes"]) == (0, [])
    assert "No place was named; the model said: I see no cups." in result.err


def test_a_model_that_nobody_knows_is_taken_to_count_thousandths_and_that_is_said(cli: Cli) -> None:
    result, _ = ask(cli, "--boxes", "cups", model="mystery-7b")
    assert result.objects[0]["boxes"][0]["x1"] == 60.0
    assert "It is not known how this model counts" in result.err


def test_an_answer_that_was_cut_gives_its_whole_boxes_and_says_so(cli: Cli) -> None:
    text = CUP.removesuffix("]") + ', {"bbox_2d": [400, '
    result, _ = ask(cli, "--boxes", "cups", text=text, reason="length")
    assert len(result.objects[0]["boxes"]) == 1
    assert "there may be more places" in result.err


def test_places_are_printed_even_when_the_drawing_cannot_be_written(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "found.png").mkdir()
    result, _ = ask(cli, "--boxes", "cups", "-o", "found.png")
    assert result.code == 3
    assert json.loads(result.out.splitlines()[0])["boxes"]
    assert "could not be written" in result.err


def test_a_stopped_answer_prints_nothing(cli: Cli) -> None:
    result, _ = ask(cli, "--boxes", "cups", reason="cancelled")
    assert (result.code, result.out) == (130, "")


def test_servers_are_not_asked_for_a_schema(cli: Cli) -> None:
    _, engine = ask(cli, "--boxes", "cups")
    assert engine.options[0].schema is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "x.png"), "-o is for what --boxes"),
        (("--boxes", " "), "What to look for is empty"),
        (("more", "--boxes", "cups"), "There is a prompt as well"),
        (("--boxes", "cups", "-i", "desk.jpg"), "Places are found in one picture"),
        (("--boxes", "cups", "--each"), "Places are found in one picture at a time"),
        (("--boxes", "cups", "-o", "x.jpg"), "x.jpg is no PNG"),
        (("--boxes", "cups", "-o", "nowhere/x.png"), "there is no folder nowhere"),
        (("--boxes", "cups", "--schema", "s.json"), "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_loaded(
    words: tuple[str, ...], message: str, cli: Cli
) -> None:
    engine = saying(CUP)
    result = cli("ask", "-i", "desk.jpg", *words, engine=engine)
    assert result.code in (2, 3)
    assert message in result.err
    assert engine.asked == []


def test_the_picture_itself_is_not_overwritten(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "desk.png").write_bytes(b"x")
    result = cli("ask", "-i", "desk.png", "--boxes", "a", "-o", "desk.png", engine=saying(CUP))
    assert (result.code, (tmp_path / "desk.png").read_bytes()) == (2, b"x")


# ── how a model counts ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.id)
def test_every_card_names_a_convention_that_exists(card) -> None:
    assert card.boxes == "" or card.boxes in CONVENTIONS


@pytest.mark.parametrize(
    ("name", "convention"),
    [("qwen25vl", "qwen2.5-vl"), ("qwen3vl", "qwen3-vl"), ("gemma3", "gemma"), ("llama", None)],
)
def test_a_model_file_is_known_by_its_projector(
    name: str, convention: str | None, tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    files = tiny(name)
    file = tmp_path / "some.gguf"  # whose name gives nothing away
    file.symlink_to(files.model)
    flags = {"model": str(file), "mmproj": str(files.mmproj or "")}
    chosen = load(flags, env={}, project_file=tmp_path / "a", user_file=tmp_path / "b")
    sight = eyesight(chosen)
    assert sight.known == bool(convention)
    assert sight.convention.name == (convention or "qwen3-vl")


@pytest.mark.parametrize(("detail", "most"), [("low", 256), ("high", 2048)])
def test_the_canvas_is_that_of_the_engine_as_it_is_asked_to_look(
    detail: str, most: int, tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    files = tiny("qwen25vl")
    flags = {"model": str(files.model), "mmproj": str(files.mmproj), "detail": detail}
    chosen = load(flags, env={}, project_file=tmp_path / "a", user_file=tmp_path / "b")
    fitting = eyesight(chosen).fitting
    assert fitting is not None
    assert fitting.most == most


def test_boxes_are_looked_for_closely_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    def detail(**flags: str) -> str:
        chosen = load(flags, env={}, project_file=tmp_path / "a", user_file=tmp_path / "b")
        return closely(chosen).detail.value

    assert (detail(), detail(detail="auto"), detail(detail="low")) == ("high", "auto", "low")


@pytest.mark.engine
def test_our_own_engine_is_held_to_the_familys_json(
    cli: Cli, tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    from tests.cli.program import png

    files, path = tiny("qwen25vl"), png(tmp_path / "black.png", 320, 160)
    words = ["-m", str(files.model), "--mmproj", str(files.mmproj), "--device", "cpu"]
    flags = ["--temperature", "1", "--seed", "3", "--max-tokens", "200", "-o", "found.png"]
    result = cli("ask", "-i", str(path), "--boxes", "cups", *words, *flags, "--json")
    (found,) = result.objects
    assert result.code == 0, result.err
    json.loads(found["text"])
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_takes_no_picture_is_told_before_anything_is_looked_at(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    engine = saying(CUP)
    words = ("-i", "desk.jpg", "--boxes", "cups", "-o", "found.png")
    result = cli("ask", *words, engine=engine)
    assert result.code == 3
    assert "no permission to write" in result.err
    assert engine.asked == []
