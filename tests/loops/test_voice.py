"""What a conversation by voice makes of the events that it is told."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from edgeomni.assistant import Assistant
from edgeomni.errors import EngineError, WorkerDied
from edgeomni.loops.answer import Answer, Question, Way
from edgeomni.loops.voice import VoiceLoop
from edgeomni.loops.wake import OPEN, WakePhrase
from edgeomni.loops.warmth import Warmth
from edgeomni.ports import Cancel
from edgeomni.talk_events import (
    Began,
    Draft,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Nothing,
    Partial,
    Paused,
    Reached,
    Ready,
    Resumed,
    Said,
    Stopped,
    Utterance,
)
from edgeomni.values import AudioClip, Finished, Lane, Message, Options, Part, Receipt, TextDelta
from tests.fakes import EchoEngine, ScriptedEngine
from tests.loops.doubles import PATIENCE, ScriptedTalk, Step, Witness

pytestmark = pytest.mark.usefixtures("errors_of_threads")

READY = Ready(0.0, "mic", "speaker", "by sound", False)
ONE, TWO = "Berlin has many lakes.", "Paris has one river."
HEARD = [FirstAudio(2.5), Said(4.0, 0)]
DONE = Finished(Receipt())


def utterance(text: str, pause: int = 1) -> Utterance:
    return Utterance(pause, text, speech_end=2.0, committed=2.25, understood=2.5, spoken=1.5)


class Scene:
    def __init__(self, engine: EchoEngine | None = None, name: str = "") -> None:
        self.engine = engine or EchoEngine()
        self.name = name
        self.assistant = Assistant(self.engine)
        self.talk = ScriptedTalk()
        self.witness = Witness()

    def play(self, *steps: Step, timed: bool = True, native: bool = False) -> Scene:
        self.talk.steps = steps
        ways = {"timed": timed, "native": native}
        wake = WakePhrase(self.name) if self.name else None
        VoiceLoop(self.talk, self.assistant, Options(), self.witness, **ways, wake=wake).run()
        return self

    def thought(self) -> None:
        """Wait until the answer that is thought of ahead is there."""
        (thread,) = [t for t in threading.enumerate() if t.name == "answer"] or [None]
        if thread is not None:
            thread.join(PATIENCE)

    @property
    def history(self) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in self.assistant.history]

    @property
    def asked(self) -> list[str]:
        """Of the engine, the last message each time."""
        return [messages[-1].text for messages in self.engine.asked]


class Unjudging(EchoEngine):
    def ending(self, messages, *, lane: Lane = "chat", cancel=None):  # type: ignore[no-untyped-def]
        raise EngineError("It broke.")


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_utterance_is_answered(scene: Scene) -> None:
    scene.play(READY, utterance(ONE), scene.talk.finished, *HEARD)
    assert scene.talk.wishes == [f"0: {ONE}", "finish"]
    assert scene.history == [("user", ONE), ("assistant", ONE)]


def test_of_every_draft_it_is_told_how_likely_the_model_finds_it_whole() -> None:
    scene = Scene(EchoEngine(ends=0.7))
    scene.play(READY, Draft(3, ONE), scene.thought, utterance(ONE, 3), scene.talk.finished, *HEARD)
    assert scene.talk.foreseen == [(3, 0.7)]


def test_with_an_answer_under_way_the_model_is_not_asked_of_a_draft() -> None:
    scene = Scene(EchoEngine(ends=0.7))
    scene.play(READY, utterance(ONE), scene.talk.finished, Draft(2, TWO), *HEARD)
    assert scene.talk.foreseen == [(2, None)]


def test_a_model_that_fails_to_judge_says_so_with_its_answer() -> None:
    scene = Scene(Unjudging(ends=0.7))
    scene.play(READY, Draft(1, ONE), scene.thought, utterance(ONE), scene.talk.finished, *HEARD)
    assert scene.talk.foreseen == [(1, None)]
    assert scene.history == [("user", ONE), ("assistant", ONE)]


def test_whatever_breaks_of_a_draft_it_is_told_that_nothing_is_known() -> None:
    def broken() -> list[Part]:
        raise ValueError("no picture")

    told: list[float | None] = []
    scene = Scene()
    ways = Way(Options(), broken), told.append
    Answer(scene.assistant, scene.talk, scene.witness, Question(ONE), *ways).stop()
    assert told == [None]


def test_two_turns_are_two_answers(scene: Scene) -> None:
    turns = (step for text in (ONE, TWO) for step in (utterance(text), scene.talk.finished, *HEARD))
    scene.play(READY, *turns)
    assert [turn.answered for turn in scene.witness.turns] == [ONE, TWO]
    assert len(scene.history) == 4


def test_a_turn_tells_how_long_each_thing_took(scene: Scene) -> None:
    scene.play(READY, utterance(ONE), scene.talk.finished, *HEARD)
    (turn,) = scene.witness.turns
    assert (turn.committed, turn.understood, turn.first_audio) == (0.25, 0.5, 0.5)
    assert (turn.spoken, turn.interrupted) == (1.5, False)
    assert 0 < turn.first_token <= turn.first_piece


def test_a_conversation_with_a_time_of_its_own_tells_no_times_of_the_model(scene: Scene) -> None:
    scene.play(READY, utterance(ONE), scene.talk.finished, *HEARD, timed=False)
    (turn,) = scene.witness.turns
    assert (turn.first_token, turn.first_piece, turn.first_audio) == (-1, -1, 0.5)


def test_everything_is_shown_in_order(scene: Scene) -> None:
    steps = [READY, utterance(ONE), *HEARD]
    scene.play(READY, utterance(ONE), scene.talk.finished, *HEARD)
    assert scene.witness.events == steps


# ── ahead ────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_is_thought_of_ahead_and_released(scene: Scene) -> None:
    before: list[str] = []
    scene.play(
        READY,
        Draft(1, ONE),
        scene.thought,
        lambda: before.extend(scene.talk.wishes),
        utterance(ONE),
        scene.talk.finished,
        *HEARD,
    )
    assert (before, scene.talk.wishes) == ([], [f"0: {ONE}", "finish"])
    assert scene.asked == [ONE]


def test_speech_that_goes_on_takes_back_what_was_thought(scene: Scene) -> None:
    seen: list[list[tuple[str, str]]] = []
    scene.play(
        READY,
        Draft(1, ONE),
        scene.thought,
        Resumed(),
        lambda: seen.append(scene.history),
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert seen == [[]]
    assert scene.history == [("user", TWO), ("assistant", TWO)]


@pytest.mark.parametrize("end", [Nothing(), Stopped("stop")], ids=["nothing", "stop"])
def test_what_is_no_question_takes_back_what_was_thought(scene: Scene, end: Step) -> None:
    seen: list[list[tuple[str, str]]] = []
    scene.play(READY, Draft(1, ONE), scene.thought, end, lambda: seen.append(scene.history))
    assert (seen, scene.talk.wishes) == ([[]], [])


def test_a_draft_that_was_not_the_last_word_is_not_answered(scene: Scene) -> None:
    scene.play(READY, Draft(1, ONE), scene.thought, utterance(TWO), scene.talk.finished, *HEARD)
    assert scene.talk.wishes == [f"0: {TWO}", "finish"]
    assert scene.history == [("user", TWO), ("assistant", TWO)]


def test_only_the_newest_draft_is_thought_about(scene: Scene) -> None:
    scene.play(
        READY,
        Draft(1, ONE),
        Draft(2, TWO),
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.history == [("user", TWO), ("assistant", TWO)]


def test_an_answer_that_failed_ahead_is_tried_again() -> None:
    script = [[WorkerDied("gone")], [TextDelta("Yes."), DONE]]
    scene = Scene(ScriptedEngine(script=script))  # type: ignore[arg-type]
    scene.play(READY, Draft(1, ONE), scene.thought, utterance(ONE), scene.talk.finished, *HEARD)
    assert (scene.talk.wishes, scene.witness.errors) == (["0: Yes.", "finish"], [])


def test_while_an_answer_is_heard_no_other_is_thought_of(scene: Scene) -> None:
    scene.play(READY, utterance(ONE), scene.talk.finished, Draft(2, TWO), *HEARD)
    assert scene.asked == [ONE]


def test_a_conversation_that_ends_takes_back_what_was_thought(scene: Scene) -> None:
    scene.play(READY, Draft(1, ONE), scene.thought)
    assert scene.history == []


def test_the_conversation_is_held_from_the_first_thought_to_the_end_of_an_answer(
    scene: Scene,
) -> None:
    held, seen = [False], list[bool]()
    look = lambda: seen.append(held[-1])  # noqa: E731
    scene.talk.steps = (
        *(READY, look, Draft(1, ONE), look, Resumed(), look),
        *(utterance(TWO, 2), scene.talk.finished, look, *HEARD, look),
    )
    VoiceLoop(scene.talk, scene.assistant, Options(), scene.witness, hold=held.append).run()
    assert seen == [False, True, False, True, False]


def test_some_questions_are_asked_with_something_else(scene: Scene) -> None:
    scene.talk.steps = (READY, utterance(ONE), scene.talk.finished, *HEARD)
    before = lambda asked: ["Before."] if asked == ONE else None  # noqa: E731
    show = lambda: ["Now."]  # noqa: E731
    VoiceLoop(
        *(scene.talk, scene.assistant, Options(), scene.witness), show=show, otherwise=before
    ).run()
    assert scene.engine.asked[-1][-1].parts == ("Before.",)
    assert scene.witness.questions == [ONE]


# ── interruptions ────────────────────────────────────────────────────────────────────────────────


LONG = f"{ONE} {TWO}"


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (Interrupted(0, 0.75), "Berlin has many"),
        (Interrupted(0, 1.0), ONE),
        (Interrupted(1, 0.25), f"{ONE} Paris"),
        (Interrupted(1, 1.0), LONG),
    ],
)
def test_the_history_keeps_the_words_that_were_heard(
    scene: Scene, told: Interrupted, heard: str
) -> None:
    scene.play(READY, utterance(LONG), scene.talk.finished, FirstAudio(2.5), Held(), told)
    assert scene.assistant.history[-1] == Message("assistant", (heard,), interrupted=True)
    (turn,) = scene.witness.turns
    assert (turn.answered, turn.interrupted) == (heard, True)


def test_an_answer_that_is_still_thought_of_is_cut_as_well() -> None:
    reached, go = threading.Event(), threading.Event()

    def before(index: int, cancel: Cancel | None) -> None:
        if index == 6:
            reached.set()
            assert cancel
            cancel.subscribe(go.set)
            assert go.wait(PATIENCE)

    scene = Scene(EchoEngine(before_word=before))
    scene.play(
        READY,
        utterance(LONG),
        scene.talk.said,
        lambda: reached.wait(PATIENCE),
        FirstAudio(2.5),
        Interrupted(0, 0.75),
    )
    assert scene.history[-1] == ("assistant", "Berlin has many")
    assert "finish" not in scene.talk.wishes[:1]


def test_the_next_answer_knows_what_was_heard(scene: Scene) -> None:
    scene.play(
        READY,
        utterance(LONG),
        scene.talk.finished,
        Interrupted(0, 0.75),
        utterance("Really?", 2),
        scene.talk.finished,
        *HEARD,
    )
    assert [message.text for message in scene.engine.asked[-1]] == [
        LONG,
        "Berlin has many",
        "Really?",
    ]


@pytest.mark.parametrize("told", [Interrupted(), Interrupted(0, 0.25), Interrupted(0, 0.5)])
def test_interrupted_before_more_than_two_words_were_heard_both_questions_are_one(
    scene: Scene, told: Interrupted
) -> None:
    scene.play(
        READY,
        utterance(ONE),
        scene.talk.finished,
        told,
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.history == [("user", LONG), ("assistant", LONG)]


def test_what_is_thought_of_ahead_of_a_joined_question_is_used(scene: Scene) -> None:
    scene.play(
        READY,
        utterance(ONE),
        scene.talk.finished,
        Interrupted(),
        Draft(2, TWO),
        scene.thought,
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.asked == [ONE, LONG]


def test_a_question_that_was_stopped_is_not_asked_again(scene: Scene) -> None:
    scene.play(
        READY,
        utterance(ONE),
        scene.talk.finished,
        Interrupted(),
        Stopped("stop"),
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.history == [("user", TWO), ("assistant", TWO)]


def test_an_answer_that_goes_on_is_whole(scene: Scene) -> None:
    scene.play(
        READY, utterance(ONE), scene.talk.finished, FirstAudio(2.5), Held(), GoesOn(), Said(5.0, 0)
    )
    (turn,) = scene.witness.turns
    assert (turn.answered, turn.interrupted) == (ONE, False)


def test_an_interruption_without_an_answer_means_nothing(scene: Scene) -> None:
    scene.play(READY, Interrupted(0, 0.5), utterance(ONE), scene.talk.finished, *HEARD)
    assert scene.history == [("user", ONE), ("assistant", ONE)]


def test_a_question_in_the_middle_of_an_answer_ends_that_first(scene: Scene) -> None:
    """It is not told this way; if it were, two answers would be given at once."""
    scene.play(
        READY,
        utterance(ONE),
        scene.talk.finished,
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert [turn.asked for turn in scene.witness.turns] == [ONE, TWO]


# ── by name ──────────────────────────────────────────────────────────────────────────────────────

CALLED = f"Computer, {ONE}"


def test_of_what_is_said_to_us_the_model_is_asked_whether_it_is_whole() -> None:
    scene = Scene(EchoEngine(ends=0.7), "computer")
    said = utterance(CALLED, 3)
    scene.play(READY, Draft(3, CALLED), scene.thought, said, scene.talk.finished, *HEARD)
    assert scene.talk.foreseen == [(3, 0.7)]
    assert scene.asked == [ONE]


@pytest.mark.parametrize("text", [ONE, "Computer!"])
def test_of_what_asks_us_nothing_the_model_is_not_asked(text: str) -> None:
    scene = Scene(EchoEngine(ends=0.7), "computer")
    scene.play(READY, Partial(text, ""), Draft(3, text), utterance(text, 3), scene.talk.finished)
    assert scene.talk.foreseen == [(3, None)]
    assert scene.asked == []


@pytest.mark.parametrize(("late", "ends"), [(0.0, 0.7), (0.1, None)])
def test_behind_an_answer_the_model_is_asked_without_the_name_for_a_while(
    late: float, ends: float | None
) -> None:
    scene = Scene(EchoEngine(ends=0.7), "computer")
    end = HEARD[-1].at + OPEN + late
    pause = Paused(end + 0.1, end)
    scene.play(
        READY, utterance(CALLED), scene.talk.finished, *HEARD, pause, Draft(2, TWO), scene.thought
    )
    assert scene.talk.foreseen == [(2, ends)]


def test_who_silences_an_answer_may_go_on_without_the_name() -> None:
    scene = Scene(name="computer")
    again = replace(utterance(f"Computer, {LONG}", 2), speech_end=30.0)
    later = replace(utterance("And tomorrow?", 3), speech_end=41.0 + OPEN - 1)
    stopped = (FirstAudio(30.5), Began(41.0), Interrupted(0, 0.75), Stopped("stop"))
    scene.play(
        *(READY, utterance(CALLED), scene.talk.finished, *HEARD),
        *(again, scene.talk.finished, *stopped),
        *(later, scene.talk.finished, *HEARD),
    )
    assert [turn.asked for turn in scene.witness.turns] == [ONE, LONG, "And tomorrow?"]


# ── errors ───────────────────────────────────────────────────────────────────────────────────────


def test_an_error_of_the_engine_is_told_and_the_conversation_goes_on() -> None:
    error = EngineError("No memory.")
    scene = Scene(ScriptedEngine(script=[[error], [TextDelta("Yes."), DONE]]))
    scene.play(
        READY,
        utterance(ONE),
        scene.talk.finished,
        Said(3.0, 0),
        utterance(TWO, 2),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.witness.errors == [error]
    assert scene.history == [("user", TWO), ("assistant", "Yes.")]


def test_when_the_worker_dies_the_text_goes_on(scene: Scene) -> None:
    with pytest.raises(WorkerDied):
        scene.play(READY, utterance(ONE), scene.talk.finished, WorkerDied("gone"))
    list(scene.assistant.reply([TWO], Options()))
    assert [text for _, text in scene.history] == [ONE, ONE, TWO, TWO]


def test_when_the_worker_dies_the_history_keeps_the_words_that_were_heard_last(
    scene: Scene,
) -> None:
    with pytest.raises(WorkerDied):
        scene.play(
            READY,
            utterance(LONG),
            scene.talk.finished,
            FirstAudio(2.5),
            Reached(0, 0.5),
            Reached(1, 0.25),
            WorkerDied("gone"),
        )
    heard = f"{ONE} Paris"
    assert scene.assistant.history[-1] == Message("assistant", (heard,), interrupted=True)
    (turn,) = scene.witness.turns
    assert (turn.answered, turn.interrupted) == (heard, True)


def test_what_was_heard_of_one_answer_says_nothing_of_the_next(scene: Scene) -> None:
    with pytest.raises(WorkerDied):
        scene.play(
            READY,
            utterance(TWO),
            scene.talk.finished,
            FirstAudio(2.5),
            Reached(0, 0.5),
            Said(4.0, 0),
            utterance(ONE, 2),
            scene.talk.finished,
            WorkerDied("gone"),
        )
    assert scene.history[-1] == ("assistant", ONE)


def test_when_the_worker_dies_nothing_is_thought_of_any_more() -> None:
    hanging = threading.Event()

    def before(index: int, cancel: Cancel | None) -> None:
        assert cancel
        cancel.subscribe(hanging.set)
        assert hanging.wait(PATIENCE)

    scene = Scene(EchoEngine(before_word=before))
    with pytest.raises(WorkerDied):
        scene.play(READY, Draft(1, ONE), WorkerDied("gone"))
    assert [t.name for t in threading.enumerate() if t.name in ("answer", "warmth")] == []


# ── warmth ───────────────────────────────────────────────────────────────────────────────────────


class WarmEngine(EchoEngine):
    """Remembers what was evaluated ahead; never two things at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.warmed: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self._alone = threading.Lock()
        self.fault: EngineError | None = None

    def prefill(self, messages, *, lane: Lane = "chat", cancel=None):  # type: ignore[no-untyped-def]
        assert self._alone.acquire(blocking=False)
        with_cancel = cancel.subscribe(self.gate.set)
        try:
            self.begun.set()
            assert self.gate.wait(PATIENCE)
            if self.fault:
                raise self.fault
            self.warmed.append(messages[-1].text)
            return Receipt()
        finally:
            self._alone.release()
            with_cancel()

    def stream(self, *args, **options):  # type: ignore[no-untyped-def]
        assert not self._alone.locked()
        yield from super().stream(*args, **options)


