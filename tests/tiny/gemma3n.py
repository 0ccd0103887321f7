"""Gemma 3n: a convolutional encoder, and a language model of four streams with side inputs."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import parts
from tests.tiny.llms import Shape, attention, ends, feed_forward, query_key_norms
from tests.tiny.parts import Encoder
from tests.tiny.vocab import Vocabulary, spm
from tests.tiny.writer import GgufFile

_STREAMS = 4
_SIDE = 256
"""Width of what each token gives each layer; llama.cpp knows no other."""
_RANK = 64
"""Of the learned residual; llama.cpp knows no other."""

_STEM, _EXPANDED, _STAGE = 8, 16, 16
"""Channels."""
_HEADS = 2


def language(path: Path, seed: str, vocabulary: Vocabulary, shape: Shape) -> None:
    """All layers but the last have a window."""
    with GgufFile(path, "gemma3n", seed) as file:
        tokens = spm(file, vocabulary)
        file.put(
            {
                **shape.keys(),
                "{arch}.attention.sliding_window": 64,
                "{arch}.attention.sliding_window_pattern": shape.layers,
                "{arch}.attention.key_length": shape.head,
                "{arch}.attention.value_length": shape.head,
                "{arch}.rope.freq_base": 1e6,
                "{arch}.rope.freq_base_swa": 1e4,
            }
        )
        ends(file, tokens, vocabulary, shape, embedding=shape.width**-0.5)
        _side_inputs(file, len(tokens), shape)
        for name in ("altup_proj", "altup_unembd_proj"):
            size = (_STREAMS - 1, shape.width, shape.width)
            file.vector(f"{name}.weight", *size, std=shape.width**-0.5)
        for layer in range(shape.layers):
            _layer(file, f"blk.{layer}.", shape)


def _side_inputs(file: GgufFile, tokens: int, shape: Shape) -> None:
    name, width = "per_layer_token_embd.weight", _SIDE * shape.layers
    file.quantised(name, file.noise(name, tokens, width, std=_SIDE**-0.5))
    file.matrix("per_layer_model_proj.weight", width, shape.width, half=True)
    file.constant("per_layer_proj_norm.weight", _SIDE)


def _layer(file: GgufFile, block: str, shape: Shape) -> None:
    width = shape.width
    attention(file, block, shape)
    query_key_norms(file, block, shape)
    feed_forward(file, block, shape)
    file.matrix(block + "inp_gate.weight", _SIDE, width, half=True)
    file.matrix(block + "proj.weight", width, _SIDE, half=True)
    file.matrix(block + "laurel_l.weight", _RANK, width, half=True)
    file.matrix(block + "laurel_r.weight", width, _RANK, half=True)
    file.vector(block + "altup_correct_coef.weight", _STREAMS, _STREAMS, std=0.3)
    file.vector(block + "altup_predict_coef.weight", _STREAMS**2, _STREAMS, std=0.3)
    file.matrix(block + "altup_router.weight", _STREAMS, width, gain=8.0)
    for name in (
        *("post_attention_norm", "post_ffw_norm", "post_norm", "laurel_post_norm"),
        *("altup_router_norm", "altup_correct_scale"),
    ):
        file.constant(f"{block}{name}.weight", width)


def vision(path: Path, seed: str, encoder: Encoder) -> None:
    """MobileNetV5: four stages, of which the last two are seen together, as 16 by 16 tokens."""
    with GgufFile(path, "clip", seed) as file:
        parts.vision(file, encoder, "gemma3nv")
        _convolution(file, "v.conv_stem.conv", _STEM, 3, side=3)
        file.vector("v.conv_stem.conv.bias", _STEM, 1, 1, std=0.1)
        file.constant("v.conv_stem.bn.weight", _STEM)
        _edge_residual(file, "v.blk.0.0.")
        for stage in (1, 2, 3):
            _inverted_residual(file, f"v.blk.{stage}.0.")
        for stage in (2, 3):
            _attention(file, f"v.blk.{stage}.1.")
        _convolution(file, "v.msfa.ffn.pw_exp.conv", 2 * _STAGE, 2 * _STAGE)
        file.constant("v.msfa.ffn.pw_exp.bn.weight", 2 * _STAGE)
        _convolution(file, "v.msfa.ffn.pw_proj.conv", encoder.width, 2 * _STAGE)
        file.constant("v.msfa.ffn.pw_proj.bn.weight", encoder.width)
        file.constant("v.msfa.norm.weight", encoder.width)
        file.constant("mm.soft_emb_norm.weight", encoder.width)
        parts.linear(file, "mm.input_projection", encoder.out, encoder.width, bias=False)


def _convolution(file: GgufFile, name: str, out: int, into: int, *, side: int = 1) -> None:
    file.matrix(name + ".weight", out, into, side, side, half=True)


def _edge_residual(file: GgufFile, block: str) -> None:
    _convolution(file, block + "conv_exp", _EXPANDED, _STEM, side=3)
    file.constant(block + "bn1.weight", _EXPANDED)
    _convolution(file, block + "conv_pwl", _STAGE, _EXPANDED)
    file.constant(block + "bn2.weight", _STAGE)


def _inverted_residual(file: GgufFile, block: str) -> None:
    for name, out, into, side in (
        ("dw_start", _STAGE, 1, 3),
        ("pw_exp", 2 * _EXPANDED, _STAGE, 1),
        ("dw_mid", 2 * _EXPANDED, 1, 5),
        ("pw_proj", _STAGE, 2 * _EXPANDED, 1),
    ):
        _convolution(file, f"{block}{name}.conv", out, into, side=side)
        file.constant(f"{block}{name}.bn.weight", out)
    file.vector(block + "layer_scale.gamma", _STAGE, 1, 1, std=1.0)


def _attention(file: GgufFile, block: str) -> None:
    """Many heads of queries over one of keys and values, which see half the rows and columns."""
    head = _STAGE // _HEADS
    file.constant(block + "norm.weight", _STAGE)
    _convolution(file, block + "attn.query.proj", _STAGE, _STAGE)
    for name in ("key", "value"):
        _convolution(file, f"{block}attn.{name}.down_conv", _STAGE, 1, side=3)
        file.constant(f"{block}attn.{name}.norm.weight", _STAGE)
        _convolution(file, f"{block}attn.{name}.proj", head, _STAGE)
    _convolution(file, block + "attn.output.proj", _STAGE, _STAGE)
    file.vector(block + "layer_scale.gamma", _STAGE, 1, 1, std=1.0)
