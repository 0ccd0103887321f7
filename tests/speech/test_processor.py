"""Where Whisper runs: what a GPU may do to a process that can be spared, and what comes of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeomni.process.worker import WorkerSpec
from edgeomni.settings import ListenDevice
from edgeomni.speech import client as client_module
from edgeomni.speech import processor as processor_module
from edgeomni.speech.client import EarsWorker
from edgeomni.speech.processor import Processor, Verdict, may_have_gpu, remembered
from edgeomni.values import Span
from tests.speech.conftest import clip, silence

CHILD = Path(__file__).with_name("gpu_child.py")
FAR_APART = [Span(0.0, 1.0), Span(10.0, 11.0), Span(20.0, 21.0)]
"""Three windows."""


class Machine:
    """One with a GPU that behaves in a certain way; ``said`` is what its user read."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.memory = folder / "whisper-gpu.json"
        self.said: list[str] = []
        self.driver = True
        self.asked = self.trials = 0
        """Processes that were started to ask the driver, and trials of a GPU."""
        self._folder = folder
        self._patch = patch
        self._ears: list[EarsWorker] = []

    def hear(
        self,
        *,
        tried: str = "works",
        at_work: str = "works",
        asked: str = "works",
        count: int = 1,
        wish: ListenDevice = "auto",
    ) -> list[str]:
        """What comes of three windows, in a program that was started for them."""
        command = (sys.executable, "-P", os.fspath(CHILD), tried, at_work, asked, str(count))
        make = WorkerSpec
        self._patch.setattr(
            client_module,
            "WorkerSpec",
            lambda *words, **rest: make(*words, **rest, command=command),
        )
        machine = self

        class Spare(processor_module.Worker):
            def start(self) -> None:
                machine.asked += 1
                super().start()

            def call(self, method: str, *words: Any, **rest: Any) -> Any:
                machine.trials += method == "try_gpu"
                return super().call(method, *words, **rest)

        with self._patch.context() as patch:
            patch.setattr(processor_module, "Worker", Spare)
            patch.setattr(processor_module, "may_have_gpu", lambda: self.driver)
            ears = EarsWorker(
                lambda: self._folder,
                self._folder / "speech.log",
                processor=lambda spec: Processor(spec, wish, self.said.append, self.memory),
            )
            self._ears.append(ears)
            return [said.text for said in ears.transcribe(clip(silence(21.0)), FAR_APART)]

    def close(self) -> None:
        for ears in self._ears:
            ears.close()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine(tmp_path, monkeypatch)
    yield made
    made.close()


ON_GPU, ON_CPU = ["on cuda"] * 3, ["on cpu"] * 3


def test_a_gpu_that_works_is_used(machine: Machine) -> None:
    assert machine.hear() == ON_GPU
    assert machine.said == []


def test_a_gpu_that_works_is_not_tried_again(machine: Machine) -> None:
    machine.hear()
    assert (machine.hear(), machine.trials) == (ON_GPU, 1)


@pytest.mark.parametrize(
    ("tried", "reason"),
    [("aborts", "libcudnn_ops"), ("refuses", "libcublas"), ("hangs", "did not finish")],
)
def test_a_gpu_whose_trial_fails_is_left_and_the_reason_told_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tried: str, reason: str
) -> None:
    monkeypatch.setattr(processor_module, "_PATIENCE", 5.0 if tried == "hangs" else 60.0)
    assert machine.hear(tried=tried) == ON_CPU
    assert machine.hear(tried=tried) == ON_CPU
    assert machine.trials == 1
    (notice,) = machine.said
    assert reason in notice


def test_without_a_gpu_nothing_is_tried_or_told(machine: Machine) -> None:
    assert machine.hear(count=0) == ON_CPU
    assert (machine.asked, machine.trials, machine.said) == (1, 0, [])


def test_without_a_driver_no_process_is_started_to_ask_it(machine: Machine) -> None:
    machine.driver = False
    assert machine.hear() == ON_CPU
    assert (machine.asked, machine.said) == (0, [])


@pytest.mark.parametrize(
    ("asked", "reason"), [("hangs", "did not finish within 2 s"), ("aborts", "libcudnn_ops")]
)
def test_a_driver_that_fails_when_it_is_asked_is_no_gpu_and_takes_no_ears_along(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, asked: str, reason: str
) -> None:
    monkeypatch.setattr(processor_module, "_DRIVER_PATIENCE", 2.0)
    assert machine.hear(asked=asked) == ON_CPU
    (notice,) = machine.said
    assert reason in notice
    assert "--listen-device cpu" in notice


@pytest.mark.parametrize("there", [True, False])
def test_a_driver_is_looked_for_by_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    trace = tmp_path / "nvidiactl"
    if there:
        trace.touch()
    monkeypatch.setattr(processor_module, "_TRACES", ("/none", str(trace)))
    assert may_have_gpu() == there


def test_a_gpu_that_is_wished_for_and_not_there_is_said(machine: Machine) -> None:
    assert machine.hear(count=0, wish="cuda") == ON_CPU
    assert "no CUDA GPU" in machine.said[0]


def test_who_wants_the_processor_gets_it(machine: Machine) -> None:
    assert machine.hear(wish="cpu") == ON_CPU
    assert machine.trials == 0


def test_a_gpu_that_failed_is_tried_again_when_it_is_wished_for(machine: Machine) -> None:
    machine.hear(tried="aborts")
    assert machine.hear(wish="cuda") == ON_GPU
    assert machine.hear() == ON_GPU


def test_a_gpu_that_failed_is_tried_again_with_another_driver(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.hear(tried="aborts")
    monkeypatch.setenv("FAKE_DRIVER", "a newer one")
    assert machine.hear() == ON_GPU


@pytest.mark.parametrize("at_work", ["aborts", "refuses"])
def test_what_a_failing_gpu_has_not_heard_the_processor_hears(
    machine: Machine, at_work: str
) -> None:
    assert machine.hear(at_work=at_work) == ["on cuda", "on cpu", "on cpu"]
    (notice,) = machine.said
    assert "on the processor now" in notice


def test_a_gpu_that_ended_the_worker_is_not_used_the_next_time(machine: Machine) -> None:
    machine.hear(at_work="aborts")
    assert machine.hear() == ON_CPU


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"gpu": "x"}',
        '{"gpu": "x", "works": 1}',
        '{"gpu": "y", "works": true}',
    ],
)
def test_a_memory_that_says_nothing_of_this_gpu_is_no_verdict(tmp_path: Path, text: str) -> None:
    memory = tmp_path / "memory"
    memory.write_text(text)
    assert remembered(memory, "x") is None


def test_a_verdict_is_of_one_gpu(tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.write_text('{"gpu": "x", "works": false, "reason": "no cuDNN"}')
    assert remembered(memory, "x") == Verdict(False, "no cuDNN")


def test_a_memory_that_cannot_be_written_is_no_trouble(machine: Machine) -> None:
    machine.memory = machine.memory.with_name("file") / "below"
    machine.memory.parent.write_text("")
    assert machine.hear() == ON_GPU
