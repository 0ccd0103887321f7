"""edgeomni watch --listen: a source and a conversation that go as they are written."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.build import Home
from edgeomni.cli.watch_ear_face import EarFace
from edgeomni.cli.watch_line_face import LineFace
from edgeomni.cli.watch_together import Together
from edgeomni.errors import DeviceError, EngineError, WorkerDied
from edgeomni.loops.voice import Turn
from edgeomni.loops.watch.told import Answered
from edgeomni.speech.talk import TalkWish
from edgeomni.talk_events import Event, FirstAudio, Level, Ready, Said, Utterance
from edgeomni.values import Receipt, TextDelta
from edgeomni.watch_events import Over
from tests.cli.conftest import Cli, Result
from tests.cli.glass import Glass
from tests.cli.test_watch import ABLE, FIRST, Seer
from tests.cli.told import CLEAN, HOSTILE, RED, STILL, answered, caption, glass, match, noon
from tests.fakes import HummingMouth, factories
from tests.loops.doubles import ScriptedTalk
from tests.loops.doubles import Step as Spoken
from tests.loops.watch.doubles import OPENED, PATIENCE, ScriptedSight, look
from tests.loops.watch.doubles import Step as Seen

pytestmark = pytest.mark.usefixtures("errors_of_threads")

READY = Ready(0.0, "mic", "speaker", "by sound", True)
ASKED = Utterance(1, "What is it?", 2.0, 2.25, 2.5, 1.5)
LEVEL = Level(0.0, 0.0)
HEARD: list[Event] = [FirstAudio(2.75), Said(4.0, 0)]
NO_MICROPHONE = DeviceError("No microphone was found.", remedy="Connect one.")


class LivelyTalk(ScriptedTalk):
    """Its microphone gives sound until something is begun that nobody asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.over = threading.Event(), threading.Event()

    def begin(self) -> None:
        super().begin()
        self.begun.set()

    def events(self) -> Iterator[Event]:
        try:
            yield from super().events()
        finally:
            self.over.set()

    def until_begun(self) -> list[Spoken]:
        """As steps; more than enough of them."""
        return [step for _ in range(1000) for step in (LEVEL, self._glance)]

    def _glance(self) -> None:
        self.begun.wait(0.01)


class Stand:
    """Calls ``watch --listen``. The conversation waits for the first look to be described, and the
    source for the end of the conversation."""

    def __init__(self, cli: Cli) -> None:
        self._cli = cli
        self.talk, self.sight, self.mouth = LivelyTalk(), ScriptedSight(), HummingMouth()
        self.engine = Seer("A desk.", "It is a desk.")
        self.wishes: list[TalkWish] = []

    def __call__(
        self, *words: str, spoken: Sequence[Spoken], seen: Sequence[Seen] | None = None
    ) -> Result:
        """With ``seen``, the conversation waits for nothing."""
        over = lambda: self.talk.over.wait(PATIENCE)  # noqa: E731
        self.sight.steps = [OPENED, FIRST, over, Over(9.0)] if seen is None else seen
        self.talk.steps = [self.engine.said, *spoken] if seen is None else spoken

        def make(wish: TalkWish) -> ScriptedTalk:
            self.wishes.append(wish)
            return self.talk

        made = replace(
            factories(self.engine, mouth=self.mouth), sight=lambda wish: self.sight, talk=make
        )
        return self._cli("watch", "-m", ABLE, "--listen", *words, factories=made)


