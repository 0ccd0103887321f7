"""Several processes take the same step."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano import together  # noqa: E402
from nano.together import Together  # noqa: E402

pytestmark = pytest.mark.slow


def learn(one: Together, folder: Path) -> None:
    gradients = [torch.full((2, 3), float(one.rank)), torch.full((4,), 10.0 * one.rank)]
    fraction = one.agree(gradients, 0.2 * one.rank)
    torch.save((gradients, fraction), folder / f"{one.rank}.pt")


def test_gradients_and_time_are_averaged(tmp_path: Path) -> None:
    together.run(2, learn, tmp_path)
    for rank in range(2):
        (matrix, vector), fraction = torch.load(tmp_path / f"{rank}.pt")
        assert matrix.unique().tolist() == [0.5] and vector.unique().tolist() == [5.0]
        assert fraction == pytest.approx(0.1)


def test_one_process_is_this_one(tmp_path: Path) -> None:
    together.run(1, learn, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["0.pt"]
