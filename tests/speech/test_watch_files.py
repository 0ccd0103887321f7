"""A film that is asked about by voice: real eyes, ears and voice, with WAV files for devices."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from edgeomni import paths
from edgeomni.cli.main import main
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from tests.speech.sounds import read_wav, write_wav

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.engine]

FILM = Path(__file__).parents[2] / "models" / "media" / "scenes.mp4"
QUESTION = "What is in the picture?"
SCENES = [
    (4, "nothing"),
    (9, "square"),
    (14, "heart"),
    (19, "circle"),
    (24, "star"),
    (28, "nothing"),
]
"""Until which second of the film what is there."""
LEAD, REST = 5.0, 6.0
"""Seconds of silence before and behind the question; the film has that long to begin."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whisper: Callable[[str], Path]) -> Path:
    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    for name in ("tiny.en", "smart-turn"):
        whisper(name)
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")
    monkeypatch.setenv("EDGEOMNI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(whisper: Callable[[str], Path], file: Path) -> str:
    """What a recording says, by the same ears."""
    from edgeomni.speech.ears.mind import Mind
    from edgeomni.speech.ears.whisper import Whisper

    mind = Mind(Whisper(whisper("tiny.en"), 1), None, "")
    sound = soxr.resample(read_wav(file), SPOKEN_RATE, HEARD_RATE).astype(np.float32)
    return mind.write(sound).casefold()


def test_a_spoken_question_is_answered_aloud_with_what_is_there_then(
    place: Path, whisper: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    from hibari import Hibari

    room = np.random.default_rng(3).normal(0, 0.0005, round((LEAD + REST) * SPOKEN_RATE))
    before, behind = np.split(room.astype(np.float32), [round(LEAD * SPOKEN_RATE)])
    asked = np.asarray(Hibari()(QUESTION), np.float32)
    write_wav(place / "question.wav", np.concatenate([before, asked, behind]), SPOKEN_RATE)
    files = ("--input", "question.wav", "--output", "answer.wav")
    code = main(["watch", str(FILM), "-m", "nano", "--listen", *files, "--json"])
    told = capsys.readouterr()
    assert code == 0, told.err
    (answer,) = (
        found for found in map(json.loads, told.out.splitlines()) if found["event"] == "answer"
    )
    there = next(thing for until, thing in SCENES if answer["t"] < until)
    assert answer["asked"] == QUESTION
    assert there in answer["text"], answer
    assert there in words(whisper, place / "answer.wav")
