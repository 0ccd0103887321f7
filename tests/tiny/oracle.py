"""Evaluates every prompt from nothing, the plainest way there is: the measure of clever engines."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import llama_cpp.mtmd_cpp as mtmd
import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
"""Height x width x 3."""
Sound = npt.NDArray[np.float32]
"""Mono, at the rate of the model's audio encoder."""

MARKER = "<__media__>"
BATCH = 512


def _drop(level: int, text: bytes, data: object) -> None:
    """llama.cpp logs to stderr unless told otherwise."""


_DROP = llama.llama_log_callback(_drop)  # must outlive every call into llama.cpp


class Oracle:
    """A model in this very process. Close it, or use it in a ``with`` block."""

    def __init__(self, model: Path, mmproj: Path | None = None, *, context: int = 4096) -> None:
        if mmproj and b"v.token_embd.img_break" in mmproj.read_bytes():
            _hand_out_zeros(True)
        for log_set in (llama.llama_log_set, mtmd.mtmd_log_set, mtmd.mtmd_helper_log_set):
            log_set(_DROP, None)
        llama.llama_backend_init()
        self._model = llama.llama_model_load_from_file(str(model).encode(), _model_params())
        assert self._model, model
        self._context = llama.llama_init_from_model(self._model, _context_params(context))
        assert self._context, model
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._media = None
        if mmproj:
            self._media = mtmd.mtmd_init_from_file(
                str(mmproj).encode(), self._model, _media_params()
            )
            assert self._media, mmproj

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._media:
            mtmd.mtmd_free(self._media)
        _hand_out_zeros(False)
        llama.llama_free(self._context)
        llama.llama_model_free(self._model)

    def tokens(self, text: str, *, special: bool = True) -> list[int]:
        """Token ids, with the model's own BOS; ``special`` reads control tokens in the text."""
        raw = text.encode()
        room = (llama.llama_token * (len(raw) + 8))()
        count = llama.llama_tokenize(
            self._vocabulary, raw, len(raw), room, len(room), True, special
        )
        assert count >= 0
        return list(room[:count])

    def piece(self, token: int) -> bytes:
        room = ctypes.create_string_buffer(256)
        size = llama.llama_token_to_piece(self._vocabulary, token, room, len(room), 0, True)
        return room.raw[:size]

    def ends(self, token: int) -> bool:
        return bool(llama.llama_vocab_is_eog(self._vocabulary, token))

    def logits(self, prompt: str, media: Sequence[Picture | Sound] = ()) -> Logits:
        """Logits behind the prompt, in which one MARKER stands for each of ``media``."""
        llama.llama_memory_clear(llama.llama_get_memory(self._context), True)
        if self._media:
            self._evaluate_mixed(prompt, media)
        else:
            self._evaluate(self.tokens(prompt))
        return self._last()

    def greedy(self, prompt: str, count: int, media: Sequence[Picture | Sound] = ()) -> list[int]:
        """Up to ``count`` tokens, each the likeliest; the end-of-turn token is the last if said."""
        said = [int(self.logits(prompt, media).argmax())]
        while len(said) < count and not self.ends(said[-1]):
            self._evaluate(said[-1:])
            said.append(int(self._last().argmax()))
        return said

    def _last(self) -> Logits:
        size = llama.llama_vocab_n_tokens(self._vocabulary)
        return np.ctypeslib.as_array(llama.llama_get_logits_ith(self._context, -1), (size,)).copy()

    def _evaluate(self, tokens: Sequence[int]) -> None:
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            array = (llama.llama_token * len(part))(*part)
            batch = llama.llama_batch_get_one(array, len(part))
            assert llama.llama_decode(self._context, batch) == 0

    def _evaluate_mixed(self, prompt: str, media: Sequence[Picture | Sound]) -> None:
        position = llama.llama_pos(0)
        with _chunks(self._media, prompt, media) as chunks:
            result = mtmd.mtmd_helper_eval_chunks(
                self._media, self._context, chunks, 0, 0, BATCH, True, ctypes.byref(position)
            )
        assert result == 0


def _hand_out_zeros(on: bool) -> None:
    """llama.cpp clears Pixtral's row ends by multiplying unwritten memory, perhaps NaN, with 0.

    It takes time. glibc then fills what it gives out with the complement of the byte that it is
    told; other libraries know no such thing, and there the measure may be off, once in a while.
    """
    m_perturb = -6
    with suppress(AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(m_perturb, 0xFF if on else 0)


@contextmanager
def _chunks(context: Any, prompt: str, media: Sequence[Picture | Sound]) -> Iterator[Any]:
    bitmaps = [_bitmap(item) for item in media]
    chunks = mtmd.mtmd_input_chunks_init()
    raw = prompt.encode()
    text = mtmd.mtmd_input_text()
    text.text, text.text_len, text.add_special, text.parse_special = raw, len(raw), True, True
    array = (mtmd.mtmd_bitmap_p_ctypes * max(1, len(bitmaps)))(*bitmaps)
    result = mtmd.mtmd_tokenize(context, chunks, ctypes.byref(text), array, len(bitmaps))
    try:
        assert result == 0, result
        yield chunks
    finally:
        mtmd.mtmd_input_chunks_free(chunks)
        for bitmap in bitmaps:
            mtmd.mtmd_bitmap_free(bitmap)


def _bitmap(item: Picture | Sound) -> Any:
    data = np.ascontiguousarray(item)
    if data.dtype == np.uint8:
        height, width, _ = data.shape
        pixels = data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return mtmd.mtmd_bitmap_init(width, height, pixels)
    samples = data.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return mtmd.mtmd_bitmap_init_from_audio(len(data), samples)


def _model_params() -> Any:
    params = llama.llama_model_default_params()
    params.n_gpu_layers = 0
    return params


def _context_params(context: int) -> Any:
    params = llama.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = context, BATCH, BATCH
    params.n_threads = params.n_threads_batch = 1
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return params


def _media_params() -> Any:
    params = mtmd.mtmd_context_params_default()
    params.use_gpu, params.n_threads, params.warmup = False, 1, False
    params.print_timings = False
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    return params
