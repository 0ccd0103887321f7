"""Which voice speaks, and what is said where the wished one cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgeomni import casting
from edgeomni.casting import cast, located
from edgeomni.errors import AbilityMissing, ModelError, ModelNotFound, UsageError
from tests.speech import kokoro_model


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path / "home"))


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """kokoro-onnx is installed, whether it is or not."""
    monkeypatch.setattr(casting, "installed", lambda: True)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights were pulled."""
    folder = kokoro_model.folder(tmp_path / "pulled")
    monkeypatch.setattr(casting, "pulled", lambda: folder)
    return folder


@pytest.mark.parametrize("name", ["", "heart", "system"])
def test_other_voices_stay_as_they_are(name: str) -> None:
    assert located(name) == name


@pytest.mark.usefixtures("package")
def test_a_voice_of_kokoros_is_opened_where_its_weights_are(weights: Path) -> None:
    assert located("ef_dora") == os.path.join(weights, "ef_dora")


@pytest.mark.usefixtures("package")
def test_weights_of_ones_own_need_no_pull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kokoro_model.folder(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert located("mine/af_heart") == str(tmp_path / "mine" / "af_heart")


@pytest.mark.usefixtures("package")
def test_a_folder_alone_is_asked_for_one_of_its_voices(tmp_path: Path) -> None:
    folder = kokoro_model.folder(tmp_path / "mine")
    with pytest.raises(UsageError, match="is no voice") as raised:
        located(str(folder))
    assert "af_heart, ef_dora" in raised.value.remedy


def test_without_the_package_it_says_how_to_install_it_and_its_licence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(casting, "installed", lambda: False)
    with pytest.raises(AbilityMissing, match="need the package kokoro-onnx") as raised:
        located("af_heart")
    assert "-m pip install kokoro-onnx" in raised.value.remedy
    assert "GPL-3.0" in raised.value.remedy


@pytest.mark.usefixtures("package")
def test_without_the_weights_it_says_how_to_pull_them() -> None:
    with pytest.raises(ModelNotFound, match="weights of Kokoro's voices") as raised:
        located("af_heart")
    assert "`edgeomni pull kokoro`" in raised.value.remedy


def test_a_misspelt_voice_is_told_before_anything_that_it_would_need() -> None:
    with pytest.raises(UsageError, match="no voice 'af_hart'") as raised:
        located("af_hart")
    assert "Did you mean af_heart" in raised.value.remedy


@pytest.mark.usefixtures("package", "weights")
def test_a_folder_that_is_called_like_a_voice_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "af_heart").mkdir()
    monkeypatch.chdir(tmp_path)
    assert located("af_heart") == str(tmp_path / "pulled" / "af_heart")


def test_a_home_of_nobody_is_a_folder_that_is_not_there() -> None:
    assert casting.folder_of("~no-such-user/af_heart") == "~no-such-user/"


# ── for a conversation ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.mark.usefixtures("package")
def test_the_voice_follows_the_language_where_kokoro_is_here(
    weights: Path, told: list[str]
) -> None:
    assert cast("", "es", told.append) == str(weights / "ef_dora")
    assert told == []


@pytest.mark.parametrize("language", ["", "en"])
@pytest.mark.usefixtures("package", "weights")
def test_english_is_spoken_by_the_usual_voice(language: str, told: list[str]) -> None:
    assert (cast("", language, told.append), told) == ("", [])


@pytest.mark.usefixtures("package")
def test_without_a_voice_for_it_an_english_one_speaks_and_that_is_told(told: list[str]) -> None:
    assert cast("", "es", told.append) == ""
    assert cast("", "de", told.append) == ""
    spanish, german = told
    assert "English voice" in spanish
    assert "edgeomni pull kokoro" in spanish
    assert "none here speaks this language" in german


def test_the_machines_voice_is_told_the_language_where_it_is_known(told: list[str]) -> None:
    assert cast("system", "es", told.append) == "system:es"
    assert cast("system", "", told.append) == "system"
    assert cast("system:fr", "es", told.append) == "system:fr"
    assert told == []


@pytest.mark.usefixtures("package", "weights")
def test_a_voice_of_another_language_is_taken_and_that_is_told(told: list[str]) -> None:
    assert cast("af_heart", "es", told.append).endswith("af_heart")
    assert told == ["The voice af_heart reads everything as American English."]


@pytest.mark.usefixtures("package")
def test_broken_weights_are_no_reason_to_speak_otherwise(tmp_path: Path, told: list[str]) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        cast(f"{tmp_path}/nowhere/ef_dora", "es", told.append)
