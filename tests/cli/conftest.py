"""A command line to call: real arguments, real streams, other engines behind the front door."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeomni.build import Factories
from edgeomni.cli.main import main
from edgeomni.ports import Ears, Engine, Eyes, Mouth
from tests.fakes import factories as behind_the_door


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        """Every line of stdout, each a JSON object."""
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine, an empty folder to stand in."""
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(
        *words: str,
        engine: Engine | None = None,
        eyes: Eyes | None = None,
        ears: Ears | None = None,
        mouth: Mouth | None = None,
        stdin: bytes = b"",
        factories: Factories | None = None,
    ) -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        made = behind_the_door(engine, eyes, ears, mouth) if engine else factories
        code = main(words, factories=made)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
