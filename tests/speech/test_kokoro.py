"""Kokoro's voices by their names, and where their files lie: without the package that speaks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import ModelError, UsageError
from edgeomni.speech.voices import kokoro, kokoro_files
from edgeomni.speech.voices.kokoro import Asked
from tests.speech import kokoro_model


def test_a_voice_is_asked_for_by_its_name_or_behind_a_folder() -> None:
    assert kokoro.parse("af_heart") == Asked("", "af_heart")
    assert kokoro.parse("weights/mine/af_heart") == Asked("weights/mine/", "af_heart")
    assert [kokoro.parse(name) for name in ("heart", "af_hart", "system", "")] == [None] * 4


@pytest.mark.parametrize(
    ("voice", "code", "espeak"),
    [
        ("af_heart", "en", "en-us"),
        ("bm_george", "en", "en-gb"),
        ("ef_dora", "es", "es"),
        ("ff_siwis", "fr", "fr-fr"),
        ("hf_alpha", "hi", "hi"),
        ("if_sara", "it", "it"),
        ("/weights/pf_dora", "pt", "pt-br"),
        ("jf_alpha", "ja", "ja"),
        (r"C:\weights\zf_xiaobei", "zh", "cmn"),
        ("/esperanto/mine", "en", "en-us"),
    ],
)
def test_the_first_letter_of_a_voice_is_its_language(voice: str, code: str, espeak: str) -> None:
    language = kokoro.language_of(voice)
    assert (language.code, language.espeak) == (code, espeak)


def test_every_language_has_a_voice_to_begin_with() -> None:
    first = [kokoro.first_of(code) for code in ("en", "es", "fr", "hi", "it", "pt", "ja", "zh")]
    assert first[:3] == ["af_heart", "ef_dora", "ff_siwis"]
    assert all(voice in kokoro.VOICES for voice in first)
    assert kokoro.first_of("de") == ""


def test_there_are_54_voices_in_9_languages() -> None:
    assert len(set(kokoro.VOICES)) == 54
    assert len(kokoro.by_language(kokoro.VOICES)) == 9


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def hub_folder(path: Path) -> Path:
    for name, content in kokoro_model.hub_files().items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize("made", [kokoro_model.folder, hub_folder])
def test_both_ways_in_which_weights_are_published_are_found(tmp_path: Path, made) -> None:  # type: ignore[no-untyped-def]
    files = kokoro_files.find(made(tmp_path))
    assert sorted(files.voices) == ["af_heart", "ef_dora"]
    styles = kokoro_files.styles(files.need("ef_dora"), "ef_dora")
    assert (styles.shape, styles.dtype) == ((510, 1, 256), np.float32)
    assert styles[0, 0, 0] == kokoro_model.DORA


def test_of_several_models_the_one_with_the_plainest_name_speaks(tmp_path: Path) -> None:
    kokoro_model.folder(tmp_path)
    kokoro_model.write_model(tmp_path / "kokoro-v1.0.int8.onnx")
    assert kokoro_files.find(tmp_path).model.name == "kokoro-v1.0.onnx"


def test_a_voice_that_is_not_among_them_is_told_with_its_neighbours(tmp_path: Path) -> None:
    files = kokoro_files.find(kokoro_model.folder(tmp_path))
    with pytest.raises(UsageError, match="no voice ef_dara") as raised:
        files.need("ef_dara")
    assert raised.value.remedy.startswith("Did you mean ef_dora")


@pytest.mark.parametrize(
    ("gone", "why"),
    [("kokoro-v1.0.onnx", "holds no .onnx file"), ("voices-v1.0.bin", "holds no voices")],
)
def test_a_folder_that_lacks_a_part_says_which(tmp_path: Path, gone: str, why: str) -> None:
    (kokoro_model.folder(tmp_path) / gone).unlink()
    with pytest.raises(ModelError, match=why) as raised:
        kokoro_files.find(tmp_path)
    assert "edgeomni pull kokoro" in raised.value.remedy


def test_a_folder_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no such folder"):
        kokoro_files.find(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1000,
        np.full(256, np.nan, "<f4").tobytes(),
    ],
    ids=["empty", "half a style", "no numbers"],
)
def test_a_damaged_voice_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    file = hub_folder(tmp_path) / "voices" / "af_heart.bin"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot speak with af_heart\.bin"):
        kokoro_files.styles(file, "af_heart")


def test_an_archive_cut_short_is_one_clear_error(tmp_path: Path) -> None:
    archive = kokoro_model.folder(tmp_path) / "voices-v1.0.bin"
    raw = bytearray(archive.read_bytes())
    raw[2000:3000] = b"\0" * 1000  # inside the numbers of a voice: its checksum tells
    archive.write_bytes(raw)
    with pytest.raises(ModelError, match=re.escape("voices-v1.0.bin")):
        kokoro_files.styles(archive, "af_heart")


def test_an_archive_runs_no_code(tmp_path: Path) -> None:
    archive = tmp_path / "voices-v1.0.bin"
    with archive.open("wb") as file:
        np.savez(file, af_heart=np.array([print], object))  # a pickle
    with pytest.raises(ModelError, match="pickle"):
        kokoro_files.styles(archive, "af_heart")
