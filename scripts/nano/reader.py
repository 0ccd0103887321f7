"""SmolLM2 in PyTorch, frozen: what the codes are for, and through which they learn.

Read from the same GGUF that llama.cpp runs. llama.cpp stores the query and key rows permuted, so
the rotary embedding here is the interleaved one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from edgeomni.errors import ModelError

_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Keys and values of a prefix, by layer: (1, heads, tokens, head width)."""

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]

    @property
    def tokens(self) -> int:
        return int(self.keys[0].shape[2])


class Reader:
    def __init__(self, path: Path) -> None:
        """On PyTorch's default device."""
        file = gguf.GGUFReader(path)
        device = torch.get_default_device()

        def number(key: str, default: float | None = None) -> float:
            field = file.fields.get(f"llama.{key}")
            if field is None:
                if default is None:
                    raise ModelError(f"{path.name} is no llama model: it has no {key}.")
                return default
            return float(field.contents())

        self.layers = int(number("block_count"))
        self.heads = int(number("attention.head_count"))
        self.groups = self.heads // int(number("attention.head_count_kv"))
        self._epsilon = number("attention.layer_norm_rms_epsilon")
        tensors = {
            each.name: torch.from_numpy(
                np.array(gguf.dequantize(each.data, each.tensor_type), np.float32)
            ).to(device)
            for each in file.tensors
        }
        self.embeddings = tensors["token_embd.weight"]
        self._weights = {
            name: tensor.bfloat16() if tensor.ndim == 2 else tensor
            for name, tensor in tensors.items()
        }
        width = self.embeddings.shape[1] // self.heads
        base = number("rope.freq_base", 10_000.0)
        steps = base ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
        angles = torch.arange(_LONGEST)[:, None] * steps
        self._cos, self._sin = angles.cos(), angles.sin()

    def remember(self, tokens: Sequence[int]) -> Memory:
        """Read a prefix once, for many pictures."""
        with torch.no_grad():
            x = self.embeddings[torch.tensor([list(tokens)])]
            positions = torch.arange(len(tokens))[None]
            allowed = torch.ones(1, 1, len(tokens), len(tokens), dtype=torch.bool).tril()
            kept: list[tuple[Tensor, Tensor]] = []
            self._run(x, positions, allowed, None, kept)
        keys, values = zip(*kept, strict=True)
        return Memory(keys, values)

    def read(self, x: Tensor, positions: Tensor, allowed: Tensor, memory: Memory) -> Tensor:
        """Hidden states behind the last norm.

        ``x`` (batch, tokens, width); ``positions`` (batch, tokens); ``allowed`` bool
        (batch, 1, tokens, memory and tokens): which may attend to which.
        """
        return self._run(x, positions, allowed, memory, None)

    def logits(self, hidden: Tensor) -> Tensor:
        output = self._weights.get("output.weight", self._weights["token_embd.weight"])
        return F.linear(hidden.bfloat16(), output).float()

    def _run(
        self,
        x: Tensor,
        positions: Tensor,
        allowed: Tensor,
        memory: Memory | None,
        kept: list[tuple[Tensor, Tensor]] | None,
    ) -> Tensor:
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        bias = torch.zeros(allowed.shape, dtype=torch.bfloat16).masked_fill(~allowed, -torch.inf)
        for index in range(self.layers):
            seen = self._norm(x, f"blk.{index}.attn_norm").bfloat16()
            query, key, value = (self._part(seen, index, name) for name in ("q", "k", "v"))
            query, key = _turn(query, cos, sin), _turn(key, cos, sin)
            if kept is not None:
                kept.append((key, value))
            if memory is not None:
                key = _behind(memory.keys[index], key)
                value = _behind(memory.values[index], value)
            mixed = _attention(query, key, value, bias)
            x = x + self._linear(mixed.transpose(1, 2).flatten(2), index, "attn_output").float()
            seen = self._norm(x, f"blk.{index}.ffn_norm").bfloat16()
            gated = F.silu(self._linear(seen, index, "ffn_gate"))
            x = (
                x
                + self._linear(
                    gated * self._linear(seen, index, "ffn_up"), index, "ffn_down"
                ).float()
            )
        return self._norm(x, "output_norm")

    def _part(self, x: Tensor, index: int, name: str) -> Tensor:
        heads = self.heads if name == "q" else self.heads // self.groups
        return self._linear(x, index, f"attn_{name}").unflatten(-1, (heads, -1)).transpose(1, 2)

    def _linear(self, x: Tensor, index: int, name: str) -> Tensor:
        return F.linear(x, self._weights[f"blk.{index}.{name}.weight"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self._epsilon)
        return x * scale * self._weights[f"{name}.weight"]


def _attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Plain products: on a CPU, PyTorch's fused attention takes three times as long backwards.

    ``query`` (batch, heads, tokens, width); ``key`` and ``value`` have fewer heads, each for a
    group; ``bias`` (batch, 1, tokens, all tokens).
    """
    group = query.shape[1] // key.shape[1]
    grouped = query.unflatten(1, (-1, group)).flatten(2, 3) / math.sqrt(query.shape[-1])
    scores = (grouped @ key.transpose(-1, -2)).unflatten(2, (group, -1)) + bias[:, :, None]
    mixed = scores.softmax(-1).flatten(2, 3) @ value
    return mixed.unflatten(2, (group, -1)).flatten(1, 2)


def _turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    even, odd = x[..., 0::2].float(), x[..., 1::2].float()
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2).bfloat16()


def _behind(remembered: Tensor, new: Tensor) -> Tensor:
    return torch.cat([remembered.expand(new.shape[0], -1, -1, -1), new], 2)


class Tokenizer:
    """llama.cpp's own, with the vocabulary alone."""

    def __init__(self, path: Path) -> None:
        import llama_cpp

        self._model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
        self.tokens = lru_cache(200_000)(self._tokens)

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(self._model.tokenize(text.encode(), add_bos=False, special=True))
