"""A model that hears is given the sound itself: true architecture, random weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeomni.speech.devices.sound_io import SPOKEN_RATE
from tests.speech.sounds import write_wav
from tests.tiny.build import TinyModel

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.engine]


def test_a_model_that_hears_answers_each_question(
    tiny: Callable[[str], TinyModel], whisper: Callable[[str], Path], tmp_path: Path
) -> None:
    from hibari import Hibari

    for name in ("tiny.en", "smart-turn"):
        whisper(name)
    said, silence = Hibari()("What is the time?"), np.zeros(3 * SPOKEN_RATE, np.float32)
    sound = np.concatenate([silence, said, silence, said, silence]).astype(np.float32)
    question = write_wav(tmp_path / "question.wav", sound, SPOKEN_RATE)
    model = tiny("qwen25omni")
    assert model.mmproj
    command = [sys.executable, "-m", "edgeomni", "talk", "--native-audio", "--fast", "--json"]
    command += ["-m", str(model.model), "--mmproj", str(model.mmproj), "--max-tokens", "12"]
    command += ["--input", str(question), "--output", str(tmp_path / "answer.wav")]
    environment = os.environ | {"EDGEOMNI_OFFLINE": "1", "EDGEOMNI_STATE_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")  # no notice that it cannot hear
    turns = [
        event for line in done.stdout.splitlines() if (event := json.loads(line))["event"] == "turn"
    ]
    assert [turn["answered"] != "" for turn in turns] == [True, True]
