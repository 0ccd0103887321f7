"""The loudspeaker that was asked for: a sound card, or a WAV file that stands for one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeomni.speech.devices.sound_io import Clock, Speaker, Tell
from edgeomni.speech.devices.speaker import DeviceSpeaker
from edgeomni.speech.devices.wav_speaker import WavSpeaker


def open_speaker(wanted: Mapping[str, Any], clock: Clock, tell: Tell) -> Speaker:
    """``wanted`` is what ``Device.packed`` made. Raises DeviceError, MediaError."""
    if wanted["file"]:
        return WavSpeaker(Path(os.fsdecode(wanted["file"])), clock, tell)
    return DeviceSpeaker(wanted["name"], clock, tell)