@pytest.fixture
def warm() -> WarmEngine:
    return WarmEngine()


def settled() -> None:
    for thread in threading.enumerate():
        if thread.name == "warmth":
            thread.join(PATIENCE)


def test_words_that_stay_are_evaluated_while_they_are_spoken(warm: WarmEngine) -> None:
    scene = Scene(warm)
    scene.play(READY, settled, Partial("Berlin has", "many"), settled)
    assert warm.warmed == ["", "Berlin has"]


def test_with_a_name_only_what_is_asked_of_us_is_evaluated_ahead(warm: WarmEngine) -> None:
    scene = Scene(warm, "computer")
    others, ours = Partial("Berlin has", ""), Partial("Computer, what", "is")
    scene.play(READY, settled, others, settled, ours, settled)
    assert warm.warmed == ["", "what"]


def test_the_evaluation_is_stopped_before_an_answer(warm: WarmEngine) -> None:
    scene = Scene(warm)
    warm.gate.clear()
    scene.play(
        READY,
        lambda: warm.begun.wait(PATIENCE),
        Draft(1, ONE),
        utterance(ONE),
        scene.talk.finished,
        *HEARD,
    )
    assert scene.history == [("user", ONE), ("assistant", ONE)]


def test_nothing_is_evaluated_while_an_answer_is_heard(warm: WarmEngine) -> None:
    scene = Scene(warm)
    scene.play(
        READY, settled, utterance(ONE), scene.talk.finished, Partial("Oh", ""), settled, *HEARD
    )
    assert warm.warmed == [""]


