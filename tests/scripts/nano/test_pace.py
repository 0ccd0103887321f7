"""The learning rate rises, stays, and has fallen when the time is over."""

import pytest

from nano.pace import Pace


@pytest.mark.parametrize(
    ("elapsed", "step", "expected"),
    [(0, 0, 0.1), (0, 9, 1.0), (3, 500, 1.0), (7, 500, 0.5), (10, 500, 0.003)],
)
def test_the_rate_follows_step_and_clock(elapsed: float, step: int, expected: float) -> None:
    now = [100.0]
    pace = Pace(minutes=10, decay_from=0.4, clock=lambda: now[0])
    now[0] += elapsed * 60
    assert pace.rate(step, pace.fraction(), warm_up=10) == pytest.approx(expected, abs=1e-6)
