"""Language models whose layers are not all alike: LFM2, Qwen3.5, Gemma 4, DeepSeek V2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.tiny.llms import FOCUS, Shape, attention, ends, feed_forward, query_key_norms
from tests.tiny.vocab import Vocabulary, bpe, spm
from tests.tiny.writer import GgufFile, Value


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
        ends(file, tokens, vocabulary, shape, norm="token_embd_norm")
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            if layer < shape.layers - 1:
                _short_convolution(file, block, shape, reach)
            else:
                attention(file, block, shape)
                query_key_norms(file, block, shape)
            feed_forward(file, block, shape)


def _short_convolution(file: GgufFile, block: str, shape: Shape, reach: int) -> None:
    file.constant(block + "attn_norm.weight", shape.width)
    file.matrix(block + "shortconv.in_proj.weight", 3 * shape.width, shape.width)
    file.matrix(block + "shortconv.conv.weight", shape.width, reach)
    file.matrix(block + "shortconv.out_proj.weight", shape.width, shape.width)


def qwen35(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """Three layers out of four are gated delta nets, whose state cannot be rolled back."""
    with GgufFile(path, "qwen35", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put(
            {
                **shape.keys(),
                **shape.sections(),
                "{arch}.rope.freq_base": 1e6,
                "{arch}.full_attention_interval": 4,
                "{arch}.ssm.conv_kernel": 4,
                "{arch}.ssm.inner_size": shape.width,
                "{arch}.ssm.state_size": shape.head,
                "{arch}.ssm.time_step_rank": shape.heads,
                "{arch}.ssm.group_count": shape.heads,
            }
        )
        ends(file, tokens, vocabulary, shape)
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            if (layer + 1) % 4:
                _delta_net(file, block, shape)
            else:
                _gated_attention(file, block, shape)
            feed_forward(file, block, shape, norm="post_attention_norm")


def _delta_net(file: GgufFile, block: str, shape: Shape) -> None:
    file.constant(block + "attn_norm.weight", shape.width)
    file.matrix(block + "attn_qkv.weight", 3 * shape.width, shape.width, gain=2.0)
    file.matrix(block + "attn_gate.weight", shape.width, shape.width)
    file.matrix(block + "ssm_conv1d.weight", 3 * shape.width, 4, gain=2.0)
    file.vector(block + "ssm_dt.bias", shape.heads, std=0.3)
    file.tensor(block + "ssm_a", -np.geomspace(0.05, 0.5, shape.heads, dtype=np.float32))
    file.matrix(block + "ssm_beta.weight", shape.heads, shape.width)
    file.matrix(block + "ssm_alpha.weight", shape.heads, shape.width)
    file.constant(block + "ssm_norm.weight", shape.head)
    file.matrix(block + "ssm_out.weight", shape.width, shape.width)


def _gated_attention(file: GgufFile, block: str, shape: Shape) -> None:
    """Attention whose queries bring a gate each."""
    attention(file, block, shape, queries=2)
    query_key_norms(file, block, shape)


def gemma4(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape, extra: int = 16) -> None:
    """Layers with a window and, last, one without; each layer has embeddings of its own."""
    last = shape.layers - 1
    with GgufFile(path, "gemma4", seed) as file:
        tokens = spm(file, vocabulary)
        file.put(
            {
                **shape.keys(),
                "{arch}.attention.sliding_window": 64,
                "{arch}.attention.sliding_window_pattern": [True] * last + [False],
                "{arch}.attention.shared_kv_layers": 0,
                "{arch}.embedding_length_per_layer_input": extra,
                "{arch}.rope.freq_base": 1e6,
                "{arch}.rope.freq_base_swa": 1e4,
                "{arch}.final_logit_softcapping": 30.0,
            }
        )
        for key in ("key_length", "value_length"):
            file.put({f"{{arch}}.attention.{key}{suffix}": shape.head for suffix in ("", "_swa")})
        ends(file, tokens, vocabulary, shape, embedding=shape.width**-0.5)
        _inputs_per_layer(file, len(tokens), shape, extra)
        for layer in range(shape.layers):
            _gemma4_layer(file, f"blk.{layer}.", shape, extra)
        half = shape.head // 2
        rotated = np.where(np.arange(half) < half // 2, 1.0, 1e30)
        file.tensor("rope_freqs.weight", rotated.astype(np.float32))


def _inputs_per_layer(file: GgufFile, tokens: int, shape: Shape, extra: int) -> None:
    width = extra * shape.layers
    file.vector("per_layer_token_embd.weight", tokens, width, std=extra**-0.5)
    file.matrix("per_layer_model_proj.weight", width, shape.width)
    file.constant("per_layer_proj_norm.weight", extra)


def _gemma4_layer(file: GgufFile, block: str, shape: Shape, extra: int) -> None:
    attention(file, block, shape)
    query_key_norms(file, block, shape)
    feed_forward(file, block, shape)
    file.matrix(block + "inp_gate.weight", extra, shape.width)
    file.matrix(block + "proj.weight", shape.width, extra)
    for name in ("post_attention_norm", "post_ffw_norm", "post_norm"):
        file.constant(f"{block}{name}.weight", shape.width)


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention: what is cached is one narrow vector for all heads."""

    queries: int = 32
    keys: int = 32
    """Width of what is cached, without positions."""
    plain: int = 16
    """Of a head's width, without positions."""
    turned: int = 16
    """Of a head's width, turned by position."""
    value: int = 32


