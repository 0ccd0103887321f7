"""``edgeomni transcribe``: what is said in sounds and films, with times."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeomni.build import Factories
from edgeomni.cli import filled
from edgeomni.cli.captions import FORMS, Form
from edgeomni.cli.options import LANGUAGE, add_listen_device, chosen_settings
from edgeomni.cli.output import Screen
from edgeomni.errors import MediaError, UsageError
from edgeomni.gather import files
from edgeomni.listening import words_in
from edgeomni.looking import kind_of
from edgeomni.ports import Ears, Eyes
from edgeomni.sanitise import spelled
from edgeomni.settings import Settings
from edgeomni.speech.devices.wav_format import cut_short
from edgeomni.values import WHOLE, Span
from edgeomni.vision.frames import parse_span, stamp

EPILOG = """\
examples:
  edgeomni transcribe meeting.m4a
  edgeomni transcribe film.mkv --srt > film.srt
  edgeomni transcribe lecture.mp3 --between 10:00-20:00
  edgeomni transcribe interview.wav --model base --language de --json

Segments are written as they are understood: what was said before Ctrl+C stays. The model tiny.en
(English, 71 MB) is fetched once, when the first speech is heard; `edgeomni pull base` (150 MB)
fetches ears for many languages. Where nobody speaks, nothing is written.
"""


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "transcribe",
        usage="edgeomni transcribe FILE... [OPTIONS]",
        description="Write down what is said.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "files", nargs="+", type=filled.path, metavar="FILE", help="sounds or films"
    )
    parser.add_argument("--between", metavar="SPAN", type=parse_span, help="like 0:10-0:20")
    parser.add_argument(
        "--model",
        dest="whisper",
        metavar="NAME",
        default="",
        help="tiny.en or base; default: by language",
    )
    parser.add_argument("--language", metavar="CODE", default="", help=LANGUAGE)
    parser.add_argument("--offline", action="store_const", const=True, help="never fetch anything")
    parser.add_argument("--threads", metavar="N", help="processor threads; default 1")
    add_listen_device(parser)
    form = parser.add_mutually_exclusive_group()
    for name, text in _FORMS.items():
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=text)
    parser.set_defaults(run=run, form="lines")


_FORMS = {
    "json": "one JSON object per segment",
    "srt": "subtitles as SubRip",
    "vtt": "subtitles as WebVTT",
}


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    form = FORMS[args.form]
    wanted = files(args.files, "audio", "video")
    if form.one_file and len(wanted) > 1:
        raise UsageError(
            f"--{args.form} is of one file, not of {len(wanted)}.", remedy="Call it for each file."
        )
    language = args.language.lower()
    model = _model(args.whisper, language)
    makers = args.factories or Factories()
    with closing(makers.eyes()) as eyes, closing(_ears(makers, chosen, model)) as ears:
        scribe = Scribe(screen, eyes, ears, form, args.between or WHOLE, language)
        screen.answer(form.head)
        return max([_code(scribe, file, several=len(wanted) > 1) for file in wanted])


def _model(name: str, language: str) -> str:
    from edgeomni import catalog

    known = [card.id for card in catalog.cards() if card.kind == "speech"]
    if name and name not in known:
        raise UsageError(
            f"{name} is no model of speech.", remedy=f"Choose one of {', '.join(known)}."
        )
    return name or catalog.ears_for(language)


def _ears(makers: Factories, chosen: Settings, model: str) -> Ears:
    from edgeomni.cli.transfer import ProgressLine

    return makers.ears(chosen, ProgressLine(sys.stderr), model)


def _code(scribe: Scribe, file: Path, *, several: bool) -> int:
    """Writes down one file; one of several that cannot be used does not end the others."""
    try:
        scribe.write(file, titled=several)
    except MediaError as error:
        if not several:
            raise
        scribe.screen.problem(error)
        return error.exit_code
    return 0


@dataclass(frozen=True, slots=True)
class Scribe:
    screen: Screen
    eyes: Eyes
    ears: Ears
    form: Form
    span: Span
    language: str

    def write(self, file: Path, *, titled: bool) -> None:
        """Write down what is said in one file, as it is understood. Raises EdgeomniError."""
        if titled and self.form is FORMS["lines"]:
            self.screen.answer(f"{spelled(str(file))}:\n")
        if told := cut_short(file):
            self.screen.notice(told)
        count, until = 0, self._until(file)

        def progress(seconds: float) -> None:
            self.screen.redraw(f"heard {stamp(seconds)}{until} …")

        said = words_in(
            self.eyes, self.ears, file, self.span, language=self.language, progress=progress
        )
        try:
            for count, segment in enumerate(said, 1):
                self.screen.redraw("")
                self.screen.answer(self.form.segment(str(file), count, segment))
        finally:
            self.screen.redraw("")
        if not count:
            self.screen.notice(f"Nobody was heard speaking in {file}.")

    def _until(self, file: Path) -> str:
        """How long it is, in words, where that is known."""
        if kind_of(file) != "video":
            return ""
        seconds = min(self.span.end, self.eyes.clip(file).seconds)
        return f" of {stamp(seconds)}" if seconds else ""
