"""The border to llama.cpp: one model and one context, ctypes on this side, Python values on ours.

Only worker processes import this module. Everything that llama.cpp answers with ``abort()`` is
checked on this side first; a violated check is a bug of ours and raises ``ValueError``.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib
from llama_cpp import mtmd_cpp as mtmd
from numpy.typing import NDArray

from edgeomni.engine.config import Flash
from edgeomni.engine.grammar.landing import Spell, speller
from edgeomni.errors import EngineError, ModelError

FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}
"""llama_flash_attn_type."""
_SCORE_BYTES = 256 << 20
_PIECE_BYTES = 64
_WARN = 3  # ggml_log_level: 1 debug, 2 info, 3 warn, 4 error, 5 continuation of the last line
_PARTIAL = lib.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
_SPECIAL = (
    lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED | lib.LLAMA_TOKEN_ATTR_UNKNOWN
)


@lib.llama_log_callback  # type: ignore[misc]
def _log(level: int, text: bytes, _data: object) -> None:
    if level in (_WARN, 4):
        sys.stderr.write(text.decode(errors="replace"))


def start_backend() -> None:
    """Once per process, before anything else."""
    lib.llama_log_set(_log, None)
    mtmd.mtmd_helper_log_set(_log, None)  # sets mtmd's own log as well
    lib.llama_backend_init()


# ── the model ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Special:
    """A token that a tokenizer recognises before it looks at the text around it."""

    id: int
    text: str
    control: bool
    """False for user-defined tokens, which are matched even where specials are not parsed."""
    strips_left: bool
    strips_right: bool


class Model:
    """A loaded GGUF."""

    def __init__(self, path: Path, *, gpu_layers: int) -> None:
        params = lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        pointer = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not pointer:
            raise ModelError(
                f"llama.cpp cannot load {path.name}.",
                remedy="Pull or copy the file again; its architecture may also be newer than "
                "the installed llama-cpp-python.",
            )
        self.pointer = pointer
        self.vocab = lib.llama_model_get_vocab(pointer)
        self.n_vocab = lib.llama_vocab_n_tokens(self.vocab)
        self.n_embd = lib.llama_model_n_embd_inp(pointer)
        self.n_swa = lib.llama_model_n_swa(pointer)
        self.recurrent = bool(
            lib.llama_model_is_recurrent(pointer) or lib.llama_model_is_hybrid(pointer)
        )
        self.trained_context = lib.llama_model_n_ctx_train(pointer)
        if lib.llama_model_has_encoder(pointer) or not lib.llama_model_has_decoder(pointer):
            raise ModelError(
                f"{path.name} is not a chat model: it is an encoder.",
                remedy="Choose a model that generates text.",
            )

    def close(self) -> None:
        if self.pointer:
            lib.llama_model_free(self.pointer)
            self.pointer = None

    @property
    def chat_template(self) -> str:
        raw = lib.llama_model_chat_template(self.pointer, None)
        return raw.decode(errors="replace") if raw else ""

    @cached_property
    def bos(self) -> int | None:
        """The token that must begin a prompt, or None when the model wants none."""
        token = lib.llama_vocab_bos(self.vocab)
        return token if lib.llama_vocab_get_add_bos(self.vocab) and token >= 0 else None

    def bos_text(self) -> str:
        return self.token_text(lib.llama_vocab_bos(self.vocab))

    def eos_text(self) -> str:
        return self.token_text(lib.llama_vocab_eos(self.vocab))

    def token_text(self, token: int) -> str:
        """The vocabulary's own spelling; empty for a token that does not exist."""
        if not 0 <= token < self.n_vocab:
            return ""  # llama_vocab_get_text throws through C on these
        return (lib.llama_vocab_get_text(self.vocab, token) or b"").decode(errors="replace")

    @cached_property
    def specials(self) -> tuple[Special, ...]:
        """Longest first, in the order in which llama.cpp looks for them."""
        attr_of, found = lib.llama_vocab_get_attr, []
        for token in range(self.n_vocab):
            attr = attr_of(self.vocab, token)
            if attr & _SPECIAL and (text := self.token_text(token)):
                found.append(
                    Special(
                        token,
                        text,
                        control=not attr & lib.LLAMA_TOKEN_ATTR_USER_DEFINED,
                        strips_left=bool(attr & lib.LLAMA_TOKEN_ATTR_LSTRIP),
                        strips_right=bool(attr & lib.LLAMA_TOKEN_ATTR_RSTRIP),
                    )
                )
        return tuple(sorted(found, key=lambda special: -len(special.text.encode())))

    def tokenize(self, text: str) -> tuple[int, ...]:
        """Plain text only: control tokens spelt out in it stay text."""
        return self._tokenize(text)

    @cached_property
    def _tokenize(self) -> Callable[[str], tuple[int, ...]]:
        # History is tokenised again at every turn: the cache makes that free.
        return lru_cache(maxsize=4096)(self._tokenize_now)

    def _tokenize_now(self, text: str) -> tuple[int, ...]:
        raw = text.encode(errors="replace")
        room = len(raw) + 8
        while True:
            tokens = (lib.llama_token * room)()
            n = lib.llama_tokenize(self.vocab, raw, len(raw), tokens, room, False, False)
            if n >= 0:
                return tuple(tokens[:n])
            room = -n

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of one token; control tokens are empty unless ``special``."""
        if not 0 <= token < self.n_vocab:
            raise ValueError(f"token {token} is outside the vocabulary")
        # A buffer for each call: two threads ask, and the longest tokens are rare.
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            size = lib.llama_token_to_piece(self.vocab, token, buffer, room, 0, special)
            if size >= 0:
                return buffer.raw[:size]
            room = -size

    @cached_property
    def spell(self) -> Spell:
        """Writes bytes with the tokens of this vocabulary; looked up at the first use."""
        return speller(lambda: ((token, self.piece(token)) for token in range(self.n_vocab)))

    def end(self) -> int:
        """A token that ends an answer."""
        turn = lib.llama_vocab_eot(self.vocab)
        return int(turn if turn >= 0 else lib.llama_vocab_eos(self.vocab))

    @cached_property
    def ending_tokens(self) -> tuple[int, ...]:
        """The usual ones of those that end an answer."""
        usual = lib.llama_vocab_eot(self.vocab), lib.llama_vocab_eos(self.vocab)
        return tuple({int(token) for token in usual if token >= 0})

    def ends(self, token: int) -> bool:
        """Whether this token ends an answer."""
        return bool(lib.llama_vocab_is_eog(self.vocab, token))


# ── the context ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ContextShape:
    n_ctx: int
    """Cells per context, shared by all lanes."""
    n_ubatch: int = 512
    """Tokens per physical batch. Non-causal pictures must fit into one."""
    lanes: int = 1
    threads: int = 1
    on_gpu: bool = False
    flash: Flash = "auto"


def scores_fit(shape: ContextShape, heads: int) -> bool:
    """Whether attention should keep whole tables of scores instead of being "flash".

    On a CPU, doing without ggml's flash attention gives 0.91x the tokens a second behind 50 tokens,
    but 1.1x behind 500, 1.3x behind 1000 and 2x behind 3000 (135M model, one Zen 4 core), and a
    picture in the history makes a later answer wait 3 ms instead of 15. The tables are the price:
    float32, cells x batch x heads.
    """
    on_gpu = shape.on_gpu and lib.llama_supports_gpu_offload()
    return not on_gpu and 4 * shape.n_ctx * shape.n_ubatch * heads <= _SCORE_BYTES


EVALUATION_REMEDY = (
    "Ask again; if it fails again, try a smaller --context or --device cpu, or pull the model anew."
)


class Aborted(Exception):
    """The abort callback ended a decode: cells behind the last known position are undefined."""


class NoRoom(Exception):
    """No KV slot for the batch."""


class Context:
    """A KV cache and the compute graph over it."""

    def __init__(self, model: Model, shape: ContextShape, aborted: Callable[[], bool]) -> None:
        self.model = model
        self.shape = shape
        params = lib.llama_context_default_params()
        params.n_ctx = shape.n_ctx
        params.n_batch = params.n_ubatch = shape.n_ubatch
        params.n_seq_max = shape.lanes
        params.n_threads = params.n_threads_batch = shape.threads
        tables = shape.flash == "auto" and scores_fit(shape, lib.llama_model_n_head(model.pointer))
        params.flash_attn_type = FLASH_ATTENTION["off" if tables else shape.flash]
        params.no_perf = True
        params.offload_kqv = params.op_offload = shape.on_gpu
        pointer = lib.llama_init_from_model(model.pointer, params)
        if not pointer:
            raise EngineError(
                f"llama.cpp cannot set up a context of {shape.n_ctx} tokens: not enough memory.",
                remedy="Try a smaller --context.",
                code="no-memory",
            )
        self.pointer = pointer
        self.memory = lib.llama_get_memory(pointer)
        self.n_ctx = lib.llama_n_ctx(pointer)
        self._batch = _Batch(shape.n_ubatch)
        self._abort = lib.ggml_abort_callback(lambda _data: aborted())
        self._no_abort = lib.ggml_abort_callback()
        self._views: dict[int, NDArray[np.float32]] = {}

    def close(self) -> None:
        if self.pointer:
            self._batch.free()
            lib.llama_free(self.pointer)
            self.pointer = None

    # -- evaluating --

    def decode(self, tokens: Sequence[int], position: int, seq: int, *, logits: bool) -> None:
        """Evaluate tokens at consecutive positions; ``logits`` keeps those of the last one."""
        step = self.shape.n_ubatch
        for start in range(0, len(tokens), step):
            part = tokens[start : start + step]
            last = start + len(part) == len(tokens)
            self._batch.fill(part, position + start, seq, logits=logits and last)
            self._check(lib.llama_decode(self.pointer, self._batch.struct))

    def step(self, token: int, position: int, seq: int) -> None:
        """``decode`` of one token with its logits, without what only batches need."""
        self._batch.fill_one(token, position, seq)
        if code := lib.llama_decode(self.pointer, self._batch.struct):
            self._check(code)

    def abortable(self, on: bool) -> None:
        """Let a running decode be cancelled between graph nodes.

        Prefill only: the callback runs once per graph node, which is free against a batch of
        hundreds of tokens but not against one token.
        """
        callback = self._abort if on else self._no_abort
        lib.llama_set_abort_callback(self.pointer, callback, None)

    def _check(self, code: int) -> None:
        match code:
            case 0:
                return
            case 1:
                raise NoRoom
            case 2:
                raise Aborted
            case _:
                raise EngineError(
                    f"llama.cpp could not evaluate the prompt (code {code}).",
                    works="The conversation so far is kept.",
                    remedy=EVALUATION_REMEDY,
                    code="evaluation-failed",
                )

    def logits(self) -> NDArray[np.float32]:
        """Of the last evaluated token: shape (n_vocab,), a view that the next decode overwrites."""
        pointer = lib.llama_get_logits_ith(self.pointer, -1)
        address = ctypes.cast(pointer, ctypes.c_void_p).value
        if address is None:
            raise ValueError("no logits: the last evaluated item was not a text token")
        view = self._views.get(address)
        if view is None:  # llama.cpp reuses its output buffer: one view serves a whole answer
            array = (ctypes.c_float * self.model.n_vocab).from_address(address)
            view = np.ctypeslib.as_array(array)
            self._views = {address: view}
        return view

    def check_logits(self) -> None:
        """Raises EngineError when they are no numbers: the model would say one token for ever."""
        if np.isnan(self.logits()).any():
            raise EngineError(
                "The model computes no numbers for this prompt.",
                works="The conversation so far is kept.",
                remedy=EVALUATION_REMEDY,
                code="evaluation-failed",
            )

    # -- memory --

    def truncate(self, seq: int, position: int) -> bool:
        """Forget everything at or behind a position; False when the memory class cannot."""
        return bool(lib.llama_memory_seq_rm(self.memory, seq, position, -1))

    def first_position(self, seq: int) -> int:
        """The oldest position that every layer still remembers; -1 when empty."""
        return int(lib.llama_memory_seq_pos_min(self.memory, seq))

    def last_position(self, seq: int) -> int:
        return int(lib.llama_memory_seq_pos_max(self.memory, seq))

    # -- state --

    def state(self, seq: int, *, partial: bool) -> bytes:
        """A sequence's memory; ``partial`` takes only what truncation cannot bring back."""
        flags = _PARTIAL if partial else 0
        size = lib.llama_state_seq_get_size_ext(self.pointer, seq, flags)
        buffer = (ctypes.c_uint8 * size)()
        written = lib.llama_state_seq_get_data_ext(self.pointer, buffer, size, seq, flags)
        return bytes(memoryview(buffer)[:written])

    def set_state(self, seq: int, state: bytes | memoryview, *, partial: bool) -> bool:
        """Put back what ``state`` gave; a memoryview must be writable, and is only read."""
        flags = _PARTIAL if partial else 0
        buffer = (
            ctypes.cast(ctypes.c_char_p(state), ctypes.POINTER(ctypes.c_uint8))
            if isinstance(state, bytes)
            else (ctypes.c_uint8 * len(state)).from_buffer(state)
        )
        return bool(lib.llama_state_seq_set_data_ext(self.pointer, buffer, len(state), seq, flags))


