"""Pictures and sounds from the command line into real engines, and what the second turn saves."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import png, program
from tests.tiny.build import TinyModel

pytestmark = [pytest.mark.engine, pytest.mark.slow]  # many workers, each with its start

Tiny = Callable[[str], TinyModel]
SHORT = ("--json", "--temperature", "0", "--max-tokens", "4", "--device", "cpu")


def flags(model: TinyModel) -> tuple[str, ...]:
    return ("-m", str(model.model), "--mmproj", str(model.mmproj), *SHORT)


def tone(path: Path) -> Path:
    """Half a second of a square wave at 8 kHz, which no model hears at."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((b"\x00\x20" * 10 + b"\x00\xe0" * 10) * 200)
    return path


def objects(*words: str, folder: Path, stdin: bytes = b"") -> list[Any]:
    ran = program(*words, folder=folder, stdin=stdin)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_picture_is_encoded_for_its_question(tiny: Tiny, tmp_path: Path) -> None:
    png(tmp_path / "a.png", 64, 48)
    (found,) = objects("ask", "what?", "-i", "a.png", *flags(tiny("gemma3")), folder=tmp_path)
    assert found["receipt"]["media_items"] == 1
    assert found["receipt"]["media_encodes"] >= 1
    assert found["receipt"]["completion_tokens"] > 0


def test_two_pictures_are_two_items(tiny: Tiny, tmp_path: Path) -> None:
    png(tmp_path / "a.png", 64, 48)
    png(tmp_path / "b.png", 48, 64)
    pictures = ("-i", "a.png", "-i", "b.png")
    (found,) = objects("ask", "compare", *pictures, *flags(tiny("gemma3")), folder=tmp_path)
    assert found["receipt"]["media_items"] == 2


def test_a_sound_at_any_rate_is_heard(tiny: Tiny, tmp_path: Path) -> None:
    tone(tmp_path / "a.wav")
    (found,) = objects("ask", "what?", "-a", "a.wav", *flags(tiny("ultravox")), folder=tmp_path)
    assert found["receipt"]["media_items"] == 1
    assert found["receipt"]["media_encodes"] >= 1


@pytest.mark.parametrize("name", ["gemma3", "qwen25vl", "lfm2vl"])
def test_the_second_turn_encodes_no_picture_again(name: str, tiny: Tiny, tmp_path: Path) -> None:
    png(tmp_path / "a.png", 64, 48)
    said = b"/image a.png\nwhat is it?\nand what colour?\n"
    first, second = objects("chat", *flags(tiny(name)), folder=tmp_path, stdin=said)
    assert first["receipt"]["media_encodes"] >= 1
    assert second["receipt"]["media_items"] == 1
    assert second["receipt"]["media_encodes"] == 0
    assert second["receipt"]["cached_tokens"] > 0


def test_a_kept_conversation_shows_its_picture_again(tiny: Tiny, tmp_path: Path) -> None:
    png(tmp_path / "a.png", 64, 48)
    model = flags(tiny("gemma3"))
    objects("chat", *model, folder=tmp_path, stdin=b"/image a.png\nwhat is it?\n/save talk.json\n")
    (tmp_path / "a.png").unlink()
    (found,) = objects("chat", *model, folder=tmp_path, stdin=b"/load talk.json\nmore\n")
    assert found["receipt"]["media_items"] == 1
