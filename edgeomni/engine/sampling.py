"""Choosing the next token: llama.cpp's samplers, and a short cut for the greedy case."""

from __future__ import annotations

import codecs
import ctypes
import secrets
import sys
from collections import deque

import numpy as np
from llama_cpp import llama_cpp as lib
from numpy.typing import NDArray

from edgeomni.engine.grammar.landing import landing
from edgeomni.engine.llama import Context, Model
from edgeomni.errors import EngineError, IncompleteAnswer, SchemaError
from edgeomni.values import Options

_PENALTY_WINDOW = 64
"""Tokens that the repeat penalty looks back; llama.cpp's default."""
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """One answer's sampler; ``close`` frees it."""

    def __init__(
        self, model: Model, options: Options, grammar: str = "", room: int = sys.maxsize
    ) -> None:
        """``room`` is how many tokens the answer may have. Raises SchemaError, IncompleteAnswer."""
        self._model = model
        self._landing = landing(grammar, model.spell) if grammar else None
        self._hurry: deque[int] = deque()
        self._hurried = False
        self._ending: deque[int] | None = None
        self._greedy = options.temperature <= 0 and options.repeat_penalty == 1.0 and not grammar
        self._grammar = _grammar(model, grammar) if grammar else None
        self._chain = None if self._greedy else _chain(model, options)
        self._half_character = b""
        if self._grammar is not None:
            self._go_on_behind(options.continuation)
            self._check_room(room)

    @property
    def landed(self) -> bool:
        """Something was closed for the model, because the tokens ran out."""
        return self._hurried or self._ending is not None

    def close(self) -> None:
        for sampler in (self._grammar, self._chain):
            if sampler:
                lib.llama_sampler_free(sampler)
        self._grammar = self._chain = None

    def pick(self, context: Context, left: int = sys.maxsize) -> int:
        """The next token after the last evaluated one; ``left`` more may come behind it."""
        if self._greedy:
            return int(context.logits().argmax())
        if self._grammar is None:
            return int(lib.llama_sampler_sample(self._chain, context.pointer, -1))
        if self._ending is None:
            if self._landing and not self._hurry:
                self._hurry.extend(self._landing.hurry(left + 1))
                self._hurried |= bool(self._hurry)
            token = self._pick_by_grammar(context)
            if self._leaves_room(token, left):
                return token
        return self._ending.popleft() if self._ending else self._model.end()

    def _go_on_behind(self, said: str) -> None:
        """Raises SchemaError when the grammar does not allow what was said already."""
        for token in self._model.tokenize(said):
            if not self._allowed(token):
                self.close()
                raise SchemaError(
                    "The grammar does not allow the given beginning of the answer.",
                    remedy="Leave out one of the two.",
                )
            self._accept(token)
            if self._landing:
                self._landing.follow(self._model.piece(token), sys.maxsize)

    def _check_room(self, room: int) -> None:
        if self._landing is None or self._landing.begin(room):
            return
        needed = len(self._landing.ending())
        self.close()
        raise IncompleteAnswer(
            f"The shortest answer in this shape takes {needed} tokens, and there is room for "
            f"{room}.",
            works="Nothing was generated.",
            remedy="Raise --max-tokens, or --context when that is full, or ask for less.",
        )

    def _leaves_room(self, token: int, left: int) -> bool:
        """Whether the answer can still be ended behind this token; if not, it is from now on."""
        if self._landing is None or self._model.ends(token):
            return True
        if self._landing.follow(self._model.piece(token), left):
            return True
        self._ending = deque(self._landing.ending())
        return False

    def _pick_by_grammar(self, context: Context) -> int:
        """Choose first and ask the grammar second: it is slow over a whole vocabulary."""
        token = self._hurry.popleft() if self._hurry else self._choose_by_grammar(context)
        self._accept(token)
        lib.llama_sampler_accept(self._chain, token)
        return token

    def _choose_by_grammar(self, context: Context) -> int:
        logits = context.logits()
        token = self._choose(_candidates(logits))
        return token if self._allowed(token) else self._choose_allowed(logits.copy())

    def _choose_allowed(self, logits: NDArray[np.float32]) -> int:
        while True:
            candidates = _candidates(logits)
            self._apply(self._grammar, candidates)
            if not np.isfinite(candidates["logit"]).any():
                # Accepting a token now would throw through C and end the process.
                raise EngineError("The grammar leaves the model nothing to say.")
            token = self._choose(candidates)
            if self._completes(token) is not None:
                return token
            logits[token] = -np.inf

    def _allowed(self, token: int) -> bool:
        single = np.zeros(1, _CANDIDATE)
        single["id"] = token
        self._apply(self._grammar, single)
        return bool(np.isfinite(single["logit"][0])) and self._completes(token) is not None

    def _completes(self, token: int) -> bytes | None:
        """The half character behind this token; None when its bytes are not UTF-8.

        llama.cpp's grammars take any byte for the rest of a character, even a closing quote.
        """
        data = self._half_character + self._model.piece(token)
        try:
            _, whole = codecs.utf_8_decode(data, "strict", False)
        except UnicodeDecodeError:
            return None
        return data[whole:]

    def _accept(self, token: int) -> None:
        self._half_character = self._completes(token) or b""
        lib.llama_sampler_accept(self._grammar, token)

    def _choose(self, candidates: np.ndarray) -> int:
        view = self._apply(self._chain, candidates)
        if not 0 <= view.selected < view.size:
            raise EngineError("llama.cpp's samplers chose nothing.")
        return int(view.data[view.selected].id)

    def _apply(self, sampler: object, candidates: np.ndarray) -> lib.llama_token_data_array:
        pointer = candidates.ctypes.data_as(ctypes.POINTER(lib.llama_token_data))
        view = lib.llama_token_data_array(
            data=pointer, size=len(candidates), selected=-1, sorted=False
        )
        lib.llama_sampler_apply(sampler, ctypes.byref(view))
        return view


