"""What the parent learns of a machine without loading native code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from edgeomni.engine.hardware import hardware, physical_cores, usual_threads


def device(name: str, *, gpu: bool = True, description: str = "a card") -> dict[str, object]:
    return {"name": name, "description": description, "gpu": gpu, "free": 5, "total": 9}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("CUDA0", "cuda"),
        ("CUDA12", "cuda"),
        ("MTL0", "metal"),
        ("Metal", "metal"),
        ("Vulkan1", "vulkan"),
        ("SYCL0", "sycl"),
    ],
)
def test_a_device_is_known_by_its_backend(name, kind):
    assert hardware([device(name)]).gpus[0].kind == kind


def test_processors_are_no_gpus():
    assert hardware([device("CPU", gpu=False), device("BLAS", gpu=False)]).gpus == ()


def test_a_device_without_a_description_goes_by_its_name():
    assert hardware([device("CUDA0", description="")]).gpus[0].name == "CUDA0"


def test_there_is_a_core_to_compute_on_and_none_that_we_may_not_use():
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count())
    assert 1 <= physical_cores() <= len(allowed)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_a_process_that_may_use_one_core_counts_one():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from edgeomni.engine.hardware import physical_cores; print(physical_cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (8, 7)])
def test_one_core_stays_free_where_there_is_another(cores, threads):
    assert usual_threads(cores) == threads
