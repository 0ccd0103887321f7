"""Models of several files, in several wheels: real pip, an index that is a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edgeomni import catalog
from edgeomni.errors import DownloadError
from tests.catalog.conftest import Recorder, make_wheel

pytestmark = pytest.mark.slow  # real processes, one or more for each

FIRST, SECOND, WORDS = b"weights, " * 300, b"and more of them" * 200, b"a list of words"

_CARD = """
[[model]]
id = "ears"
kind = "speech"
title = "Ears"
family = "test"
source = "wheel"
wheels = ["ears-one==1.0", "ears-two==1.0"]
quant = "F16"
licence = "MIT"
context = 448
abilities = []
file = [
    {{ name = "model.bin", bytes = {bytes}, sha256 = "{whole}", parts = [
        {{ name = "ears_one/part1", bytes = {first_bytes}, sha256 = "{first}" }},
        {{ name = "ears_two/part2", bytes = {second_bytes}, sha256 = "{second}" }},
    ] }},
    {{ name = "ears_two/words.txt", bytes = {words_bytes}, sha256 = "{words}" }},
]
"""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def ears(home: Path, index: Path) -> Path:
    """The card, and both of its wheels in the index."""
    (home / "config").mkdir(parents=True)
    card = _CARD.format(
        bytes=len(FIRST + SECOND),
        whole=_sha256(FIRST + SECOND),
        first=_sha256(FIRST),
        first_bytes=len(FIRST),
        second=_sha256(SECOND),
        second_bytes=len(SECOND),
        words=_sha256(WORDS),
        words_bytes=len(WORDS),
    )
    (home / "config" / "catalog.toml").write_text(card)
    make_wheel(index, {"ears_one/part1": FIRST}, "ears_one")
    make_wheel(index, {"ears_two/part2": SECOND, "ears_two/words.txt": WORDS}, "ears_two")
    return index


def test_a_file_in_two_wheels_is_put_together(progress: Recorder) -> None:
    assert catalog.pull("ears", progress).model.read_bytes() == FIRST + SECOND


def test_every_file_lies_beside_the_model(progress: Recorder) -> None:
    model = catalog.pull("ears", progress).model
    assert model.with_name("words.txt").read_bytes() == WORDS


def test_only_what_is_missing_is_put_there_again(progress: Recorder) -> None:
    model = catalog.pull("ears", progress).model
    before = model.stat().st_mtime_ns
    model.with_name("words.txt").unlink()
    catalog.ensure("ears", progress)
    assert model.stat().st_mtime_ns == before
    assert model.with_name("words.txt").read_bytes() == WORDS


def test_a_part_that_is_not_what_was_promised_is_refused(ears: Path, progress: Recorder) -> None:
    make_wheel(ears, {"ears_one/part1": FIRST[::-1]}, "ears_one")
    with pytest.raises(DownloadError, match="ears_one/part1") as caught:
        catalog.pull("ears", progress)
    assert caught.value.code == "checksum-mismatch"


def test_offline_names_what_is_missing(progress: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")
    with pytest.raises(DownloadError, match=r"model\.bin .* \+ ears_two/words\.txt") as caught:
        catalog.pull("ears", progress)
    assert caught.value.code == "offline"


def test_removing_takes_every_file(progress: Recorder) -> None:
    folder = catalog.pull("ears", progress).model.parent
    catalog.remove("ears")
    assert not folder.exists()


def test_the_shelf_says_what_it_is_for(progress: Recorder) -> None:
    catalog.pull("ears", progress)
    assert [model.kind for model in catalog.installed()] == ["speech"]


@pytest.mark.models
@pytest.mark.parametrize("name", ["tiny.en", "base"])
def test_the_models_of_speech_are_what_their_cards_say(
    name: str, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the user's own store and from the user's own index, so that they are fetched once.
    for variable in ("EDGEOMNI_HOME", "PIP_CONFIG_FILE", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(variable)
    files = catalog.pull(name, progress)
    assert files.card and files.model.stat().st_size == files.card.files[0].bytes
