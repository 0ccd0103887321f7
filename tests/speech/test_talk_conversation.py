"""The conversation as a whole: a scripted microphone, and everything else moved by hand.

In lockstep each block is heard only once all that came of those before it is done: a test knows
where it is without waiting for time to pass.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeomni import talk_events as events
from edgeomni.errors import EngineError
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, SPOKEN_RATE, Block, Samples
from edgeomni.speech.devices.wav_microphone import FileClock
from edgeomni.speech.dialogue.archive import Archive
from edgeomni.speech.dialogue.conversation import Conversation
from edgeomni.speech.dialogue.manners import Manners
from tests.speech.doubles import PATIENCE, HandSpeaker, HandVoice
from tests.speech.sounds import read_wav

pytestmark = pytest.mark.usefixtures("errors_of_threads")

SECONDS = BLOCK / HEARD_RATE
CLEAR = 12
"""The number of sound that is speech beyond doubt."""
MANNERS = Manners(lockstep=True, english=True)
SHORT = 0.5
"""Seconds of an answer."""


class ScriptedMicrophone:
    """Speech is loud; what is said in it is known to ``ScriptedMind`` by its level."""

    def __init__(self, clock: FileClock, script: Sequence[tuple[float, int]]) -> None:
        """``script`` is (seconds, what): 0 is silence, other numbers are words of ``Words``."""
        self._clock = clock
        self._levels = [what for seconds, what in script for _ in range(round(seconds / SECONDS))]
        self._count = 0
        self.at_block: Callable[[int], None] = lambda number: None
        """Called on the microphone's thread before a block is given."""

    def read(self) -> Block | None:
        if self._count >= len(self._levels):
            return None
        self.at_block(self._count)
        level = self._levels[self._count]
        self._count += 1
        self._clock.advance_to(self._count * SECONDS)
        return Block(np.full(BLOCK, level / 100, np.float32), self._clock.now())

    def close(self) -> None:
        return None


def probability(samples: Samples) -> float:
    if samples[0] <= 0:
        return 0.0
    return 0.99 if round(100 * float(samples[0])) == CLEAR else 0.6


@dataclass
class ScriptedMind:
    """Understands each number in the sound as its words."""

    words: dict[int, str]
    complete_at: float | None = 0.9
    faults: list[Exception] = field(default_factory=list)
    """Raised by the next transcripts, one each."""
    heard: list[str] = field(default_factory=list)
    judged: int = 0
    """Pauses of which the detector of ends was asked."""

    def sketch(self, turn: Samples) -> str:
        return self._text(turn)

    def write(self, turn: Samples) -> str:
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append(self._text(turn))
        return self.heard[-1]

    def complete(self, turn: Samples) -> float | None:
        self.judged += 1
        return self.complete_at

    def _text(self, turn: Samples) -> str:
        numbers = [round(100 * float(level)) for level in turn[::BLOCK]]
        said = dict.fromkeys(number for number in numbers if number)
        return " ".join(self.words.get(number, "") for number in said).strip()


class TimedSpeaker(HandSpeaker):
    """What can be heard moves on with the clock, as with a file."""

    def __init__(self, clock: FileClock) -> None:
        super().__init__()
        self._clock = clock
        self._seen = 0.0
        self.ducks: list[tuple[float, bool]] = []

    @property
    def heard(self) -> int:  # type: ignore[override]
        passed, self._seen = self._clock.now() - self._seen, self._clock.now()
        self._at = min(self.queued, self._at + round(passed * SPOKEN_RATE))
        return self._at

    @heard.setter
    def heard(self, position: int) -> None:
        self._at = position

    def play(self, samples: Samples) -> None:
        assert self.heard >= 0  # up to now there was nothing else
        super().play(samples)

    def duck(self, on: bool) -> None:
        if on != self.ducked:
            self.ducks.append((self._clock.now(), on))
        super().duck(on)


EVERYBODY = ("scribe", "judge", "talker", "parent")


class Paced(Conversation):
    """In lockstep with some of those who work."""

    awaited: Sequence[str] = EVERYBODY

    def _working(self) -> bool:
        if "parent" in self.awaited:
            return super()._working()
        workers = {"scribe": self._scribe, "judge": self._judge, "talker": self._talker}
        idle = all(workers[name].idle for name in self.awaited)
        return not (idle and self._inbox.empty())


