"""What the parent wishes reaches the worker, and says which question it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edgeomni.errors import AbilityMissing, DeviceError, EdgeomniError, WorkerDied
from edgeomni.process.worker import WorkerSpec
from edgeomni.speech import processor as processor_module
from edgeomni.speech import talk as talk_module
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.talk import Device, TalkWish, WorkerTalk
from edgeomni.talk_events import (
    Event,
    Interrupted,
    Nothing,
    Reached,
    Ready,
    Said,
    Trouble,
    Utterance,
    packed,
)

READY = Ready(0.0, "mic", "speaker", "by sound", False)


def utterance(pause: int) -> Utterance:
    return Utterance(pause, "Well?", 1.0, 1.2, 1.3, 0.5)


class FakeWorker:
    """Tells these events; stands for supervisor, worker and dialogue at once."""

    def __init__(self, *told: Event, fault: EdgeomniError | None = None) -> None:
        """``fault`` is what a GPU does behind the events."""
        self._told = told
        self._fault = fault
        self.notes: list[Mapping[str, Any]] = []
        self.asked: Mapping[str, Any] = {}
        self.closed = False

    def worker(self) -> FakeWorker:
        return self

    @contextmanager
    def dialogue(self, method: str, params: Mapping[str, Any], **_: Any) -> Iterator[FakeWorker]:
        self.asked = params
        yield self

    def events(self) -> Iterator[tuple[dict[str, Any], list[memoryview]]]:
        for event in self._told:
            yield packed(event)
        if self._fault and self.asked["device"] == "cuda":
            raise self._fault

    def tell(self, data: Mapping[str, Any]) -> None:
        self.notes.append(data)

    def close(self) -> None:
        self.closed = True


def talk(
    worker: FakeWorker, monkeypatch: pytest.MonkeyPatch, file: Path | None = None
) -> WorkerTalk:
    monkeypatch.setattr(talk_module, "Supervisor", lambda spec: worker)
    monkeypatch.setattr(processor_module, "may_have_gpu", lambda: False)
    wish = TalkWish(Path("ears"), None, Manners(), Device(file=file))
    return WorkerTalk(WorkerSpec("speech", Path("log")), wish)


class OnGpu:
    """Stands for a processor whose trial went well."""

    def __init__(self, spec: WorkerSpec, wish: str, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._place = "cuda"

    def choose(self, model: Path) -> str:
        return self._place

    def give_up(self, error: EdgeomniError) -> None:
        self._place = "cpu"
        self._tell("The GPU failed.")


def test_an_answer_names_the_question_that_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = FakeWorker(READY, utterance(3), Said(2.0, 0), utterance(5))
    made = talk(worker, monkeypatch)
    for event in made.events():
        if isinstance(event, Utterance):
            made.accept()
            made.say(0, "Yes.")
            made.finish()
    told = [(note["do"], note["to"]) for note in worker.notes]
    assert told == [(wish, to) for to in (3, 5) for wish in ("accept", "say", "finish")]


def test_what_nobody_asked_for_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = FakeWorker(READY, utterance(3))
    made = talk(worker, monkeypatch)
    list(made.events())
    made.begin()
    made.say(0, "Dinner!")
    made.begin()
    assert [note["to"] for note in worker.notes] == [-1, -1, -2]


def test_an_end_that_was_wished_before_the_beginning_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = FakeWorker(READY)
    made = talk(worker, monkeypatch)
    made.end()
    list(made.events())
    assert worker.notes == [{"do": "end"}]


def test_wishes_after_the_end_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = FakeWorker()
    made = talk(worker, monkeypatch)
    made.say(0, "Yes.")
    made.close()
    assert (worker.notes, worker.closed) == ([], True)


DIED = WorkerDied("The speech worker aborted.")
GPU_FAILED = Trouble("listening", "The GPU failed.")


def test_a_conversation_goes_on_without_a_gpu_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(READY, utterance(3), fault=DIED), monkeypatch)
    assert list(made.events()) == [
        *(READY, utterance(3)),
        *(Nothing(), Interrupted()),  # an answer that was under way is lost
        GPU_FAILED,
        *(READY, utterance(3)),
    ]


def test_the_words_heard_of_an_answer_outlive_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(READY, utterance(3), Reached(1, 0.25), fault=DIED), monkeypatch)
    assert Interrupted(1, 0.25) in list(made.events())


def test_of_an_answer_that_is_over_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    told = READY, utterance(3), Reached(1, 0.25), Said(2.0, 0)
    made = talk(FakeWorker(*told, fault=DIED), monkeypatch)
    assert Interrupted() in list(made.events())


def test_a_language_that_is_not_known_is_no_fault_of_the_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(READY, fault=AbilityMissing("No such language.")), monkeypatch)
    with pytest.raises(AbilityMissing):
        list(made.events())


def test_before_it_listens_a_gpu_that_fails_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(fault=DIED), monkeypatch, Path("question.wav"))
    assert list(made.events()) == [GPU_FAILED]


def test_a_file_is_not_heard_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(READY, fault=DIED), monkeypatch, Path("question.wav"))
    with pytest.raises(WorkerDied):
        list(made.events())


def test_a_microphone_that_is_lost_is_no_fault_of_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "Processor", OnGpu)
    made = talk(FakeWorker(READY, fault=DeviceError("Unplugged.")), monkeypatch)
    with pytest.raises(DeviceError):
        list(made.events())


@pytest.mark.parametrize("wish", ["hush", "press", "release", "end"])
def test_short_wishes_are_told_by_their_names(monkeypatch: pytest.MonkeyPatch, wish: str) -> None:
    worker = FakeWorker(READY)
    made = talk(worker, monkeypatch)
    for _ in made.events():
        getattr(made, wish)()
    assert worker.notes[0] == {"do": wish}


def test_files_travel_as_their_bytes_and_devices_by_their_names() -> None:
    assert Device(file=Path("é.wav")).packed() == {"name": "é.wav", "file": "é.wav".encode()}
    assert Device("USB").packed() == {"name": "USB", "file": b""}
