"""What is made ready for comparisons, before anything is fetched or built."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import pipecat_venv, set_up
from benchmarks.peers import Shelf


def test_pipecat_gets_the_releases_that_we_have() -> None:
    versions = {name: f"{number}.0" for number, name in enumerate(pipecat_venv.SHARED)}
    asked = pipecat_venv.requirements(versions)
    assert asked[0] == f"pipecat-ai=={pipecat_venv.VERSION}"
    assert asked[1:] == [f"{name}=={version}" for name, version in versions.items()]


def test_pipecat_runs_with_nothing_of_ours_and_without_the_hub() -> None:
    made = pipecat_venv.environment({"PATH": "/bin", "PYTHONPATH": "/ours"})
    assert made == {"PATH": "/bin", "HF_HUB_OFFLINE": "1"}


def test_pipecat_is_not_there_before_it_was_tried(tmp_path: Path) -> None:
    home = pipecat_venv.PipecatShelf(Shelf(tmp_path, "0.3.36"))
    home.python.parent.mkdir(parents=True)
    home.python.touch()
    assert not home.usable()
    home.stamp.touch()
    assert home.usable()


def test_scripts_peers_knows_its_peers(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        set_up.main(["piepcat"])
    assert "piepcat is none of llama.cpp, pipecat" in capsys.readouterr().err
