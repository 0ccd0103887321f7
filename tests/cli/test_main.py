"""The front door: versions, help, wrong words, and what an import may cost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeomni import __version__
from edgeomni.values import Abilities
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine

HEAVY = {
    "PIL",
    "av",
    "ctranslate2",
    "faster_whisper",
    "httpx",
    "huggingface_hub",
    "jinja2",
    "llama_cpp",
    "msgpack",
    "numpy",
    "onnxruntime",
    "sounddevice",
    "textual",
}


def modules_after(*words: str) -> set[str]:
    """Top-level modules that a call of the program has imported."""
    code = (
        "import sys; from edgeomni.cli.main import main; main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in run.stderr.split()}


def test_version_is_one_line(cli: Cli) -> None:
    assert cli("--version").out == f"edgeomni {__version__}\n"


def test_version_imports_nothing_that_takes_time() -> None:
    assert not modules_after("--version") & (HEAVY | {"argparse", "typing", "dataclasses", "json"})


@pytest.mark.parametrize("words", [["--help"], ["help", "ask"], ["chat", "--help"]])
def test_help_imports_no_heavy_library(words: list[str]) -> None:
    assert not modules_after(*words) & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], []])
def test_help_and_no_words_at_all_show_the_verbs(words: list[str], cli: Cli) -> None:
    result = cli(*words)
    assert result.code == 0
    for verb in ("ask", "chat", "demo", "pull", "list", "rm"):
        assert f"  {verb} " in result.out


@pytest.mark.parametrize("verb", ["ask", "chat", "demo", "pull", "list", "rm"])
def test_each_verb_explains_itself_with_examples(verb: str, cli: Cli) -> None:
    result = cli("help", verb)
    assert result.code == 0
    assert result.out == cli(verb, "--help").out
    assert "examples" in result.out


@pytest.mark.parametrize("verb", ["ask", "read"])
def test_the_cameras_are_explained_where_they_can_be_named(verb: str, cli: Cli) -> None:
    assert "camera:test is a" in cli("help", verb).out


@pytest.mark.parametrize(
    "words",
    [
        ["--points"],
        ["--boxes", "a", "--points", "b"],
        ["--device", "fast:1"],
        ["--json=a:b"],
    ],
)
def test_an_option_that_is_spelled_right_is_not_proposed_again(words: list[str], cli: Cli) -> None:
    assert "Did you mean" not in cli("ask", *words).err


@pytest.mark.parametrize(
    ("words", "happened", "remedy"),
    [
        (["aks"], "There is no verb 'aks'.", "Did you mean `edgeomni ask`?"),
        (["zzz"], "There is no verb 'zzz'.", "See `edgeomni help`."),
        (["why is it blue"], "There is no verb", 'edgeomni ask "why is it blue"'),
        (["-m", "nano"], "The verb comes before the option -m.", "See `edgeomni help`."),
        (["ask", "--temprature", "1"], "Did you mean --temperature?", "`edgeomni help ask`"),
        (["ask", "x", "--temperature", "hot"], "--temperature must be a number from 0 to 10", ""),
        (["chat", "--device", "tpu"], "--device", "`edgeomni help chat`"),
        (["ask", "--schema", "a", "--grammar", "b"], "not allowed with", "help ask"),
    ],
)
def test_a_wrong_call_says_what_was_meant(
    words: list[str], happened: str, remedy: str, cli: Cli
) -> None:
    result = cli(*words)
    assert result.code == 2
    assert result.out == ""
    assert happened in result.err
    assert remedy in result.err


def test_a_wrong_call_with_json_is_one_object(cli: Cli) -> None:
    result = cli("ask", "--json", "--seeed", "1")
    (found,) = result.objects
    assert found["error"]["code"] == "bad-usage"
    assert result.err == ""


def test_words_from_the_command_line_cannot_drive_the_terminal(cli: Cli) -> None:
    assert "\x1b" not in cli("\x1b]0;owned\x07").err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """The pipe is closed before the first word is written."""
    code = (
        "import os, sys; r, w = os.pipe(); os.dup2(w, 1); os.close(r); os.close(w);"
        "from edgeomni.cli.main import main; sys.exit(main(['help']))"
    )
    run = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False)
    assert (run.returncode, run.stderr) == (141, b"")


def test_settings_in_the_folder_count(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "edgeomni.toml").write_text("seed = 7\ntemprature = 1\n")
    engine = EchoEngine()
    result = cli("ask", "hi", engine=engine)
    assert engine.options[0].seed == 7
    assert f"{tmp_path}/edgeomni.toml:2: the setting 'temprature' is not known" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor as POSIX shells do")
@pytest.mark.parametrize("closing", ["2>&-", "<&-"])
def test_a_closed_stream_is_no_reason_to_fail(closing: str) -> None:
    line = f'"{sys.executable}" -m edgeomni help {closing}'
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor as POSIX shells do")
@pytest.mark.parametrize("closing", [">&-", "<&- >&-", ">&- 2>&-"])
@pytest.mark.parametrize("words", ["help", "--version"])
def test_what_is_said_to_nobody_is_no_success(words: str, closing: str) -> None:
    line = f'"{sys.executable}" -m edgeomni {words} {closing}'
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor as POSIX shells do")
def test_an_error_is_told_where_nobody_reads_the_answer() -> None:
    line = f'"{sys.executable}" -m edgeomni ask hi -m nothing.gguf --json >&- </dev/null'
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert run.returncode == 4
    assert "nothing.gguf" in run.stderr


def test_a_mistake_of_ours_is_told_calmly_and_kept_for_the_report(cli: Cli, tmp_path: Path) -> None:
    class Mistaken(EchoEngine):
        def abilities(self) -> Abilities:
            raise KeyError("boom")

    result = cli("ask", "hi", "--json", engine=Mistaken())
    (found,) = result.objects
    said = found["error"]
    assert (result.code, said["code"]) == (1, "mistake")
    assert "KeyError: 'boom'" in said["message"]
    assert "Traceback" not in result.out + result.err
    assert "Traceback" in (tmp_path / "home" / "state" / "mistakes.log").read_text()
