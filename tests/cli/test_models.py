"""The verbs pull, list and rm as a user types them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from edgeomni.cli.main import main
from tests.cli.conftest import Cli
from tests.hub import Hub, Repo, serve

NAME = "some-org/Sees-GGUF"
FILES = {"Sees-Q4_K_M.gguf": b"GGUF" * 500, "mmproj-Sees-f16.gguf": b"GGUF" * 50}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    from huggingface_hub import close_session

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path_factory.mktemp("hf")))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with serve() as hub:
        hub.repos[NAME] = Repo(dict(FILES))
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
        close_session()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_pull_says_what_came_and_where_it_is(cli: Cli, hub: Hub) -> None:
    done = cli("pull", NAME)
    assert done.code == 0
    assert done.out.startswith(f"{NAME} is here, verified: ")
    assert "with its projector: " in done.out
    assert "Sees-Q4_K_M.gguf 2.0 kB" in done.err


def test_pull_as_json_is_one_object_with_paths(cli: Cli, hub: Hub) -> None:
    (files,) = cli("pull", "--json", NAME).objects
    assert (files["name"], files["source"]) == (NAME, "hub")
    assert files["model"].endswith("Sees-Q4_K_M.gguf")
    assert files["mmproj"].endswith("mmproj-Sees-f16.gguf")


def test_pull_obeys_offline_in_the_settings(
    cli: Cli, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "")
    (tmp_path / "edgeomni.toml").write_text("offline = true")
    done = cli("pull", NAME)
    assert (done.code, done.out) == (5, "")
    assert "offline" in done.err.lower()


def test_list_marks_what_is_here(cli: Cli, hub: Hub) -> None:
    cli("pull", NAME)
    rows = cli("list").out.splitlines()
    assert [row.split()[1] for row in rows if row.startswith("* ") and "  " in row] == [NAME]
    assert any(row.startswith("  gemma-3-4b ") for row in rows)


def test_list_as_json_tells_unknown_as_null(cli: Cli) -> None:
    models = {model["name"]: model for model in json.loads(cli("list", "--json").out)}
    assert models["nano"]["bytes"] == 98_362_432
    assert models["gemma-3-4b"]["bytes"] is None
    assert not any(model["installed"] for model in models.values())


def test_rm_with_yes_removes(cli: Cli, hub: Hub) -> None:
    cli("pull", NAME)
    assert cli("rm", NAME, "--yes").out == f"Removed {NAME}.\n"
    assert NAME not in cli("list").out


def test_rm_without_anybody_to_ask_keeps_the_model(cli: Cli, hub: Hub) -> None:
    cli("pull", NAME)
    assert cli("rm", NAME).code == 2
    assert NAME in cli("list").out


def test_rm_with_a_closed_stdin_keeps_the_model(
    cli: Cli, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("pull", NAME)
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["rm", NAME]) == 2


@pytest.mark.parametrize(
    ("answer", "said"), [("y\n", f"Removed {NAME}.\n"), ("\n", "Kept.\n"), ("", "Kept.\n")]
)
def test_rm_asks_on_a_terminal(
    cli: Cli,
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    said: str,
) -> None:
    cli("pull", NAME)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert main(["rm", NAME]) == 0
    captured = capsys.readouterr()
    assert captured.out == said
    assert f"Remove {NAME} (2.2 kB)?" in captured.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pull", "nanp"), 4),
        (("pull", "no/such.gguf"), 2),
        (("pull", "some-org/nothing"), 4),
        (("rm", "gemma-3-4b", "--yes"), 4),
        (("pull",), 2),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_an_exit_code(
    cli: Cli, hub: Hub, words: tuple[str, ...], code: int
) -> None:
    done = cli(*words)
    assert done.code == code
    assert done.out == ""
    assert done.err.startswith("edgeomni: ") and "Traceback" not in done.err


@pytest.mark.parametrize("verb", ["pull", "list", "rm"])
def test_help_teaches_by_example(cli: Cli, verb: str) -> None:
    assert "examples\n  edgeomni " in cli("help", verb).out
