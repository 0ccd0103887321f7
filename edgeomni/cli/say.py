"""``edgeomni say``: a text as speech, on the loudspeaker or in a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from edgeomni.build import Factories
from edgeomni.casting import cast
from edgeomni.cli import stdin
from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps
from edgeomni.cli.voices import show_voices
from edgeomni.errors import InputError, UsageError
from edgeomni.regular import write_whole
from edgeomni.speech.devices.wav_bytes import WavBytes
from edgeomni.speech.voices.choice import USUAL, check
from edgeomni.values import AudioClip, Segment

MAX_CHARACTERS = 100_000
"""About two hours of speech."""
_STDOUT = "-"

EPILOG = """\
examples:
  edgeomni say "Dinner is ready."
  edgeomni say "Good morning." -o morning.wav
  edgeomni ask "What is the sea?" | edgeomni say
  edgeomni say -o - < letter.md | ffmpeg -i - letter.mp3
  edgeomni say --list
  edgeomni say --voice ef_dora "La cena está lista."

The text may be Markdown: code, tables, links and formulas are said in plain words. It is spoken
clause by clause, so that the first is heard at once. With --json each clause is one object on one
line: file, start, end, text.

voices:
  heart     American English; comes with edgeomni, small and fast
  system    the voice of this machine; system:es to read Spanish, where it can
  af_heart  and 53 others of Kokoro in 9 languages, better and slower: `edgeomni say --list` names
            them and says how to get them. The package is under the GPL-3.0, the weights Apache-2.0.
  FOLDER/af_heart  the same with weights of your own

A voice reads everything in its own language. --language chooses one that is here, or the language
of the voice of this machine.
"""


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "say",
        usage="edgeomni say [TEXT...] [OPTIONS]",
        description="Say a text aloud, or save it as sound.",
        epilog=EPILOG,
    )
    parser.add_argument("text", nargs="*", metavar="TEXT", help="default: standard input")
    parser.add_argument(
        "-o", "--output", metavar="FILE.wav", default="", help="save it there; - is standard output"
    )
    parser.add_argument("--voice", metavar="NAME", default="", help=f"{USUAL} (default), see below")
    parser.add_argument(
        "--language", metavar="CODE", default="", help="of the text, like es: chooses the voice"
    )
    parser.add_argument("--rate", metavar="R", default="1", help="0.5 is slow, 2 is fast")
    parser.add_argument("--speaker", metavar="NAME", default="", help="which loudspeaker")
    parser.add_argument("--list", action="store_true", help="show the voices and what they cost")
    parser.add_argument("--json", action="store_true", help="one JSON object per clause")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    if args.list:
        return show_voices(screen, args.voice, as_json=args.json)
    rate = _rate(args.rate)
    check(args.voice, rate)
    _check_output(args)
    text = _text(args, screen)
    voice, language = args.voice, args.language.lower()
    if language:
        voice = cast(voice, language, screen.notice)
    makers = args.factories or Factories()
    with closing(makers.mouth(screen.notice, args.speaker)) as mouth:
        if args.output:
            said = _saved(mouth.say(text, voice=voice, rate=rate), args.output)
        else:
            said = mouth.play(text, voice=voice, rate=rate)
        return _show(said, screen, args)


def _show(said: Iterator[Segment], screen: Screen, args: argparse.Namespace) -> int:
    until = 0.0
    try:
        for clause in said:
            until = clause.end
            screen.redraw(f"{clause.text[:60]} …")
            if args.json:
                screen.line(dumps(_fields(clause, args.output)))
    finally:
        screen.redraw("")
    if not until:
        raise InputError(
            "There is nothing in it that could be spoken.",
            remedy="Give a text with words in the language of the voice.",
        )
    if args.output and not args.json:
        screen.notice(f"{until:.1f} s of speech.")
    return 0


def _fields(clause: Segment, file: str) -> dict[str, Any]:
    return {"file": file or None, "start": clause.start, "end": clause.end, "text": clause.text}


def _saved(said: Iterator[AudioClip], output: str) -> Iterator[Segment]:
    """Clause by clause; the file is written at the end, whole or not at all."""
    wav: WavBytes | None = None
    for clip in said:
        wav = wav or WavBytes(clip.rate)
        at = wav.seconds
        wav.add(clip)
        yield Segment(round(at, 3), round(wav.seconds, 3), clip.name)
    if wav is None:
        return
    if output == _STDOUT:
        sys.stdout.buffer.writelines(wav.parts())
        sys.stdout.buffer.flush()
    else:
        _save(Path(output), wav)


def _save(path: Path, wav: WavBytes) -> None:
    try:
        write_whole(path, wav.parts())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise _unsaved(path, (reason or str(error)).lower()) from error


def _check_output(args: argparse.Namespace) -> None:
    """Say at once what would fail after minutes of speaking."""
    if args.output and args.speaker:
        raise UsageError("What is saved is not played.", remedy="Give -o or --speaker, not both.")
    if args.output == _STDOUT:
        if args.json:
            raise UsageError(
                "Sound and JSON cannot share standard output.", remedy="Name a file for -o."
            )
        if sys.stdout.isatty():
            raise UsageError(
                "Standard output is a terminal, and a WAV file means nothing to it.",
                remedy="Send it to a program or a file.",
            )
    elif args.output:
        _check_file(Path(args.output))


def _check_file(path: Path) -> None:
    if "\0" in str(path):
        raise _unsaved(path, "no file can be called so")
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", remedy="Name a file in it for -o.")
    if path.exists() and not path.is_file():
        return  # a device or a pipe: it is written to, and called what it is called
    if path.suffix.lower() != ".wav":
        raise UsageError(f"{path} is no WAV file.", remedy="Give -o a name that ends in .wav.")
    if not path.parent.is_dir():
        raise _unsaved(path, f"there is no folder {path.parent}")


def _unsaved(path: Path, why: str) -> InputError:
    return InputError(
        f"The sound could not be written to {path}: {why}.",
        works="Without -o the text is spoken all the same.",
        remedy="Choose another folder or free some space.",
        code="not-saved",
    )


def _text(args: argparse.Namespace, screen: Screen) -> str:
    text = stdin.tidy(" ".join(args.text))
    if not args.text:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("There is no text.", remedy='For example: edgeomni say "Hello."')
        text = stdin.read_all(sys.stdin.buffer, screen.notice)
    if not text.strip():
        raise UsageError("The text is empty.", remedy='For example: edgeomni say "Hello."')
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The text has {len(text)} characters; {MAX_CHARACTERS} are said at a time.",
            remedy="Send it in parts, such as its chapters.",
        )
    return text


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"--rate is a number, not {text[:20]!r}.", remedy="1 is usual.") from None
