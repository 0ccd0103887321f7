"""Microphone and loudspeaker of one conversation: files, or devices that know of each other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.speech.devices.double_talk import DoubleTalk
from edgeomni.speech.devices.echo import EchoFreeMicrophone, WebRtcCanceller, is_available
from edgeomni.speech.devices.loudspeaker import open_speaker
from edgeomni.speech.devices.microphone import DeviceMicrophone
from edgeomni.speech.devices.reference import Played
from edgeomni.speech.devices.sound_io import Clock, Microphone, Speaker, Tell
from edgeomni.speech.devices.speaker import DeviceSpeaker
from edgeomni.speech.devices.wav_microphone import WavMicrophone

Wanted = Mapping[str, Any]
"""What ``Device.packed`` made."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that are open."""

    microphone: Microphone
    speaker: Speaker
    names: tuple[str, str]
    """What they call themselves, or the paths of files."""
    cancels_echo: bool = False
    """The microphone does not hear the loudspeaker."""

    def close(self) -> None:
        self.microphone.close()
        self.speaker.close()


def open_pair(microphone: Wanted, speaker: Wanted, clock: Clock, tell: Tell) -> Pair:
    """Both, or neither. Our own voice is taken out of what devices hear where that can be done.

    Raises DeviceError, MediaError.
    """
    played = None
    if is_available() and not (microphone["file"] or speaker["file"]):
        played = Played()
    with ExitStack() as if_refused:
        # The loudspeaker last: what a file holds is lost once one has been opened on it.
        ear = _microphone(microphone, clock, tell)
        if_refused.callback(ear.close)
        if played is None:
            mouth = open_speaker(speaker, clock, tell)
        else:
            mouth = DeviceSpeaker(speaker["name"], clock, tell, played=played)
        if_refused.pop_all()
    names = _name(ear, microphone), _name(mouth, speaker)
    if played is None:
        return Pair(ear, mouth, names)
    free = EchoFreeMicrophone(ear, played, DoubleTalk(WebRtcCanceller()))
    return Pair(free, mouth, names, cancels_echo=True)


def _microphone(wanted: Wanted, clock: Clock, tell: Tell) -> Microphone:
    if wanted["file"]:
        return WavMicrophone(Path(os.fsdecode(wanted["file"])), clock, tell)
    return DeviceMicrophone(wanted["name"], clock, tell)


def _name(opened: Microphone | Speaker, wanted: Wanted) -> str:
    if isinstance(opened, DeviceMicrophone | DeviceSpeaker):
        return opened.device.name
    return str(wanted["name"])
