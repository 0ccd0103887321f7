"""Faults on demand: read from a variable, striking where they were asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from edgeomni.errors import EngineError, UsageError
from edgeomni.faults import VARIABLE, Fault, Faults, from_environment

HERE = "import os, edgeomni.faults as f; f.from_environment(os.environ).at('unit.here')"


def asked(text: str) -> Faults:
    return from_environment({VARIABLE: text})


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "  "}])
def test_nothing_asked_for_is_no_fault(environment):
    faults = from_environment(environment)
    assert not faults
    faults.at("engine.load", gpu=True)


@pytest.mark.parametrize(
    "text",
    [
        "engine.load",
        "engine.load:explode",
        ":abort",
        "engine.load:abort:fail",
        "engine.load:abort@",
        "engine.load:abort,",
    ],
)
def test_what_is_no_fault_is_refused_with_the_actions_there_are(text):
    with pytest.raises(UsageError) as caught:
        asked(text)
    assert "abort" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "facts", "strikes"),
    [
        ("unit.p:fail", {}, True),
        ("unit.p:fail", {"gpu": False}, True),
        ("unit.p:fail@gpu", {"gpu": True}, True),
        ("unit.p:fail@gpu", {"gpu": False}, False),
        ("unit.p:fail@gpu", {}, False),
        ("unit.p:fail@token=3", {"token": 3}, True),
        ("unit.p:fail@token=3", {"token": 30}, False),
        ("unit.p:fail@token=3@gpu", {"token": 3, "gpu": True}, True),
        ("unit.p:fail@token=3@gpu", {"token": 3, "gpu": False}, False),
        ("unit.q:fail", {}, False),
        ("unit.q:fail, unit.p:fail@gpu", {"gpu": True}, True),
    ],
)
def test_a_fault_strikes_when_all_its_conditions_hold(text, facts, strikes):
    faults = asked(text)
    if strikes:
        with pytest.raises(EngineError, match=r"unit\.p"):
            faults.at("unit.p", **facts)
    else:
        faults.at("unit.p", **facts)


def test_a_bare_condition_wants_a_fact_that_is_true():
    fault = Fault("unit.p", "fail", (("gpu", None),))
    assert fault.meets("unit.p", {"gpu": 1})
    assert not fault.meets("unit.p", {"gpu": 0})


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("action", "status"), [("abort", -6), ("kill", -9), ("exit", 70)])
def test_the_rough_faults_end_the_process_as_they_say(action, status):
    environment = {**os.environ, VARIABLE: f"unit.here:{action}"}
    done = subprocess.run([sys.executable, "-c", HERE], env=environment, check=False)
    assert done.returncode == status


def test_a_hang_does_not_end_by_itself():
    environment = {**os.environ, VARIABLE: "unit.here:hang"}
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", HERE], env=environment, timeout=0.5, check=False)
