"""Which files belong together, decided on names alone."""

from __future__ import annotations

import pytest

from edgeomni.catalog.choose import choose, is_safe, quant_of, sibling_mmproj
from edgeomni.errors import ModelError, ModelNotFound

GEMMA = [
    ".gitattributes",
    "README.md",
    "gemma-3-4b-it-Q4_K_M.gguf",
    "gemma-3-4b-it-Q8_0.gguf",
    "gemma-3-4b-it-f16.gguf",
    "mmproj-model-f16.gguf",
]
MINICPM = [
    "ggml-model-Q4_0.gguf",
    "ggml-model-Q4_K_M.gguf",
    "ggml-model-f16.gguf",
    "mmproj-model-f16.gguf",
]
SPLIT = [
    "Q4_K_M/big-Q4_K_M-00001-of-00002.gguf",
    "Q4_K_M/big-Q4_K_M-00002-of-00002.gguf",
    "Q8_0/big-Q8_0-00001-of-00003.gguf",
    "Q8_0/big-Q8_0-00002-of-00003.gguf",
    "mmproj-BF16.gguf",
    "mmproj-F32.gguf",
]
SPLIT_Q4 = tuple(SPLIT[:2])


@pytest.mark.parametrize(
    ("names", "quant", "parts", "mmproj", "chosen"),
    [
        (GEMMA, "", (GEMMA[2],), GEMMA[5], "Q4_K_M"),
        (GEMMA, "q8_0", (GEMMA[3],), GEMMA[5], "Q8_0"),
        (GEMMA, "F16", (GEMMA[4],), GEMMA[5], "F16"),
        (MINICPM, "", (MINICPM[1],), MINICPM[3], "Q4_K_M"),
        (SPLIT, "", SPLIT_Q4, "mmproj-BF16.gguf", "Q4_K_M"),
        (["a-Q8_0.gguf", "a-Q2_K.gguf"], "", ("a-Q8_0.gguf",), None, "Q8_0"),
        (["a-Q5_K_M.gguf", "a-IQ4_XS.gguf"], "", ("a-IQ4_XS.gguf",), None, "IQ4_XS"),
        (["only.gguf"], "", ("only.gguf",), None, ""),
        (["a.fp16.gguf"], "F16", ("a.fp16.gguf",), None, "F16"),
        (["a-imatrix-Q4_K_M.gguf", "a-Q8_0.gguf"], "", ("a-Q8_0.gguf",), None, "Q8_0"),
        (
            ["a-Q4_K_M.gguf", "mmproj-a-f16.gguf", "mmproj-a-Q8_0.gguf", "mmproj-a-bf16.gguf"],
            "",
            ("a-Q4_K_M.gguf",),
            "mmproj-a-f16.gguf",
            "Q4_K_M",
        ),
        (
            ["a-Q4_K_M.gguf", "mmproj-a-bf16.gguf", "mmproj-a-Q8_0.gguf"],
            "",
            ("a-Q4_K_M.gguf",),
            "mmproj-a-Q8_0.gguf",
            "Q4_K_M",
        ),
        (
            ["x/a-Q4_K_M.gguf", "x/a.mmproj-Q8_0.gguf", "y/mmproj-f16.gguf"],
            "",
            ("x/a-Q4_K_M.gguf",),
            "x/a.mmproj-Q8_0.gguf",
            "Q4_K_M",
        ),
        (
            ["deep/er/a-Q4_K_M.gguf", "a-Q4_K_M.gguf", "a-long-Q4_K_M.gguf"],
            "",
            ("a-Q4_K_M.gguf",),
            None,
            "Q4_K_M",
        ),
        (["a-UD-Q4_K_XL.gguf", "a-Q4_K_S.gguf"], "UD-Q4_K_XL", ("a-UD-Q4_K_XL.gguf",), None, ""),
    ],
)
def test_model_and_projector(
    names: list[str], quant: str, parts: tuple[str, ...], mmproj: str | None, chosen: str
) -> None:
    found = choose(names, quant)
    assert (found.parts, found.mmproj, found.quant) == (parts, mmproj, chosen or quant)


