"""Films with real eyes and real ears: what is said in them, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeomni.build import Factories, Home, build
from edgeomni.catalog.progress import Silent
from edgeomni.looking import Look
from edgeomni.settings import Setting, Settings
from tests.fakes import EchoEngine
from tests.speech.conftest import Samples, Speak, music, silence
from tests.vision.media import numbered_picture, write_clip

pytestmark = pytest.mark.slow

SENTENCE = "The meeting begins at nine o'clock tomorrow morning."


class Told(Silent):
    """Keeps the lines that the user would read."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told):  # type: ignore[no-untyped-def]
    """Everything is real but the language model; nothing may be fetched."""
    monkeypatch.setenv("EDGEOMNI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")
    makers = Factories(engine=lambda chosen, progress: EchoEngine())
    with build(Settings(offline=Setting(True)), progress=told, factories=makers) as made:
        yield made


def film(folder: Path, sound: Samples) -> Path:
    """Three seconds of pictures and a soundtrack."""
    pictures = map(numbered_picture, range(30))
    return write_clip(folder / "film.mp4", pictures, sound=sound.astype(np.float32))


def text(home: Home, path: Path, look: Look | None = None) -> str:
    parts = home.show("video", path, look or Look())
    return "".join(part for part in parts if isinstance(part, str))


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_MODELS_DIR", str(tmp_path / "models"))


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize("sound", [silence(3.0), music(3.0)], ids=["silence", "music"])
def test_a_film_in_which_nobody_speaks_needs_no_model(
    home: Home, told: Told, tmp_path: Path, sound: Samples
) -> None:
    assert "frames with their times" in text(home, film(tmp_path, sound))
    assert told.lines == []


@pytest.mark.usefixtures("no_models")
def test_offline_without_a_model_a_film_is_shown_without_its_words(
    home: Home, told: Told, tmp_path: Path, speak: Speak
) -> None:
    assert "frames with their times" in text(home, film(tmp_path, speak(SENTENCE)))
    (line,) = told.lines
    assert line.startswith("film.mp4 is shown without its words.")


@pytest.mark.usefixtures("no_models")
def test_without_sound_nothing_is_said_about_it(
    home: Home, told: Told, tmp_path: Path, speak: Speak
) -> None:
    text(home, film(tmp_path, speak(SENTENCE)), Look(sound=False))
    assert told.lines == []


@pytest.mark.models
def test_the_words_of_a_film_stand_at_their_times(
    whisper: Callable[[str], Path], tmp_path: Path, speak: Speak, request: pytest.FixtureRequest
) -> None:
    whisper("tiny.en")  # before the network is forbidden
    home: Home = request.getfixturevalue("home")
    spoken = np.concatenate([silence(1.0), speak("Good morning, ladies and gentlemen.")])
    shown = text(home, film(tmp_path, spoken))
    before, said, after = shown.partition("ladies and gentlemen")
    assert said
    assert "[0:00.0]" in before
    assert "[0:02" in after