def deepseek2(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """Latent attention in all layers; experts in all but the first."""
    latent, experts, narrow = Latent(), 4, 32
    with GgufFile(path, "deepseek2", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put(
            {
                **shape.keys(),
                "{arch}.attention.head_count_kv": 1,
                "{arch}.attention.q_lora_rank": latent.queries,
                "{arch}.attention.kv_lora_rank": latent.keys,
                "{arch}.attention.key_length": latent.keys + latent.turned,
                "{arch}.attention.value_length": latent.keys,
                "{arch}.attention.key_length_mla": latent.plain + latent.turned,
                "{arch}.attention.value_length_mla": latent.value,
                "{arch}.rope.dimension_count": latent.turned,
                **_expert_keys(experts, narrow),
            }
        )
        ends(file, tokens, vocabulary, shape)
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            _latent_attention(file, block, shape, latent)
            if layer == 0:
                feed_forward(file, block, shape)
            else:
                _experts(file, block, shape, experts, narrow)


def deepseek2_ocr(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """DeepSeek V2 with plain attention."""
    experts, narrow = 4, 32
    with GgufFile(path, "deepseek2-ocr", seed) as file:
        tokens = bpe(file, vocabulary)
        file.put({**shape.keys(), **_expert_keys(experts, narrow)})
        ends(file, tokens, vocabulary, shape)
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            attention(file, block, shape)
            if layer == 0:
                feed_forward(file, block, shape)
            else:
                _experts(file, block, shape, experts, narrow)


def _expert_keys(experts: int, narrow: int) -> dict[str, Value]:
    return {
        "{arch}.leading_dense_block_count": 1,
        "{arch}.expert_count": experts,
        "{arch}.expert_used_count": 2,
        "{arch}.expert_shared_count": 1,
        "{arch}.expert_feed_forward_length": narrow,
    }


def _latent_attention(file: GgufFile, block: str, shape: Shape, latent: Latent) -> None:
    width, heads, head = shape.width, shape.heads, latent.plain + latent.turned
    file.constant(block + "attn_norm.weight", width)
    file.matrix(block + "attn_q_a.weight", latent.queries, width)
    file.constant(block + "attn_q_a_norm.weight", latent.queries)
    file.matrix(block + "attn_q_b.weight", heads * head, latent.queries, gain=FOCUS)
    file.matrix(block + "attn_kv_a_mqa.weight", latent.keys + latent.turned, width, gain=FOCUS)
    file.constant(block + "attn_kv_a_norm.weight", latent.keys)
    file.vector(block + "attn_k_b.weight", heads, latent.keys, latent.plain, std=0.4)
    file.vector(block + "attn_v_b.weight", heads, latent.value, latent.keys, std=0.3)
    file.matrix(block + "attn_output.weight", width, heads * latent.value)


def _experts(file: GgufFile, block: str, shape: Shape, experts: int, narrow: int) -> None:
    width = shape.width
    file.constant(block + "ffn_norm.weight", width)
    file.matrix(block + "ffn_gate_inp.weight", experts, width)
    for name, out, into in (
        ("gate", narrow, width),
        ("up", narrow, width),
        ("down", width, narrow),
    ):
        file.vector(f"{block}ffn_{name}_exps.weight", experts, out, into, std=into**-0.5)
        file.matrix(f"{block}ffn_{name}_shexp.weight", out, into)
