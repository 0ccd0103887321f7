"""The border to libmtmd: pictures and sound become chunks of embeddings that a context can hold.

Pixels and samples only: libmtmd's own decoders for encoded files have crashed on hostile input,
so encoded bytes never come this far.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from llama_cpp import llama_cpp as lib
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from edgeomni.engine.bitmap import as_bitmaps, check, check_size
from edgeomni.engine.config import Flash
from edgeomni.engine.llama import (
    EVALUATION_REMEDY,
    FLASH_ATTENTION,
    Aborted,
    Context,
    Model,
    NoRoom,
)
from edgeomni.engine.prefix import MediaChunk
from edgeomni.engine.pulse import Pulse
from edgeomni.engine.row_ends import mend
from edgeomni.errors import EngineError, MediaError, ModelError
from edgeomni.values import Media

_EMBEDDING_BYTES = 256 << 20
"""Kept encoder outputs: about a hundred pictures of a 4B model."""
_TEXT = 0
"""MTMD_INPUT_CHUNK_TYPE_TEXT."""
_USUAL_FRAME = (224, 224)
"""Pixels."""
_PROBED = [(long, round(long * 0.95**step)) for long in (512, 4096) for step in range(104)]
"""Sides in pixels of pictures that grow and of pictures that shrink, from square to narrow."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A libmtmd chunk that we own, until it is replaced by its placeholder."""

    pointer: int
    encodable: bool
    """False once the pixels were dropped after encoding."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The room that a picture takes in a prompt, with the text tokens that belong to it."""

    cells: int
    """KV cells."""
    positions: int
    """Fewer than cells under M-RoPE."""
    largest: int
    """Cells of its largest chunk."""


Piece = tuple[int, ...] | MediaChunk
"""What a picture contributes to a prompt: text tokens around and between its chunks."""


class MissingMedia(Exception):
    """Pixels or samples are needed again, and this process no longer has them."""

    def __init__(self, digests: list[str]) -> None:
        super().__init__(", ".join(digests))
        self.digests = digests


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    on_gpu: bool = False
    threads: int = 1
    image_max_tokens: int = 0
    """0 leaves it to the model file."""
    flash: Flash = "auto"
    image_min_tokens: int = 0
    """0 leaves it to the model file."""


