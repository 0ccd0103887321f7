"""An empty value, as of an unset variable, is refused and never means something else."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli
from tests.fakes import EchoEngine


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "hi", "--schema", ""),
        ("ask", "hi", "--grammar", ""),
        ("ask", "hi", "-i", ""),
        ("ask", "hi", "-m", ""),
        ("ask", "hi", "--mmproj", ""),
        ("ask", "hi", "--base-url", ""),
        ("ask", "hi", "--each", "-o", ""),
        ("read", ""),
        ("tokens", ""),
        ("transcribe", ""),
    ],
)
def test_an_empty_value_is_refused_before_anything_is_done(cli: Cli, words: tuple[str]) -> None:
    engine = EchoEngine()
    result = cli(*words, engine=engine)
    assert (result.code, engine.asked) == (2, [])
    assert "it is empty" in result.err