@pytest.mark.parametrize(
    ("names", "quant", "error"),
    [
        ([], "", ModelNotFound),
        (["README.md", "model.safetensors"], "", ModelNotFound),
        (["mmproj-f16.gguf"], "", ModelNotFound),
        (GEMMA, "Q3_K_S", ModelNotFound),
        (SPLIT, "Q8_0", ModelError),
        (["a-00002-of-00002.gguf"], "", ModelError),
        (["a-00001-of-00000.gguf"], "", ModelError),
    ],
)
def test_what_cannot_be_chosen(names: list[str], quant: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        choose(names, quant)


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("gemma-3-4b-it-Q4_K_M.gguf", "Q4_K_M"),
        ("model-IQ2_XXS-00001-of-00002.gguf", "IQ2_XXS"),
        ("model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("gpt-oss-MXFP4.gguf", "MXFP4"),
        ("mmproj-model-f16.gguf", "F16"),
        ("a-bf16.gguf", "BF16"),
        ("a-TQ1_0.gguf", "TQ1_0"),
        ("Qwen2.5-VL-3B.gguf", ""),
        ("F16/model.gguf", ""),
    ],
)
def test_quantisation_in_a_name(name: str, quant: str) -> None:
    assert quant_of(name) == quant


@pytest.mark.parametrize(
    ("model", "names", "mmproj"),
    [
        ("a-Q4_K_M.gguf", ["a-Q4_K_M.gguf", "mmproj-a-f16.gguf"], "mmproj-a-f16.gguf"),
        ("a-Q4_K_M.gguf", ["a-Q4_K_M.gguf", "mmproj-model-f16.gguf"], "mmproj-model-f16.gguf"),
        ("a-Q4_K_M.gguf", ["a-Q4_K_M.gguf", "a-Q8_0.gguf", "mmproj.gguf"], "mmproj.gguf"),
        ("a-Q4_K_M.gguf", ["a-Q4_K_M.gguf", "b-Q8_0.gguf", "mmproj.gguf"], None),
        (
            "a.gguf",
            ["a.gguf", "b.gguf", "mmproj-a-Q8_0.gguf", "mmproj-b.gguf"],
            "mmproj-a-Q8_0.gguf",
        ),
        ("b.gguf", ["a.gguf", "b.gguf", "mmproj-a-Q8_0.gguf"], None),
        ("a.gguf", ["a.gguf", "mmproj-x.gguf", "mmproj-y.gguf"], None),
        ("a.gguf", ["a.gguf", "x-mmproj-Q8_0.gguf", "x-mmproj-f16.gguf"], "x-mmproj-f16.gguf"),
        ("a.gguf", ["a.gguf", "mmproj-notes.txt"], None),
        ("a.gguf", ["a.gguf"], None),
    ],
)
def test_a_sibling_projector_must_clearly_belong(
    model: str, names: list[str], mmproj: str | None
) -> None:
    assert sibling_mmproj(model, names) == mmproj


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("model.gguf", True),
        ("Q4_K_M/model-00001-of-00002.gguf", True),
        ("modèle.gguf", True),
        ("", False),
        ("/etc/passwd", False),
        ("../up.gguf", False),
        ("a/../../up.gguf", False),
        ("a//b.gguf", False),
        ("./a.gguf", False),
        ("a\\b.gguf", False),
        ("\\\\host\\share\\a.gguf", False),
        ("C:a.gguf", False),
        ("a.gguf:stream", False),
        ("nul.gguf", False),
        ("con/a.gguf", False),
        ("COM1", False),
        ("a.gguf.", False),
        ("a.gguf ", False),
        ("a\x00.gguf", False),
        ("a\x1b[2J.gguf", False),
        ("a\u202egguf.exe", False),
        ("x" * 300 + ".gguf", False),
    ],
)
def test_only_plain_relative_names_are_safe(name: str, safe: bool) -> None:
    assert is_safe(name) is safe
