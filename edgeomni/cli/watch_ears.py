"""Spoken questions of a watch: understood, answered aloud, and told as typed ones are."""

from __future__ import annotations

import argparse
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edgeomni.build import Factories, Home
from edgeomni.casting import cast
from edgeomni.cli.output import Screen
from edgeomni.cli.talk_flags import SPOKEN, devices_of, no_keys, talk_wish
from edgeomni.cli.talk_keys import terminal
from edgeomni.cli.watch_ear_face import EarFace
from edgeomni.cli.watch_together import Together
from edgeomni.errors import EdgeomniError, UsageError
from edgeomni.loops.acts.shared_voice import SharedVoice
from edgeomni.loops.asides import Asides
from edgeomni.loops.voice import VoiceLoop
from edgeomni.loops.wake import WakePhrase
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.ports import Cancel, Mouth
from edgeomni.settings import Settings
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import Device
from edgeomni.speech.voices.choice import speaks_english

_PATIENCE = 3.0
"""Seconds for a conversation to end when it was asked to."""
_FLAGS = ("hands_free", "ptt", "wake", "input", "output", "listen_model", "language")
"""Of listening, without which they mean nothing."""


@dataclass(frozen=True, slots=True)
class EarsWish:
    devices: tuple[Device, Device]
    manners: Manners
    voice: str


def ears_of(args: argparse.Namespace, screen: Screen) -> EarsWish | None:
    """None where nobody listens. Raises UsageError, and as ``cast``."""
    if not args.listen:
        named = [*_FLAGS, "listen_device"]
        if alone := next((name for name in named if getattr(args, name)), ""):
            raise UsageError(f"--{alone.replace('_', '-')} goes with --listen.")
        return None
    if args.fast:
        raise UsageError("--fast leaves no time to speak.", remedy="Leave it or --listen out.")
    if args.ptt and args.ask:
        raise UsageError(
            "--ptt needs the space bar, which questions are typed with.",
            remedy="Leave --ask or --ptt out.",
        )
    if args.ptt and (terminal() is None or not screen.err_is_terminal):
        raise no_keys()
    manners = Manners(
        mode="push-to-talk" if args.ptt else "hands-free",
        wake=args.wake or "",
    )
    voice = cast(args.voice, args.language.lower(), screen.notice)
    return EarsWish(devices_of(args), manners, voice)


class Ears:
    """One conversation beside a watch. What breaks of it is told, and ends nothing else."""

    def __init__(
        self,
        home: Home,
        wish: EarsWish,
        chosen: Settings,
        args: argparse.Namespace,
        together: Together,
    ) -> None:
        """Models of speech are fetched if need be. Raises DownloadError, ModelError."""
        self._home, self._wish, self._args, self._together = home, wish, args, together
        talk = home.make_talk(talk_wish(home, chosen, args, wish.manners, wish.devices, wish.voice))
        self.talk = Asides(talk, english=speaks_english(wish.voice))
        self.voice = SharedVoice(self.talk, self._otherwise)
        self._broken = False
        self._mouth: Mouth | None = None
        self._done = Cancel()
        if not (home.assistant.system or home.plain):
            home.assistant.set_system(SPOKEN)

    @contextmanager
    def open(self, watch: WatchLoop) -> Iterator[None]:
        """Inside, somebody listens."""
        thread = threading.Thread(target=self._listen, args=(watch,), name="ears", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.ask()
            self.talk.end()
            thread.join(_PATIENCE)
            self.talk.close()
            thread.join()
            if self._mouth is not None:
                self._mouth.close()

    def finish(self) -> None:
        """Wait until what was asked is answered and heard; ``leave`` ends that, too."""
        self.talk.settle(self._done)

    def hush(self) -> None:
        self.talk.hush()

    def leave(self) -> None:
        """Safe to call from a signal handler."""
        self._done.ask()
        self.talk.end()

    def _listen(self, watch: WatchLoop) -> None:
        face = EarFace(self._together, lambda: watch.shown, self.talk.post)
        phrase = self._wish.manners.wake
        loop = VoiceLoop(
            self.talk,
            self._home.assistant,
            self._home.settings.options(),
            face,
            wake=WakePhrase(phrase) if phrase else None,
            show=watch.show,
            otherwise=watch.past,
            hold=watch.hold,
            english=speaks_english(self._wish.voice),
        )
        try:
            loop.run()
        except EdgeomniError as error:
            self._lost(error.happened, error.remedy)
        except Exception as error:  # else nobody would know that nobody listens
            logging.getLogger(__name__).exception("listening broke off")
            self._lost(f"Listening broke off: {error}."[:300], "")
        finally:
            watch.hold(False)
            self._together.hearing("", "")
        file = self._wish.devices[0].file
        if file and not (face.understood or self._broken or self._done.asked):
            self._together.notice(f"Nothing was understood in {file}.")

    def _lost(self, happened: str, remedy: str) -> None:
        if self._done.asked:
            return
        self._broken = True
        told = happened, "The watch goes on without listening.", remedy
        self._together.notice(" ".join(filter(None, told)))

    def _otherwise(self) -> Mouth | None:
        """Without ears there is still a voice."""
        speaker = self._wish.devices[1]
        if self._done.asked or speaker.file:
            return None
        if self._mouth is None:
            make: Callable[..., Mouth] = (self._args.factories or Factories()).mouth
            self._mouth = make(self._together.notice, speaker.name)
        return self._mouth
