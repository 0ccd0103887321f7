"""Language models of five architectures, wide enough to be chaotic and small enough to be quick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.tiny.vocab import Vocabulary, bpe, silent, spm
from tests.tiny.writer import GgufFile

SPREAD = 3.0
"""Standard deviation of the logits: wide, so that rounding seldom changes the likeliest token."""

FOCUS = 2.0
"""Gain of queries and keys: attention picks a few tokens instead of averaging all of them."""

LOUD = 1.6
"""How much further than others the logits of loud tokens spread."""


@dataclass(frozen=True)
class Shape:
    layers: int = 2
    width: int = 64
    heads: int = 2
    kv_heads: int = 1
    hidden: int = 128
    context: int = 4096

    @property
    def head(self) -> int:
        return self.width // self.heads

    def keys(self, *, epsilon: float = 1e-6) -> dict[str, int | float]:
        return {
            "{arch}.context_length": self.context,
            "{arch}.embedding_length": self.width,
            "{arch}.block_count": self.layers,
            "{arch}.feed_forward_length": self.hidden,
            "{arch}.attention.head_count": self.heads,
            "{arch}.attention.head_count_kv": self.kv_heads,
            "{arch}.attention.layer_norm_rms_epsilon": epsilon,
        }


def llama(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    with GgufFile(path, "llama", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put({**shape.keys(), "{arch}.rope.dimension_count": shape.head})
        _ends(file, tokens, vocabulary, shape)
        for layer in range(shape.layers):
            _attention(file, f"blk.{layer}.", shape)
            _feed_forward(file, f"blk.{layer}.", shape)


def qwen2(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    with GgufFile(path, "qwen2", seed) as file:
        _qwen2(file, vocabulary, shape)


def qwen2vl(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """Like qwen2, with rotary positions in time, height and width."""
    with GgufFile(path, "qwen2vl", seed) as file:
        eighth, half = shape.head // 8, shape.head // 2
        across = (half - eighth) // 2
        sections = [eighth, across, half - eighth - across, 0]
        file.put({"{arch}.rope.dimension_sections": sections})
        _qwen2(file, vocabulary, shape)


def gemma3(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape, window: int = 64) -> None:
    """Five layers out of six see no further back than ``window`` tokens."""
    with GgufFile(path, "gemma3", seed) as file:
        tokens = spm(file, vocabulary)
        file.put(
            {
                **shape.keys(),
                "{arch}.attention.sliding_window": window,
                "{arch}.attention.key_length": shape.head,
                "{arch}.attention.value_length": shape.head,
                "{arch}.rope.freq_base": 1e6,
            }
        )
        _ends(file, tokens, vocabulary, shape, embedding=shape.width**-0.5)
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            _attention(file, block, shape)
            _query_key_norms(file, block, shape)
            _feed_forward(file, block, shape)
            file.constant(block + "post_attention_norm.weight", shape.width)
            file.constant(block + "post_ffw_norm.weight", shape.width)


def lfm2(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape, reach: int = 3) -> None:
    """All layers but the last are short convolutions with a state that cannot be rolled back."""
    with GgufFile(path, "lfm2", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put(
            {
                **shape.keys(epsilon=1e-5),
                "{arch}.attention.head_count_kv": [0] * (shape.layers - 1) + [shape.kv_heads],
                "{arch}.shortconv.l_cache": reach,
                "{arch}.rope.freq_base": 1e6,
            }
        )
        _ends(file, tokens, vocabulary, shape, norm="token_embd_norm")
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            if layer < shape.layers - 1:
                _short_convolution(file, block, shape, reach)
            else:
                _attention(file, block, shape)
                _query_key_norms(file, block, shape)
            _feed_forward(file, block, shape)


def _qwen2(file: GgufFile, vocabulary: Vocabulary, shape: Shape) -> None:
    tokens = bpe(file, vocabulary)
    file.put({**shape.keys(), "{arch}.rope.freq_base": 1e6})
    _ends(file, tokens, vocabulary, shape)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        _attention(file, block, shape)
        file.vector(block + "attn_q.bias", shape.width, std=0.3)
        file.vector(block + "attn_k.bias", shape.head * shape.kv_heads, std=0.3)
        file.vector(block + "attn_v.bias", shape.head * shape.kv_heads, std=0.3)
        _feed_forward(file, block, shape)


def _ends(
    file: GgufFile,
    tokens: list[str],
    vocabulary: Vocabulary,
    shape: Shape,
    *,
    embedding: float = 1.0,
    norm: str = "output_norm",
) -> None:
    """The first and the last tensors; tokens that trained models do not say are made silent."""
    file.vector("token_embd.weight", len(tokens), shape.width, std=embedding)
    file.constant(norm + ".weight", shape.width)
    said = file.noise("output.weight", len(tokens), shape.width, std=SPREAD * shape.width**-0.5)
    said[silent(tokens, vocabulary)] = 0
    said[[tokens.index(token) for token in vocabulary.loud]] *= LOUD
    file.tensor("output.weight", np.ascontiguousarray(said))


def _attention(file: GgufFile, block: str, shape: Shape) -> None:
    narrow = shape.head * shape.kv_heads
    file.constant(block + "attn_norm.weight", shape.width)
    file.matrix(block + "attn_q.weight", shape.head * shape.heads, shape.width, gain=FOCUS)
    file.matrix(block + "attn_k.weight", narrow, shape.width, gain=FOCUS)
    file.matrix(block + "attn_v.weight", narrow, shape.width, gain=2.0)
    file.matrix(block + "attn_output.weight", shape.width, shape.head * shape.heads)


def _query_key_norms(file: GgufFile, block: str, shape: Shape) -> None:
    file.constant(block + "attn_q_norm.weight", shape.head, FOCUS)
    file.constant(block + "attn_k_norm.weight", shape.head, FOCUS)


def _feed_forward(file: GgufFile, block: str, shape: Shape) -> None:
    file.constant(block + "ffn_norm.weight", shape.width)
    file.matrix(block + "ffn_gate.weight", shape.hidden, shape.width, gain=2.0)
    file.matrix(block + "ffn_up.weight", shape.hidden, shape.width)
    file.matrix(block + "ffn_down.weight", shape.width, shape.hidden)


def _short_convolution(file: GgufFile, block: str, shape: Shape, reach: int) -> None:
    file.constant(block + "attn_norm.weight", shape.width)
    file.matrix(block + "shortconv.in_proj.weight", 3 * shape.width, shape.width)
    file.matrix(block + "shortconv.conv.weight", shape.width, reach)
    file.matrix(block + "shortconv.out_proj.weight", shape.width, shape.width)
