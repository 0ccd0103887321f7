"""Which ways to run a model are tried, and when the next one is."""

from __future__ import annotations

import itertools

import pytest

from edgeomni.engine.config import Rung
from edgeomni.engine.hardware import Gpu, Hardware
from edgeomni.engine.ladder import CPU, Failure, Request, failure_of, ladder, step_down
from edgeomni.errors import DeviceError, EngineError, ModelError, WorkerDied

CUDA = Hardware((Gpu("cuda", "a card", 8 << 30),), nvidia_driver=True)
METAL = Hardware((Gpu("metal", "a chip", 8 << 30),), nvidia_driver=False)
BOTH = Hardware((*CUDA.gpus, Gpu("vulkan", "the same card", 8 << 30)), nvidia_driver=True)
NONE = Hardware((), nvidia_driver=False)
UNUSED = Hardware((), nvidia_driver=True)
"""An NVIDIA card, and a build that cannot use it."""


def request(device="auto", *, require_gpu=False, layers=32, mmproj=False) -> Request:
    return Request(device, require_gpu, layers, mmproj)


def titles(hardware: Hardware, asked: Request) -> list[str]:
    return [rung.title for rung in ladder(hardware, asked).rungs]


@pytest.mark.parametrize(
    ("hardware", "asked", "first"),
    [
        (NONE, request(), "cpu"),
        (NONE, request("cpu"), "cpu"),
        (CUDA, request("cpu"), "cpu"),
        (CUDA, request(), "all layers on cuda"),
        (METAL, request(mmproj=True), "all layers on metal"),
        (UNUSED, request(), "cpu"),
    ],
)
def test_the_ladder_begins_with_the_best_that_the_machine_can_do(hardware, asked, first):
    assert titles(hardware, asked)[0] == first


def test_with_a_gpu_the_steps_are_all_layers_and_fewer_each_without_the_projector_and_cpu():
    assert ladder(CUDA, request(mmproj=True)).rungs == (
        Rung("cuda", -1, mmproj_on_gpu=True),
        Rung("cuda", -1, mmproj_on_gpu=False),
        Rung("cuda", 16, mmproj_on_gpu=True),
        Rung("cuda", 16, mmproj_on_gpu=False),
        CPU,
    )


def test_without_a_projector_its_step_is_left_out():
    assert [rung.gpu_layers for rung in ladder(CUDA, request()).rungs] == [-1, 16, 0]


def test_a_text_model_on_a_gpu_is_not_said_to_have_its_projector_elsewhere():
    assert titles(CUDA, request()) == ["all layers on cuda", "16 layers on cuda", "cpu"]


def test_a_model_of_unknown_depth_still_has_a_step_with_fewer_layers():
    assert ladder(CUDA, request(layers=0)).rungs[1].gpu_layers == 1


@pytest.mark.parametrize(("device", "kind"), [("auto", "cuda"), ("cuda", "cuda"), ("vulkan",) * 2])
def test_of_several_devices_the_one_asked_for_is_taken(device, kind):
    assert ladder(BOTH, request(device)).rungs[0].device == kind


def test_requiring_a_gpu_leaves_the_cpu_out():
    assert CPU not in ladder(CUDA, request(require_gpu=True, mmproj=True)).rungs


@pytest.mark.parametrize("device", ["auto", "cuda", "metal", "cpu"])
def test_requiring_a_gpu_where_there_is_none_is_refused(device):
    with pytest.raises(DeviceError) as caught:
        ladder(NONE, request(device, require_gpu=True))
    assert "GPU" in caught.value.happened or "--require-gpu" in caught.value.happened


def test_a_card_that_the_build_cannot_use_is_said():
    assert "no CUDA" in ladder(UNUSED, request()).reason
    assert "no CUDA" in ladder(UNUSED, request("cuda")).reason
    with pytest.raises(DeviceError, match="no CUDA"):
        ladder(UNUSED, request(require_gpu=True))


def test_a_device_that_was_asked_for_and_is_not_there_is_said():
    found = ladder(NONE, request("vulkan"))
    assert found.rungs == (CPU,)
    assert "VULKAN" in found.reason


@pytest.mark.parametrize(
    ("hardware", "asked"), [(NONE, request()), (NONE, request("cpu")), (CUDA, request())]
)
def test_nothing_is_said_where_nothing_was_given_up(hardware, asked):
    assert ladder(hardware, asked).reason == ""


# ── stepping down ────────────────────────────────────────────────────────────────────────────────

EYES = ladder(CUDA, request(mmproj=True)).rungs
TEXT = ladder(CUDA, request()).rungs


def failure(stage: str) -> Failure:
    return Failure(stage, "it broke", crashed=True)


@pytest.mark.parametrize(
    ("rungs", "current", "stage", "below"),
    [
        (EYES, 0, "load", 2),
        (EYES, 1, "load", 3),
        (EYES, 2, "load", 3),
        (EYES, 3, "load", 4),
        (EYES, 4, "load", None),
        (EYES, 0, "decode", 2),
        (EYES, 1, "decode", 3),
        (EYES, 0, "mmproj", 1),
        (EYES, 0, "image", 1),
        (EYES, 1, "image", 3),
        (EYES, 2, "image", 3),
        (EYES, 3, "image", 4),
        (TEXT, 0, "image", 1),
        (TEXT, 1, "decode", 2),
        (TEXT, 2, "decode", None),
    ],
)
def test_each_failure_has_its_next_step(rungs, current, stage, below):
    assert step_down(rungs, current, failure(stage)) == below


@pytest.mark.parametrize("stage", ["load", "context", "mmproj", "image", "decode"])
@pytest.mark.parametrize("required", [False, True])
def test_stepping_down_always_ends(stage, required):
    rungs = ladder(CUDA, request(mmproj=True, require_gpu=required)).rungs
    current: int | None = 0
    for _ in itertools.count():
        below = step_down(rungs, current, failure(stage))
        if below is None:
            break
        assert below > current
        current = below
    assert rungs[current].on_gpu == required


# ── what failed ──────────────────────────────────────────────────────────────────────────────────


def death(*, signal: int | None = None, status: int | None = None, hung: bool = False):
    error = WorkerDied("The worker ended.")
    error.signal, error.status, error.hung = signal, status, hung
    return error


@pytest.mark.parametrize(
    ("error", "crashed"),
    [
        (death(signal=6), True),
        (death(signal=11), True),
        (death(signal=9), False),
        (death(signal=15), False),
        (death(signal=9, hung=True), False),
        (death(status=0xC0000005), True),  # Windows: access violation
        (death(status=0xC0000409), True),  # Windows: abort
        (death(status=0), False),
        (death(status=3), False),
        (death(), False),
        (EngineError("x", code="evaluation-failed"), True),
        (EngineError("x", code="no-memory"), True),
        (EngineError("The grammar leaves nothing to say."), False),
        (ModelError("x", code="no-template"), False),
    ],
)
def test_a_gpu_is_blamed_only_for_what_it_may_have_done(error, crashed):
    found = failure_of(error, "decode")
    assert (found.stage, found.reason, found.crashed) == ("decode", error.happened, crashed)
