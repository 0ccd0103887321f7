"""llama.cpp's own converter, from the sources of the installed llama-cpp-python.

``python -m reference.convert LLAMA_CPP FOLDER OUTFILE [--mmproj]`` converts one checkpoint.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
from importlib import import_module
from pathlib import Path

_SCRIPT = "convert_hf_to_gguf.py"


def convert(sources: Path, folder: Path, outfile: Path, *, mmproj: bool) -> None:
    """Write one GGUF in float32; the converter gets a process of its own."""
    flags = ["--mmproj"] if mmproj else []
    command = [sys.executable, "-m", "reference.convert", str(sources), str(folder), str(outfile)]
    subprocess.run([*command, *flags], check=True, cwd=Path(__file__).parents[1])


def main(arguments: list[str]) -> None:
    sources, folder, outfile, *flags = arguments
    sys.path.insert(0, sources)
    sys.path.insert(1, f"{sources}/gguf-py")
    base = import_module("conversion.base")
    # The converter tells pre-tokenizers apart by what a family's full vocabulary makes of a text.
    base.TextModel.get_vocab_base_pre = lambda _self, _tokenizer: "qwen2"
    sys.argv = [_SCRIPT, folder, "--outfile", outfile, "--outtype", "f32", *flags]
    runpy.run_path(f"{sources}/{_SCRIPT}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
