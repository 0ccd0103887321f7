"""``edgeomni talk``: a spoken conversation."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from edgeomni.build import Home
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    chosen_settings,
    open_home,
)
from edgeomni.cli.output import Screen, seconds
from edgeomni.cli.record import dumps
from edgeomni.cli.talk_keys import Hands, terminal, watched
from edgeomni.errors import UsageError
from edgeomni.loops.answer import Answer
from edgeomni.loops.voice import Turn, VoiceLoop
from edgeomni.loops.wake import WakePhrase
from edgeomni.ports import Talk
from edgeomni.settings import Settings
from edgeomni.speech.manners import Manners
from edgeomni.speech.talk import Device, TalkWish
from edgeomni.talk_events import (
    Began,
    Event,
    Failure,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Level,
    Nothing,
    Partial,
    Ready,
    Resumed,
    Stopped,
    Trouble,
    Utterance,
)
from edgeomni.values import EngineEvent, Notice, TextDelta

EPILOG = """\
examples:
  edgeomni talk
  edgeomni talk -m gemma-3-4b --system "Answer in one or two sentences."
  edgeomni talk --ptt
  edgeomni talk --wake "hey computer"
  edgeomni talk --input question.wav --output answer.wav
  edgeomni talk --input question.wav --output answer.wav --fast --json

It listens until Ctrl+C or q. Speak, and it answers; speak over its answer, and it falls silent. Say
"stop" to silence it without asking anything. `edgeomni devices` lists microphones and loudspeakers.
A WAV file can stand for either: --input FILE.wav, --output FILE.wav. Nothing is recorded otherwise.
"""
_SPOKEN = "Your answers are spoken aloud: answer in one to three short sentences, in plain words."
_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 78
_LAST_WORDS = 5


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "talk",
        usage="edgeomni talk [OPTIONS]",
        description="Talk with a model by voice.",
        epilog=EPILOG,
    )
    group = parser.add_argument_group("how you talk")
    mode = group.add_mutually_exclusive_group()
    mode.add_argument(
        "--hands-free", action="store_true", help="just speak; pauses end your turn (default)"
    )
    mode.add_argument("--ptt", action="store_true", help="hold or tap the space bar to talk")
    mode.add_argument(
        "--wake", metavar="WORDS", default="", help='only what begins so is meant: "hey computer"'
    )
    group.add_argument(
        "--no-interrupt", action="store_true", help="the answer goes on when you speak over it"
    )
    group.add_argument("--input", metavar="DEVICE", default="", help="microphone, or FILE.wav")
    group.add_argument("--output", metavar="DEVICE", default="", help="loudspeaker, or FILE.wav")
    group.add_argument(
        "--fast", action="store_true", help="with files: do not wait for time to pass"
    )
    group.add_argument("--listen-model", metavar="NAME", default="", help="tiny.en or base")
    group.add_argument("--language", metavar="CODE", default="", help="like de; default: find out")
    group.add_argument("--voice", metavar="NAME", default="", help="see `edgeomni say --list`")
    group.add_argument("--rate", metavar="R", type=_rate, default=1.0, help="of speaking, 0.5 to 2")
    add_model_flags(parser)
    add_answer_flags(parser)
    output = parser.add_argument_group("what is printed")
    output.add_argument("--json", action="store_true", help="events as JSON, one on a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    microphone, speaker = _device(args.input), _device(args.output)
    if args.fast and not (microphone.file and speaker.file):
        raise UsageError(
            "--fast is for files: time cannot be hurried on a sound card.",
            remedy="Name a WAV file for --input and one for --output.",
        )
    if microphone.file and speaker.file and _same(microphone.file, speaker.file):
        raise UsageError(
            f"{speaker.file} cannot be both the question and the answer: it would be overwritten.",
            remedy="Name another file for --output.",
        )
    if args.ptt and terminal() is None:
        raise UsageError(
            "--ptt needs a terminal whose keys can be read one by one.",
            remedy="Leave it out: pauses then end your turn.",
        )
    manners = Manners(
        mode="push-to-talk" if args.ptt else "hands-free",
        interrupt=not args.no_interrupt,
        lockstep=args.fast,
    )
    face: _Face = JsonFace(screen) if args.json else LineFace(screen)
    with open_home(chosen, args) as home:
        home.load_ahead()
        wish = _wish(home, chosen, args, manners, microphone, speaker)
        talk = home.make_talk(wish)
        if not home.assistant.system:
            home.assistant.set_system(_SPOKEN)
        home.ready()
        wake = WakePhrase(args.wake) if args.wake.strip() else None
        options, timed = home.settings.options(), not args.fast
        loop = VoiceLoop(talk, home.assistant, options, face, timed=timed, wake=wake)
        return _led(loop, talk, screen, pushing=args.ptt) or face.code


def _led(loop: VoiceLoop, talk: Talk, screen: Screen, *, pushing: bool) -> int:
    with ExitStack() as stack:
        stack.callback(talk.close)
        asked = stack.enter_context(_ending(talk))
        fd = terminal()
        if fd is not None and screen.err_is_terminal:
            hands = Hands(talk, pushing, talk.end)
            screen.notice(stack.enter_context(watched(fd, hands)))
        loop.run()
    return INTERRUPTED if asked.is_set() else 0


def _wish(
    home: Home,
    chosen: Settings,
    args: argparse.Namespace,
    manners: Manners,
    microphone: Device,
    speaker: Device,
) -> TalkWish:
    model, detector = home.speech_models(args.listen_model)
    return TalkWish(
        model=model,
        detector=detector,
        manners=manners,
        microphone=microphone,
        speaker=speaker,
        language=args.language.lower(),
        voice=args.voice,
        rate=args.rate,
        threads=chosen.threads.value or 1,
    )


def _device(name: str) -> Device:
    path = Path(name)
    return Device(file=path) if path.suffix.lower() == ".wav" else Device(name)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there yet
        return False


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.5 <= rate <= 2:
        raise UsageError(f"--rate must be a number from 0.5 to 2, not {text[:20]!r}.")
    return rate


@contextmanager
def _ending(talk: Talk) -> Iterator[threading.Event]:
    """Inside, Ctrl+C ends the conversation in good order; twice, at once."""
    asked = threading.Event()

    def press(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        talk.end()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


class _Face:
    """What both ways to show a conversation share."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.code = 0
        """To exit with: the worst of answers that could not be given."""

    def event(self, event: Event) -> None:
        raise NotImplementedError

    def answer(self, event: EngineEvent) -> None:
        raise NotImplementedError

    def turn(self, turn: Turn) -> None:
        raise NotImplementedError

    def failed(self, answer: Answer) -> None:
        if answer.error is not None:
            self.code = max(self.code, answer.error.exit_code)
            self.screen.problem(answer.error)