class Stage:
    """A conversation and a parent who answers every utterance."""

    def __init__(
        self,
        script: Sequence[tuple[float, int]],
        words: dict[int, str],
        *,
        manners: Manners = MANNERS,
        answers: Sequence[Sequence[tuple[str, float]]] = (),
        awaited: Sequence[str] = EVERYBODY,
        folder: Path | None = None,
    ) -> None:
        """Each answer is a list of pieces with their seconds; no block is heard before those who
        are ``awaited`` have done their work.
        """
        self.clock = FileClock()
        self.microphone = ScriptedMicrophone(self.clock, script)
        self.speaker = TimedSpeaker(self.clock)
        self.mind = ScriptedMind(words)
        self.voice = HandVoice()
        self.told: list[events.Event] = []
        self.ends: float | None = None
        """What the model says of every draft."""
        self.foresees: Callable[[events.Draft], bool] = lambda draft: True
        self.archive = Archive(folder, lambda trouble: None) if folder else None
        self._answers = list(answers)
        self.on: Callable[[events.Event], None] = self.answer
        self.conversation = Paced(
            self.microphone,
            self.speaker,
            probability=probability,
            understand=lambda: self.mind,
            speak=self.voice,
            manners=manners,
            clock=self.clock,
            emit=self._emit,
            archive=self.archive,
        )
        self.conversation.awaited = awaited

    def _emit(self, event: events.Event) -> None:
        self.told.append(event)
        if isinstance(event, events.Draft) and self.foresees(event):
            self.ask(do="foresee", pause=event.pause, ends=self.ends)
        self.on(event)

    def answer(self, event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            pieces = self._answers.pop(0) if self._answers else [("Fine.", SHORT)]
            self.say(event.pause, pieces)

    def say(self, to: int, pieces: Sequence[tuple[str, float]], *, finish: bool = True) -> None:
        for number, (text, seconds) in enumerate(pieces):
            self.voice.gives(text, np.full(round(seconds * SPOKEN_RATE), 0.1, np.float32))
            self.ask(do="say", to=to, piece=number, text=text)
        if finish:
            self.ask(do="finish", to=to)

    def ask(self, **data: Any) -> None:
        self.conversation.ask(data)

    def run(self) -> list[events.Event]:
        """To its end; a conversation that hangs fails its test."""
        errors: list[BaseException] = []

        def work() -> None:
            try:
                self.conversation.run()
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive(), f"it hangs behind {self.names}"
        if self.archive:
            self.archive.close()
        if errors:
            raise errors[0]
        return self.told

    @property
    def names(self) -> str:
        """All events but those that come all the time."""
        passed_over = (events.Level, events.Partial, events.Paused, events.Reached)
        return " ".join(type(e).__name__ for e in self.told if not isinstance(e, passed_over))

    def only(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.only(events.Utterance)]


QUESTION = {1: "What is the time?"}
ANSWERED = "Began Draft Utterance FirstAudio Said"


def test_a_turn_becomes_an_utterance_and_its_answer_is_heard() -> None:
    stage = Stage([(0.5, 0), (1.0, 1), (1.0, 0)], QUESTION)
    stage.run()
    assert (stage.names, stage.texts) == (ANSWERED, ["What is the time?"])


def test_what_was_written_at_the_pause_is_not_written_again_at_the_end() -> None:
    stage = Stage([(0.5, 0), (1.0, 1), (1.0, 0)], QUESTION)
    stage.run()
    assert stage.mind.heard == ["What is the time?"]


@pytest.mark.parametrize(
    ("ends", "judged"), [(None, 2), (0.9, 1), (0.1, 2)], ids=["no model", "sure", "in doubt"]
)
def test_the_detector_of_ends_is_asked_where_the_model_is_in_doubt(
    ends: float | None, judged: int
) -> None:
    """In the first turn it is not known yet whether there is a model that judges."""
    stage = Stage([(0.5, 1), (2.0, 0), (0.5, 2), (2.0, 0)], {1: "It was so.", 2: "It is so."})
    stage.ends = ends
    stage.run()
    assert len(stage.texts) == 2
    assert stage.mind.judged == judged


def test_a_verdict_that_was_called_off_says_nothing_of_the_model() -> None:
    script = [(0.5, 1), (2.0, 0), (0.5, 2), (0.3, 0), (0.5, 3), (2.0, 0)]
    words = {1: "What is the time?", 2: "And the", 3: "date today?"}
    stage = Stage(script, words, awaited=("scribe", "judge", "talker"))
    stage.ends = 0.9
    stage.foresees = lambda event: event.pause != 2

    def on(event: events.Event) -> None:
        if isinstance(event, events.Resumed):
            stage.ask(do="foresee", pause=2, ends=None)
        stage.answer(event)

    stage.on = on
    stage.run()
    assert stage.mind.judged == 1


def test_the_sound_of_a_turn_is_that_of_its_draft() -> None:
    manners = replace(MANNERS, keeps_sound=True)
    stage = Stage([(0.5, 0), (1.0, 1), (1.0, 0)], QUESTION, manners=manners)
    stage.run()
    (draft,), (said,) = stage.only(events.Draft), stage.only(events.Utterance)
    assert said.sound == draft.sound != b""


def test_times_are_those_of_the_microphone() -> None:
    stage = Stage([(0.512, 0), (0.96, 1), (1.0, 0)], QUESTION)
    stage.run()
    (said,) = stage.only(events.Utterance)
    (audio,) = stage.only(events.FirstAudio)
    assert said.speech_end == pytest.approx(1.472)
    assert said.committed == pytest.approx(1.472 + 0.192)
    assert said.understood == pytest.approx(said.committed)
    assert said.spoken == pytest.approx(0.96)
    assert audio.at == pytest.approx(said.committed + SECONDS)


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ([(1.0, 0)], ""),
        ([(0.5, 0), (0.064, 1), (0.5, 0)] * 3, ""),
        ([(0.5, 0), (0.128, 1), (0.5, 0)], "Began Nothing"),
        ([(0.5, 0), (0.5, 9), (0.5, 0)], "Began Nothing"),
    ],
    ids=["silence", "clicks", "cough", "no words"],
)
def test_noises_are_no_turns(script: list[tuple[float, int]], names: str) -> None:
    stage = Stage(script, {})
    stage.run()
    assert stage.names == names


