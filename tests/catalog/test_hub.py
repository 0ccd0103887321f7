"""Models from the hub: the real huggingface_hub against a server that behaves, or does not."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgeomni import catalog, paths
from edgeomni.errors import DownloadError, EdgeomniError, ModelError, ModelNotFound
from tests.catalog.conftest import Recorder
from tests.hub import COMMIT, Fault, Hub, Repo

pytestmark = pytest.mark.slow  # a hub of its own for each

NAME = "some-org/Sees-GGUF"
MODEL = "Sees-Q4_K_M.gguf"
PROJECTOR = "mmproj-Sees-f16.gguf"


def _weights(seed: int, size: int = 300_000) -> bytes:
    return b"GGUF" + random.Random(seed).randbytes(size)


@pytest.fixture
def repo(hub: Hub) -> Repo:
    files = {
        "README.md": b"# Sees",
        "Sees-Q8_0.gguf": _weights(1),
        MODEL: _weights(2),
        "mmproj-Sees-Q8_0.gguf": _weights(3),
        PROJECTOR: _weights(4, 20_000),
    }
    hub.repos[NAME] = Repo(files)
    return hub.repos[NAME]


def _fails(name: str = NAME) -> EdgeomniError:
    with pytest.raises(EdgeomniError) as caught:
        catalog.pull(name, Recorder())
    assert "\n" not in caught.value.happened
    assert caught.value.remedy
    return caught.value


# ── well ─────────────────────────────────────────────────────────────────────────────────────────


def test_pulls_the_default_quantisation_and_its_projector(repo: Repo, progress: Recorder) -> None:
    files = catalog.pull(NAME, progress)
    assert files.model.read_bytes() == repo.files[MODEL]
    assert files.mmproj and files.mmproj.read_bytes() == repo.files[PROJECTOR]


def test_says_what_comes_how_large_and_under_which_licence(repo: Repo, progress: Recorder) -> None:
    catalog.pull(NAME, progress)
    assert progress.said == [
        "some-org/Sees-GGUF comes from some-org/Sees-GGUF, licence apache-2.0: "
        "Sees-Q4_K_M.gguf 300.0 kB + mmproj-Sees-f16.gguf 20.0 kB."
    ]


def test_reports_bytes_as_they_come(repo: Repo, progress: Recorder) -> None:
    catalog.pull(NAME, progress)
    loads = [s for s in progress.steps if s.act == "download" and s.name == MODEL]
    assert loads[-1].done == loads[-1].total == 300_004


def test_another_quantisation_can_be_asked_for(repo: Repo, progress: Recorder) -> None:
    assert catalog.pull(f"{NAME}:q8_0", progress).model.name == "Sees-Q8_0.gguf"


def test_a_quantisation_that_is_not_there_lists_those_that_are(repo: Repo) -> None:
    error = _fails(f"{NAME}:Q2_K")
    assert isinstance(error, ModelNotFound)
    assert error.remedy == "It offers: Q4_K_M, Q8_0."


def test_all_parts_of_a_split_model_come_and_the_first_is_the_path(
    hub: Hub, progress: Recorder
) -> None:
    parts = {f"m-Q4_K_M-0000{n}-of-00003.gguf": _weights(n, 1000) for n in (1, 2, 3)}
    hub.repos["o/split"] = Repo(parts)
    files = catalog.pull("o/split", progress)
    assert files.model.name == "m-Q4_K_M-00001-of-00003.gguf"
    beside = {path.name: path.read_bytes() for path in files.model.parent.iterdir()}
    assert beside == parts


def test_nothing_but_the_repository_is_asked_for(hub: Hub, repo: Repo, progress: Recorder) -> None:
    catalog.pull(NAME, progress)
    assert all(NAME in line for line in hub.requests)


def test_a_file_in_the_hubs_own_cache_is_used_in_place(
    hub: Hub, repo: Repo, progress: Recorder
) -> None:
    catalog.pull(NAME, progress)
    (paths.models_dir() / "models.lock.json").unlink()
    sent = hub.sent
    files = catalog.pull(NAME, progress)
    assert hub.sent == sent
    assert files.model.is_relative_to(os.environ["HF_HUB_CACHE"])


def test_pulled_once_it_resolves_without_the_hub(hub: Hub, repo: Repo, progress: Recorder) -> None:
    pulled = catalog.pull(NAME, progress)
    hub.requests.clear()
    assert catalog.resolve(NAME) == pulled
    assert hub.requests == []


def test_offline_the_hubs_cache_is_enough(
    hub: Hub, repo: Repo, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.pull(NAME, progress)
    (paths.models_dir() / "models.lock.json").unlink()
    hub.requests.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert catalog.ensure(NAME, progress).model.read_bytes() == repo.files[MODEL]
    assert hub.requests == []


def test_offline_and_nowhere_here_fails_at_once(
    hub: Hub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")
    assert _fails().code == "offline"
    assert hub.requests == []


def test_a_catalog_name_finds_its_repository(hub: Hub, progress: Recorder) -> None:
    hub.repos["ggml-org/gemma-3-4b-it-GGUF"] = Repo({"gemma-Q4_K_M.gguf": _weights(9, 1000)})
    files = catalog.ensure("gemma-3-4b", progress)
    assert files.card and files.card.id == "gemma-3-4b"
    assert files.title == "Gemma 3 4B Instruct"


def test_whoever_says_no_downloads_nothing(hub: Hub, repo: Repo, progress: Recorder) -> None:
    questions: list[str] = []

    def no(question: str) -> bool:
        questions.append(question)
        return False

    with pytest.raises(DownloadError) as caught:
        catalog.ensure(NAME, progress, ask=no)
    assert caught.value.code == "declined"
    assert questions == ["Download 320.0 kB?"]
    assert hub.sent == 0


def test_the_environment_alone_points_to_hub_and_cache(hub: Hub, repo: Repo, home: Path) -> None:
    code = f"from edgeomni.cli.main import main; raise SystemExit(main(['pull', {NAME!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "is here, verified" in done.stdout
    # Nothing was drawn over a log, and huggingface_hub wrote nothing of its own.
    assert done.stderr.count("\n") == 1


# ── badly ────────────────────────────────────────────────────────────────────────────────────────


def test_a_flipped_bit_is_found_and_the_file_fetched_again(
    hub: Hub, repo: Repo, progress: Recorder
) -> None:
    hub.faults.append(Fault("file", "flip"))
    assert catalog.pull(NAME, progress).model.read_bytes() == repo.files[MODEL]
    assert "arrived damaged" in progress.said[-1]


def test_a_file_that_stays_wrong_is_refused_and_not_kept(hub: Hub, repo: Repo) -> None:
    hub.faults.append(Fault("file", "flip", times=9))
    assert _fails().code == "checksum-mismatch"
    kept = [p for p in Path(os.environ["HF_HUB_CACHE"]).rglob("*") if p.is_file()]
    wrong = {p for p in kept if p.stat().st_size == len(repo.files[MODEL])}
    assert wrong == set()


def test_a_damaged_file_in_the_cache_is_repaired_by_pull(
    hub: Hub, repo: Repo, progress: Recorder
) -> None:
    model = catalog.pull(NAME, progress).model
    model.resolve().write_bytes(b"x" * len(repo.files[MODEL]))
    assert catalog.pull(NAME, progress).model.read_bytes() == repo.files[MODEL]


def test_a_file_that_changed_since_is_never_loaded(repo: Repo, progress: Recorder) -> None:
    model = catalog.pull(NAME, progress).model
    model.resolve().write_bytes(b"x" * len(repo.files[MODEL]))
    with pytest.raises(ModelError, match="damaged or was changed"):
        catalog.resolve(NAME)


def test_a_connection_that_is_cut_goes_on_where_it_was(
    hub: Hub, repo: Repo, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.faults.append(Fault("file", "cut"))
    assert catalog.pull(NAME, progress).model.read_bytes() == repo.files[MODEL]
    assert hub.asked("GET", "bytes=150000-") == 1
    assert hub.sent <= 1.1 * (300_004 + 20_004)


def test_a_server_that_ignores_ranges_still_gives_the_right_file(
    hub: Hub, repo: Repo, progress: Recorder
) -> None:
    hub.faults += [Fault("file", "cut"), Fault("file", "whole")]
    assert catalog.pull(NAME, progress).model.read_bytes() == repo.files[MODEL]


def test_trouble_that_passes_is_waited_out(hub: Hub, repo: Repo, progress: Recorder) -> None:
    hub.faults += [Fault("api", "status", 503), Fault("file", "status", 500)]
    assert catalog.pull(NAME, progress).model.read_bytes() == repo.files[MODEL]


def test_trouble_that_stays_is_named(hub: Hub, repo: Repo) -> None:
    hub.faults.append(Fault("api", "status", 503, times=99))
    error = _fails()
    assert error.happened == f"The hub refused {NAME}: it is overloaded (503)."
    assert hub.asked("GET", "/api/") == 3


def test_a_repository_that_is_not_there(hub: Hub) -> None:
    error = _fails("some-org/nothing")
    assert isinstance(error, ModelNotFound)
    assert "no repository some-org/nothing" in error.happened


def test_a_gated_repository_says_how_to_be_let_in(hub: Hub, repo: Repo) -> None:
    repo.gated = True
    error = _fails()
    assert error.code == "gated"
    assert f"{hub.url}/{NAME}" in error.remedy and "HF_TOKEN" in error.remedy


def test_a_hub_that_hangs_is_given_up(
    hub: Hub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeomni.catalog.hub._META_TIMEOUT_S", 0.2)
    hub.faults.append(Fault("api", "stall", times=9))
    assert "stopped answering" in _fails().happened


def test_ctrl_c_leaves_no_partial_file(hub: Hub, repo: Repo) -> None:
    class Impatient(Recorder):
        def step(self, transfer: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.pull(NAME, Impatient())
    assert not list(Path(os.environ["HF_HUB_CACHE"]).rglob("*.incomplete"))


def test_no_room_in_the_cache_is_said_before_anything_comes(
    hub: Hub, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    error = _fails()
    assert error.code == "no-disk-space"
    assert "64.3 MB are needed, 5.0 MB are free" in error.happened
    assert hub.sent == 0


def test_no_hub_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached" in _fails().happened


def test_a_login_page_never_becomes_a_listing(hub: Hub, repo: Repo) -> None:
    hub.faults.append(Fault("api", "html"))
    assert "does not speak like the hub" in _fails().happened


def test_a_login_page_never_becomes_a_model(hub: Hub, repo: Repo) -> None:
    hub.faults.append(Fault("file", "html", times=99))
    assert isinstance(_fails(), DownloadError)
    with pytest.raises(ModelNotFound):
        catalog.resolve(NAME)


def test_what_cannot_be_verified_is_not_fetched(hub: Hub, repo: Repo) -> None:
    repo.hashes = False
    assert "no SHA-256" in _fails().happened
    assert hub.sent == 0


def test_a_repository_without_models(hub: Hub) -> None:
    hub.repos["o/empty"] = Repo({"README.md": b"hi"})
    assert _fails("o/empty").happened == "The repository has no GGUF model."


def test_names_that_lead_out_of_the_cache_do_not_exist(hub: Hub, tmp_path: Path) -> None:
    hostile = ["../../evil-Q4_K_M.gguf", "/evil.gguf", "..\\evil.gguf", "C:evil.gguf"]
    hub.repos["o/evil"] = Repo(dict.fromkeys(hostile, _weights(1, 10)))
    assert isinstance(_fails("o/evil"), ModelNotFound)
    assert hub.sent == 0
    assert not list(tmp_path.rglob("*evil*.gguf"))


# ── away ─────────────────────────────────────────────────────────────────────────────────────────


def test_remove_deletes_the_model_and_nothing_else_of_the_cache(
    repo: Repo, progress: Recorder
) -> None:
    from huggingface_hub import hf_hub_download

    readme = hf_hub_download(
        NAME,
        "README.md",
        revision=COMMIT,
        endpoint=os.environ["HF_ENDPOINT"],
        cache_dir=os.environ["HF_HUB_CACHE"],
    )
    files = catalog.pull(NAME, progress)
    catalog.remove(NAME)
    assert not files.model.exists()
    assert Path(readme).read_bytes() == b"# Sees"
    sha256 = hashlib.sha256(repo.files[MODEL]).hexdigest()
    assert not list(Path(os.environ["HF_HUB_CACHE"]).rglob(sha256))


def test_remove_keeps_a_projector_that_another_model_uses(repo: Repo, progress: Recorder) -> None:
    catalog.pull(NAME, progress)
    other = catalog.pull(f"{NAME}:Q8_0", progress)
    catalog.remove(NAME)
    assert other.mmproj and other.mmproj.read_bytes() == repo.files[PROJECTOR]
    assert catalog.resolve(f"{NAME}:Q8_0") == other


def test_remove_finds_the_files_after_the_cache_setting_changed(
    repo: Repo, progress: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = catalog.pull(NAME, progress)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "another"))
    catalog.remove(NAME)
    assert not files.model.exists()


def test_remove_of_files_that_are_gone_just_forgets_them(repo: Repo, progress: Recorder) -> None:
    catalog.pull(NAME, progress)
    shutil.rmtree(os.environ["HF_HUB_CACHE"])
    catalog.remove(NAME)
    with pytest.raises(ModelNotFound):
        catalog.remove(NAME)
