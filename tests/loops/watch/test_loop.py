"""A watch from its first event to its last, against a sight and an engine that follow scripts."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from edgeomni.assistant import Assistant
from edgeomni.errors import AbilityMissing, EngineError, MediaError
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.ports import Cancel
from edgeomni.values import (
    EngineEvent,
    Finished,
    Fit,
    Image,
    Lane,
    Message,
    Options,
    Receipt,
    TextDelta,
)
from edgeomni.watch_events import Back, Lost, Over, Seen
from tests.fakes import ECHO, EchoEngine
from tests.loops.watch.doubles import (
    OPENED,
    PATIENCE,
    RememberingFace,
    ScriptedSight,
    Step,
    look,
    noisy,
    picture,
)


@dataclass
class SeeingEngine(EchoEngine):
    """Says what its script says of each question; keeps count of lanes."""

    says: Callable[[Sequence[Message], Lane], str] = lambda messages, lane: "Something."
    during: Callable[[Lane, Cancel | None], None] = lambda lane, cancel: None
    """Called while an answer is given."""
    lanes: list[Lane] = field(default_factory=list)
    prepared: list[tuple[Message, ...]] = field(default_factory=list)
    ready: queue.Queue[None] = field(default_factory=queue.Queue)
    error: EngineError | None = None

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        self.asked.append(tuple(messages))
        self.options.append(options)
        self.lanes.append(lane)
        if error := self.error:
            self.error = None
            raise error
        self.during(lane, cancel)
        if cancel and cancel.asked:
            yield Finished(Receipt(finish_reason="cancelled"))
            return
        yield TextDelta(self.says(messages, lane))
        yield Finished(Receipt(prompt_tokens=90, completion_tokens=5, decode_ms=40))

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        self.prepared.append(tuple(messages))
        self.ready.put(None)
        return Receipt(prompt_tokens=80)

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        return [max(1, width * height // 784) for width, height in sizes]

    def looked(self) -> list[tuple[Message, ...]]:
        return [
            asked for asked, lane in zip(self.asked, self.lanes, strict=True) if lane == "watch"
        ]


def shown(messages: Sequence[Message]) -> list[Image]:
    return [each for message in messages for each in message.media if isinstance(each, Image)]


@dataclass
class Watch:
    """One watch, wired as the program does it."""

    plan: WatchPlan = field(default_factory=WatchPlan)
    engine: SeeingEngine = field(default_factory=SeeingEngine)
    face: RememberingFace = field(default_factory=RememberingFace)

    def __post_init__(self) -> None:
        self.assistant = Assistant(self.engine)
        self.sight = ScriptedSight()
        self.loop = WatchLoop(
            self.sight, self.engine, self.assistant, Options(), self.face, self.plan
        )

    def run(self, *steps: Step) -> Watch:
        self.sight.steps = steps
        self.loop.run()
        return self

    def ask(self, text: str) -> Callable[[], None]:
        """As a step: asks, and waits for the answer."""

        def step() -> None:
            count = len(self.face.answers)
            self.loop.ask(text)
            self.face.wait("answered", count + 1)

        return step

    def ready(self) -> None:
        """As a step: waits until the next picture is ready for a question."""
        self.engine.ready.get(timeout=PATIENCE)

    @property
    def texts(self) -> list[str]:
        return [caption.text for caption in self.face.captions]


@pytest.fixture(autouse=True)
def _errors(errors_of_threads: None) -> None:
    return None


def until(event: threading.Event) -> Callable[[Lane, Cancel | None], None]:
    def wait(lane: Lane, cancel: Cancel | None) -> None:
        assert event.wait(PATIENCE)

    return wait


def by_grey(*texts: str) -> Callable[[Sequence[Message], Lane], str]:
    """Says of a picture of grey 0 the first text, of grey 1 the second, and so on."""
    return lambda messages, lane: texts[shown(messages)[-1].pixels[0]]


def test_looks_become_captions_and_repetitions_become_silence() -> None:
    watch = Watch(engine=SeeingEngine(says=by_grey("A cat.", "A dog.", "A dog.")))
    done = watch.face.until
    watch.run(OPENED, look(0, why="first"), done("caption"), look(1), done("caption", 2), look(2))
    assert watch.texts == ["A cat.", "A dog.", ""]
    assert [caption.whole for caption in watch.face.captions] == [True, False, False]


def test_what_the_sight_tells_is_shown_in_order() -> None:
    steps = [OPENED, Seen(0.1, 30.0, 0.0, "still"), Over(0.2)]
    assert Watch().run(*steps).face.events == steps


def test_looks_are_described_beside_the_conversation() -> None:
    watch = Watch().run(OPENED, look(0))
    assert (watch.engine.lanes, watch.assistant.history) == (["watch"], ())


def test_the_newest_look_takes_the_place_of_one_that_waits() -> None:
    watch = Watch()
    held = threading.Event()
    watch.engine.during = until(held)
    watch.run(
        OPENED,
        look(0),
        watch.face.until("looking"),
        look(1, since=0.7),
        look(2, since=1.8),
        look(3, since=2.9),
        held.set,
    )
    assert watch.face.looks == [0, 3]
    assert watch.face.captions[1].since == 0.7
    assert watch.loop.passed == 2


def test_of_a_film_that_is_read_fast_every_look_is_described() -> None:
    watch = Watch(WatchPlan(every_look=True))
    watch.run(OPENED, *map(look, range(5)), Over(5.0))
    assert watch.face.looks == [0, 1, 2, 3, 4]
    assert watch.loop.passed == 0


def test_a_film_that_is_read_fast_can_be_stopped_while_a_look_waits() -> None:
    watch = Watch(WatchPlan(every_look=True))
    watch.engine.during = lambda lane, cancel: watch.loop.stop()
    watch.run(OPENED, *map(look, range(5)))
    assert watch.face.looks == [0]


def test_what_a_plain_model_says_of_a_change_is_one() -> None:
    watch = Watch(WatchPlan(telling=Telling(plain=True)))
    watch.run(OPENED, look(0, why="first"), watch.face.until("caption"), look(1))
    assert [caption.whole for caption in watch.face.captions] == [True, False]


def test_a_caption_says_how_long_it_took_and_what_it_cost() -> None:
    caption = Watch().run(OPENED, look(0)).face.captions[0]
    assert 0 <= caption.took < PATIENCE
    assert caption.receipt.completion_tokens == 5


def test_a_look_that_comes_to_nothing_is_said_and_the_watch_goes_on() -> None:
    watch = Watch(engine=SeeingEngine(error=EngineError("It broke.")))
    watch.run(OPENED, look(0), watch.face.until("failed"), look(1))
    assert [error.happened for error in watch.face.errors] == ["It broke."]
    assert len(watch.face.captions) == 1


def test_fields_that_are_cut_short_are_an_error_and_no_traceback() -> None:
    plan = WatchPlan(Telling(schema={"type": "object"}))
    watch = Watch(plan, SeeingEngine(says=lambda messages, lane: '{"a": '))
    watch.run(OPENED, look(0))
    assert watch.face.errors[0].code == "answer-incomplete"


def test_fields_are_told_with_the_caption() -> None:
    plan = WatchPlan(Telling(schema={"type": "object"}))
    watch = Watch(plan, SeeingEngine(says=lambda messages, lane: '{"cars": 2}'))
    caption = watch.run(OPENED, look(0)).face.captions[0]
    assert (caption.fields, caption.text) == ({"cars": 2}, "cars: 2")


# ── conditions ───────────────────────────────────────────────────────────────────────────────────


def circle(messages: Sequence[Message], lane: Lane) -> str:
    """The circle is there where the grey is odd."""
    return "Yes, a circle." if shown(messages)[-1].pixels[0] % 2 else "No."


def test_what_is_waited_for_is_told_once_and_needs_no_caption() -> None:
    plan = WatchPlan(Telling(plain=True), captions=False, conditions=["a circle"])
    watch = Watch(plan, SeeingEngine(says=circle))
    done = watch.face.until
    watch.run(
        OPENED,
        look(0, picture(0)),
        done("pace"),
        look(1, picture(1)),
        done("match"),
        look(2, picture(3)),
    )
    [match] = watch.face.matches
    assert (match.at, match.condition, match.text) == (1, "a circle", "Yes, a circle.")
    assert watch.face.captions == []
    assert len(watch.engine.asked) == 3


def test_each_of_several_conditions_is_asked_of_each_look() -> None:
    plan = WatchPlan(Telling(plain=True), conditions=["a cat", "a dog"])
    watch = Watch(plan, SeeingEngine(says=lambda messages, lane: "Yes."))
    watch.run(OPENED, look(0))
    assert [match.condition for match in watch.face.matches] == ["a cat", "a dog"]
    assert [asked[0].text for asked in watch.engine.looked()] == [
        "Is a cat in the picture?",
        "Is a dog in the picture?",
        "What is in the picture?",
    ]


# ── questions ────────────────────────────────────────────────────────────────────────────────────

ASKING = WatchPlan(asking=True)


def test_a_question_is_about_the_picture_that_is_ready_for_it() -> None:
    watch = Watch(ASKING)
    seen = picture(7)
    watch.run(OPENED, look(1, seen), watch.ready, watch.ask("What is it?"))
    [answered] = watch.face.answers
    assert (answered.asked, answered.at, answered.image) == ("What is it?", 1, seen)
    [prepared] = watch.engine.prepared
    asked = watch.engine.asked[-1]
    assert (watch.engine.lanes[-1], asked[-1].parts) == ("chat", (seen, "What is it?"))
    assert prepared[-1].parts[0] is seen


def test_a_newer_frame_that_shows_the_same_is_still_the_prepared_one() -> None:
    watch = Watch(ASKING)
    seen = picture(100)

    def newer() -> None:
        watch.ready()
        watch.sight.show(99, noisy(seen))

    watch.run(OPENED, look(1, seen), newer, watch.ask("What is it?"))
    assert watch.face.answers[0].image is seen


def test_a_newer_frame_that_shows_something_else_is_what_is_asked_about() -> None:
    watch = Watch(ASKING)
    other = picture(200)

    def newer() -> None:
        watch.ready()
        watch.sight.show(99, other)

    watch.run(OPENED, look(1, picture(1)), newer, watch.ask("What is it?"))
    assert watch.face.answers[0].image is other


def test_a_look_that_shows_the_same_needs_no_other_picture_for_questions() -> None:
    watch = Watch(ASKING)
    done = watch.face.until
    watch.run(
        OPENED, look(1, picture(100)), watch.ready, look(2, noisy(picture(100))), done("caption", 2)
    )
    assert len(watch.engine.prepared) == 1


def test_two_questions_about_the_same_picture_show_it_once() -> None:
    watch = Watch(ASKING)
    done = watch.face.until("caption")
    watch.run(OPENED, look(1), done, watch.ask("What is it?"), watch.ask("And where?"))
    assert len(shown(watch.engine.asked[-1])) == 1
    assert watch.engine.asked[-1][-1].parts == ("And where?",)


def test_a_plain_model_has_one_picture_in_its_conversation() -> None:
    watch = Watch(replace(ASKING, telling=Telling(plain=True)))
    done = watch.face.until
    watch.run(
        *(OPENED, look(1), done("caption"), watch.ask("What is it?")),
        *(look(2), done("caption", 2), watch.ask("And now?")),
    )
    assert [each.pixels[0] for each in shown(watch.engine.asked[-1])] == [2]


def test_a_question_interrupts_a_look_which_is_made_up_for() -> None:
    watch = Watch(ASKING)
    cancelled = threading.Event()

    def wait(lane: Lane, cancel: Cancel | None) -> None:
        if lane == "watch" and not cancelled.is_set() and cancel is not None:
            cancel.subscribe(cancelled.set)
            assert cancelled.wait(PATIENCE)

    watch.engine.during = wait
    watch.run(OPENED, look(1), watch.face.until("looking"), watch.ask("What is it?"))
    assert watch.engine.lanes == ["watch", "chat", "watch"]
    assert watch.face.looks == [1, 1]
    assert len(watch.face.captions) == 1


def test_without_questions_nothing_is_prepared_for_one() -> None:
    assert Watch().run(OPENED, look(1)).engine.prepared == []


def test_questions_about_the_past_are_answered_from_what_is_remembered() -> None:
    watch = Watch(ASKING, SeeingEngine(says=by_grey("", "A cat.", "A dog.")))
    done = watch.face.until
    watch.run(
        *(OPENED, look(1), done("caption"), look(2), done("caption", 2)),
        watch.ask("/before what was it?"),
    )
    asked = watch.engine.asked[-1][-1]
    assert [each.pixels[0] for each in shown([asked])] == [1, 2]
    assert "1 second ago: A cat." in asked.text
    assert asked.text.endswith("what was it?")


def test_a_plain_model_is_asked_about_the_picture_before() -> None:
    watch = Watch(replace(ASKING, telling=Telling(plain=True)))
    done = watch.face.until
    watch.run(
        *(OPENED, look(1), done("caption"), look(2), done("caption", 2)),
        watch.ask("What was there before?"),
    )
    asked = watch.engine.asked[-1]
    assert [each.pixels[0] for each in shown(asked)] == [1]
    assert asked[-1].text == "What is in the picture?"


def test_after_a_question_about_the_past_the_live_picture_is_made_ready_anew() -> None:
    watch = Watch(replace(ASKING, telling=Telling(plain=True)))
    watch.run(
        *(OPENED, look(1), watch.ready, look(2), watch.ready),
        *(watch.ask("/before"), watch.ready, watch.ask("What is it?")),
    )
    assert [shown(each)[-1].pixels[0] for each in watch.engine.prepared] == [1, 2, 2]
    assert [each.pixels[0] for each in shown(watch.engine.asked[-1])] == [2]


def test_a_question_about_the_past_that_showed_the_live_picture_has_made_it_ready() -> None:
    watch = Watch(ASKING)
    watch.run(
        *(OPENED, look(1), watch.ready, look(2), watch.ready),
        *(watch.ask("/before"), watch.ask("What is it?")),
    )
    assert watch.engine.asked[-1][-1].parts == ("What is it?",)


def test_who_asks_for_the_past_too_early_is_told_so() -> None:
    watch = Watch(ASKING)
    watch.run(OPENED, watch.ask("What was there before?"))
    assert watch.face.answers[0].text == "Nothing was seen before."


# ── without a picture ────────────────────────────────────────────────────────────────────────────


def test_what_was_lost_is_not_described() -> None:
    watch = Watch()
    held = threading.Event()

    def wait(lane: Lane, cancel: Cancel | None) -> None:
        assert cancel is not None
        cancel.subscribe(held.set)
        assert held.wait(PATIENCE)

    watch.engine.during = wait
    lost = Lost(2.0, "frozen", "It is frozen.")
    watch.run(OPENED, look(0), watch.face.until("looking"), look(1), lost)
    assert (watch.face.captions, watch.face.looks) == ([], [0])


def test_a_question_while_there_is_no_picture_is_answered_by_a_sentence() -> None:
    watch = Watch(ASKING)
    steps = (OPENED, look(1), watch.face.until("caption"), Lost(2.0, "unplugged", "Gone."))
    watch.run(*steps, watch.ask("What is it?"))
    [answered] = watch.face.answers
    assert answered.image is None
    assert answered.text.startswith("There is no picture of the present")
    assert "chat" not in watch.engine.lanes


@pytest.mark.parametrize("state", ["lost", "paused", "opening"])
def test_the_state_of_the_source_says_that_there_is_no_picture(state: str) -> None:
    watch = Watch(ASKING)
    steps = (OPENED, look(1), watch.face.until("caption"), Seen(2.0, 0.0, 0.0, state))
    watch.run(*steps, watch.ask("What is it?"))
    assert watch.face.answers[0].image is None


def test_once_it_is_back_looks_and_answers_are_of_the_present() -> None:
    watch = Watch(ASKING)
    done = watch.face.until
    watch.run(
        *(OPENED, look(1), done("caption"), Lost(2.0, "cut", "Gone."), Back(3.0)),
        *(look(4, why="first"), done("caption", 2), watch.ask("What is it?")),
    )
    assert watch.face.answers[0].at == 4


def test_a_watch_that_is_paused_closes_the_device_and_describes_nothing() -> None:
    watch = Watch()
    watch.run(OPENED, lambda: watch.loop.pause(True), look(1))
    assert (watch.sight.paused, watch.face.captions) == ([True], [])


def test_a_watch_that_goes_on_after_a_pause_describes_and_answers_again() -> None:
    watch = Watch(ASKING)
    done = watch.face.until
    watch.run(
        *(OPENED, look(1), done("caption"), lambda: watch.loop.pause(True), watch.ask("What?")),
        *(lambda: watch.loop.pause(False), look(5, why="first"), done("caption", 2)),
        watch.ask("What is it?"),
    )
    assert watch.sight.paused == [True, False]
    assert [answered.image is None for answered in watch.face.answers] == [True, False]


def test_a_spoken_question_without_a_picture_is_an_error_that_says_so() -> None:
    with pytest.raises(MediaError, match="no picture of the present"):
        Watch(ASKING).loop.show()


def test_a_spoken_question_is_not_shown_what_was_lost() -> None:
    watch = Watch(ASKING)
    watch.run(OPENED, look(1), watch.ready, Lost(2.0, "cut", "Gone."))
    with pytest.raises(MediaError, match="no picture of the present"):
        watch.loop.show()


def test_a_spoken_question_is_shown_the_picture_that_is_ready() -> None:
    watch, found = Watch(ASKING), list[object]()
    seen = picture(9)
    watch.run(OPENED, look(1, seen), watch.ready, lambda: found.extend(watch.loop.show()))
    assert found[0] is seen
    assert watch.loop.shown == (1, seen)


def test_a_typed_question_waits_while_a_spoken_one_is_answered_and_looks_do_not() -> None:
    watch, held = Watch(ASKING), list[list[str]]()
    watch.run(
        *(OPENED, look(1), watch.ready, lambda: watch.loop.hold(True)),
        lambda: watch.loop.ask("What is it?"),
        *(look(5, why="interval"), watch.face.until("caption", 2)),
        lambda: held.append([answered.asked for answered in watch.face.answers]),
        *(lambda: watch.loop.hold(False), watch.face.until("answered")),
    )
    assert held == [[]]
    assert [answered.asked for answered in watch.face.answers] == ["What is it?"]


def test_a_film_is_not_over_before_a_question_that_waits_is_answered() -> None:
    watch = Watch(ASKING)
    steps = (OPENED, look(1), watch.ready, lambda: watch.loop.hold(True))
    later = threading.Timer(0.05, watch.loop.hold, [False])
    watch.run(*steps, lambda: watch.loop.ask("What is it?"), later.start)
    later.join()
    assert [answered.asked for answered in watch.face.answers] == ["What is it?"]


def test_a_spoken_question_waits_for_the_answer_to_a_typed_one() -> None:
    """Both are about one conversation, which has one answer at a time."""
    watch, order = Watch(ASKING), list[str]()
    begun, go = threading.Event(), threading.Event()

    def answering(lane: Lane, cancel: Cancel | None) -> None:
        if lane == "chat":
            begun.set()
            assert go.wait(PATIENCE)
            order.append("typed")

    def spoken() -> None:
        watch.loop.show()
        order.append("spoken")

    watch.engine.during = answering
    thread = threading.Thread(target=spoken)
    watch.run(
        *(OPENED, look(1), watch.ready, lambda: watch.loop.ask("What is it?")),
        *(lambda: begun.wait(PATIENCE), thread.start, go.set, lambda: thread.join(PATIENCE)),
    )
    assert order == ["typed", "spoken"]


# ── its end ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_left_to_describe_when_a_file_ends_is_described() -> None:
    assert Watch().run(OPENED, look(1), Over(1.5)).texts == ["Something."]


def test_it_stops_in_the_middle_of_a_look() -> None:
    watch = Watch()

    def wait(lane: Lane, cancel: Cancel | None) -> None:
        watch.loop.stop()
        assert cancel is not None and cancel.asked

    watch.engine.during = wait
    watch.run(OPENED, look(1), look(2), watch.face.until("looking"))
    assert watch.face.captions == []
    assert watch.sight.closed.is_set()


def test_a_source_that_cannot_be_opened_ends_it() -> None:
    with pytest.raises(MediaError, match="no camera"):
        Watch().run(MediaError("There is no camera."))


def test_a_model_without_eyes_is_said_before_the_source_is_opened() -> None:
    watch = Watch(engine=SeeingEngine(can=replace(ECHO, vision=False)))
    with pytest.raises(AbilityMissing, match="cannot see"):
        watch.run(OPENED)
    assert watch.face.events == []


def test_too_many_questions_are_refused_by_a_sentence_even_from_within_a_face() -> None:
    watch = Watch(ASKING)
    watch.face.answering = lambda asked: [watch.loop.ask(f"{n}?") for n in range(20)]  # type: ignore
    held, failed = threading.Event(), watch.face.until("failed")
    watch.engine.during = until(held)
    watch.run(OPENED, look(1), lambda: watch.loop.ask("What?"), held.set, failed, watch.loop.stop)
    assert "Too many questions wait." in {error.happened for error in watch.face.errors}


def test_a_question_that_is_empty_is_none() -> None:
    watch = Watch(ASKING)
    watch.run(OPENED, look(1), lambda: watch.loop.ask("  "))
    assert watch.face.answers == []


# ── pace ─────────────────────────────────────────────────────────────────────────────────────────


def test_with_a_limit_the_machine_is_measured_before_the_first_look() -> None:
    watch = Watch(WatchPlan(max_latency=5.0))
    watch.run(OPENED, watch.face.until("pace"), look(1))
    assert watch.face.told[:2] == ["pace", "looking"]
    assert watch.engine.options[0].max_tokens == 8


def test_a_frame_that_is_larger_than_the_pace_allows_is_had_smaller() -> None:
    watch = Watch(WatchPlan(fit=Fit(side=32)))
    small = picture(3, 32, 18)

    def shrink() -> None:
        watch.sight.show(99, small)

    held = threading.Event()
    watch.engine.during = until(held)
    watch.run(
        *(OPENED, look(1, small), watch.face.until("looking"), look(2, picture(4))),
        *(shrink, held.set),
    )
    assert watch.sight.fits[-1].side == 32
    assert watch.face.captions[-1].image is small