def test_after_a_noise_the_next_turn_is_heard() -> None:
    stage = Stage([(0.5, 9), (0.5, 0), (0.5, 1), (1.0, 0)], QUESTION)
    stage.run()
    assert stage.names == f"Began Nothing {ANSWERED}"


def test_speech_that_goes_on_voids_what_was_understood() -> None:
    stage = Stage([(0.5, 1), (0.16, 0), (0.5, 2), (1.0, 0)], {1: "What is.", 2: "the time?"})
    stage.run()
    assert stage.names == "Began Draft Resumed Draft Utterance FirstAudio Said"
    assert stage.texts == ["What is. the time?"]


@pytest.mark.parametrize(
    ("first", "turns"), [("I would like to know", 1), ("What is the time?", 2)], ids=["part", "all"]
)
def test_half_a_sentence_is_waited_for(first: str, turns: int) -> None:
    stage = Stage([(0.5, 1), (0.6, 0), (0.5, 2), (2.0, 0)], {1: first, 2: "And the date?"})
    stage.run()
    assert len(stage.texts) == turns


@pytest.mark.parametrize(("ends", "turns"), [(0.001, 1), (0.9, 2)], ids=["begun", "whole"])
def test_words_that_the_model_takes_for_a_beginning_are_waited_for(ends: float, turns: int) -> None:
    stage = Stage([(0.5, 1), (0.6, 0), (0.5, 2), (2.0, 0)], {1: "We sat there.", 2: "And then?"})
    stage.ends = ends
    stage.run()
    assert len(stage.texts) == turns


def test_speaking_on_before_the_answer_began_takes_it_back() -> None:
    stage = Stage(
        [(0.5, 1), (0.3, 0), (0.5, 2), (1.0, 0)],
        {1: "One?", 2: "Two?"},
        awaited=("scribe", "judge"),
    )

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance) and event.text == "Two?":
            stage.answer(event)

    stage.on = on
    stage.run()
    assert stage.names == ("Began Draft Utterance Began Held Interrupted Utterance FirstAudio Said")
    assert stage.only(events.Interrupted) == [events.Interrupted()]


def test_a_cough_before_the_answer_began_takes_nothing_back() -> None:
    stage = Stage(
        [(0.5, 1), (0.3, 0), (0.128, 9), (1.0, 0)],
        QUESTION,
        awaited=("scribe", "judge"),
    )
    asked: list[events.Utterance] = []

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            asked.append(event)
        if isinstance(event, events.GoesOn):
            stage.answer(asked[0])

    stage.on = on
    stage.run()
    assert stage.names == "Began Draft Utterance Began Held Nothing GoesOn FirstAudio Said"


def test_who_speaks_on_while_the_first_words_are_understood_is_heard_out() -> None:
    """Two turns are over before the first is understood; none is lost, none is answered twice."""
    stage = Stage(
        [(0.5, 1), (0.7, 0), (0.5, 2), (0.7, 0)],
        {1: "One?", 2: "Two?"},
        awaited=("judge",),
    )
    understood = threading.Event()
    write = stage.mind.write

    def slowly(turn: Samples) -> str:
        assert understood.wait(PATIENCE)
        return write(turn)

    stage.on = lambda event: stage.answer(event) if "Two?" in stage.texts else None
    stage.mind.write = slowly  # type: ignore[method-assign]
    stage.microphone.at_block = lambda number: understood.set() if number > 70 else None
    stage.run()
    assert stage.texts == ["One?", "Two?"]
    assert stage.only(events.Interrupted) == [events.Interrupted()]
    assert len(stage.only(events.Said)) == 1


