"""Language models of many architectures, wide enough to be chaotic and small enough to be quick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.tiny.vocab import Vocabulary, bpe, silent, spm
from tests.tiny.writer import GgufFile, Value

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

    def keys(self, *, epsilon: float = 1e-6) -> dict[str, Value]:
        return {
            "{arch}.context_length": self.context,
            "{arch}.embedding_length": self.width,
            "{arch}.block_count": self.layers,
            "{arch}.feed_forward_length": self.hidden,
            "{arch}.attention.head_count": self.heads,
            "{arch}.attention.head_count_kv": self.kv_heads,
            "{arch}.attention.layer_norm_rms_epsilon": epsilon,
        }

    def sections(self) -> dict[str, Value]:
        """How many pairs of a head turn with time, height and width (M-RoPE)."""
        eighth, half = self.head // 8, self.head // 2
        across = (half - eighth) // 2
        return {"{arch}.rope.dimension_sections": [eighth, across, half - eighth - across, 0]}


LanguageModel = Callable[[Path, str, Vocabulary, Shape], None]
Keys = Callable[[Shape], dict[str, Value]]


@dataclass(frozen=True)
class Block:
    """How the layers of a transformer differ between architectures."""

    bias: bool = False
    """Of queries, keys and values."""
    head_norms: bool = False
    """Of queries and keys."""
    fused: bool = False
    """Gate and up of the feed-forward network in one matrix."""
    norms: tuple[str, ...] = ()
    """Norms behind attention and feed-forward."""


def transformer(
    arch: str,
    block: Block,
    keys: Keys,
    *,
    words: Callable[[GgufFile, Vocabulary], list[str]] = bpe,
    embedding: Callable[[Shape], float] = lambda shape: 1.0,
) -> LanguageModel:
    """A writer of models: equal layers of attention and a gated feed-forward network."""

    def write(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
        with GgufFile(path, arch, seed) as file:
            tokens = words(file, vocabulary)
            file.put({**shape.keys(), **keys(shape)})
            ends(file, tokens, vocabulary, shape, embedding=embedding(shape))
            for layer in range(shape.layers):
                _layer(file, f"blk.{layer}.", shape, block)

    return write


def _rotary(shape: Shape) -> dict[str, Value]:
    return {"{arch}.rope.dimension_count": shape.head}


def _far(shape: Shape) -> dict[str, Value]:
    return {"{arch}.rope.freq_base": 1e6}


def _granite(shape: Shape) -> dict[str, Value]:
    return {
        **_rotary(shape),
        "{arch}.logit_scale": 1.0,
        "{arch}.embedding_scale": 3.0,
        "{arch}.residual_scale": 0.5,
        "{arch}.attention.scale": 0.25,
    }


def _gemma3(shape: Shape) -> dict[str, Value]:
    return {
        **_far(shape),
        "{arch}.attention.sliding_window": 64,
        "{arch}.attention.key_length": shape.head,
        "{arch}.attention.value_length": shape.head,
    }


_POST_NORMS = ("post_attention_norm", "post_ffw_norm")

llama = transformer("llama", Block(), _rotary)
llama_spm = transformer("llama", Block(), _rotary, words=spm)
"""Of Llama 2's time, with a SentencePiece vocabulary."""
mistral3 = transformer("mistral3", Block(), _rotary)
granite = transformer("granite", Block(), _granite)
qwen2 = transformer("qwen2", Block(bias=True), _far)
qwen2vl = transformer("qwen2vl", Block(bias=True), lambda s: {**s.sections(), **_far(s)})
qwen3 = transformer("qwen3", Block(head_norms=True), _far)
qwen3vl = transformer(
    "qwen3vl",
    Block(head_norms=True),
    lambda shape: {**shape.sections(), **_far(shape), "{arch}.n_deepstack_layers": 1},
)
paddleocr = transformer("paddleocr", Block(), lambda shape: {**shape.sections(), **_rotary(shape)})
phi3 = transformer("phi3", Block(fused=True), _rotary)
chatglm = transformer("chatglm", Block(bias=True, fused=True), _rotary)
glm4 = transformer(
    "glm4",
    Block(fused=True, norms=_POST_NORMS),
    lambda shape: {**shape.sections(), **_rotary(shape)},
)
gemma3 = transformer(
    "gemma3",
    Block(head_norms=True, norms=_POST_NORMS),
    _gemma3,
    words=spm,
    embedding=lambda shape: shape.width**-0.5,
)
"""Five layers out of six see no further back than 64 tokens."""


def _layer(file: GgufFile, block: str, shape: Shape, kind: Block) -> None:
    attention(file, block, shape)
    if kind.bias:
        _biases(file, block, shape)
    if kind.head_norms:
        query_key_norms(file, block, shape)
    feed_forward(file, block, shape, fused=kind.fused)
    for name in kind.norms:
        file.constant(f"{block}{name}.weight", shape.width)


def ends(
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


def _narrow(shape: Shape) -> int:
    return shape.head * shape.kv_heads


def attention(file: GgufFile, block: str, shape: Shape, *, queries: int = 1) -> None:
    """``queries`` is 2 where each query brings a gate."""
    file.constant(block + "attn_norm.weight", shape.width)
    asked = queries * shape.head * shape.heads
    file.matrix(block + "attn_q.weight", asked, shape.width, gain=FOCUS)
    file.matrix(block + "attn_k.weight", _narrow(shape), shape.width, gain=FOCUS)
    file.matrix(block + "attn_v.weight", _narrow(shape), shape.width, gain=2.0)
    file.matrix(block + "attn_output.weight", shape.width, shape.head * shape.heads)


def query_key_norms(file: GgufFile, block: str, shape: Shape) -> None:
    file.constant(block + "attn_q_norm.weight", shape.head, FOCUS)
    file.constant(block + "attn_k_norm.weight", shape.head, FOCUS)


def feed_forward(
    file: GgufFile, block: str, shape: Shape, *, fused: bool = False, norm: str = "ffn_norm"
) -> None:
    file.constant(f"{block}{norm}.weight", shape.width)
    if fused:
        file.matrix(block + "ffn_up.weight", 2 * shape.hidden, shape.width, gain=1.5)
    else:
        file.matrix(block + "ffn_gate.weight", shape.hidden, shape.width, gain=2.0)
        file.matrix(block + "ffn_up.weight", shape.hidden, shape.width)
    file.matrix(block + "ffn_down.weight", shape.width, shape.hidden)


def phi2(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """Attention and a feed-forward network without gate side by side; biases everywhere."""
    with GgufFile(path, "phi2", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put({**shape.keys(), **_rotary(shape), "{arch}.attention.layer_norm_epsilon": 1e-5})
        ends(file, tokens, vocabulary, shape)
        file.constant("output_norm.bias", shape.width, 0.0)
        file.constant("output.bias", len(tokens), 0.0)
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            attention(file, block, shape)
            _biases(file, block, shape)
            file.matrix(block + "ffn_up.weight", shape.hidden, shape.width, gain=2.0)
            file.matrix(block + "ffn_down.weight", shape.width, shape.hidden)
            for name, width in (("ffn_up", shape.hidden), ("ffn_down", shape.width)):
                file.vector(f"{block}{name}.bias", width, std=0.1)
            file.constant(block + "attn_norm.bias", shape.width, 0.0)
            file.vector(block + "attn_output.bias", shape.width, std=0.1)


def _biases(file: GgufFile, block: str, shape: Shape) -> None:
    for name, width in (("q", shape.width), ("k", _narrow(shape)), ("v", _narrow(shape))):
        file.vector(f"{block}attn_{name}.bias", width, std=0.3)