def test_the_same_words_are_evaluated_once(warm: WarmEngine) -> None:
    warmth = Warmth(Assistant(warm))
    for words in ("", "", "one", "one"):
        warmth.ahead(words)
        settled()
    assert warm.warmed == ["", "one"]


def test_after_an_answer_the_same_words_are_evaluated_anew(warm: WarmEngine) -> None:
    warmth = Warmth(Assistant(warm))
    for act in (lambda: warmth.ahead("one"), settled, warmth.stop, lambda: warmth.ahead("one")):
        act()
    settled()
    assert warm.warmed == ["one", "one"]


def test_what_stands_before_the_words_is_evaluated_with_them(warm: WarmEngine) -> None:
    warmth = Warmth(Assistant(warm), lambda: ["[a picture] "])
    warmth.ahead("what is it")
    settled()
    assert warm.warmed == ["[a picture] what is it"]


def test_an_evaluation_that_fails_may_be_tried_again(warm: WarmEngine) -> None:
    warmth = Warmth(Assistant(warm))
    warm.fault = EngineError("No.")
    warmth.ahead("one")
    settled()
    warm.fault = None
    warmth.ahead("one")
    settled()
    assert warm.warmed == ["one"]


def test_what_has_not_begun_can_be_stopped(warm: WarmEngine) -> None:
    Warmth(Assistant(warm)).stop()
    assert warm.warmed == []