def test_speech_without_end_is_cut_into_turns_and_none_of_it_is_lost() -> None:
    words = {number: f"Number {number}." for number in range(1, 81)}
    stage = Stage([*((1.0, number) for number in words), (1.0, 0)], words)
    lengths: list[float] = []
    write = stage.mind.write

    def measured(turn: Samples) -> str:
        lengths.append(len(turn) / HEARD_RATE)
        return write(turn)

    stage.mind.write = measured  # type: ignore[method-assign]
    stage.run()
    assert max(lengths) < 31
    said = " ".join(stage.texts).replace("Number ", "").replace(".", "").split()
    assert list(dict.fromkeys(said)) == [str(number) for number in words]


def over_an_answer(*later: tuple[float, int], after: float = 2.5) -> list[tuple[float, int]]:
    """A question; so many seconds behind it, and 0.2 s less into the answer, something else."""
    return [(0.5, 1), (after, 0), *later]


SOON = 0.5
"""Too early to know whether the microphone hears the loudspeaker."""


WORDS = QUESTION | {2: "No, I mean the date.", 3: "Mhm.", 4: "Stop!", 5: "It is noon now."}
NOON = [[("It is noon now.", 4.0), ("Or a bit later.", 4.0)], [("Oh.", SHORT)]]


def test_a_person_who_speaks_over_an_answer_is_heard() -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON)
    stage.run()
    assert stage.names == (
        "Began Draft Utterance FirstAudio Began Held Interrupted Utterance FirstAudio Said"
    )


def test_an_interruption_tells_what_was_heard() -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON)
    stage.run()
    (told,) = stage.only(events.Interrupted)
    # From 0.7 s on, until there were 0.2 s of speech at 3.2 s.
    assert (told.piece, told.share) == (0, pytest.approx(2.5 / 4.0, abs=0.03))


def test_while_an_answer_is_heard_it_is_told_how_far_it_got() -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON)
    stage.run()
    (interrupted,) = stage.only(events.Interrupted)
    before = stage.told[: stage.told.index(interrupted)]
    told = [event for event in before if isinstance(event, events.Reached)]
    assert {each.piece for each in told} == {interrupted.piece}
    # Every 0.32 s of an answer of 4 s.
    shares = [each.share for each in told] + [interrupted.share]
    assert len(shares) >= 7
    assert np.diff(shares).max() == pytest.approx(0.08, abs=0.01)
    assert 0 < shares[0] < 0.1


def test_an_answer_is_played_quietly_as_soon_as_somebody_speaks() -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON)
    stage.run()
    (down, on), (up, off) = stage.speaker.ducks[:2]
    assert (on, off) == (True, False)
    assert 3.0 < down <= 3.1 + SECONDS
    assert up <= 3.3


