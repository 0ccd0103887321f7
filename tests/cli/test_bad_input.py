"""Whatever is wrong with the input: one clear error, its code, a remedy, and no traceback.

The real program runs as a process of its own, with real workers and tiny real models.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.program import png, program
from tests.tiny.build import TinyModel

pytestmark = [pytest.mark.engine, pytest.mark.slow]  # many workers, each with its start

Tiny = Callable[[str], TinyModel]


@dataclass(frozen=True)
class Case:
    """A wrong request, and what must be said about it."""

    words: Sequence[str]
    code: str
    exit_code: int
    said: str
    """In the message or in the hint."""
    stdin: bytes = b""


def _missing_model(tiny: Tiny, folder: Path) -> Case:
    return Case(["hi", "-m", "nothing.gguf"], "model-not-found", 4, "nothing.gguf")


def _unknown_name(tiny: Tiny, folder: Path) -> Case:
    return Case(["hi", "-m", "nanoo"], "model-not-found", 4, "nano")


def _no_gguf(tiny: Tiny, folder: Path) -> Case:
    (folder / "text.gguf").write_text("I am a poem.")
    return Case(["hi", "-m", "text.gguf"], "not-gguf", 4, "text.gguf")


def _empty_file(tiny: Tiny, folder: Path) -> Case:
    (folder / "empty.gguf").touch()
    return Case(["hi", "-m", "empty.gguf"], "not-gguf", 4, "empty.gguf")


def _truncated(tiny: Tiny, folder: Path) -> Case:
    whole = tiny("llama").model.read_bytes()
    (folder / "half.gguf").write_bytes(whole[: len(whole) * 3 // 4])
    return Case(["hi", "-m", "half.gguf"], "truncated", 4, "half.gguf")


def _truncated_header(tiny: Tiny, folder: Path) -> Case:
    (folder / "head.gguf").write_bytes(tiny("llama").model.read_bytes()[:300])
    return Case(["hi", "-m", "head.gguf"], "damaged", 4, "head.gguf")


def _no_template(tiny: Tiny, folder: Path) -> Case:
    return Case(["hi", "-m", str(tiny("bare").model)], "no-template", 4, "template")


def _foreign_mmproj(tiny: Tiny, folder: Path) -> Case:
    other = tiny("minicpmv26").mmproj
    words = ["hi", "-m", str(tiny("gemma3").model), "--mmproj", str(other)]
    return Case(words, "wrong-mmproj", 4, "minicpmv26-mmproj.gguf")


def _missing_mmproj(tiny: Tiny, folder: Path) -> Case:
    words = ["hi", "-m", str(tiny("gemma3").model), "--mmproj", "no-mmproj.gguf"]
    return Case(words, "model-not-found", 4, "no-mmproj.gguf")


def _image_for_text(tiny: Tiny, folder: Path) -> Case:
    png(folder / "a.png", 64, 64)
    words = ["what?", "-i", "a.png", "-m", str(tiny("llama").model)]
    return Case(words, "ability-missing", 4, "gemma-3-4b")


def _giant_image(tiny: Tiny, folder: Path) -> Case:
    png(folder / "giant.png", 20_000, 20_000)
    words = ["what?", "-i", "giant.png", *_seeing(tiny)]
    return Case(words, "bad-media", 3, "giant.png")


def _no_image(tiny: Tiny, folder: Path) -> Case:
    (folder / "poem.png").write_text("I am a poem.")
    return Case(["what?", "-i", "poem.png", *_seeing(tiny)], "bad-media", 3, "poem.png")


def _missing_image(tiny: Tiny, folder: Path) -> Case:
    return Case(["what?", "-i", "none.png"], "bad-media", 3, "none.png")


def _empty_prompt(tiny: Tiny, folder: Path) -> Case:
    return Case(["  "], "bad-input", 3, "empty", stdin=b" \n")


def _beyond_context(tiny: Tiny, folder: Path) -> Case:
    words = ["-m", str(tiny("llama").model), "--context", "256"]
    return Case(words, "context-full", 3, "256", stdin=b"the sea is wide " * 4000)


def _schema_no_json(tiny: Tiny, folder: Path) -> Case:
    (folder / "s.json").write_text("{")
    return Case(["hi", "--schema", "s.json"], "bad-schema", 2, "s.json")


def _schema_nonsense(tiny: Tiny, folder: Path) -> Case:
    (folder / "s.json").write_text('{"type": "poem"}')
    words = ["hi", "--schema", "s.json", "-m", str(tiny("llama").model)]
    return Case(words, "bad-schema", 2, "poem")


def _grammar_broken(tiny: Tiny, folder: Path) -> Case:
    (folder / "g.gbnf").write_text('root ::= "a" | missing-rule (')
    words = ["hi", "--grammar", "g.gbnf", "-m", str(tiny("llama").model)]
    return Case(words, "bad-schema", 2, "")


def _gpu_required(tiny: Tiny, folder: Path) -> Case:
    words = ["hi", "-m", str(tiny("llama").model), "--device", "metal", "--require-gpu"]
    return Case(words, "device-failed", 6, "--require-gpu")


def _seeing(tiny: Tiny) -> list[str]:
    model = tiny("gemma3")
    return ["-m", str(model.model), "--mmproj", str(model.mmproj)]


CASES = (
    _missing_model,
    _unknown_name,
    _no_gguf,
    _empty_file,
    _truncated,
    _truncated_header,
    _no_template,
    _foreign_mmproj,
    _missing_mmproj,
    _image_for_text,
    _giant_image,
    _no_image,
    _missing_image,
    _empty_prompt,
    _beyond_context,
    _schema_no_json,
    _schema_nonsense,
    _grammar_broken,
    _gpu_required,
)


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__.strip("_"))
def test_json_carries_code_and_remedy(
    make: Callable[[Tiny, Path], Case], tiny: Tiny, tmp_path: Path
) -> None:
    case = make(tiny, tmp_path)
    ran = program("ask", "--json", *case.words, folder=tmp_path, stdin=case.stdin)
    assert ran.returncode == case.exit_code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    (line,) = ran.stdout.splitlines()
    error = json.loads(line)["error"]
    assert error["code"] == case.code
    assert case.said in error["message"] + error["hint"]
    assert error["hint"], "there must be a remedy"


@pytest.mark.parametrize(
    "make", [_no_gguf, _image_for_text], ids=lambda make: make.__name__.strip("_")
)
def test_people_get_three_calm_lines_on_stderr(
    make: Callable[[Tiny, Path], Case], tiny: Tiny, tmp_path: Path
) -> None:
    case = make(tiny, tmp_path)
    ran = program("ask", *case.words, folder=tmp_path, stdin=case.stdin)
    assert (ran.returncode, ran.stdout) == (case.exit_code, "")
    assert ran.stderr.startswith("edgeomni: ")
    assert 1 < len(ran.stderr.splitlines()) <= 3
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a file system of its own")
def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = f'mount -t tmpfs -o size=1m tmpfs "{small}" && exec "$@"'
    private = ["unshare", "-rm", "sh", "-c", mount, "sh"]
    if subprocess.run([*private, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lends no private file systems")
    ran = program(
        *("ask", "hi", "--json"),
        folder=tmp_path,
        prefix=private,
        EDGEOMNI_MODELS_DIR=str(small),
        EDGEOMNI_OFFLINE="0",
        PIP_NO_INDEX="1",
    )
    error = json.loads(ran.stdout)["error"]
    assert (ran.returncode, error["code"]) == (5, "no-disk-space")
    assert "Free some space" in error["hint"]
