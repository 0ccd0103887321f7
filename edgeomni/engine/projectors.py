"""Which language models a projector (``mmproj``) was trained for.

libmtmd compares the widths of the embeddings alone: a projector of another model with the same
width loads, and answers come out that have nothing to do with the picture. The ``projection_dim``
of a header is no help: older converters wrote CLIP's own, or 0.
"""

from __future__ import annotations

from pathlib import Path

from edgeomni.engine.gguf import Header
from edgeomni.errors import ModelError

_TYPE_KEYS = (
    "clip.projector_type",
    "clip.vision.projector_type",
    "clip.audio.projector_type",
)
_VISION_KEYS = ("clip.vision.projector_type", "clip.projector_type")
_GEMMA4 = {"gemma4"}
_GRANITE = {"granite", "granitemoe", "granitehybrid", "granite_swa"}
_LFM2 = {"lfm2", "lfm2moe"}
_MISTRAL = {"llama", "mistral3", "mistral4"}
_QWEN3VL = {"qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next", "qwen4exp"}

ARCHITECTURES: dict[str, set[str]] = {
    "cogvlm": {"cogvlm"},
    "deepseekocr": {"deepseek2-ocr", "deepseek2"},
    "deepseekocr2": {"deepseek2-ocr", "deepseek2"},
    "dots_ocr": {"qwen2"},
    "gemma3": {"gemma3"},
    "gemma3nv": {"gemma3n"},
    "gemma4a": _GEMMA4,
    "gemma4ua": _GEMMA4,
    "gemma4uv": _GEMMA4,
    "gemma4v": _GEMMA4,
    "glm4v": {"glm4", "glm4moe"},
    "glma": {"llama"},
    "granite4_vision": _GRANITE,
    "granite_speech": _GRANITE,
    "idefics3": {"llama", "mistral3", "smollm3", *_GRANITE},
    "janus_pro": {"llama"},
    "kimivl": {"deepseek2"},
    "lfm2": _LFM2,
    "lfm2a": _LFM2,
    "lightonocr": {"qwen3"},
    "llama4": {"llama4"},
    "minicpmv4_6": {"qwen35", "qwen35moe"},
    "nemotron_v2_vl": {"nemotron_h", "nemotron_h_moe"},
    "paddleocr": {"paddleocr", "ernie4_5"},
    "phi4": {"phi3"},
    "pixtral": _MISTRAL,
    "qwen2.5o": {"qwen2vl"},
    "qwen2.5vl_merger": {"qwen2vl", "llama"},
    "qwen2a": {"qwen2", "qwen2vl"},
    "qwen2vl_merger": {"qwen2vl"},
    "qwen3a": {"qwen3", "qwen3moe", *_QWEN3VL},
    "qwen3vl_merger": _QWEN3VL,
    "resampler": {"minicpm", "minicpm3", "llama", "qwen2", "qwen3"},
    "ultravox": {"gemma3", "glm4moe", "qwen3", "qwen3moe", *_MISTRAL},
    "voxtral": _MISTRAL,
}
"""``general.architecture`` of the models by projector type (names: libmtmd's clip-impl.h).

A type that is not here was put before models of many kinds, such as ``mlp`` and ``internvl``, or is
newer than this table: then libmtmd decides.
"""


def vision_type(projector: Header) -> str:
    """The type of the encoder for pictures; empty when there is none."""
    key = next((key for key in _VISION_KEYS if key in projector.values), "")
    return str(projector.values[key]) if key else ""


def check_model(model: Path, header: Header) -> None:
    """Raises ModelError when a projector was given as the model."""
    if _is_projector(header):
        raise ModelError(
            f"{model.name} is a projector, not a model.",
            remedy="Give the model it belongs to with -m, and this file with --mmproj.",
        )


def check_pair(model: Path, header: Header, mmproj: Path, projector: Header) -> None:
    """Raises ModelError ``wrong-mmproj`` when these two cannot belong together."""
    if not _is_projector(projector):
        raise _wrong(f"{mmproj.name} is a model of its own ({projector.architecture}), no mmproj.")
    for kind in _kinds(projector):
        fitting = ARCHITECTURES.get(kind)
        if fitting is not None and header.architecture not in fitting:
            raise _wrong(
                f"{mmproj.name} is a projector of type {kind}, for {' or '.join(sorted(fitting))} "
                f"models; {model.name} is a {header.architecture} model."
            )


def _is_projector(header: Header) -> bool:
    return header.architecture == "clip" or any(key.startswith("clip.") for key in header.values)


def _kinds(projector: Header) -> list[str]:
    return [str(projector.values[key]) for key in _TYPE_KEYS if key in projector.values]


def _wrong(happened: str) -> ModelError:
    return ModelError(
        happened,
        works="The model itself works without it, for text.",
        remedy="Use the mmproj file that belongs to the model.",
        code="wrong-mmproj",
    )
