"""Tiny random checkpoints of the reference implementation."""

from __future__ import annotations

import math

import torch
from transformers import (
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
)

SIDE = 112
"""Of Gemma's pictures in pixels: 8 x 8 patches, pooled to 4 x 4 tokens."""
GEMMA_TOKENS = 16


def gemma3(tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Six layers, because every sixth is a global one; a window shorter than the prompts."""
    ids = tokenizer.convert_tokens_to_ids
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 6,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "query_pre_attn_scalar": 32,
        "sliding_window": 32,
        "max_position_embeddings": 4096,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 14,
        "vision_use_head": False,
    }
    config = Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=GEMMA_TOKENS,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    config._attn_implementation = "eager"
    model = _lively(Gemma3ForConditionalGeneration(config), norm=0.0)
    # The converter stores this one in half precision.
    weight = model.model.multi_modal_projector.mm_input_projection_weight
    weight.data = weight.data.half().float()
    return model


def qwen25vl(tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Every second layer of the encoder sees windows of 112 pixels, the others everything."""
    ids = tokenizer.convert_tokens_to_ids
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1_000_000.0,
            "mrope_section": [4, 6, 6],
        },
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
    }
    vision = {
        "depth": 4,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": 64,
        "fullatt_block_indexes": [1, 3],
    }
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        tie_word_embeddings=False,
    )
    config._attn_implementation = "eager"
    return _lively(Qwen2_5_VLForConditionalGeneration(config), norm=1.0)


def _lively(model: PreTrainedModel, norm: float) -> PreTrainedModel:
    """Weights that keep the scale of what goes through them, so that logits differ widely.

    ``norm`` is the neutral weight of the language model's RMS norm: Gemma adds 1 to what it stores.
    """
    dice = torch.Generator().manual_seed(3)
    for name, weight in model.named_parameters():
        drawn = torch.randn(weight.shape, generator=dice) * _spread(name, weight)
        if weight.dim() == 1 and name.endswith("weight"):
            drawn += 1.0 if "vision_tower" in name else norm
        weight.data.copy_(drawn)
    return model.eval()


def _spread(name: str, weight: torch.Tensor) -> float:
    if weight.dim() == 1:
        return 0.1
    if "embed" in name and weight.dim() == 2:
        return 0.5
    if name.endswith("mm_input_projection_weight"):  # (in, out)
        return 1.0 / math.sqrt(weight.shape[0])
    return 1.2 / math.sqrt(weight[0].numel())