class LineFace(_Face):
    """For people: what was said stays, and one line below it moves.

    Of an answer, lines that are full stand above; the one that grows is part of the moving line.
    """

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self._state = "opening devices …"
        self._level = 0.0
        self._partial = ""
        self._growing = ""
        self._last = ""
        self._shared = screen.out_is_terminal and screen.err_is_terminal
        """One terminal shows the answer and the moving line; a file gets the words as they are."""

    def event(self, event: Event) -> None:
        match event:
            case Ready(turns=turns, microphone=microphone):
                self.screen.notice(f"listening to {microphone or 'the microphone'}, turns {turns}")
                self._state = "listening"
            case Level(rms):
                self._level = rms
            case Began():
                self._state, self._partial = "you speak", ""
            case Partial(certain, rest):
                self._partial = f"{certain} {rest}".strip()
            case Utterance(text=text):
                self._wipe()
                self.screen.answer(f"> {text}\n")
                self._state, self._partial = "thinking", ""
            case FirstAudio():
                self._state = "speaking"
            case Held():
                self._state = "listening"
            case GoesOn():
                self._state = "speaking"
            case Nothing() | Resumed():
                self._state = "listening"
            case Interrupted() | Stopped():
                self._state = "listening"
            case Trouble(text=text) | Failure(text=text):
                self._wipe()
                self.screen.notice(text)
        self._draw()

    def answer(self, event: EngineEvent) -> None:
        match event:
            case TextDelta(text) if not self._shared:
                self.screen.answer(text)
            case TextDelta(text):
                *full, self._growing = laid(self._growing + text, _WIDTH)
                for line in full:
                    self._wipe()
                    self.screen.answer(line + "\n")
                self._draw()
            case Notice(text=text):
                self._wipe()
                self.screen.notice(text)

    def turn(self, turn: Turn) -> None:
        self._wipe()
        rest, self._growing = self._growing, ""
        self.screen.answer(rest)
        self.screen.end_answer()
        if turn.first_audio >= 0:
            self._last = f"answered in {seconds(turn.first_audio * 1000)}"
        if turn.interrupted and turn.answered:
            heard = turn.answered.split()[-_LAST_WORDS:]
            self.screen.notice(f"interrupted behind: … {' '.join(heard)}")
        self._state = "listening"
        self._draw()

    def _draw(self) -> None:
        bar = _BARS[min(len(_BARS) - 1, int(self._level**0.5 * 2 * len(_BARS)))]
        words = self._partial or self._growing
        head = f"{bar} {self._state}"
        line = " · ".join(filter(None, [head, words or self._last]))
        if len(line) > _WIDTH:  # what was said last is what is looked for
            line = f"{head} · …{words[len(head) + 4 - _WIDTH :]}"
        self.screen.redraw(line)

    def _wipe(self) -> None:
        self.screen.redraw("")


def laid(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, broken at blanks where there are any; the last one may
    still grow.
    """
    lines = text.split("\n")
    while len(lines[-1]) > width:
        last = lines.pop()
        at = last.rfind(" ", 1, width + 1)
        at = at if at > 0 else width
        lines += [last[:at], last[at:].lstrip(" ")]
    return lines


_NAMES = {
    "Ready": "ready",
    "Began": "began",
    "Partial": "partial",
    "Utterance": "utterance",
    "FirstAudio": "first_audio",
    "Interrupted": "interrupted",
    "Stopped": "stopped",
    "Trouble": "trouble",
    "Failure": "failure",
}
"""Events that programs are told, and how they are called there."""


class JsonFace(_Face):
    """For programs: one object a line."""

    def event(self, event: Event) -> None:
        name = _NAMES.get(type(event).__name__)
        if name:
            self.screen.line(dumps({"event": name, **_rounded(asdict(event))}))

    def answer(self, event: EngineEvent) -> None:
        if isinstance(event, Notice):
            self.screen.line(dumps({"event": "notice", "code": event.code, "text": event.text}))

    def turn(self, turn: Turn) -> None:
        self.screen.line(dumps({"event": "turn", **_rounded(asdict(turn))}))

    def failed(self, answer: Answer) -> None:
        super().failed(answer)
        if (error := answer.error) is not None:
            told = {"event": "failure", "code": error.code, "text": error.happened}
            self.screen.line(dumps(told))


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in values.items()}
