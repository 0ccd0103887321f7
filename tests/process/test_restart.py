"""How often a dead worker is started again."""

from __future__ import annotations

import pytest

from edgeomni.process.restart import RestartPolicy, delay_before_start

POLICY = RestartPolicy(window=60.0, delays=(0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("deaths", "now", "delay"),
    [
        ([], 100.0, 0.0),
        ([100.0], 100.0, 0.0),
        ([90.0, 100.0], 100.0, 1.0),
        ([80.0, 90.0, 100.0], 100.0, None),
        ([80.0, 90.0, 100.0], 139.9, None),
        ([80.0, 90.0, 100.0], 140.0, 1.0),
        ([80.0, 90.0, 100.0], 1000.0, 0.0),
    ],
)
def test_three_deaths_in_a_minute_are_enough(
    deaths: list[float], now: float, delay: float | None
) -> None:
    assert delay_before_start(deaths, now, POLICY) == delay
