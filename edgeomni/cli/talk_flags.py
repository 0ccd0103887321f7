"""The flags of everything that listens and answers aloud, and what they ask for."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgeomni.build import Home
from edgeomni.cli.options import LANGUAGE, add_listen_device
from edgeomni.errors import UsageError
from edgeomni.loops.wake import OPEN
from edgeomni.regular import same_file
from edgeomni.settings import Settings
from edgeomni.speech.dialogue.called import bare_words
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import Device, TalkWish

SPOKEN = "Your answers are spoken aloud: answer in one to three short sentences, in plain words."
"""The standing instruction where there is no other."""


def add_turn_flags(group: argparse._ActionsContainer) -> None:
    mode = group.add_mutually_exclusive_group()
    mode.add_argument(
        "--hands-free", action="store_true", help="just speak; pauses end your turn (default)"
    )
    mode.add_argument("--ptt", action="store_true", help="hold or tap the space bar to talk")
    mode.add_argument(
        "--wake",
        metavar="WORDS",
        type=_wake,
        help='only what begins so is meant, and interrupts: "hey computer"; behind an answer '
        f"it can be left out for {OPEN:g} s",
    )


def add_device_flags(group: argparse._ActionsContainer) -> None:
    group.add_argument("--input", metavar="DEVICE", default="", help="microphone, or FILE.wav")
    group.add_argument("--output", metavar="DEVICE", default="", help="loudspeaker, or FILE.wav")


def add_ear_flags(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--listen-model", metavar="NAME", default="", help="tiny.en or base; default: by language"
    )
    add_listen_device(group)
    group.add_argument("--language", metavar="CODE", default="", help=LANGUAGE)


def devices_of(args: argparse.Namespace) -> tuple[Device, Device]:
    """Microphone and loudspeaker. Raises UsageError where one file is to be both."""
    microphone, speaker = _device(args.input), _device(args.output)
    if microphone.file and speaker.file and same_file(microphone.file, speaker.file):
        raise UsageError(
            f"{speaker.file} cannot be both the question and the answer: it would be overwritten.",
            remedy="Name another file for --output.",
        )
    return microphone, speaker


def no_keys() -> UsageError:
    return UsageError(
        "--ptt needs a terminal whose keys can be read one by one.",
        remedy="Leave it out: pauses then end your turn.",
    )


def talk_wish(
    home: Home,
    chosen: Settings,
    args: argparse.Namespace,
    manners: Manners,
    devices: tuple[Device, Device],
    voice: str,
) -> TalkWish:
    """Models of speech are fetched if need be. Raises DownloadError, ModelError."""
    model, detector = home.speech_models(args.listen_model, args.language.lower())
    return TalkWish(
        model=model,
        detector=detector,
        manners=manners,
        microphone=devices[0],
        speaker=devices[1],
        language=args.language.lower(),
        voice=voice,
        rate=args.rate,
        threads=chosen.threads.value or 1,
        listen_device=chosen.listen_device.value,
    )


def _device(name: str) -> Device:
    path = Path(name)
    return Device(file=path) if path.suffix.lower() == ".wav" else Device(name)


def _wake(text: str) -> str:
    if not bare_words(text):
        raise UsageError(
            f"--wake needs words that can be said, not {text[:20]!r}.",
            remedy='Two or more are best, for example --wake "hey computer".',
        )
    return text
