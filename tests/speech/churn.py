"""What may happen to sound devices while a conversation goes on, and how soon it is over that.

Everything that happens has two halves: it begins, and it ends. Then a tone is played to the
microphones and a word is said, until both were heard.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeomni.process.worker import WorkerSpec
from edgeomni.speech.client import ENVIRONMENT
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import TalkWish, WorkerTalk
from edgeomni.talk_events import Interrupted, Level, Ready, Said, Trouble, Utterance
from tests.speech.lab import RATE, Lab
from tests.speech.sounds import tone, write_wav

MICROPHONES = ("person", "headset")
LOUDSPEAKERS = ("room", "dock")
KINDS = (
    *("microphone unplugged", "all microphones unplugged", "loudspeaker unplugged"),
    *("all loudspeakers unplugged", "default microphone changed", "default loudspeaker changed"),
    *("microphone suspended", "loudspeaker suspended", "microphone muted", "rates changed"),
    *("moved to other devices", "all devices unplugged", "sound server killed"),
)
_TOLD = {
    **dict.fromkeys(("microphone suspended", "loudspeaker suspended"), 1),
    **dict.fromkeys(("all devices unplugged", "sound server killed"), 2),
}
"""Of how many devices one has to be told; the sound server replaces others by what is there."""
_PATIENCE = 3.0
"""Seconds after which one has to be told."""
RATES = (16_000, 44_100, 48_000, 96_000)
LASTS = (0.1, 0.7, 2.0, 4.0)
"""Seconds: some shorter, some longer than anybody is told of."""
_LOUD = 0.02
"""Root mean square, from 0 to 1: of the tone and of any word, not of an empty room."""
_GIVEN_UP = 15.0
_GLANCE = 0.01
_WORD = "Yes."


@dataclass(frozen=True, slots=True)
class Happening:
    kind: str
    lasts: float
    """Seconds from its beginning to its end."""
    which: int
    """Of two devices, or of several rates."""


@dataclass(frozen=True, slots=True)
class Recovery:
    happening: Happening
    microphone: float
    loudspeaker: float
    """Seconds from the end of what happened until it was heard, and until it could be heard."""
    answered: bool
    """What was to be said while it lasted, and behind it, was said or given up."""
    told: tuple[str, ...]
    """Codes of what the user was told of devices from its beginning on."""

    @property
    def seconds(self) -> float:
        return max(self.microphone, self.loudspeaker)

    @property
    def unexplained(self) -> bool:
        """A device was away for long and nobody was told; or nobody was told that it is back."""
        expected = _TOLD.get(self.happening.kind, 0) if self.happening.lasts > _PATIENCE else 0
        gone, back = self.told.count("unplugged"), self.told.count("back")
        return gone < expected or gone > back


@dataclass(frozen=True, slots=True)
class Churned:
    recoveries: list[Recovery]
    utterances: list[str]
    """What was taken for words meanwhile."""


def happenings(count: int, seed: int) -> Iterator[Happening]:
    """Each kind as often as any other, in an order of its own."""
    chance = random.Random(seed)
    kinds: list[str] = []
    for _ in range(count):
        if not kinds:
            kinds = chance.sample(KINDS, len(KINDS))
        yield Happening(kinds.pop(), chance.choice(LASTS), chance.randrange(len(RATES)))


class Room:
    """Two microphones and two loudspeakers that come and go."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._meters: dict[str, Meter] = {}
        self._furnish()

    def close(self) -> None:
        for meter in self._meters.values():
            meter.close()

    @contextmanager
    def happening(self, it: Happening) -> Iterator[None]:
        """It begins, and ends when the block does."""
        lab, first = self._lab, it.which % 2
        other = 1 - first
        match it.kind:
            case "microphone unplugged":
                with self._unplugged(MICROPHONES[first : first + 1]):
                    yield
            case "all microphones unplugged":
                with self._unplugged(MICROPHONES):
                    yield
            case "loudspeaker unplugged":
                with self._unplugged(LOUDSPEAKERS[first : first + 1]):
                    yield
            case "all loudspeakers unplugged":
                with self._unplugged(LOUDSPEAKERS):
                    yield
            case "all devices unplugged":
                with self._unplugged((*MICROPHONES, *LOUDSPEAKERS)):
                    yield
            case "rates changed":
                with self._unplugged((MICROPHONES[first], LOUDSPEAKERS[first]), RATES[it.which]):
                    yield
            case "default microphone changed":
                lab.control("set-default-source", f"{MICROPHONES[other]}.monitor")
                yield
            case "default loudspeaker changed":
                lab.control("set-default-sink", LOUDSPEAKERS[other])
                yield
            case "microphone suspended":
                self._to_all(MICROPHONES, "suspend-sink", "", "1")  # a monitor sleeps with its sink
                yield
                self._to_all(MICROPHONES, "suspend-sink", "", "0")
            case "loudspeaker suspended":
                self._to_all(LOUDSPEAKERS, "suspend-sink", "", "1")
                yield
                self._to_all(LOUDSPEAKERS, "suspend-sink", "", "0")
            case "microphone muted":
                self._to_all(MICROPHONES, "set-source-mute", ".monitor", "1")
                yield
                self._to_all(MICROPHONES, "set-source-mute", ".monitor", "0")
            case "moved to other devices":
                self._move("source-output", f"{MICROPHONES[first]}.monitor")
                self._move("sink-input", LOUDSPEAKERS[first])
                yield
            case "sound server killed":
                self.close()
                lab.stop()
                yield
                lab.launch()
                self._furnish()

    def loud_since(self, moment: float) -> float | None:
        """When a loudspeaker first was."""
        loud = [at for sink in LOUDSPEAKERS if (at := self._meters[sink].loud_since(moment))]
        return min(loud, default=None)

    @contextmanager
    def tone(self, file: Path) -> Iterator[None]:
        """For all microphones."""
        command = "paplay", "--latency-msec=50"
        playing = [
            subprocess.Popen(
                [*command, f"--device={sink}", str(file)], env=self._lab.whole_environment
            )
            for sink in MICROPHONES
        ]
        yield
        for process in playing:
            process.terminate()
            process.wait()

    def _furnish(self) -> None:
        for sink in (*MICROPHONES, *LOUDSPEAKERS):
            self._lab.unplug(sink)
            self._lab.plug(sink)
        self._lab.control("set-default-source", f"{MICROPHONES[0]}.monitor")
        self._lab.control("set-default-sink", LOUDSPEAKERS[0])
        self._meters = {sink: Meter(self._lab, sink) for sink in LOUDSPEAKERS}

    @contextmanager
    def _unplugged(self, sinks: tuple[str, ...], rate: int = RATE) -> Iterator[None]:
        for sink in sinks:
            if sink in self._meters:
                self._meters.pop(sink).close()
            self._lab.unplug(sink)
        yield
        for sink in sinks:
            self._lab.plug(sink, rate)
            if sink in LOUDSPEAKERS:
                self._meters[sink] = Meter(self._lab, sink)
                self._lab.control("set-default-sink", sink)
            else:
                self._lab.control("set-default-source", f"{sink}.monitor")

    def _to_all(self, sinks: tuple[str, ...], command: str, ending: str, value: str) -> None:
        for sink in sinks:
            self._lab.control(command, f"{sink}{ending}", value)

    def _move(self, stream: str, device: str) -> None:
        """Those of the conversation: its program is a Python."""
        clients = {
            line.split("\t")[0]
            for line in self._lab.control("list", "short", "clients").splitlines()
            if "python" in line
        }
        for line in self._lab.control("list", "short", f"{stream}s").splitlines():
            number, _, client, *_ = line.split("\t")
            if client in clients:
                self._lab.control(f"move-{stream}", number, device)


