"""The table of tiny models, and the one function that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.tiny import any_size, deepseek_ocr, fixed_size, gemma3n, hybrids, llms, sounds, tiled
from tests.tiny import vocabularies as words
from tests.tiny.llms import LanguageModel, Shape
from tests.tiny.parts import Encoder, Projector
from tests.tiny.vocab import Vocabulary


@dataclass(frozen=True)
class TinyModel:
    name: str
    model: Path
    mmproj: Path | None
    vision: bool
    audio: bool


_NARROW = Shape()
_WIDE = Shape(width=128, heads=4, kv_heads=2)


@dataclass(frozen=True)
class Recipe:
    llm: LanguageModel
    vocabulary: Vocabulary
    shape: Shape = _NARROW
    projector: Projector | None = None
    encoder: Encoder | None = None
    vision: bool = False
    audio: bool = False
    seed: str = ""
    """Where the name alone gives no lively model, or one whose answers do not begin with the space
    that its template leaves to them."""


def _sees(
    llm: LanguageModel,
    vocabulary: Vocabulary,
    projector: Projector,
    encoder: Encoder,
    shape: Shape = _NARROW,
    *,
    audio: bool = False,
    seed: str = "",
) -> Recipe:
    return Recipe(llm, vocabulary, shape, projector, encoder, vision=True, audio=audio, seed=seed)


_QWEN = Encoder(64, layers=2, image=560)
_QWEN3 = Encoder(64, layers=2, image=192, patch=16)
_SIGLIP16 = Encoder(64, image=64, patch=16)

_RECIPES = {
    "llama": Recipe(llms.llama, words.SMOL),
    "bare": Recipe(llms.llama, words.BARE),
    "thinker": Recipe(llms.qwen2, words.THINKER, seed="thinker-9"),
    "gemma3": _sees(llms.gemma3, words.GEMMA3, fixed_size.gemma3, Encoder(64), Shape(layers=6)),
    "gemma3n": _sees(
        gemma3n.language,
        words.GEMMA3,
        gemma3n.vision,
        Encoder(64, width=64, image=512, patch=2),
        Shape(layers=3),
    ),
    "gemma4": _sees(
        hybrids.gemma4,
        words.GEMMA4,
        any_size.gemma4,
        Encoder(64, image=96, patch=4, merge=3),
        Shape(layers=3),
    ),
    "gemma4unified": _sees(
        hybrids.gemma4,
        words.GEMMA4,
        any_size.gemma4_unified,
        Encoder(64, layers=0, width=64, image=96, patch=4, merge=3),
        Shape(layers=3),
    ),
    "qwen2vl": _sees(llms.qwen2vl, words.QWEN_VL, any_size.qwen2vl, _QWEN),
    "qwen25vl": _sees(llms.qwen2vl, words.QWEN_VL, any_size.qwen25vl, _QWEN),
    "qwen3vl": _sees(llms.qwen3vl, words.QWEN_VL, any_size.qwen3vl, _QWEN3),
    "qwen35": _sees(hybrids.qwen35, words.QWEN_VL, any_size.qwen35, _QWEN3, Shape(layers=4)),
    "qwen25omni": _sees(llms.qwen2vl, words.QWEN_OMNI, sounds.qwen25omni, _QWEN, audio=True),
    "glm4v": _sees(
        llms.glm4, words.GLM4, any_size.glm4v, Encoder(64, layers=2, image=112, patch=14)
    ),
    "glmocr": _sees(
        llms.glm4, words.GLM4, any_size.glm_ocr, Encoder(64, layers=2, image=112, patch=14)
    ),
    "glmedge": _sees(
        llms.chatglm, words.GLM_EDGE, fixed_size.glm_edge, Encoder(64, layers=2, image=56)
    ),
    "minicpmv26": _sees(llms.qwen2, words.MINICPM, tiled.resampler(3), Encoder(128), _WIDE),
    "minicpmo26": _sees(llms.qwen2, words.MINICPM, tiled.resampler(4), Encoder(128), _WIDE),
    "minicpmv46": _sees(
        hybrids.qwen35,
        words.MINICPM,
        tiled.minicpmv46,
        Encoder(64, layers=2, image=112, merge=4),
        Shape(layers=4),
    ),
    "smolvlm": _sees(llms.llama, words.SMOLVLM, tiled.idefics3, _SIGLIP16),
    "internvl": _sees(llms.qwen2, words.INTERNVL, tiled.internvl, Encoder(64)),
    "lfm2vl": _sees(hybrids.lfm2, words.LFM2, tiled.lfm2, _SIGLIP16, Shape(layers=3)),
    "llava15": _sees(
        llms.llama_spm, words.VICUNA, fixed_size.llava, Encoder(64, layers=2), seed="llava15-1"
    ),
    "llava16": _sees(llms.llama_spm, words.VICUNA, tiled.llava_next, Encoder(64, layers=2)),
    "granitevision": _sees(
        llms.granite, words.GRANITE, tiled.granite_vision, Encoder(64, layers=2)
    ),
    "moondream": _sees(llms.phi2, words.SMOL, fixed_size.moondream, Encoder(64, layers=2)),
    "yasa2": _sees(
        llms.llama,
        words.MINICPM,
        fixed_size.yasa2,
        Encoder(64, layers=2, width=32, image=64, patch=4),
    ),
    "januspro": _sees(llms.llama, words.JANUS, fixed_size.janus_pro, _SIGLIP16, seed="januspro-1"),
    "pixtral": _sees(
        llms.llama, words.MISTRAL, any_size.pixtral, Encoder(64, image=128, patch=16, merge=1)
    ),
    "mistral3": _sees(llms.mistral3, words.MISTRAL, any_size.pixtral, Encoder(64, image=140)),
    "lightonocr": _sees(
        llms.qwen3, words.LIGHTON_OCR, any_size.lighton_ocr, Encoder(64, image=140)
    ),
    "dotsocr": _sees(llms.qwen2, words.DOTS_OCR, any_size.dots_ocr, Encoder(64)),
    "deepseekocr": _sees(
        hybrids.deepseek2_ocr,
        words.JANUS,
        deepseek_ocr.vision,
        Encoder(64, image=deepseek_ocr.SIDE, patch=16),
        Shape(kv_heads=2),
        seed="deepseekocr-1",
    ),
    "paddleocr": _sees(
        llms.paddleocr, words.PADDLE_OCR, any_size.paddle_ocr, Encoder(64, image=112)
    ),
    "kimivl": _sees(hybrids.deepseek2, words.KIMI, any_size.kimi_vl, Encoder(64, image=112)),
    "phi4": _sees(llms.phi3, words.PHI4, any_size.phi4, Encoder(64, image=64, patch=16, merge=1)),
    # A width of 32 or 64 would make the stacked frames a power of two, which llama.cpp miscounts.
    "ultravox": Recipe(
        llms.llama,
        words.LLAMA3,
        projector=sounds.ultravox,
        encoder=Encoder(64, width=40, mels=80),
        audio=True,
    ),
}

NAMES = tuple(_RECIPES)
SEEING = tuple(name for name, recipe in _RECIPES.items() if recipe.vision)
HEARING = tuple(name for name, recipe in _RECIPES.items() if recipe.audio)

UNLIKE = {
    *("llama", "bare", "thinker", "gemma3", "gemma4", "qwen25vl", "qwen3vl", "qwen35"),
    *("qwen25omni", "minicpmv26", "smolvlm", "internvl", "lfm2vl", "llava15", "pixtral"),
    *("kimivl", "ultravox"),
}
"""Those that differ in memory, positions or layout; tests may leave the others to the slow lane."""


def build(name: str, directory: Path) -> TinyModel:
    """Write the model's files into ``directory``; the same name always gives the same bytes."""
    recipe = _RECIPES[name]
    directory.mkdir(parents=True, exist_ok=True)
    model = directory / f"{name}.gguf"
    recipe.llm(model, recipe.seed or name, recipe.vocabulary, recipe.shape)
    mmproj = None
    if recipe.projector and recipe.encoder:
        mmproj = directory / f"{name}-mmproj.gguf"
        recipe.projector(mmproj, f"{name}-mmproj", recipe.encoder)
    return TinyModel(name, model, mmproj, recipe.vision, recipe.audio)
