"""What training writes is what training reads, and what llama.cpp expects."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
gguf = pytest.importorskip("gguf")

from nano import projector_file  # noqa: E402
from nano.eye import Eye, Shape  # noqa: E402

SMALL = Shape(widths=(32, 64, 96), depths=(1, 2, 3), hidden=128, output=32)


@pytest.mark.parametrize(("small", "error"), [(False, 1e-3), (True, 0.03)])
def test_an_eye_sees_the_same_after_a_round_trip(tmp_path: Path, small: bool, error: float) -> None:
    torch.manual_seed(0)
    eye = Eye(SMALL)
    projector_file.write(tmp_path / "eye.gguf", eye, {}, small=small)
    again, _ = projector_file.read(tmp_path / "eye.gguf")
    pixels = torch.rand(2, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        said, said_again = eye(pixels), again(pixels)
    assert (said - said_again).norm() / said.norm() < error


def test_codes_travel_with_the_eye(tmp_path: Path) -> None:
    codes = {"noun": torch.tensor([[0.5, -2.0]])}
    projector_file.write(tmp_path / "eye.gguf", Eye(SMALL), codes)
    assert projector_file.read(tmp_path / "eye.gguf")[1]["noun"].tolist() == [[0.5, -2.0]]


def test_the_shape_is_read_from_the_tensors(tmp_path: Path) -> None:
    projector_file.write(tmp_path / "eye.gguf", Eye(SMALL), {})
    assert projector_file.read(tmp_path / "eye.gguf")[0].shape == SMALL