def _candidates(logits: np.ndarray) -> np.ndarray:
    candidates = np.empty(len(logits), _CANDIDATE)
    candidates["id"] = np.arange(len(logits), dtype=np.int32)
    candidates["logit"] = logits
    candidates["p"] = 0.0
    return candidates


def _grammar(model: Model, grammar: str) -> object:
    sampler = lib.llama_sampler_init_grammar(model.vocab, grammar.encode(), b"root")
    if not sampler:  # a NULL in a chain is a segmentation fault at the first token
        raise SchemaError(
            "llama.cpp refuses the grammar.", remedy="Check its GBNF syntax and its root rule."
        )
    return sampler


def _chain(model: Model, options: Options) -> object:
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    for sampler in _stages(model, options):
        lib.llama_sampler_chain_add(chain, sampler)
    return chain


def _stages(model: Model, options: Options) -> list[object]:
    """In llama.cpp's own order: penalties first, the draw last."""
    stages: list[object] = []
    if options.repeat_penalty != 1.0:
        penalty = lib.llama_sampler_init_penalties(
            model.n_vocab, _PENALTY_WINDOW, options.repeat_penalty, 0.0, 0.0
        )
        stages.append(penalty)
    if options.temperature <= 0:
        return [*stages, lib.llama_sampler_init_greedy()]
    if options.top_k > 0:
        stages.append(lib.llama_sampler_init_top_k(options.top_k))
    if options.top_p < 1.0:
        stages.append(lib.llama_sampler_init_top_p(options.top_p, 1))
    if options.min_p > 0.0:
        stages.append(lib.llama_sampler_init_min_p(options.min_p, 1))
    seed = secrets.randbits(31) if options.seed is None else options.seed & 0x7FFFFFFF
    return [
        *stages,
        lib.llama_sampler_init_temp(options.temperature),
        lib.llama_sampler_init_dist(seed),
    ]