class _Batch:
    """A llama_batch of tokens. Its arrays are looked up once: every token passes through here."""

    def __init__(self, size: int) -> None:
        self.struct = struct = lib.llama_batch_init(size, 0, 1)
        self._token, self._pos, self._logits = struct.token, struct.pos, struct.logits
        self._seq = [struct.seq_id[i] for i in range(size)]
        for i in range(size):
            struct.n_seq_id[i] = 1

    def fill(self, tokens: Sequence[int], position: int, seq: int, *, logits: bool) -> None:
        self.struct.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            self._token[i] = token
            self._pos[i] = position + i
            self._seq[i][0] = seq
            self._logits[i] = 0
        self._logits[len(tokens) - 1] = logits

    def fill_one(self, token: int, position: int, seq: int) -> None:
        self.struct.n_tokens = 1
        self._token[0] = token
        self._pos[0] = position
        self._seq[0][0] = seq
        self._logits[0] = 1

    def free(self) -> None:
        lib.llama_batch_free(self.struct)


def devices() -> list[dict[str, Any]]:
    """What the installed build can compute on: name, kind and free memory in bytes."""
    folder, suffix = Path(lib.__file__).parent / "lib", _library_suffix()
    prefix = "" if sys.platform == "win32" else "lib"
    base = ctypes.CDLL(str(folder / f"{prefix}ggml-base{suffix}"))
    registry = ctypes.CDLL(str(folder / f"{prefix}ggml{suffix}"))
    registry.ggml_backend_dev_count.restype = ctypes.c_size_t
    registry.ggml_backend_dev_get.restype = ctypes.c_void_p
    registry.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    for question in ("name", "description"):
        function = getattr(base, f"ggml_backend_dev_{question}")
        function.restype, function.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    base.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    base.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p] + [
        ctypes.POINTER(ctypes.c_size_t)
    ] * 2
    found = []
    for index in range(registry.ggml_backend_dev_count()):
        device, free, total = registry.ggml_backend_dev_get(index), *_two_sizes()
        base.ggml_backend_dev_memory(device, free, total)
        found.append(
            {
                "name": base.ggml_backend_dev_name(device).decode(errors="replace"),
                "description": base.ggml_backend_dev_description(device).decode(errors="replace"),
                "gpu": base.ggml_backend_dev_type(device) in (1, 2),  # GPU, integrated GPU
                "free": free.value,
                "total": total.value,
            }
        )
    return found


def _library_suffix() -> str:
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def _two_sizes() -> tuple[ctypes.c_size_t, ctypes.c_size_t]:
    return ctypes.c_size_t(), ctypes.c_size_t()