# ── models that hear ─────────────────────────────────────────────────────────────────────────────

SOUND = bytes(4 * 16_000)


def heard(text: str, pause: int = 1) -> Utterance:
    return replace(utterance(text, pause), sound=SOUND)


def test_a_model_that_hears_is_given_the_sound_and_people_the_words(scene: Scene) -> None:
    scene.play(READY, heard(ONE), scene.talk.finished, *HEARD, native=True)
    (question,) = scene.engine.asked[-1]
    assert question.parts == (AudioClip(SOUND, 16_000),)
    assert [turn.asked for turn in scene.witness.turns] == [ONE]


def test_its_answer_is_thought_of_ahead_from_the_sound(scene: Scene) -> None:
    draft = Draft(1, ONE, SOUND)
    scene.play(READY, draft, scene.thought, heard(ONE), scene.talk.finished, *HEARD, native=True)
    assert [len(asked) for asked in scene.engine.asked] == [1]


def test_a_question_in_two_parts_is_two_sounds(scene: Scene) -> None:
    goes_on = (Interrupted(), heard(TWO, 2), scene.talk.finished, *HEARD)
    scene.play(READY, heard(ONE), scene.talk.finished, *goes_on, native=True)
    assert len(scene.engine.asked[-1][-1].media) == 2