@pytest.fixture
def stand(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Stand:
    monkeypatch.setattr(Home, "speech_models", lambda *_: (Path("ears"), Path("turns")))
    return Stand(cli)


def test_what_is_asked_by_voice_is_answered_by_voice_about_the_live_picture(stand: Stand) -> None:
    stand(spoken=[READY, ASKED, stand.talk.finished, *HEARD])
    assert stand.talk.wishes[:2] == ["0: It is a desk.", "finish"]
    question = stand.engine.asked[-1][-1]
    assert question.parts == (FIRST.image, "What is it?")


def test_programs_are_told_the_answer_as_one_to_a_typed_question(stand: Stand) -> None:
    result = stand("--json", spoken=[READY, ASKED, stand.talk.finished, *HEARD])
    (answer,) = (found for found in result.objects if found["event"] == "answer")
    assert (answer["asked"], answer["text"]) == ("What is it?", "It is a desk.")
    assert (answer["t"], answer["frame"]["hash"]) == (FIRST.at, FIRST.image.digest)
    assert result.code == 0


def test_a_question_about_the_past_is_asked_with_what_was_seen(stand: Stand) -> None:
    asked = replace(ASKED, text="What was there before?")
    stand.engine = engine = Seer("A desk.", "A cat.", "A desk was there.")
    twice = threading.Event()
    seen: list[Seen] = [OPENED, FIRST, engine.said, look(5.0), engine.said, twice.set]
    spoken: list[Spoken] = [READY, lambda: twice.wait(PATIENCE), asked, stand.talk.finished]
    over = lambda: stand.talk.over.wait(PATIENCE)  # noqa: E731
    stand(spoken=[*spoken, *HEARD], seen=[*seen, over, Over(9.0)])
    assert "A desk." in engine.asked[-1][-1].text
    assert stand.talk.wishes[0] == "0: A desk was there."


def test_people_see_question_and_answer(stand: Stand) -> None:
    result = stand(spoken=[READY, ASKED, stand.talk.finished, *HEARD])
    assert result.out.splitlines()[1:] == ["? What is it?", "It is a desk."]
    assert "listening to mic, turns by sound" in result.err


def test_captions_are_read_by_the_voice_of_the_conversation(stand: Stand) -> None:
    begun = stand.talk.until_begun()
    stand("--speak", spoken=[READY, *begun, stand.talk.finished, *HEARD])
    assert stand.talk.wishes[:3] == ["begin", "0: A desk.", "finish"]
    assert stand.mouth.asked == []


def test_an_answer_by_voice_is_not_read_a_second_time(stand: Stand) -> None:
    begun = stand.talk.until_begun()
    heard = [*begun, stand.talk.finished, *HEARD]
    stand("--speak", spoken=[READY, *heard, ASKED, stand.talk.finished, *HEARD, LEVEL, LEVEL])
    said = [wish for wish in stand.talk.wishes if wish.endswith(".")]
    assert said == ["0: A desk.", "0: It is a desk."]


def test_without_a_microphone_one_sentence_says_so_and_the_watch_goes_on(stand: Stand) -> None:
    result = stand(spoken=[NO_MICROPHONE])
    assert (result.code, result.out[10:]) == (0, "A desk.\n")
    told = "No microphone was found. The watch goes on without listening. Connect one."
    assert result.err.count(told) == 1
    assert stand.talk.closed


def test_without_ears_captions_are_read_by_another_voice(stand: Stand) -> None:
    read = HummingMouth()
    stand.mouth = read
    result = stand("--speak", spoken=[NO_MICROPHONE])
    assert [text for text, *_ in read.asked] == ["A desk."]
    assert result.code == 0


def test_ears_that_crash_in_the_middle_of_an_answer_end_nothing_else(stand: Stand) -> None:
    result = stand(spoken=[READY, ASKED, stand.talk.finished, WorkerDied("It crashed.")])
    assert result.code == 0
    assert "It crashed. The watch goes on without listening." in result.err


def test_a_question_before_there_is_a_picture_is_answered_so_aloud(stand: Stand) -> None:
    begun = stand.talk.until_begun()
    steps: list[Spoken] = [READY, ASKED, stand.talk.finished, *HEARD, *begun]
    result = stand(spoken=steps, seen=[OPENED, lambda: stand.talk.over.wait(PATIENCE), Over(9.0)])
    assert stand.talk.wishes[1:4] == ["begin", "0: There is no picture of the present.", "finish"]
    assert result.out == "? What is it?\nThere is no picture of the present.\n"
    assert result.code == 0


def test_wishes_become_a_conversation(stand: Stand) -> None:
    flags = ("--wake", "hey computer", "--input", "q.wav", "--output", "a.wav", "--rate", "1.5")
    result = stand(*flags, "--language", "en", spoken=[READY])
    (wish,) = stand.wishes
    assert (wish.microphone.file, wish.speaker.file) == (Path("q.wav"), Path("a.wav"))
    assert (wish.manners.wake, wish.rate, wish.language) == ("hey computer", 1.5, "en")
    assert "Nothing was understood in q.wav." in result.err


@pytest.mark.parametrize(
    ("words", "happened"),
    [
        (["--ptt"], "--ptt needs a terminal"),
        (["--ptt", "--ask"], "--ptt needs the space bar"),
        (["--ptt", "--wake", "computer"], "not allowed with"),
        (["--wake", "?"], "--wake needs words"),
        (["--fast", "test"], "--fast"),
        (["--input", "q.wav", "--output", "q.wav"], "cannot be both"),
    ],
)
def test_what_cannot_be_is_refused(stand: Stand, words: list[str], happened: str) -> None:
    Path("q.wav").write_bytes(b"RIFF")
    result = stand(*words, spoken=[])
    assert (result.code, stand.wishes, result.out) == (2, [], "")
    assert happened in result.err


@pytest.mark.parametrize("flag", ["--ptt", "--listen-model=base", "--listen-device=cpu"])
def test_flags_of_listening_need_somebody_who_listens(cli: Cli, flag: str) -> None:
    result = cli("watch", flag, factories=factories(Seer()))
    assert result.code == 2
    assert f"{flag.partition('=')[0]} goes with --listen." in result.err


# ── the faces ────────────────────────────────────────────────────────────────────────────────────


def line_face() -> tuple[LineFace, Glass]:
    screen, seen = glass()
    return LineFace(screen, noon(), "camera", now=lambda: 0.0, width=90), seen


def test_what_is_understood_so_far_is_in_the_line_and_clean() -> None:
    face, seen = line_face()
    face.event(STILL)
    face.hearing("you speak", HOSTILE)
    assert seen.lines[-1].endswith(f"still · you speak · {CLEAN}")


def test_whether_somebody_listens_stands_in_the_line() -> None:
    face, seen = line_face()
    face.event(STILL)
    face.hearing("listening", "")
    assert seen.lines[-1].endswith("still · listening")


def test_what_is_seen_during_an_answer_stands_behind_it() -> None:
    face, seen = line_face()
    face.event(STILL)
    face.answering("Which colour?")
    face.answer(TextDelta("It is "))
    face.words(TextDelta("A desk"))
    face.caption(caption())
    face.match(match())
    face.answer(TextDelta("red."))
    face.answered(answered())
    told = [
        "? Which colour?",
        "It is red.",
        "12:00:02  A desk.",
        "12:00:03  ★ a parcel: A brown box.",
    ]
    assert seen.lines[:4] == told


def test_an_engine_that_fails_is_told_and_said(stand: Stand) -> None:
    stand.engine = Seer("A desk.", EngineError("No memory."))
    heard = [*HEARD, *stand.talk.until_begun()]
    result = stand("--json", spoken=[READY, ASKED, stand.talk.finished, *heard])
    failures = [found["text"] for found in result.objects if found["event"] == "failure"]
    assert (failures, result.code) == (["No memory."], 6)
    assert "0: No memory." in stand.talk.wishes


class Audience(LineFace):
    def __init__(self) -> None:
        super().__init__(glass()[0], noon(), "camera")
        self.told: list[Answered] = []

    def answered(self, answered: Answered) -> None:
        self.told.append(answered)


def test_an_answer_that_is_interrupted_before_its_end_is_told_as_far_as_it_came() -> None:
    audience = Audience()
    face = EarFace(Together(noon(), audience), lambda: (2.0, RED), list[str]().append)
    face.asked("Which colour?")
    face.answer(TextDelta("It is"))
    turn = Turn("Which colour?", "It", 0.25, 0.5, 0.4, 0.5, 0.75, True, 1.5)
    face.turn(turn)
    cut = Receipt(finish_reason="cancelled")
    assert audience.told == [Answered(2.0, "Which colour?", "It is", RED, cut, spoken=True)]
