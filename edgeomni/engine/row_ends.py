"""Pixtral's row ends, put back where llama.cpp lost them.

A learned vector ends each row of a picture. llama.cpp makes room for it by multiplying memory that
nobody wrote with 0, and where that memory happens to hold NaN, the row end becomes NaN, and so does
every logit behind it (tools/mtmd/models/pixtral.cpp, llama-cpp-python 0.3.36). Asking again does
not help: the memory stays the same.
"""

from __future__ import annotations

from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeomni.engine.gguf import read_header
from edgeomni.engine.llama import EVALUATION_REMEDY
from edgeomni.errors import EngineError

_TENSOR = "v.token_embd.img_break"


def mend(embedding: NDArray[np.float32], mmproj: Path) -> None:
    """Replace lost row ends in an encoder's output of shape (tokens, width).

    Raises EngineError when something else is not a number.
    """
    lost = ~np.isfinite(embedding).all(axis=1)
    if not lost.any():
        return
    row_end = _row_end(mmproj, embedding.shape[1])
    if row_end is None or not _are_row_ends(np.flatnonzero(lost), len(embedding)):
        raise EngineError(
            "The media encoder gave something that is not a number.",
            works="Questions without this picture or sound work.",
            remedy=EVALUATION_REMEDY,
            code="evaluation-failed",
        )
    embedding[lost] = row_end


def _are_row_ends(lost: NDArray[np.intp], tokens: int) -> bool:
    """Whether they all could end rows of one length; the last row has no end."""
    return gcd(tokens + 1, *(int(index) + 1 for index in lost)) > 1


def _row_end(mmproj: Path, width: int) -> NDArray[np.float32] | None:
    offset = read_header(mmproj).offsets.get(_TENSOR)
    return None if offset is None else np.fromfile(mmproj, "<f4", width, offset=offset)
