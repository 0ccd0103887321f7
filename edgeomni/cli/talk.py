"""``edgeomni talk``: a spoken conversation."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeomni.build import Factories, Home
from edgeomni.casting import cast
from edgeomni.cli.folders import NEVER, private_folder
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    chosen_settings,
    open_home,
)
from edgeomni.cli.output import Screen
from edgeomni.cli.talk_faces import Face, JsonFace, LineFace
from edgeomni.cli.talk_flags import (
    SPOKEN,
    add_device_flags,
    add_ear_flags,
    add_turn_flags,
    devices_of,
    no_keys,
    talk_wish,
)
from edgeomni.cli.talk_hotkey import Reach, heard_everywhere, hindrance
from edgeomni.cli.talk_keys import Hands, terminal, watched
from edgeomni.cli.turn import stopping
from edgeomni.errors import UsageError
from edgeomni.hotkey.names import Combination, parsed
from edgeomni.loops.voice import VoiceLoop
from edgeomni.loops.wake import WakePhrase
from edgeomni.ports import Cancel, Talk
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.ears.windows import RATE
from edgeomni.speech.voices.choice import speaks_english

EPILOG = """\
examples:
  edgeomni talk
  edgeomni talk -m gemma-3-4b --system "Answer in one or two sentences."
  edgeomni talk --ptt
  edgeomni talk --hotkey "ctrl+alt+space"
  edgeomni talk --wake "hey computer"
  edgeomni talk --language es --listen-model base --voice ef_dora
  edgeomni talk --input question.wav --output answer.wav
  edgeomni talk --input question.wav --output answer.wav --fast --json

It listens until Ctrl+C or q. Speak, and it answers; speak over its answer, and it falls silent. Say
"stop" to silence it without asking anything. `edgeomni devices` lists microphones and loudspeakers.
A WAV file can stand for either: --input FILE.wav, --output FILE.wav. Nothing else is recorded,
unless --save-audio names a folder.
"""


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "talk",
        usage="edgeomni talk [OPTIONS]",
        description="Talk with a model by voice.",
        epilog=EPILOG,
    )
    group = parser.add_argument_group("how you talk")
    add_turn_flags(group)
    group.add_argument(
        "--hotkey",
        metavar="KEYS",
        type=_hotkey,
        help='--ptt with keys held in any window: "ctrl+alt+space"; needs the extra hotkey',
    )
    group.add_argument(
        "--no-interrupt", action="store_true", help="the answer goes on when you speak over it"
    )
    add_device_flags(group)
    group.add_argument(
        "--fast", action="store_true", help="with files for both: do not wait for time to pass"
    )
    group.add_argument(
        "--native-audio", action="store_true", help="the model hears you itself, where it can"
    )
    group.add_argument(
        "--save-audio",
        metavar="FOLDER",
        default=NEVER,
        help=f"save what is said, by both, as WAV files there; {NEVER} (default) saves nothing",
    )
    add_ear_flags(group)
    group.add_argument(
        "--voice",
        metavar="NAME",
        default="",
        help="see `edgeomni say --list`; default: by language",
    )
    group.add_argument("--rate", metavar="R", type=_rate, default=1.0, help="of speaking, 0.5 to 2")
    add_model_flags(parser)
    add_answer_flags(parser)
    output = parser.add_argument_group("what is printed")
    output.add_argument("--json", action="store_true", help="events as JSON, one on a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    microphone, speaker = devices_of(args)
    if args.fast and not (microphone.file and speaker.file):
        raise UsageError(
            "--fast is for files: time cannot be hurried on a sound card.",
            remedy="Name a WAV file for --input and one for --output.",
        )
    if args.hotkey and (args.hands_free or args.wake):
        raise UsageError("--hotkey is a key to talk: it goes with --ptt, or alone.")
    hands = terminal() if screen.err_is_terminal else None
    if args.ptt and not args.hotkey and hands is None:
        raise no_keys()
    if args.hotkey and hands is None and (found := hindrance()):
        raise found
    folder = _folder(args.save_audio, screen)
    face: Face = JsonFace(screen, folder) if args.json else LineFace(screen, folder)
    voice = cast(args.voice, args.language.lower(), screen.notice)
    with open_home(chosen, args) as home:
        home.load_ahead()
        native = args.native_audio and _hears(home, screen)
        manners = _manners(args, native=native)
        wish = talk_wish(home, chosen, args, manners, (microphone, speaker), voice)
        talk = home.make_talk(replace(wish, save=folder))
        if not home.assistant.system:
            home.assistant.set_system(SPOKEN)
        home.ready()
        wake = WakePhrase(args.wake) if args.wake else None
        loop = VoiceLoop(
            talk,
            home.assistant,
            home.settings.options(),
            face,
            timed=not args.fast,
            native=native,
            wake=wake,
            english=speaks_english(voice),
        )
        code = _led(loop, talk, screen, args) or face.code
        if microphone.file and not (code or face.understood):
            screen.notice(f"Nothing was understood in {microphone.file}.")
        return code


def _manners(args: argparse.Namespace, *, native: bool) -> Manners:
    return Manners(
        mode="push-to-talk" if args.ptt or args.hotkey else "hands-free",
        interrupt=not args.no_interrupt,
        wake=args.wake or "",
        lockstep=args.fast,
        keeps_sound=native,
    )


def _hears(home: Home, screen: Screen) -> bool:
    """Whether the model takes sound itself; else what is said is written down for it."""
    home.ready()
    can = home.engine.abilities()
    if can.audio and can.audio_rate == RATE:
        return True
    screen.notice(f"{can.model} cannot hear: what you say is written down for it.")
    return False


def _led(loop: VoiceLoop, talk: Talk, screen: Screen, args: argparse.Namespace) -> int:
    with ExitStack() as stack:
        stack.callback(talk.close)
        cancel = Cancel()
        cancel.subscribe(talk.end)
        stack.enter_context(stopping(cancel))
        fd = terminal() if screen.err_is_terminal else None
        hands = Hands(talk, args.ptt or bool(args.hotkey), talk.end)
        if args.hotkey:
            reach = Reach(talk, loop.tell, talk.end, other=fd is not None)
            make = (args.factories or Factories()).hotkey
            if stack.enter_context(heard_everywhere(make, args.hotkey, reach)):
                hands = replace(hands, everywhere=str(args.hotkey))
        if fd is not None:
            screen.notice(stack.enter_context(watched(fd, hands)))
        elif hands.everywhere:
            screen.notice(f"hold {hands.everywhere} in any window to talk")
        loop.run()
    return INTERRUPTED if cancel.asked else 0


def _folder(name: str, screen: Screen) -> Path | None:
    folder = private_folder(name, "--save-audio")
    if folder:
        screen.notice(f"what is said is recorded: it is saved in {folder}")
    return folder


def _hotkey(text: str) -> Combination:
    return parsed(text, sys.platform)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.5 <= rate <= 2:
        raise UsageError(f"--rate must be a number from 0.5 to 2, not {text[:20]!r}.")
    return rate
