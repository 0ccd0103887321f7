"""What models of each family write about places becomes pixels of the original picture."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.grammar.validate import problem
from edgeomni.errors import UsageError
from edgeomni.values import Box, Point
from edgeomni.vision import boxes
from edgeomni.vision.boxes import CONVENTIONS, middles, named, of_name, of_projector, question
from edgeomni.vision.canvas import Fitting, laid_out, plain

SIZE = (2000, 1000)
CUP = Box("cup", 200, 100, 600, 500)


def read(text: str, convention: str = "qwen3-vl", what: str = "cup"):
    return boxes.read(text, CONVENTIONS[convention], plain(*SIZE), SIZE, what)


NOTATIONS = [
    ("qwen3-vl", '[{"bbox_2d": [100, 100, 300, 500], "label": "cup"}]'),
    ("qwen3-vl", '```json\n[\n\t{"bbox_2d": [100, 100, 300, 500], "label": "cup"}\n]\n```'),
    ("qwen3-vl", 'Here is the cup [1]:\n```json\n{"bbox_2d": [100, 100, 300, 500]}\n```\nBye!'),
    ("qwen3-vl", "{'bbox_2d': [100, 100, 300, 500], 'label': 'cup'}"),
    ("qwen3-vl", '[{"bbox": {"x1": 100, "y1": 100, "x2": 300, "y2": 500}, "label": "cup"}]'),
    ("qwen3-vl", '{"objects": [{"name": "cup", "box": [[100, 100], [300, 500]]}]}'),
    ("qwen3-vl", '{"cup": [100, 100, 300, 500]}'),
    ("qwen3-vl", "The cup is at [100, 100, 300, 500]."),
    ("qwen3-vl", '[{"bbox_2d": [300, 500, 100, 100], "label": "cup"}]'),
    ("qwen3-vl", '[{"bbox_2d": [0.1, 0.1, 0.3, 0.5], "label": "cup"}]'),
    (
        "qwen2-vl",
        "<|object_ref_start|>cup<|object_ref_end|><|box_start|>(100,100),(300,500)<|box_end|>",
    ),
    ("qwen2-vl", "(100,100),(300,500)"),
    ("gemma", '[{"box_2d": [100, 100, 500, 300], "label": "cup"}]'),
    ("gemma", '[{"xmin": 100, "ymin": 100, "xmax": 300, "ymax": 500, "label": "cup"}]'),
    ("internvl", "<ref>cup</ref><box>[[100, 100, 300, 500]]</box>"),
    ("minicpm-v", "<ref>cup</ref><box>100 100 300 500</box>"),
    ("minicpm-v", "<box>100 100 300 500</box>"),
    ("moondream", "[0.1, 0.1, 0.3, 0.5]"),
    ("moondream", '{"x_min": 0.1, "y_min": 0.1, "x_max": 0.3, "y_max": 0.5}'),
]


@pytest.mark.parametrize(("convention", "text"), NOTATIONS)
def test_a_box_is_the_same_in_every_notation(convention, text):
    assert read(text, convention) == ([CUP], [])


def test_locations_are_rows_first_and_in_1024_steps():
    found, _ = read(
        "<loc0256><loc0128><loc0512><loc0384> cat ; <loc0000><loc0000><loc1023><loc1023> dog",
        "paligemma",
    )
    assert found == [Box("cat", 250, 250, 750, 500), Box("dog", 0, 0, 1998.0, 999.0)]


def test_points_are_percent_of_the_sides():
    _, points = read('<point x="63.5" y="44.5" alt="the cup">the cup</point>', "molmo")
    assert points == [Point("the cup", 1270, 445)]


def test_many_points_share_a_label():
    _, points = read('<points x1="10" y1="20" x2="30.5" y2="40" alt="cups">cups</points>', "molmo")
    assert points == [Point("cups", 200, 200), Point("cups", 610, 400)]


def test_points_in_json_are_read():
    _, points = read('[{"point_2d": [500, 100], "label": "cup"}]')
    assert points == [Point("cup", 1000, 100)]


def test_pixels_are_those_of_the_resized_picture():
    canvas = laid_out(1000, 500, Fitting(28, 8, 4096, bars=False))
    assert canvas.size == (1008, 504)
    text = '[{"bbox_2d": [504, 126, 1008, 252], "label": "cup"}]'
    (box,), _ = boxes.read(text, CONVENTIONS["qwen2.5-vl"], canvas, (1000, 500))
    assert box == Box("cup", 500, 125, 1000, 250)


def test_bars_beside_the_picture_are_taken_off():
    canvas = laid_out(1600, 800, Fitting(896))
    text = '[{"box_2d": [250, 0, 750, 500], "label": "cup"}]'
    (box,), _ = boxes.read(text, CONVENTIONS["gemma"], canvas, (1600, 800))
    assert box == Box("cup", 0, 0, 800, 800)


def test_of_a_text_that_was_cut_the_whole_boxes_are_taken():
    text = '[{"bbox_2d": [100, 100, 300, 500], "label": "cup"}, {"bbox_2d": [400, 1'
    assert read(text) == ([CUP], [])


def test_what_lies_outside_is_cut_at_the_edge():
    found, _ = read('[{"bbox_2d": [-50, 900, 100, 1100], "label": "cup"}]')
    assert found == [Box("cup", 0, 900, 200, 1000)]


def test_a_box_without_area_is_none():
    assert read('[{"bbox_2d": [100, 100, 100, 500]}, {"bbox_2d": [1200, 0, 1300, 9]}]') == ([], [])


def test_the_same_box_said_again_and_again_is_one():
    assert read('{"bbox_2d": [100, 100, 300, 500], "label": "cup"}\n' * 40) == ([CUP], [])


def test_scores_are_kept():
    (box,), _ = read('[{"bbox_2d": [1, 2, 3, 4], "label": "cup", "confidence": 0.75}]')
    assert box.score == 0.75


def test_what_was_asked_for_is_the_label_where_none_was_written():
    (box,), _ = read('[{"bbox_2d": [1, 2, 3, 4]}]', what="the cups")
    assert box.label == "the cups"


@pytest.mark.parametrize(
    "text", ["", "I see no cups.", "[]", '{"bbox_2d": null}', "[1, 2, 3]", "{"]
)
def test_a_text_without_places_has_none(text):
    assert read(text) == ([], [])


@given(st.text(alphabet="[]{}()<>\"'.,:;0123456789 -xybox_2dpointlabelref/|\n", max_size=200))
def test_no_text_breaks_the_reader(text):
    for name in CONVENTIONS:
        found, points = read(text, name)
        for box in found:
            assert 0 <= box.x0 < box.x1 <= SIZE[0]
            assert 0 <= box.y0 < box.y1 <= SIZE[1]
        for point in points:
            assert 0 <= point.x <= SIZE[0]
            assert 0 <= point.y <= SIZE[1]


def test_a_long_hostile_text_takes_no_time():
    assert read("[[[[" * 100_000 + '{"bbox_2d":' * 50_000) == ([], [])


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=str)
@pytest.mark.parametrize("points", [False, True])
def test_every_family_is_asked_for_what_the_user_wants(convention, points):
    assert "red cup" in question(convention, " red cup. ", points=points)


def test_paligemma_takes_several_things_apart():
    assert (
        question(CONVENTIONS["paligemma"], "cups, a plate and forks")
        == "detect cups ; a plate ; forks"
    )


@pytest.mark.parametrize("name", ["qwen2.5-vl", "qwen3-vl", "gemma"])
@pytest.mark.parametrize("points", [False, True])
def test_answers_that_satisfy_the_schema_are_read(name, points):
    convention = CONVENTIONS[name]
    key, numbers = (
        (convention.point_key, [10, 20]) if points else (convention.key, [10, 20, 30, 40])
    )
    text = json.dumps([{key: numbers, "label": "cup"}])
    assert problem(boxes.schema(convention, points=points), text) == ""
    found = read(text, name)
    assert [len(kind) for kind in found] == [not points, points]


def test_families_that_write_no_json_have_no_schema():
    assert boxes.schema(CONVENTIONS["internvl"]) == {}


@pytest.mark.parametrize(
    ("name", "convention"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5-vl"),
        ("qwen2.5vl:3b", "qwen2.5-vl"),
        ("Qwen2-VL-2B-Instruct", "qwen2-vl"),
        ("qwen3-vl-30b-a3b", "qwen3-vl"),
        ("Qwen3.5-4B", "qwen3-vl"),
        ("google/gemma-3-4b-it", "gemma"),
        ("paligemma2-3b-mix", "paligemma"),
        ("OpenGVLab/InternVL3-8B", "internvl"),
        ("MiniCPM-V-4_5", "minicpm-v"),
        ("allenai/Molmo-7B-D-0924", "molmo"),
        ("llava-1.6", None),
    ],
)
def test_a_served_model_is_known_by_its_name(name, convention):
    found = of_name(name)
    assert (found.name if found else None) == convention


def test_a_file_is_known_by_its_projector():
    assert of_projector("qwen2.5vl_merger") is CONVENTIONS["qwen2.5-vl"]
    assert of_projector("mlp") is None


def test_a_convention_that_does_not_exist_is_refused_by_name():
    with pytest.raises(UsageError, match="'polar'"):
        named("polar")


def test_the_middle_of_a_box_is_a_point_on_it():
    assert middles([CUP]) == [Point("cup", 400, 300)]