@pytest.mark.parametrize(
    ("cancels", "after", "held"),
    [
        (False, SOON, "Nothing"),
        (False, 2.5, "Held Nothing GoesOn"),
        (True, SOON, "Held Nothing GoesOn"),
    ],
    ids=["unknown", "headphones", "cancelled"],
)
def test_a_nod_over_an_answer_is_passed_over(cancels: bool, after: float, held: str) -> None:
    manners = replace(MANNERS, cancels_echo=cancels)
    script = over_an_answer((0.4, 3), (1.0, 0), after=after)
    stage = Stage(script, WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names == f"Began Draft Utterance FirstAudio Began {held} Said"
    assert not stage.speaker.ducked


def test_a_cough_over_an_answer_does_not_stop_it() -> None:
    manners = replace(MANNERS, cancels_echo=True)
    stage = Stage(over_an_answer((0.128, 9), (1.0, 0)), WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Nothing Said"
    assert not stage.speaker.ducked


def test_clear_speech_silences_an_answer_sooner_than_what_may_be_a_cough() -> None:
    def silenced_after(number: int) -> float:
        manners = replace(MANNERS, cancels_echo=True)
        stage = Stage(over_an_answer((0.5, number), (1.0, 0)), WORDS, answers=NOON, manners=manners)
        at: dict[str, float] = {}
        stage.on = lambda event: (
            at.setdefault(type(event).__name__, stage.clock.now()),
            stage.answer(event),
        )[0]
        stage.run()
        return at["Held"] - stage.only(events.Began)[1].at

    assert silenced_after(CLEAR) == pytest.approx(0.064)
    assert silenced_after(2) == pytest.approx(0.192)


def test_all_of_an_answer_that_went_on_is_said() -> None:
    manners = replace(MANNERS, cancels_echo=True)
    stage = Stage(over_an_answer((0.4, 3), (1.0, 0)), WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.speaker.heard >= 8 * SPOKEN_RATE


def test_a_stop_word_silences_and_asks_nothing() -> None:
    stage = Stage(over_an_answer((0.5, 4), (1.0, 0)), WORDS, answers=NOON)
    stage.run()
    assert stage.names == ("Began Draft Utterance FirstAudio Began Held Interrupted Stopped")


def test_a_stop_word_without_an_answer_is_a_command_all_the_same() -> None:
    stage = Stage([(0.5, 4), (1.0, 0)], WORDS)
    stage.run()
    assert stage.names == "Began Draft Stopped"


def test_an_echo_that_gets_through_pauses_the_answer_and_does_not_end_it() -> None:
    manners = replace(MANNERS, cancels_echo=True)
    script = over_an_answer((2.0, 5), (1.0, 0), after=SOON)
    stage = Stage(script, WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Held Nothing GoesOn Said"


def test_our_own_voice_from_the_loudspeaker_does_not_interrupt() -> None:
    stage = Stage(over_an_answer((2.0, 5), (1.0, 0), after=SOON), WORDS, answers=NOON)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Nothing Said"


def test_while_our_own_voice_is_heard_it_is_not_played_quietly() -> None:
    stage = Stage(over_an_answer((2.0, 5), (1.0, 0), after=SOON), WORDS, answers=NOON)
    stage.run()
    (down, _), (up, _) = stage.speaker.ducks
    assert up - down < 0.25


def test_a_person_behind_our_own_voice_interrupts_and_only_his_words_are_asked() -> None:
    script = over_an_answer((1.5, 5), (1.0, 2), (1.0, 0), after=SOON)
    stage = Stage(script, WORDS, answers=NOON)
    stage.run()
    assert stage.texts[1:] == ["No, I mean the date."]


def test_an_echo_comes_as_a_surprise_once() -> None:
    script = over_an_answer((1.0, 5), (0.7, 0), (1.0, 5), (1.0, 0))
    stage = Stage(script, WORDS, answers=NOON)
    stage.run()
    assert stage.names == (
        "Began Draft Utterance FirstAudio Began Held Nothing GoesOn Began Nothing Said"
    )


def test_an_answer_that_runs_ahead_of_its_voice_is_still_known_as_an_echo() -> None:
    many = [("It is noon now.", 4.0), *((f"Sentence {n}.", 0.1) for n in range(20))]
    stage = Stage(over_an_answer((1.0, 5), (1.0, 0)), WORDS, answers=[many])
    stage.run()
    assert stage.only(events.Interrupted) == []


def test_the_last_words_of_an_answer_come_back_after_its_end() -> None:
    script = [(0.5, 1), (0.25, 0), (0.5, 0), (0.25, 0), (0.5, 5), (1.0, 0)]
    stage = Stage(script, WORDS, answers=[[("It is noon now.", SHORT)]])
    stage.run()
    assert stage.names == f"{ANSWERED} Began Draft Nothing"


def test_with_headphones_a_word_of_the_answer_may_be_asked_about() -> None:
    script = [(0.5, 1), (0.25, 0), (2.0, 0), (0.3, 0), (0.5, 5), (1.0, 0)]
    stage = Stage(script, WORDS, answers=[[("It is noon now.", 2.0)]])
    stage.run()
    assert stage.texts == ["What is the time?", "It is noon now."]


def test_who_begins_in_the_last_moment_of_an_answer_is_thought_about_ahead() -> None:
    script = [(0.5, 1), (0.5, 0), (1.0, 2), (1.0, 0)]
    stage = Stage(script, WORDS, answers=[[("Noon.", 0.45)]])
    stage.run()
    assert stage.names.count("Draft") == 2


def test_a_nod_behind_an_answer_is_an_answer_to_it() -> None:
    script = [(0.5, 1), (0.25, 0), (0.5, 0), (0.25, 0), (0.5, 3), (1.0, 0)]
    stage = Stage(script, WORDS, answers=[[("More?", SHORT)]])
    stage.run()
    assert stage.texts == ["What is the time?", "Mhm."]


def test_who_is_not_to_be_interrupted_is_not() -> None:
    manners = replace(MANNERS, interrupt=False)
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Nothing Said"


def test_stop_is_obeyed_by_who_is_not_to_be_interrupted() -> None:
    manners = replace(MANNERS, interrupt=False)
    stage = Stage(over_an_answer((0.5, 4), (1.0, 0)), WORDS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names.endswith("Interrupted Stopped")


def test_a_new_answer_is_loud_though_the_old_one_was_quiet_at_its_end() -> None:
    script = [(0.5, 1), (0.5, 0), (1.0, 2), (1.0, 0)]
    stage = Stage(script, WORDS, answers=[[("Noon.", 0.45)], [("Oh.", SHORT)]])
    stage.run()
    assert len(stage.texts) == 2
    assert not stage.speaker.ducked


def test_pieces_of_an_answer_that_was_stopped_are_not_said() -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON)

    def on(event: events.Event) -> None:
        if isinstance(event, events.Interrupted):  # the parent does not know yet
            stage.say(1, [("Stale.", SHORT)])
        stage.answer(event)

    stage.on = on
    stage.run()
    asked = [stage.voice.asked.get_nowait() for _ in range(stage.voice.asked.qsize())]
    assert "Stale." not in asked


def test_an_answer_that_is_slow_to_come_is_waited_for_at_the_end_of_the_file() -> None:
    stage = Stage([(0.5, 1), (0.3, 0)], QUESTION)
    asked: queue.Queue[int] = queue.Queue()

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            asked.put(event.pause)

    stage.on = on

    def parent() -> None:
        stage.say(asked.get(timeout=PATIENCE), [("Noon.", SHORT)])

    threading.Thread(target=parent, daemon=True).start()
    stage.run()
    assert stage.names == ANSWERED


def test_an_answer_without_words_is_over_at_once() -> None:
    stage = Stage([(0.5, 1), (1.0, 0)], QUESTION, answers=[[]])
    stage.run()
    assert stage.names == "Began Draft Utterance Said"


@pytest.mark.parametrize("fault", [EngineError("No."), RuntimeError("native")])
def test_a_turn_that_cannot_be_understood_is_told_and_the_next_one_is_heard(
    fault: Exception,
) -> None:
    stage = Stage([(0.5, 1), (1.5, 0), (0.5, 1), (1.5, 0)], QUESTION)
    stage.mind.faults = [fault]
    stage.run()
    assert stage.names == f"Began Failure Nothing {ANSWERED}"


def test_a_piece_that_cannot_be_spoken_costs_no_turn() -> None:
    stage = Stage([(0.5, 1), (1.5, 0)], QUESTION, answers=[[("A", SHORT), ("B", SHORT)]])

    def on(event: events.Event) -> None:
        stage.answer(event)
        if isinstance(event, events.Utterance):
            stage.voice.gives("A", EngineError("No voice."))

    stage.on = on
    stage.run()
    assert stage.names == "Began Draft Utterance Failure FirstAudio Said"


def test_a_detector_that_fails_is_told_once_and_pauses_end_turns() -> None:
    stage = Stage([(0.5, 1), (1.5, 0)] * 2, QUESTION)

    def complete(turn: Samples) -> float | None:
        raise RuntimeError("native")

    stage.mind.complete = complete  # type: ignore[method-assign]
    stage.run()
    assert (len(stage.only(events.Failure)), len(stage.texts)) == (1, 2)


def test_a_microphone_that_breaks_ends_the_conversation() -> None:
    stage = Stage([(0.5, 0)], {})

    def broken(number: int) -> None:
        raise ValueError("no device")

    stage.microphone.at_block = broken
    with pytest.raises(ValueError, match="no device"):
        stage.run()


def test_a_conversation_ends_when_it_is_told_to() -> None:
    stage = Stage([(100.0, 0)], {})
    stage.microphone.at_block = lambda number: stage.ask(do="end") if number == 3 else None
    stage.run()
    assert stage.clock.now() < 1.0


def test_an_answer_that_is_cut_by_the_end_tells_what_was_heard() -> None:
    stage = Stage([(0.5, 1), (100.0, 0)], QUESTION, answers=NOON)
    stage.microphone.at_block = lambda number: stage.ask(do="end") if number == 60 else None
    stage.run()
    (told,) = stage.only(events.Interrupted)
    assert told.piece == 0
    assert 0 < told.share < 0.5


def test_hush_silences_an_answer() -> None:
    stage = Stage([(0.5, 1), (4.0, 0)], QUESTION, answers=NOON)
    stage.microphone.at_block = lambda number: stage.ask(do="hush") if number == 60 else None
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Interrupted Stopped"


def test_hush_without_an_answer_is_not_told() -> None:
    stage = Stage([(1.0, 0)], {})
    stage.microphone.at_block = lambda number: stage.ask(do="hush")
    stage.run()
    assert stage.names == ""


def test_something_can_be_said_that_nobody_asked_for() -> None:
    stage = Stage([(1.0, 0)], {})

    def begin(number: int) -> None:
        if number == 3:
            stage.ask(do="begin", to=-1)
            stage.say(-1, [("Dinner!", SHORT)])

    stage.microphone.at_block = begin
    stage.run()
    assert stage.names == "FirstAudio Said"


def aside(stage: Stage, *at: int) -> None:
    """Something that nobody asked for begins at each of these blocks."""

    def begin(number: int) -> None:
        if number in at:
            to = -1 - at.index(number)
            stage.ask(do="begin", to=to)
            stage.say(to, [("Dinner is ready!", 2 * SHORT)])

    stage.microphone.at_block = begin


def test_of_what_nobody_asked_for_the_newer_takes_the_place_of_the_older() -> None:
    stage = Stage([(2.0, 0)], {})
    aside(stage, 3, 20)
    stage.run()
    assert stage.names == "FirstAudio Interrupted FirstAudio Said"


def test_what_nobody_asked_for_never_cuts_an_answer() -> None:
    stage = Stage([(0.5, 1), (4.0, 0)], QUESTION, answers=NOON)
    aside(stage, 60)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Said"


# ── with a name ──────────────────────────────────────────────────────────────────────────────────


NAMED = replace(MANNERS, wake="hey computer")
OTHERS = WORDS | {6: "Hey computer, and the date?", 7: "Hey computer, stop.", 8: "in Berlin?"}


@pytest.mark.parametrize("cancels", [False, True], ids=["headphones", "cancelled"])
def test_others_who_talk_over_an_answer_neither_stop_nor_quieten_it(cancels: bool) -> None:
    manners = replace(NAMED, cancels_echo=cancels)
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), OTHERS, answers=NOON, manners=manners)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Nothing Said"
    assert stage.speaker.ducks == []


def test_who_calls_by_name_over_an_answer_is_heard() -> None:
    stage = Stage(over_an_answer((1.0, 6), (1.0, 0)), OTHERS, answers=NOON, manners=NAMED)
    stage.run()
    assert stage.names == (
        "Began Draft Utterance FirstAudio Began Held Interrupted Utterance FirstAudio Said"
    )
    assert stage.texts[1] == "Hey computer, and the date?"


@pytest.mark.parametrize("words", [4, 7], ids=["stop", "by name"])
def test_a_stop_word_is_obeyed_with_the_name_and_without(words: int) -> None:
    stage = Stage(over_an_answer((1.0, words), (1.0, 0)), OTHERS, answers=NOON, manners=NAMED)
    stage.run()
    assert stage.names == "Began Draft Utterance FirstAudio Began Held Interrupted Stopped"


def begun_late(after: float) -> Stage:
    """A question, and so many seconds behind it words of somebody, before there is an answer."""
    script = [(0.5, 1), (after, 0), (0.5, 8), (1.0, 0)]
    stage = Stage(script, OTHERS, manners=NAMED, awaited=("scribe", "judge"))
    asked: list[events.Utterance] = []

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            asked.append(event)
        if isinstance(event, events.Nothing) or len(asked) == 2:
            stage.answer(asked.pop())

    stage.on = on
    stage.run()
    return stage


def test_who_goes_on_with_a_question_need_not_call_again() -> None:
    assert begun_late(0.5).texts == [WORDS[1], "in Berlin?"]


def test_others_who_talk_long_behind_a_question_do_not_take_it_back() -> None:
    stage = begun_late(3.0)
    assert stage.names == "Began Draft Utterance Began Nothing FirstAudio Said"


# ── saved ────────────────────────────────────────────────────────────────────────────────────────


def saved(stage: Stage, folder: Path) -> list[tuple[str, float]]:
    """Who speaks in each file, in order, and for how many seconds."""
    told = stage.only(events.Saved)
    assert sorted(event.name for event in told) == sorted(path.name for path in folder.iterdir())
    rates = {"you": HEARD_RATE, "edgeomni": SPOKEN_RATE}
    return [(e.who, len(read_wav(folder / e.name)) / rates[e.who]) for e in told]


def test_what_was_said_and_the_answer_are_saved(tmp_path: Path) -> None:
    stage = Stage([(0.5, 0), (1.0, 1), (1.0, 0)], QUESTION, folder=tmp_path)
    stage.run()
    (you, said), (us, answered) = saved(stage, tmp_path)
    assert (you, us) == ("you", "edgeomni")
    assert said == pytest.approx(MANNERS.before + 1.0 + MANNERS.rules.done, abs=0.2)
    assert answered == pytest.approx(SHORT)


def test_of_an_answer_that_was_cut_only_what_was_heard_is_saved(tmp_path: Path) -> None:
    stage = Stage(over_an_answer((1.0, 2), (1.0, 0)), WORDS, answers=NOON, folder=tmp_path)
    stage.run()
    whos, seconds = zip(*saved(stage, tmp_path), strict=True)
    assert whos == ("you", "edgeomni", "you", "edgeomni")
    (cut,) = stage.only(events.Interrupted)
    assert seconds[1] == pytest.approx(4.0 * cut.share, abs=0.01)


def test_all_of_an_answer_that_went_on_is_saved_once(tmp_path: Path) -> None:
    manners = replace(MANNERS, cancels_echo=True)
    script = over_an_answer((0.4, 3), (1.0, 0))
    stage = Stage(script, WORDS, answers=NOON, manners=manners, folder=tmp_path)
    stage.run()
    assert [seconds for who, seconds in saved(stage, tmp_path) if who == "edgeomni"] == [8.0]


@pytest.mark.parametrize("script", [[(0.5, 4), (1.0, 0)], [(0.5, 9), (1.0, 0)]])
def test_commands_and_noises_are_not_saved(script: list[tuple[float, int]], tmp_path: Path) -> None:
    stage = Stage(script, WORDS, folder=tmp_path)
    stage.run()
    assert saved(stage, tmp_path) == []


def test_with_a_name_what_others_say_is_not_saved(tmp_path: Path) -> None:
    script = [(0.5, 2), (1.0, 0), (0.5, 1), (1.0, 0)]
    stage = Stage(script, WORDS, manners=NAMED, folder=tmp_path)

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):  # the first is not for us, and has no answer
            if event.text == WORDS[1]:
                stage.ask(do="accept", to=event.pause)
            stage.say(event.pause, [("Noon.", SHORT)] if event.text == WORDS[1] else [])

    stage.on = on
    stage.run()
    assert [who for who, _ in saved(stage, tmp_path)] == ["you", "edgeomni"]


def test_with_a_name_what_was_asked_is_saved_though_no_answer_comes(tmp_path: Path) -> None:
    stage = Stage([(0.5, 1), (1.0, 0)], WORDS, manners=NAMED, folder=tmp_path)

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            stage.ask(do="accept", to=event.pause)
            stage.say(event.pause, [])

    stage.on = on
    stage.run()
    assert [who for who, _ in saved(stage, tmp_path)] == ["you"]


def test_what_is_accepted_late_saves_nothing_that_others_said_since(tmp_path: Path) -> None:
    script = [(0.5, 1), (1.0, 0), (0.5, 2), (1.0, 0)]
    stage = Stage(script, WORDS, manners=NAMED, folder=tmp_path)
    asked: list[int] = []

    def on(event: events.Event) -> None:
        if isinstance(event, events.Utterance):
            asked.append(event.pause)
            if len(asked) == 2:
                stage.ask(do="accept", to=asked[0])
            stage.say(event.pause, [])

    stage.on = on
    stage.run()
    assert saved(stage, tmp_path) == []


# ── by key ───────────────────────────────────────────────────────────────────────────────────────


PUSHED = replace(MANNERS, mode="push-to-talk")


def keys(stage: Stage, **at: int) -> None:
    """Which block each key comes before."""
    names = {block: name.rstrip("0123456789") for name, block in at.items()}

    def press(number: int) -> None:
        if number in names:
            stage.ask(do=names[number])

    stage.microphone.at_block = press


def test_what_is_said_while_the_key_is_down_is_a_turn() -> None:
    stage = Stage([(1.0, 1), (1.0, 0)], QUESTION, manners=PUSHED)
    keys(stage, press=3, release=25)
    stage.run()
    assert (stage.names, stage.texts) == ("Began Utterance FirstAudio Said", ["What is the time?"])


def test_a_key_that_is_released_in_silence_finds_the_words_written() -> None:
    stage = Stage([(1.0, 1), (1.0, 0)], QUESTION, manners=PUSHED)
    keys(stage, press=3, release=45)
    stage.run()
    assert stage.names == ANSWERED
    assert stage.mind.heard == ["What is the time?"]


def test_without_the_key_nothing_is_heard() -> None:
    stage = Stage([(1.0, 1), (1.0, 0)], QUESTION, manners=PUSHED)
    stage.run()
    assert stage.names == ""


def test_the_key_silences_an_answer() -> None:
    stage = Stage([(1.0, 1), (2.0, 0), (1.0, 2), (1.0, 0)], WORDS, manners=PUSHED, answers=NOON)
    keys(stage, press=3, release=31, press2=92, release2=120)
    stage.run()
    assert stage.names == ("Began Utterance FirstAudio Interrupted Began Utterance FirstAudio Said")


def test_a_key_that_is_still_down_at_the_end_of_the_file_is_let_go() -> None:
    stage = Stage([(1.0, 1)], QUESTION, manners=PUSHED)
    keys(stage, press=3)
    stage.run()
    assert stage.texts == ["What is the time?"]
