"""Whatever happens to the devices of a conversation, it goes on as soon as they are there."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.speech.churn import KINDS, Recovery, all_recovered, happenings
from tests.speech.lab import Lab

_log = logging.getLogger(__name__)
COUNT = int(os.environ.get("EDGEOMNI_DEVICE_EVENTS", "13"))
"""200 of them take 9 minutes; with ``--log-cli-level=info`` each is told."""
WITHIN = 3.0
SEED = 1
MANY = 10
"""Seconds for each, on a machine that is busy with something else."""


def test_each_kind_happens_as_often_as_any_other() -> None:
    kinds = [it.kind for it in happenings(3 * len(KINDS), SEED)]
    assert [kinds.count(kind) for kind in KINDS] == [3] * len(KINDS)


@pytest.mark.devices
@pytest.mark.models
@pytest.mark.slow
@pytest.mark.timeout(60 + MANY * COUNT)
def test_within_three_seconds_it_is_heard_again_and_can_be_heard(
    lab: Lab, whisper: Callable[[str], Path], tmp_path: Path
) -> None:
    def tell(recovery: Recovery) -> None:
        _log.info("%s", recovery)

    conversation = all_recovered(lab, whisper("tiny.en"), tmp_path, COUNT, SEED, tell)
    seconds = [recovery.seconds for recovery in conversation.recoveries]
    half, most, last = np.percentile(seconds, [50, 95, 100])
    said = "%d recoveries: median %.2f s, 95 %% within %.2f s, the last after %.2f s"
    _log.info(said, len(seconds), half, most, last)
    assert [recovery for recovery in conversation.recoveries if recovery.seconds > WITHIN] == []
    assert [recovery for recovery in conversation.recoveries if not recovery.answered] == []
    assert [recovery for recovery in conversation.recoveries if recovery.unexplained] == []
    assert conversation.utterances == []
