"""A film that is read aloud into a room whose microphone hears that, and a person who asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from edgeomni import paths
from edgeomni.speech.devices import echo
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from tests.speech.lab import RATE, Lab
from tests.speech.steady import by_the_clock
from tests.speech.talking import following
from tests.speech.test_watch_files import FILM, QUESTION, SCENES

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.devices]

ECHO_DECIBELS = -6.0


@pytest.mark.skipif(not echo.is_available(), reason="the extra echo is not installed")
@by_the_clock
def test_what_is_read_aloud_is_no_question_and_a_person_over_it_is_answered(
    lab: Lab, whisper: Callable[[str], Path], tmp_path: Path
) -> None:
    from hibari import Hibari

    from edgeomni.speech.ears.mind import made

    if paths.shipped("nano/mmproj-nano-vision.gguf") is None:
        pytest.skip("the eyes of the default model are not there")
    for name in ("tiny.en", "smart-turn"):
        whisper(name)
    question = soxr.resample(np.asarray(Hibari()(QUESTION), np.float32), SPOKEN_RATE, RATE)
    watch = ("watch", str(FILM), "-m", "nano", "--listen", "--speak", "--json")
    with lab.echo(ECHO_DECIBELS), following(lab, tmp_path, *watch) as told:
        with lab.recording() as recording:
            told.wait_for(3, "caption", "change")
            before = recording.rest()
        lab.say_sound(question, RATE)  # over what is read at that moment
        told.wait_for(1, "over")
        assert told.to_its_end() == 0
    assert [answer["asked"] for answer in told.of("answer")] == [QUESTION]
    (answer,) = told.of("answer")
    there = next(thing for until, thing in SCENES if answer["t"] < until)
    assert there in answer["text"]
    ears = made(whisper("tiny.en"), None, "", 1)
    assert "square" in ears.write(soxr.resample(before, RATE, HEARD_RATE))
