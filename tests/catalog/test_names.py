"""What a model's name means."""

from __future__ import annotations

import pytest

from edgeomni.catalog.cards import cards
from edgeomni.catalog.names import CardName, FileName, ModelName, RepoName, parse
from edgeomni.errors import ModelNotFound, UsageError

KNOWN = {card.id: card for card in cards()}
GEMMA = KNOWN["gemma-3-4b"]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("model.gguf", FileName("model.gguf")),
        ("dir/Model.GGUF", FileName("dir/Model.GGUF")),
        ("./nano", FileName("./nano")),
        ("../x/y", FileName("../x/y")),
        ("/abs/model", FileName("/abs/model")),
        ("~/models/a", FileName("~/models/a")),
        (r"C:\models\a", FileName(r"C:\models\a")),
        (r"models\a", FileName(r"models\a")),
        ("nano", CardName(KNOWN["nano"])),
        ("Nano", CardName(KNOWN["nano"])),
        ("nano:q4_1", CardName(KNOWN["nano"])),
        ("gemma-3-4b", CardName(GEMMA)),
        ("gemma-3-4b:Q4_K_M", CardName(GEMMA)),
        ("gemma-3-4b:Q8_0", CardName(GEMMA, "Q8_0")),
        ("ggml-org/gemma-3-4b-it-GGUF", CardName(GEMMA)),
        ("ggml-org/gemma-3-4b-it-GGUF@f16", CardName(GEMMA, "F16")),
        ("org/repo", RepoName("org/repo")),
        ("org/repo:Q5_K_M", RepoName("org/repo", "Q5_K_M")),
        ("org/repo@q5_k_m", RepoName("org/repo", "Q5_K_M")),
        ("org/repo:UD-Q4_K_XL", RepoName("org/repo", "UD-Q4_K_XL")),
        ("o-r.g/re_po-1.5", RepoName("o-r.g/re_po-1.5")),
    ],
)
def test_form_decides(name: str, meaning: ModelName) -> None:
    assert parse(name, cards()) == meaning


@pytest.mark.parametrize(
    "name",
    [
        "a/b/c",
        "a/../b",
        "org/re..po",
        "org/re--po",
        "org/",
        "or g/repo",
        "org/re\x1b[0mpo",
        "nanoo",
    ],
)
def test_what_can_be_no_model_is_refused(name: str) -> None:
    with pytest.raises(ModelNotFound):
        parse(name, cards())


@pytest.mark.parametrize("name", ["", "  ", "org/repo:", "org/repo:Q4 K", "nano:Q8_0"])
def test_malformed_requests_are_usage_errors(name: str) -> None:
    with pytest.raises(UsageError):
        parse(name, cards())


@pytest.mark.parametrize(
    ("typed", "meant"), [("nanp", "nano"), ("gema-3-4b", "gemma-3-4b"), ("minicpm", "minicpm-v")]
)
def test_the_nearest_names_are_offered(typed: str, meant: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        parse(typed, cards())
    assert meant in caught.value.remedy


def test_escapes_in_a_name_do_not_reach_the_terminal() -> None:
    with pytest.raises(ModelNotFound) as caught:
        parse("x\x1b]52;c;aGk=\x07", cards())
    assert "\x1b" not in caught.value.happened
