"""A model of voices: many files of a repository instead of one GGUF file."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeomni import casting, catalog
from edgeomni.catalog.cards import card_of
from edgeomni.catalog.choose import matching
from edgeomni.cli.main import main
from edgeomni.errors import DownloadError, ModelError, ModelNotFound, UsageError
from edgeomni.speech.voices import kokoro_files
from tests.catalog.conftest import Recorder
from tests.hub import Hub, Repo
from tests.speech import kokoro_model

VOICES = dict.fromkeys(("af_heart", "bf_emma", "ef_dora", "ff_siwis", "if_sara"), 220.0)


@pytest.fixture
def repo(hub: Hub) -> Repo:
    card = card_of("kokoro")
    assert card
    others = {"README.md": b"# Kokoro", "onnx/model.onnx": b"larger", "voices/notes.txt": b"x"}
    hub.repos[card.repo] = Repo(kokoro_model.hub_files(VOICES) | others)
    return hub.repos[card.repo]


def test_the_first_pattern_names_the_model_and_nothing_comes_twice() -> None:
    names = ["voices/b.bin", "voices/a.bin", "m.onnx", "../x.bin", "other"]
    chosen = matching(names, ("m.onnx", "voices/*.bin", "voices/a.*"), "int8")
    assert chosen.parts == ("m.onnx", "voices/a.bin", "voices/b.bin")
    assert (chosen.mmproj, chosen.quant) == (None, "int8")


def test_a_file_that_the_repository_lacks_is_named() -> None:
    with pytest.raises(ModelNotFound, match=r"no file voices/\*\.bin"):
        matching(["m.onnx"], ("m.onnx", "voices/*.bin"), "int8")


@pytest.mark.slow
def test_pull_fetches_the_model_with_all_voices_and_nothing_else(
    repo: Repo, progress: Recorder
) -> None:
    catalog.pull("kokoro", progress)
    folder = casting.pulled()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {"onnx/model_quantized.onnx", *(f"voices/{name}.bin" for name in VOICES)}
    assert sorted(kokoro_files.find(folder).voices) == sorted(VOICES)
    (line,) = progress.said
    assert "licence Apache-2.0" in line
    assert "onnx/model_quantized.onnx" in line
    assert "+ 5 more, 2.6 MB" in line


@pytest.mark.slow
@pytest.mark.usefixtures("repo")
def test_pull_says_what_is_still_missing_before_it_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(casting, "installed", lambda: False)
    assert main(["pull", "kokoro"]) == 0
    assert "To speak with it:" in (said := capsys.readouterr().out)
    assert "GPL-3.0" in said
    monkeypatch.setattr(casting, "installed", lambda: True)
    assert main(["pull", "kokoro"]) == 0
    assert "say --list" in capsys.readouterr().out


@pytest.mark.slow
def test_a_voice_that_changed_on_the_disk_is_noticed(repo: Repo, progress: Recorder) -> None:
    catalog.pull("kokoro", progress)
    heart = (casting.pulled() / "voices" / "af_heart.bin").resolve()
    heart.write_bytes(b"\0" * heart.stat().st_size + b"\0")
    with pytest.raises(ModelError, match=r"af_heart\.bin is damaged or was changed"):
        casting.pulled()


@pytest.mark.slow
def test_what_the_hub_cannot_vouch_for_is_not_taken(repo: Repo, progress: Recorder) -> None:
    repo.hashes = False
    with pytest.raises(DownloadError, match="cannot be verified"):
        catalog.pull("kokoro", progress)


@pytest.mark.slow
def test_removing_it_removes_every_file(repo: Repo, progress: Recorder, tmp_path: Path) -> None:
    catalog.pull("kokoro", progress)
    catalog.remove("kokoro")
    assert not [path for path in (tmp_path / "hf").rglob("*.bin") if path.exists()]
    with pytest.raises(ModelNotFound):
        casting.pulled()


def test_there_is_one_quantisation_of_it() -> None:
    with pytest.raises(UsageError, match="comes as int8 only"):
        catalog.resolve("kokoro:Q8_0")
