"""The catalog as data."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from edgeomni.catalog.cards import DEFAULT_ID, cards, find
from edgeomni.errors import UsageError
from edgeomni.values import Options

OWN = """
[[model]]
id = "mine"
title = "Mine"
family = "llama"
source = "hub"
repo = "me/mine-GGUF"
quant = "Q4_K_M"
context = 4096
abilities = ["text"]
"""


def _write(home: Path, text: str) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "catalog.toml").write_text(text)


def test_the_promised_models_are_there() -> None:
    assert [card.id for card in cards()] == [
        "nano",
        "gemma-3-4b",
        "gemma-3-12b",
        "qwen2.5-vl-3b",
        "qwen2.5-vl-7b",
        "qwen2.5-omni-3b",
        "minicpm-o-2.6",
        "minicpm-v",
        "tiny.en",
        "base",
        "smart-turn",
        "kokoro",
    ]


def test_the_models_of_speech_say_that_they_are() -> None:
    assert [card.id for card in cards() if card.kind == "speech"] == ["tiny.en", "base"]


def test_the_default_is_a_card_that_needs_no_hub() -> None:
    card = find(DEFAULT_ID, cards())
    assert card and card.source == "wheel"


def test_recommended_sampling_names_real_options() -> None:
    options = {field.name for field in dataclasses.fields(Options)}
    assert all(set(card.sampling) <= options for card in cards())


def test_every_repository_is_named_in_full() -> None:
    repos = [card.repo for card in cards() if card.source == "hub"]
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", repo) for repo in repos)


def test_the_users_own_cards_come_on_top(home: Path) -> None:
    _write(home, OWN)
    assert cards()[-1].repo == "me/mine-GGUF"


def test_the_users_card_replaces_ours_of_the_same_id(home: Path) -> None:
    _write(home, OWN.replace('id = "mine"', 'id = "gemma-3-4b"'))
    card = find("gemma-3-4b", cards())
    assert card and card.repo == "me/mine-GGUF"


@pytest.mark.parametrize(
    "text",
    [
        "[[model",
        "[[model]]\nid = 'x'",
        OWN + "colour = 'red'",
        OWN.replace('"mine"', '"../mine"'),
        OWN.replace("repo", "notes"),
        OWN + "kind = 'smell'",
        OWN.replace('"hub"', '"wheel"'),
        OWN.replace('"hub"', '"wheel"').replace('repo = "me', 'wheel = "--pre'),
        "model = 3",
    ],
)
def test_a_bad_catalog_is_one_clear_error(home: Path, text: str) -> None:
    _write(home, text)
    with pytest.raises(UsageError, match=r"catalog\.toml"):
        cards()
