"""Microphone and loudspeaker of one conversation, which know of each other."""

from __future__ import annotations

from contextlib import ExitStack

from edgeomni.speech.echo import EchoFreeMicrophone, WebRtcCanceller
from edgeomni.speech.microphone import DeviceMicrophone
from edgeomni.speech.reference import Played
from edgeomni.speech.sound_io import Clock, Tell
from edgeomni.speech.speaker import DeviceSpeaker


def open_pair(
    microphone: str, speaker: str, clock: Clock, tell: Tell
) -> tuple[EchoFreeMicrophone, DeviceSpeaker]:
    """Both by number or name, empty for the default; the one does not hear the other.

    Raises DeviceError, also where the extra ``echo`` is not installed: see ``is_available``.
    """
    played, canceller = Played(), WebRtcCanceller()
    with ExitStack() as if_refused:
        mouth = DeviceSpeaker(speaker, clock, tell, played=played)
        if_refused.callback(mouth.close)
        ear = DeviceMicrophone(microphone, clock, tell)
        if_refused.pop_all()
    return EchoFreeMicrophone(ear, played, canceller), mouth