class Meter:
    """Knows when a loudspeaker was loud."""

    def __init__(self, lab: Lab, sink: str) -> None:
        self._process = lab.monitor(sink)
        self._loud: list[float] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def loud_since(self, moment: float) -> float | None:
        return next((at for at in self._loud if at >= moment), None)

    def close(self) -> None:
        self._process.terminate()
        self._thread.join()
        self._process.communicate()

    def _listen(self) -> None:
        assert self._process.stdout
        while piece := self._process.stdout.read(RATE // 100 * 2):
            heard = np.frombuffer(piece[: len(piece) // 2 * 2], "<i2").astype(np.float32) / 32768
            if len(heard) and np.sqrt(np.mean(np.square(heard))) > _LOUD:
                self._loud.append(time.monotonic())


class Guest:
    """Leads a conversation: knows what it was told, and has words said."""

    def __init__(self, model: Path, log: Path) -> None:
        self.troubles: list[Trouble] = []
        self.utterances: list[str] = []
        self._loud: list[float] = []
        self._ready, self._said = threading.Event(), threading.Event()
        self._said.set()
        self._error: Exception | None = None
        spec = WorkerSpec("speech", log, ENVIRONMENT)
        self._talk = WorkerTalk(spec, TalkWish(model, None, Manners()))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._ready.wait(60), self._error

    def loud_since(self, moment: float) -> float | None:
        return next((at for at in self._loud if at >= moment), None)

    def say(self) -> None:
        """A word, unless one is being said."""
        if self._said.is_set():
            self._said.clear()
            self._talk.begin()
            self._talk.say(0, _WORD)
            self._talk.finish()

    def wait_until_said(self) -> bool:
        """Or until it was not to be said any more."""
        return self._said.wait(_GIVEN_UP)

    def close(self) -> None:
        self._talk.end()
        self._thread.join(_GIVEN_UP)
        self._talk.close()
        if self._error:
            raise self._error

    def _listen(self) -> None:
        try:
            for event in self._talk.events():
                match event:
                    case Ready():
                        self._ready.set()
                    case Level(rms) if rms > _LOUD:
                        self._loud.append(time.monotonic())
                    case Trouble():
                        self.troubles.append(event)
                    case Utterance(text=text):
                        self.utterances.append(text)
                    case Said() | Interrupted():
                        self._said.set()
        except Exception as error:  # for whoever closes it
            self._error = error


def recovered(it: Happening, room: Room, guest: Guest, sound: Path) -> Recovery:
    """Let it happen, and measure."""
    told = len(guest.troubles)
    with room.happening(it):
        until = time.monotonic() + it.lasts
        guest.say()
        time.sleep(max(0.0, until - time.monotonic()))
    end = time.monotonic()
    found: list[float | None] = [None, None]
    with room.tone(sound):
        while None in found and time.monotonic() < end + _GIVEN_UP:
            guest.say()
            found = [guest.loud_since(end), room.loud_since(end)]
            time.sleep(_GLANCE)
    waits = [_GIVEN_UP if at is None else at - end for at in found]
    answered = guest.wait_until_said()
    codes = tuple(trouble.code for trouble in guest.troubles[told:])
    return Recovery(it, waits[0], waits[1], answered, codes)


def all_recovered(
    lab: Lab, model: Path, folder: Path, count: int, seed: int, tell: Callable[[Recovery], None]
) -> Churned:
    """That many happenings in one conversation, each once the one before it is over."""
    sound = write_wav(folder / "tone.wav", tone(2 * _GIVEN_UP, RATE, level=0.3), RATE)
    made = []
    with ExitStack() as stack:
        room = stack.enter_context(closing(Room(lab)))
        guest = stack.enter_context(closing(Guest(model, folder / "speech.log")))
        for it in happenings(count, seed):
            made.append(recovered(it, room, guest, sound))
            tell(made[-1])
    return Churned(made, guest.utterances)
