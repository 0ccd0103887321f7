"""Where the microphone does not hear the loudspeaker, a person is heard as he is."""

from __future__ import annotations

import numpy as np
import pytest

from edgeomni.speech.devices.echo import STEP, Headphones

LOUD = np.full(STEP, 0.2, np.float32)
FAINT = np.full(STEP, 0.004, np.float32)
SILENT = np.zeros(STEP, np.float32)


def after(*stretches: tuple[float, np.ndarray, np.ndarray]) -> bool:
    """Each is seconds, what was heard, what was played."""
    headphones, worn = Headphones(), False
    for seconds, heard, played in stretches:
        for _ in range(round(seconds * 100)):
            worn = headphones.worn(heard, played)
    return worn


@pytest.mark.parametrize(
    ("stretches", "worn"),
    [
        ([(5.0, SILENT, SILENT)], False),
        ([(5.0, LOUD, SILENT)], False),
        ([(0.4, SILENT, LOUD)], False),
        ([(0.6, SILENT, LOUD)], True),
        ([(0.6, FAINT, LOUD)], True),
        ([(0.3, SILENT, LOUD), (0.5, LOUD, LOUD)] * 5, False),
        ([(0.6, SILENT, LOUD), (2.0, LOUD, LOUD)], True),
        ([(0.6, SILENT, LOUD), (9.0, LOUD, SILENT)], True),
        ([(0.6, SILENT, LOUD), (3.1, LOUD, LOUD)], False),
        ([(0.6, SILENT, LOUD), (2.0, LOUD, LOUD), (0.6, SILENT, LOUD), (2.0, LOUD, LOUD)], True),
    ],
    ids=[
        "nothing is played",
        "only a person",
        "not for long enough",
        "nothing comes back",
        "next to nothing comes back",
        "an echo after its delay",
        "a person over it",
        "a person behind it",
        "an echo after all",
        "a person twice",
    ],
)
def test_headphones_are_known_by_what_does_not_come_back(
    stretches: list[tuple[float, np.ndarray, np.ndarray]], worn: bool
) -> None:
    assert after(*stretches) == worn
