"""What nobody asked for is said when nobody speaks, and gives way to whoever does."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from edgeomni.loops.acts.shared_voice import SharedVoice
from edgeomni.loops.asides import Asides
from edgeomni.ports import Cancel
from edgeomni.talk_events import (
    Began,
    Event,
    FirstAudio,
    Interrupted,
    Level,
    Nothing,
    Reached,
    Ready,
    Said,
    Stopped,
    Utterance,
)
from tests.fakes import HummingMouth
from tests.loops.doubles import PATIENCE, ScriptedTalk, Step

pytestmark = pytest.mark.usefixtures("errors_of_threads")

READY = Ready(0.0, "mic", "speaker", "by sound", False)
ASKED = Utterance(1, "What is it?", 2.0, 2.25, 2.5, 1.5)
LEVEL, FIRST, SAID = Level(0.0, 0.0), FirstAudio(1.0), Said(2.0, 0)
CAT = ["begin", "0: A cat.", "finish"]


class Scene:
    def __init__(self) -> None:
        self.talk = ScriptedTalk()
        self.asides = Asides(self.talk)
        self.told: list[Event] = []
        self.threads: list[threading.Thread] = []
        self.heard: list[bool] = []
        self.before: list[str] = []

    def play(self, *steps: Step) -> list[str]:
        """To the end of them; gives the wishes."""
        self.talk.steps = steps
        self.told += self.asides.events()
        return self.talk.wishes

    def speak(self, text: str = "A cat.", cancel: Cancel | None = None) -> None:
        """On a thread, as whoever reads aloud does; the wish is there when this returns."""
        work = lambda: self.heard.append(self.asides.speak(text, cancel or Cancel()))  # noqa: E731
        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()
        with self.asides._change:
            assert self.asides._change.wait_for(lambda: self.asides._wanted, PATIENCE)

    def look(self) -> None:
        """As a step: remember what was wished so far."""
        self.before += self.talk.wishes

    def ended(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.ended()


def test_it_is_said_between_two_events_and_heard_to_its_end(scene: Scene) -> None:
    scene.speak()
    assert scene.play(READY, LEVEL, FIRST, Reached(0, 0.5), SAID) == CAT
    assert scene.told == [READY, LEVEL]  # of an aside nothing is told
    scene.ended()
    assert scene.heard == [True]


def test_before_it_listens_nothing_is_said(scene: Scene) -> None:
    scene.speak()
    assert scene.play(LEVEL) == []
    scene.ended()
    assert scene.heard == [False]


def test_while_somebody_speaks_it_waits(scene: Scene) -> None:
    steps = (READY, Began(0.5), scene.speak, LEVEL, scene.look, Nothing(), LEVEL, FIRST, SAID)
    assert (scene.play(*steps), scene.before) == (CAT, [])


def test_while_a_question_is_answered_it_waits(scene: Scene) -> None:
    steps = (READY, ASKED, scene.speak, LEVEL, FIRST, scene.look, SAID, LEVEL, FIRST, SAID)
    assert (scene.play(*steps), scene.before) == (CAT, [])
    assert scene.told.count(SAID) == 1


def test_of_an_answer_everything_is_told(scene: Scene) -> None:
    events: list[Event] = [
        READY,
        ASKED,
        FIRST,
        Reached(0, 0.5),
        Interrupted(0, 0.5),
        Stopped("stop"),
    ]
    scene.play(*events)
    assert scene.told == events


def test_who_speaks_over_it_is_answered_and_it_is_over(scene: Scene) -> None:
    scene.speak()
    events = (READY, FIRST, Began(1.5), Interrupted(0, 0.5), ASKED, FIRST, SAID)
    scene.play(*events)
    assert scene.told == [READY, Began(1.5), ASKED, FIRST, SAID]
    scene.ended()
    assert scene.heard == [True]


def test_one_that_came_too_late_for_its_moment_is_given_up(scene: Scene) -> None:
    """The worker had a question by then: it tells nothing of what was begun."""
    scene.speak()
    scene.play(READY, ASKED, FIRST, SAID)
    assert scene.told == [READY, ASKED, FIRST, SAID]
    scene.ended()
    assert scene.heard == [True]


def test_a_newer_one_takes_the_place_of_the_older(scene: Scene) -> None:
    wish = Cancel()
    scene.speak("A cat.", wish)

    def newer() -> None:
        wish.ask()
        scene.ended()
        scene.speak("A dog.")

    wishes = scene.play(READY, FIRST, newer, LEVEL, Interrupted(0, 0.5), FIRST, SAID, LEVEL)
    assert wishes == [*CAT, "begin", "0: A dog.", "finish"]
    assert scene.told == [READY, LEVEL, LEVEL]


def test_stop_silences_what_still_waits_as_well(scene: Scene) -> None:
    assert scene.play(READY, Began(1.0), scene.speak, Stopped("stop"), LEVEL) == []


def test_whoever_waits_for_the_end_has_heard_all(scene: Scene) -> None:
    settled = threading.Thread(target=scene.asides.settle, args=[Cancel()])
    alive: list[bool] = []
    look = lambda: alive.append(settled.is_alive())  # noqa: E731
    scene.play(READY, ASKED, settled.start, LEVEL, look, FIRST, SAID, LEVEL)
    settled.join(PATIENCE)
    assert alive == [True] and not settled.is_alive()


def test_once_the_talk_is_over_another_voice_reads(scene: Scene) -> None:
    mouth = HummingMouth()
    scene.play(READY)
    assert [said.text for said in SharedVoice(scene.asides, lambda: mouth).play("A cat.")] == [
        "A cat."
    ]
    assert [*SharedVoice(scene.asides, lambda: None).play("A dog.")] == []
