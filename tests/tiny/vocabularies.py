"""The control tokens and chat templates of the families."""

from __future__ import annotations

from dataclasses import replace

from tests.tiny import templates
from tests.tiny.vocab import Vocabulary

_GRID = range(1, 11)
"""Rows and columns of tiles that LFM2 has tokens for."""

CHATML = Vocabulary(
    ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), eos="<|im_end|>", template=templates.CHATML
)


def chatml(*specials: str, template: str = templates.CHATML_TYPED) -> Vocabulary:
    return replace(CHATML, specials=(*CHATML.specials, *specials), template=template)


SMOL = replace(CHATML, pre="smollm", bos="<|im_start|>")
BARE = replace(SMOL, template="")
_VISION = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>")
QWEN_VL = chatml(*_VISION)
QWEN_OMNI = chatml(*_VISION, "<|audio_bos|>", "<|audio_eos|>", "<|AUDIO|>")
INTERNVL = chatml("<img>", "</img>", template=templates.CHATML)
MINICPM = chatml("<image>", "</image>", "<slice>", "</slice>", template=templates.CHATML)
DOTS_OCR = chatml("<|img|>", "<|endofimg|>", template=templates.CHATML)
LIGHTON_OCR = replace(CHATML, template=templates.CHATML_TYPED)
THINKER = replace(
    CHATML,
    plain=("<think>", "</think>", "<tool_call>", "</tool_call>"),
    loud=("</think>", "<|im_end|>"),
    template=templates.THINKER,
)
GEMMA3 = Vocabulary(
    ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>"),
    eos="<eos>",
    bos="<bos>",
    add_bos=True,
    template=templates.GEMMA,
)
GEMMA4 = replace(
    GEMMA3,
    specials=("<|turn>", "<turn|>", "<|image>", "<image|>"),
    template=templates.GEMMA.replace("<start_of_turn>", "<|turn>")
    .replace("<end_of_turn>", "<turn|>")
    .replace("<start_of_image>", "<|image|>"),
)
SMOLVLM = Vocabulary(
    (
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<end_of_utterance>",
        "<image>",
        "<fake_token_around_image>",
        "<global-img>",
        *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)),
    ),
    eos="<end_of_utterance>",
    bos="<|im_start|>",
    pre="smollm",
    template=templates.IDEFICS,
)
LLAMA3 = Vocabulary(
    (
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
    ),
    eos="<|eot_id|>",
    bos="<|begin_of_text|>",
    add_bos=True,
    pre="llama-bpe",
    template=templates.LLAMA3,
)
LFM2 = Vocabulary(
    (
        "<|startoftext|>",
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<image>",
        "<|image_start|>",
        "<|image_end|>",
        "<|img_thumbnail|>",
        *(f"<|img_row_{row}_col_{column}|>" for row in _GRID for column in _GRID),
    ),
    eos="<|im_end|>",
    bos="<|startoftext|>",
    add_bos=True,
    pre="lfm2",
    template=templates.CHATML_BOS,
)
VICUNA = Vocabulary((), eos="</s>", bos="<s>", add_bos=True, template=templates.VICUNA)
JANUS = Vocabulary(
    ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    eos="<｜end▁of▁sentence｜>",
    bos="<｜begin▁of▁sentence｜>",
    add_bos=True,
    pre="deepseek-llm",
    template=templates.JANUS,
)
MISTRAL = Vocabulary(
    ("<s>", "</s>", "[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]"),
    eos="</s>",
    bos="<s>",
    add_bos=True,
    pre="tekken",
    template=templates.MISTRAL,
)
GLM4 = Vocabulary(
    (
        *("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>"),
        *("<|begin_of_image|>", "<|end_of_image|>", "<|image|>"),
    ),
    eos="<|user|>",
    pre="glm4",
    template=templates.GLM4,
)
GLM_EDGE = replace(GLM4, specials=GLM4.specials[:6], pre="chatglm-bpe", template=templates.GLM_EDGE)
PADDLE_OCR = Vocabulary(
    ("<|begin_of_sentence|>", "<|end_of_sentence|>", "<|IMAGE_START|>", "<|IMAGE_END|>"),
    eos="<|end_of_sentence|>",
    bos="<|begin_of_sentence|>",
    add_bos=True,
    template=templates.ERNIE,
)
KIMI = replace(
    CHATML,
    specials=(
        *("[EOS]", "<|im_end|>", "<|im_user|>", "<|im_assistant|>", "<|im_system|>"),
        *("<|im_middle|>", "<|media_start|>", "<|media_end|>", "<|media_pad|>"),
    ),
    pre="kimi-k2",
    template=templates.KIMI,
)
PHI4 = Vocabulary(
    ("<|endoftext|>", "<|im_start|>", "<|im_sep|>", "<|im_end|>"),
    eos="<|im_end|>",
    bos="<|endoftext|>",
    pre="gpt-4o",
    template=templates.PHI4,
)
GRANITE = Vocabulary(
    ("<|end_of_text|>", "<|system|>", "<|user|>", "<|assistant|>"),
    eos="<|end_of_text|>",
    bos="<|end_of_text|>",
    pre="refact",
    template=templates.GRANITE,
)
