"""What understands a conversation, when the GPU below it fails."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import Samples
from edgeomni.speech.ears.mind import Mind
from edgeomni.speech.ears.whisper import Whisper
from edgeomni.speech.ears.windows import Window
from edgeomni.values import Segment
from tests.speech.conftest import Speak

SECOND = np.zeros(16_000, np.float32)


class FakeWhisper:
    def __init__(self, says: str = "") -> None:
        self._says = says

    def sketch(self, samples: Samples, language: str) -> str:
        if not self._says:
            raise RuntimeError("CUDA failed with error out of memory")
        return self._says

    def transcribe(
        self, samples: Samples, window: Window, language: str, before: str = ""
    ) -> list[Segment]:
        return [Segment(0.0, 1.0, self.sketch(samples, language))]


class HastyWhisper(FakeWhisper):
    """Stops 2 s before the end of a window, and makes more up whenever it is asked again."""

    def transcribe(
        self, samples: Samples, window: Window, language: str, before: str = ""
    ) -> list[Segment]:
        return [Segment(window.start, max(window.start, window.end - 2.0), "It rained.")]


def mind(whisper: FakeWhisper, spare: FakeWhisper | None, told: list[str]) -> Mind:
    def use(error: RuntimeError) -> Whisper:
        told.append(str(error))
        return cast(Whisper, spare)

    return Mind(cast(Whisper, whisper), None, "en", use if spare else None)


def test_what_a_gpu_cannot_write_its_spare_writes() -> None:
    told: list[str] = []
    made = mind(FakeWhisper(), FakeWhisper("hello"), told)
    assert (made.write(SECOND), made.sketch(SECOND), len(told)) == ("hello", "hello", 1)


def test_a_processor_that_fails_has_no_spare() -> None:
    with pytest.raises(RuntimeError, match="CUDA"):
        mind(FakeWhisper(), None, []).write(SECOND)


def test_a_spare_that_fails_is_the_last() -> None:
    told: list[str] = []
    with pytest.raises(RuntimeError, match="CUDA"):
        mind(FakeWhisper(), FakeWhisper(), told).write(SECOND)
    assert len(told) == 1


def test_what_is_left_of_a_turn_is_not_heard_again_where_nobody_speaks() -> None:
    turn = np.tile(SECOND, 8)
    assert mind(HastyWhisper(), None, []).write(turn) == "It rained."


def test_what_is_left_of_a_turn_is_heard_again_where_somebody_speaks(speak: Speak) -> None:
    turn = np.concatenate([np.tile(SECOND, 6), speak("And then we all went home again.")])
    assert mind(HastyWhisper(), None, []).write(turn).startswith("It rained. It rained.")