class MediaEncoder:
    """A loaded mmproj."""

    def __init__(
        self, path: Path, model: Model, settings: EncoderSettings, cancelled: Callable[[], bool]
    ) -> None:
        self.model = model
        self._path = path
        self._cancelled = cancelled
        self._pulse = Pulse(cancelled)
        params = mtmd.mtmd_context_params_default()
        params.use_gpu = settings.on_gpu
        params.n_threads = settings.threads
        params.print_timings = False
        params.flash_attn_type = FLASH_ATTENTION[settings.flash]
        params.warmup = False  # it reserves memory for the largest picture there could be
        if settings.image_min_tokens:
            params.image_min_tokens = settings.image_min_tokens
        if settings.image_max_tokens:
            params.image_max_tokens = settings.image_max_tokens
        params.cb_eval = self._pulse.callback
        pointer = mtmd.mtmd_init_from_file(os.fsencode(path), model.pointer, params)
        if not pointer:
            raise ModelError(
                f"{path.name} is not a projector for this model.",
                works="The model itself works without it, for text.",
                remedy="Use the mmproj file that belongs to the model.",
                code="wrong-mmproj",
            )
        self.pointer = pointer
        self.vision = bool(mtmd.mtmd_support_vision(pointer))
        self.audio = bool(mtmd.mtmd_support_audio(pointer))
        self.audio_rate = mtmd.mtmd_get_audio_sample_rate(pointer) if self.audio else 0
        self._pieces: dict[str, tuple[Piece, ...]] = {}
        self._handles: dict[MediaChunk, Handle] = {}
        self._embeddings: OrderedDict[MediaChunk, NDArray[np.float32]] = OrderedDict()
        self._embedding_bytes = 0

    def close(self) -> None:
        for handle in self._handles.values():
            mtmd.mtmd_input_chunk_free(handle.pointer)
        self._handles.clear()
        if self.pointer:
            mtmd.mtmd_free(self.pointer)
            self.pointer = None

    def smallest_batch(self) -> int:
        """Tokens that must fit into one physical batch: non-causal pictures cannot be split.

        A larger picture would reach an assertion in llama.cpp, so the ceiling is measured. Between
        the shapes that are tried, one may have a row or a column more.
        """
        if not self.vision or not mtmd.mtmd_decode_use_non_causal(self.pointer, None):
            return 0
        shapes = [*_PROBED, *((short, long) for long, short in _PROBED)]
        most = max(self.extent(width, height).largest for width, height in shapes)
        return most + most // 16

    def extent(self, width: int, height: int) -> Extent:
        """The room for a picture of this size in pixels, before there is one: nothing is encoded.

        Raises MediaError for a size that ``learn`` would refuse.
        """
        check_size(width, height)
        chunks = self._tokenize_bitmaps([mtmd.mtmd_bitmap_init(width, height, None)], "")
        try:
            found = [
                mtmd.mtmd_input_chunks_get(chunks, index)
                for index in range(mtmd.mtmd_input_chunks_size(chunks))
            ]
            sizes = [mtmd.mtmd_input_chunk_get_n_tokens(chunk) for chunk in found]
            steps = [mtmd.mtmd_input_chunk_get_n_pos(chunk) for chunk in found]
        finally:
            mtmd.mtmd_input_chunks_free(chunks)
        return Extent(sum(sizes), sum(steps), max(sizes))

    @cached_property
    def merges_frames(self) -> bool:
        """Whether two frames of a film become one chunk: seen on placeholders, nothing tells it."""
        if not self.vision:
            return False
        bitmaps = [mtmd.mtmd_bitmap_init(*_USUAL_FRAME, None) for _ in range(2)]
        for bitmap in bitmaps:
            mtmd.mtmd_bitmap_set_mergeable(bitmap, True)
        chunks = self._tokenize_bitmaps(bitmaps, "")
        kinds = [
            mtmd.mtmd_input_chunk_get_type(mtmd.mtmd_input_chunks_get(chunks, index))
            for index in range(mtmd.mtmd_input_chunks_size(chunks))
        ]
        mtmd.mtmd_input_chunks_free(chunks)
        return len([kind for kind in kinds if kind != _TEXT]) == 1

    # -- from media to chunks --

    def knows(self, digest: str) -> bool:
        return digest in self._pieces

    def pieces(self, digest: str) -> tuple[Piece, ...]:
        return self._pieces[digest]

    def learn(self, media: Media) -> None:
        """Preprocess a picture or sound into chunks; encoding waits until a prompt needs it."""
        if media.digest in self._pieces and self._encodable(media.digest):
            return
        check(media)
        chunks = self._tokenize_bitmaps(as_bitmaps(media), media.name)
        try:
            self._pieces[media.digest] = tuple(self._own(media.digest, chunks))
        finally:
            mtmd.mtmd_input_chunks_free(chunks)

    def recall(self, digest: str, pieces: tuple[Piece, ...]) -> None:
        """Know a medium's layout from a snapshot; its pixels are asked for only when needed."""
        self._pieces.setdefault(digest, pieces)

    def forget(self, digest: str) -> None:
        """All that is known of it; whoever needs it again learns it again."""
        for piece in self._pieces.pop(digest, ()):
            if not isinstance(piece, MediaChunk):
                continue
            if (handle := self._handles.pop(piece, None)) is not None:
                mtmd.mtmd_input_chunk_free(handle.pointer)
            if (embedding := self._embeddings.pop(piece, None)) is not None:
                self._embedding_bytes -= embedding.nbytes

    def _encodable(self, digest: str) -> bool:
        chunks = [piece for piece in self._pieces[digest] if isinstance(piece, MediaChunk)]
        return all(chunk in self._embeddings or self._has_pixels(chunk) for chunk in chunks)

    def _has_pixels(self, chunk: MediaChunk) -> bool:
        handle = self._handles.get(chunk)
        return handle is not None and handle.encodable

    def _tokenize_bitmaps(self, bitmaps: list[int], name: str) -> int:
        held = [mtmd.mtmd_input_part(text=None, bitmap=bitmap) for bitmap in bitmaps]
        count = len(held)
        parts = (ctypes.POINTER(mtmd.mtmd_input_part) * count)(*map(ctypes.pointer, held))
        chunks = mtmd.mtmd_input_chunks_init()
        code = mtmd.mtmd_tokenize_from_parts(self.pointer, chunks, parts, count, False)
        for bitmap in bitmaps:
            mtmd.mtmd_bitmap_free(bitmap)
        if code != 0 or chunks is None:
            mtmd.mtmd_input_chunks_free(chunks)
            raise MediaError(
                f"The model's preprocessor refuses {name or 'this input'}.",
                remedy="Try another size or length.",
            )
        return int(chunks)

    def _own(self, digest: str, chunks: int) -> list[Piece]:
        pieces: list[Piece] = []
        for index in range(mtmd.mtmd_input_chunks_size(chunks)):
            pointer = mtmd.mtmd_input_chunks_get(chunks, index)
            if mtmd.mtmd_input_chunk_get_type(pointer) == _TEXT:
                count = ctypes.c_size_t()
                tokens = mtmd.mtmd_input_chunk_get_tokens_text(pointer, ctypes.byref(count))
                pieces.append(tuple(tokens[: count.value]))
                continue
            chunk = MediaChunk(
                digest,
                ordinal=sum(isinstance(piece, MediaChunk) for piece in pieces),
                n_tokens=mtmd.mtmd_input_chunk_get_n_tokens(pointer),
                n_pos=mtmd.mtmd_input_chunk_get_n_pos(pointer),
            )
            self._replace(chunk, mtmd.mtmd_input_chunk_copy(pointer), encodable=True)
            pieces.append(chunk)
        return pieces

    def _replace(self, chunk: MediaChunk, pointer: int, *, encodable: bool) -> None:
        old = self._handles.get(chunk)
        self._handles[chunk] = Handle(pointer, encodable)
        if old is not None:
            mtmd.mtmd_input_chunk_free(old.pointer)

    # -- from chunks to the context --

    def ready(self, chunk: MediaChunk) -> bool:
        """Whether evaluating this chunk needs no encoder run."""
        return chunk in self._embeddings

    def missing(self, chunks: list[MediaChunk]) -> list[str]:
        """Digests whose pixels are needed again to evaluate these chunks."""
        return sorted(
            {
                chunk.digest
                for chunk in chunks
                if chunk not in self._embeddings and not self._has_pixels(chunk)
            }
        )

    def encode(self, chunk: MediaChunk) -> float:
        """Run the encoder unless its output is still known; milliseconds spent."""
        if chunk in self._embeddings:
            self._embeddings.move_to_end(chunk)
            return 0.0
        if not self._has_pixels(chunk):
            raise MissingMedia([chunk.digest])
        handle = self._handles[chunk]
        began = time.perf_counter()
        self._pulse.begin()
        code = mtmd.mtmd_encode_chunk(self.pointer, handle.pointer)
        if self._cancelled():
            raise Aborted
        if code != 0:
            raise EngineError(
                f"The media encoder failed (code {code}).",
                works="Questions without this picture or sound work.",
                remedy=EVALUATION_REMEDY,
                code="evaluation-failed",
            )
        self._remember(chunk)
        return (time.perf_counter() - began) * 1000

    def _remember(self, chunk: MediaChunk) -> None:
        pointer = mtmd.mtmd_get_output_embd(self.pointer)
        shape = (chunk.n_tokens, self.model.n_embd)
        embedding = np.ctypeslib.as_array(pointer, shape).copy()
        mend(embedding, self._path)
        self._embeddings[chunk] = embedding
        self._embedding_bytes += embedding.nbytes
        while self._embedding_bytes > _EMBEDDING_BYTES and len(self._embeddings) > 1:
            self._embedding_bytes -= self._embeddings.popitem(last=False)[1].nbytes
        # The preprocessed pixels are several times larger than what they became.
        placeholder = mtmd.mtmd_input_chunk_get_placeholder(self._handles[chunk].pointer)
        if placeholder:
            self._replace(chunk, placeholder, encodable=False)

    def decode(self, context: Context, chunk: MediaChunk, position: int, seq: int) -> None:
        """Put an encoded chunk into a sequence."""
        batch = context.shape.n_ubatch
        non_causal = mtmd.mtmd_decode_use_non_causal(self.pointer, self._handles[chunk].pointer)
        if non_causal and chunk.n_tokens > batch:
            raise MediaError(
                f"This picture needs {chunk.n_tokens} tokens in one batch of {batch}.",
                remedy="Use a smaller picture.",
            )
        embedding = self._embeddings[chunk]
        new_position = lib.llama_pos(0)
        code = mtmd.mtmd_helper_decode_image_chunk(
            self.pointer,
            context.pointer,
            self._handles[chunk].pointer,
            embedding.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            position,
            seq,
            batch,
            ctypes.byref(new_position),
            mtmd.mtmd_helper_post_decode_callback(0),
            None,
        )
        if code == 1:
            raise NoRoom
        if code == 2:
            raise Aborted
        if code != 0:
            raise EngineError(
                f"llama.cpp could not evaluate a picture or sound (code {code}).",
                works="Questions without this picture or sound work.",
                remedy=EVALUATION_REMEDY,
                code="evaluation-failed",
            )
