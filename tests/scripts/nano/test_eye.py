"""The eye as PyTorch trains it."""

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from nano.eye import Block, Eye, Shape  # noqa: E402
from nano.slots import TOKENS  # noqa: E402

SMALL = Shape(widths=(16, 32, 48), depths=(1, 1, 2), hidden=64, output=24)


def test_a_picture_becomes_one_token_for_each_cell() -> None:
    assert Eye(SMALL)(torch.randn(2, 3, 128, 128)).shape == (2, TOKENS, 24)


def test_gradients_are_those_of_autograd_where_every_picture_is_the_same() -> None:
    """Kernels learn from some pictures of a batch; of equal ones it does not matter from which."""
    torch.manual_seed(0)
    block, x = Block(8, normalising=True), torch.randn(1, 8, 8, 8).repeat(8, 1, 1, 1)
    torch.nn.init.normal_(block.gain)
    weight, bias = block.depthwise.weight, block.depthwise.bias
    block(x).pow(2).sum().backward()
    ours = [p.grad.clone() for p in (weight, bias)]
    block.zero_grad()
    near = torch.nn.functional.conv2d(x, weight, bias, padding=3, groups=8).permute(0, 2, 3, 1)
    up = block._normalised(torch.nn.functional.gelu(block.up(block.norm(near))))
    (x + block.down(up).permute(0, 3, 1, 2)).pow(2).sum().backward()
    for mine, true in zip(ours, (weight.grad, bias.grad), strict=True):
        assert (mine - true).norm() < 1e-4 * true.norm()


def test_half_a_blend_is_between_two_eyes() -> None:
    torch.manual_seed(0)
    one, other = Eye(SMALL), Eye(SMALL)
    before = one.stem.weight.detach().clone()
    one.blend(other, 0.5)
    assert torch.allclose(one.stem.weight, (before + other.stem.weight) / 2)
