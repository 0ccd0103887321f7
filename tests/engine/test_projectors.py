"""A projector of another model is refused before it answers nonsense."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from edgeomni.engine.gguf import Header, check_header
from edgeomni.engine.projectors import ARCHITECTURES, check_model, check_pair
from edgeomni.errors import ModelError
from tests.tiny.build import HEARING, SEEING

WITH_MMPROJ = sorted({*SEEING, *HEARING})
ANY = set(WITH_MMPROJ)
LLAMA = {"smolvlm", "ultravox", "llava15", "llava16", "januspro", "pixtral", "yasa2"}
QWEN2 = {"minicpmv26", "minicpmo26", "internvl", "dotsocr"}
QWEN2VL = {"qwen2vl", "qwen25vl", "qwen25omni"}
QWEN3VL = {"qwen3vl", "qwen35", "minicpmv46"}
GEMMA4 = {"gemma4", "gemma4unified"}
FITTING = {
    "deepseekocr": {"deepseekocr", "kimivl"},
    "dotsocr": QWEN2,
    "gemma3": {"gemma3"},
    "gemma3n": {"gemma3n"},
    "gemma4": GEMMA4,
    "gemma4unified": GEMMA4,
    "glm4v": {"glm4v", "glmocr"},
    "glmedge": ANY,
    "glmocr": {"glm4v", "glmocr"},
    "granitevision": ANY,
    "internvl": ANY,
    "januspro": LLAMA,
    "kimivl": {"kimivl"},
    "lfm2vl": {"lfm2vl"},
    "lightonocr": {"lightonocr"},
    "llava15": ANY,
    "llava16": ANY,
    "minicpmo26": {*QWEN2, *LLAMA, "lightonocr"},
    "minicpmv26": {*QWEN2, *LLAMA, "lightonocr"},
    "minicpmv46": {"qwen35", "minicpmv46"},
    "mistral3": {*LLAMA, "mistral3"},
    "moondream": ANY,
    "paddleocr": {"paddleocr"},
    "phi4": {"phi4"},
    "pixtral": {*LLAMA, "mistral3"},
    "qwen25omni": QWEN2VL,
    "qwen25vl": QWEN2VL | LLAMA,
    "qwen2vl": QWEN2VL,
    "qwen35": QWEN3VL,
    "qwen3vl": QWEN3VL,
    "smolvlm": {*LLAMA, "mistral3", "granitevision"},
    "yasa2": ANY,
    "ultravox": {*LLAMA, "mistral3", "lightonocr", "gemma3"},
}
"""Models by the projector that could be meant for their architecture."""


header = cache(check_header)


def refused(model: Path, mmproj: Path) -> str:
    try:
        check_pair(model, header(model), mmproj, header(mmproj))
    except ModelError as error:
        assert error.code == "wrong-mmproj"
        return error.happened
    return ""


@pytest.mark.parametrize("projector", WITH_MMPROJ)
def test_only_a_projector_for_the_models_architecture_is_taken(tiny, projector):
    mmproj = tiny(projector).mmproj
    taken = {model for model in WITH_MMPROJ if not refused(tiny(model).model, mmproj)}
    assert taken == FITTING[projector]


def test_the_refusal_names_what_each_file_is(tiny):
    told = refused(tiny("gemma3").model, tiny("qwen25vl").mmproj)
    assert "qwen2.5vl_merger" in told and "qwen2vl" in told and "gemma3 model" in told


@pytest.mark.parametrize("kind", ["clip.vision.projector_type", "clip.audio.projector_type"])
def test_the_type_of_each_encoder_counts(kind):
    with pytest.raises(ModelError, match="gemma3"):
        pair("gemma3", {kind: "qwen2a"})


@pytest.mark.parametrize("kinds", [{}, {"clip.projector_type": "mlp"}])
def test_a_projector_of_an_unknown_or_common_type_is_left_to_libmtmd(kinds):
    pair("a-new-one", kinds)


def pair(architecture, kinds):
    model = Header({"general.architecture": architecture})
    mmproj = Header({"general.architecture": "clip", **kinds})
    check_pair(Path("model.gguf"), model, Path("mmproj.gguf"), mmproj)


def test_a_model_as_projector_and_a_projector_as_model_are_told_apart(tiny):
    files = tiny("gemma3")
    assert "is a model of its own" in refused(files.model, files.model)
    check_model(files.model, check_header(files.model))
    with pytest.raises(ModelError, match="is a projector, not a model"):
        check_model(files.mmproj, check_header(files.mmproj))


def test_every_type_in_the_table_has_a_model():
    assert all(ARCHITECTURES.values())
