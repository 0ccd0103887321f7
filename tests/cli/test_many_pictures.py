"""More pictures than a context holds, in one conversation with a real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import png, program
from tests.tiny.build import TinyModel

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_ten_pictures_in_a_small_context_are_answered_and_the_dropped_ones_named(
    tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    """At 780x480 a picture takes 478 tokens: ten are more than the 4096 that there are."""
    model = tiny("qwen25vl")
    lines = []
    for number in range(10):
        png(tmp_path / f"{number}.png", 780 + number, 480)
        lines += [f"/image {number}.png", f"What is on picture {number}?"]
    lines += ["And what else?"]
    chosen = ("-m", str(model.model), "--mmproj", str(model.mmproj), "--context", "4096")
    short = ("--json", "--max-tokens", "6", "--temperature", "0", "--device", "cpu")
    said = "\n".join(lines).encode()
    done = program("chat", *chosen, *short, folder=tmp_path, stdin=said)
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(turns) == 11 and not any(turn["error"] for turn in turns)
    assert "a caption stands for" in done.stderr and "0.png" in done.stderr
    assert all(turn["receipt"]["prompt_tokens"] < 4096 for turn in turns)
    assert turns[-1]["receipt"]["media_encodes"] == 0
    assert turns[-1]["receipt"]["media_items"] >= 1
