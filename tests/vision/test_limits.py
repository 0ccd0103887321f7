"""A hostile file is not read for ever."""

from __future__ import annotations

import pytest

from edgeomni.vision.limits import CountedReads, ImageLimits, TooManyReads


def test_a_file_is_not_read_in_endless_pieces() -> None:
    file = CountedReads(bytes(100), ImageLimits(reads=10))
    for _ in range(10):
        file.read(1)
    with pytest.raises(TooManyReads):
        file.read(1)


def test_a_file_is_not_read_over_and_over() -> None:
    file = CountedReads(bytes(1 << 20), ImageLimits(again=2))
    with pytest.raises(TooManyReads):
        for _ in range(4):
            file.seek(0)
            file.read()
