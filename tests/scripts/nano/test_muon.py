"""Muon's update turns and stretches every direction alike."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.muon import Muon, orthogonal  # noqa: E402


@pytest.mark.parametrize("shape", [(48, 48), (96, 32), (32, 96)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert values.min() > 0.6 and values.max() < 1.3


def test_a_step_goes_downhill() -> None:
    torch.manual_seed(0)
    matrix, wanted = torch.nn.Parameter(torch.zeros(16, 16)), torch.eye(16)
    optimiser = Muon([matrix], lr=0.05)
    for _ in range(15):
        optimiser.zero_grad()
        (matrix - wanted).pow(2).sum().backward()
        optimiser.step()
    assert (matrix - wanted).norm() < 0.5 * wanted.norm()
