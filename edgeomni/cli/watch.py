"""``edgeomni watch``: words for what a camera, a screen or a film shows, when that changes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from edgeomni.build import Home
from edgeomni.cli import watch_record
from edgeomni.cli.main import INTERRUPTED
from edgeomni.cli.options import (
    add_answer_flags,
    add_model_flags,
    chosen_settings,
    open_home,
)
from edgeomni.cli.output import Screen
from edgeomni.cli.talk_keys import PushedKey, terminal
from edgeomni.cli.turn import stopping
from edgeomni.cli.watch_acts import Acts, ActsWish, Means
from edgeomni.cli.watch_clock import Clock
from edgeomni.cli.watch_ears import Ears, ears_of
from edgeomni.cli.watch_faces import Face, JsonFace
from edgeomni.cli.watch_flags import WatchWish, acts_of, add_watch_flags, wish_of
from edgeomni.cli.watch_keys import Hands, keys_obeyed, lines_obeyed
from edgeomni.cli.watch_lead import Watching, after, lead, stopper
from edgeomni.cli.watch_line_face import LineFace
from edgeomni.cli.watch_record import Record
from edgeomni.cli.watch_together import Ending, Together
from edgeomni.errors import UsageError
from edgeomni.ports import Cancel
from edgeomni.vision.live.address import Source, source

SOURCES = """\
sources:
  camera, camera:1, camera:NAME    the first one, the next one, one by its name
  screen, screen:X,Y,WxH           the screen, or a part of it; window:NAME is one window
  rtsp://…, http://…               a network camera; USER:PASSWORD@ before its host is never shown
  clip.mp4                         a film; --fast does not wait for time to pass
  folder/                          each new picture in it
  test                             a moving test picture, for machines without a camera
"""
EPILOG = f"""\
examples:
  edgeomni watch
  edgeomni watch --for "a parcel at the door" --notify
  edgeomni watch rtsp://cam.local/live --for "somebody" --exec ./ring-the-bell --loud
  edgeomni watch screen --preset read --speak
  edgeomni watch --ask
  edgeomni watch --listen --speak
  edgeomni watch clip.mp4 --fast --json | jq -r .text
  edgeomni watch --once --preset accessibility

{SOURCES}
It looks when something has changed and stands still again, and says what is new; while nothing
happens it costs next to nothing. With --for it says when that is there, once each time, and no more
unless --prompt or --preset is there as well; a sign marks it. With --ask, type a question and
Enter; /before QUESTION asks about earlier: the last looks are remembered, in memory. With --listen,
ask by voice; all that is said comes from one loudspeaker, and you may speak over it.

Keys: p closes the device, and opens it again; Esc silences; q or Ctrl+C ends. What the device does
stands at the left: ● open, ○ closed, ◌ between the two, ✕ lost, and tried again.

Nothing is stored or sent unless you ask for it with --log, --save-frames, --notify or --exec. The
command of --exec is run without a shell, for each match, or without --for for each caption, one at
a time, within 60 seconds; the event is a line of JSON on its standard input.

{watch_record.HELP}"""
_BLINDFOLD = "--fast is for films: time cannot be hurried in front of a camera."


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "watch",
        usage="edgeomni watch [SOURCE] [OPTIONS] [--exec CMD...]",
        description="Say what a camera, a screen or a film shows, when it changes.",
        epilog=EPILOG,
    )
    parser.add_argument("source", nargs="?", default="camera", metavar="SOURCE", help="see below")
    add_watch_flags(parser)
    add_model_flags(parser)
    add_answer_flags(parser)
    output = parser.add_argument_group("what is printed")
    output.add_argument("--json", action="store_true", help="events as JSON, one on a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    chosen = chosen_settings(args, screen)
    seen = source(args.source)
    if args.fast and not seen.is_timed:
        raise UsageError(_BLINDFOLD, remedy="Leave it out, or name a file.")
    wish, acts, ears = wish_of(args), acts_of(args, screen), ears_of(args, screen)
    clock = Clock(film=seen.is_timed)
    face: Face = LineFace(screen, clock, seen.name)
    if args.json:
        face = JsonFace(screen, Record(clock))
    chosen = replace(chosen, watching=True)
    with open_home(chosen, args) as home:
        home.load_ahead()
        together = Together(clock, face)
        listening = Ears(home, ears, chosen, args, together) if ears else None
        return Session(home, screen, clock, face, together, listening).go(wish, acts, seen, args)


@dataclass(frozen=True, slots=True)
class Session:
    """One watch from its beginning to its end."""

    home: Home
    screen: Screen
    clock: Clock
    face: Face
    together: Together
    ears: Ears | None

    def go(self, wish: WatchWish, acts: ActsWish, seen: Source, args: argparse.Namespace) -> int:
        """Returns the exit code. Raises EdgeomniError where there is nothing to watch."""
        together, ears, cancel = self.together, self.ears, Cancel()
        eyes = lambda image: self.home.eyes.draw(image, ())  # noqa: E731
        means = Means(together.notice, eyes, lambda: ears.voice if ears else self.home.mouth)
        with ExitStack() as stack:
            doing = stack.enter_context(Acts(self.screen, acts, means, self.clock))
            stack.callback(self.face.close)
            loading = self.home.settings.asked_model or "the model"
            self.screen.redraw(f"loading {loading} …")
            self.home.ready()
            self.screen.redraw("")
            loop = lead(self.home, wish, together)
            stop = stack.enter_context(stopper(loop.stop))
            together.join([doing, self._ending(stop, seen, args)])
            cancel.subscribe(stop)
            cancel.subscribe(doing.hush)
            stack.enter_context(stopping(cancel))
            if ears:
                stack.enter_context(ears.open(loop))
                cancel.subscribe(ears.leave)
            pushes = PushedKey(ears.talk) if ears and args.ptt else None
            hands = Hands(Reach(loop, doing, together, stop, ears), pushes=pushes)
            stack.enter_context(self._hands(hands, asking=args.ask))
            if args.duration and not seen.is_timed:
                stack.enter_context(after(args.duration, stop))
            loop.run()
            if ears:
                ears.finish()
            doing.finish()
        return INTERRUPTED if cancel.asked else self.face.code

    def _ending(self, stop: Callable[[], None], seen: Source, args: argparse.Namespace) -> Ending:
        until = args.duration if seen.is_timed else None
        return Ending(self.face, stop, once=args.once, waits=bool(args.conditions), until=until)

    @contextmanager
    def _hands(self, hands: Hands, *, asking: bool) -> Iterator[None]:
        with ExitStack() as stack:
            fd = terminal() if self.screen.err_is_terminal else None
            if fd is not None:
                explained = stack.enter_context(keys_obeyed(fd, hands, asking=asking))
                hands.watch.notice(explained)
            elif asking:
                stack.enter_context(lines_obeyed(hands))
            yield


@dataclass(frozen=True, slots=True)
class Reach:
    """What keys and lines act on."""

    loop: Watching
    acts: Acts
    together: Together
    stop: Callable[[], None]
    ears: Ears | None

    def ask(self, question: str) -> None:
        self.loop.ask(question)

    def pause(self, on: bool) -> None:
        self.loop.pause(on)

    def hush(self) -> None:
        self.acts.hush()
        if self.ears:
            self.ears.hush()

    def leave(self) -> None:
        self.acts.hush()
        if self.ears:
            self.ears.leave()
        self.stop()

    def notice(self, text: str) -> None:
        self.together.notice(text)

    def typing(self, text: str | None) -> None:
        self.together.typing(text)
