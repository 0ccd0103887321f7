"""How a sound is heard window by window: what each is told of the one before, where it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.ears.passages import heard
from edgeomni.speech.ears.windows import Window
from edgeomni.values import Segment, Span

SOUND = np.zeros(0, np.float32)


class ScriptedWhisper:
    """Says these texts, one a window; a number says where it stops, in seconds before its end."""

    def __init__(self, *said: tuple[str, float]) -> None:
        self._said = list(said)
        self.told: list[str] = []
        self.windows: list[tuple[float, float]] = []

    def transcribe(
        self, samples: Samples, window: Window, language: str, before: str = ""
    ) -> list[Segment]:
        self.told.append(before)
        self.windows.append((window.start, window.end))
        text, early = self._said.pop(0)
        return [Segment(window.start, window.end - early, text)] if text else []


def hear(whisper: ScriptedWhisper, *speech: Span) -> str:
    passages = heard(whisper, SOUND, speech, "en")
    return " ".join(said.text for passage in passages for said in passage.segments)


def test_a_window_knows_what_was_said_just_before_it() -> None:
    whisper = ScriptedWhisper(("The bridge", 0), ("was too light.", 0))
    assert hear(whisper, Span(0, 20), Span(21, 40)) == "The bridge was too light."
    assert whisper.told == ["", "The bridge"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("Goodbye.", Span(30, 40)), ("", Span(21, 40))],
    ids=["long ago", "nothing"],
)
def test_what_has_nothing_before_it_is_told_nothing(first: str, second: Span) -> None:
    whisper = ScriptedWhisper((first, 0), ("Good evening.", 0))
    hear(whisper, Span(0, 20), second)
    assert whisper.told == ["", ""]


def test_what_was_left_for_being_cut_off_is_heard_again() -> None:
    whisper = ScriptedWhisper(("He went out", 5), ("to buy bread.", 0))
    assert hear(whisper, Span(0, 20)) == "He went out to buy bread."
    assert whisper.windows == [(0, 20), (15, 20)]
