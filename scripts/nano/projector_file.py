"""The eye as an mmproj GGUF for llama.cpp, and back: training goes on from the shipped file.

Names and layout are those of llama.cpp's ``PROJECTOR_TYPE_YASA2`` (tools/mtmd). The codes of
the slots travel in the same file under names that llama.cpp does not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind
from numpy.typing import NDArray
from torch import Tensor

from nano.eye import Eye, Shape
from nano.scenes import SIDE

_CODES = "nano.codes."
_NAMES = {
    "stem": "v.patch_embd",
    "norm": "v.patch_ln",
    "projector.up": "mm.0",
    "projector.down": "mm.2",
    "stages.#.norm": "v.stage.#.down.ln",
    "stages.#.halve": "v.stage.#.down.conv",
    "stages.#.blocks.#.depthwise": "v.stage.#.blk.#.dw",
    "stages.#.blocks.#.norm": "v.stage.#.blk.#.ln",
    "stages.#.blocks.#.up": "v.stage.#.blk.#.pw1",
    "stages.#.blocks.#.down": "v.stage.#.blk.#.pw2",
}
_SINGLE = {
    "projector.position": "v.vision_pos_embed",
    "stages.#.blocks.#.gain": "v.stage.#.blk.#.grn.weight",
    "stages.#.blocks.#.offset": "v.stage.#.blk.#.grn.bias",
}
_BLOCK = re.compile(r"v\.stage\.(\d+)\.blk\.(\d+)\.pw1\.weight")
_BLOCK_SIZE = 32
"""Of Q8_0, along the rows."""
Codes = Mapping[str, Tensor]
"""By slot: (values, width)."""


def file_name(parameter: str) -> str:
    """What llama.cpp calls a parameter of Eye."""
    numbers = re.findall(r"\d+", parameter)
    plain = re.sub(r"\d+", "#", parameter)
    part, _, kind = plain.rpartition(".")
    name = _SINGLE.get(plain) or f"{_NAMES[part]}.{kind}"
    return name.replace("#", "{}").format(*numbers)


def write(path: Path, eye: Eye, codes: Codes, *, small: bool = True) -> None:
    """``small`` keeps matrices in Q8_0, otherwise in F16."""
    writer = gguf.GGUFWriter(path, "clip")
    _describe(writer, eye.shape, small=small)
    for parameter, tensor in eye.state_dict().items():
        values = tensor.detach().float().cpu().contiguous().numpy()
        kind = _kind(parameter, values, small=small)
        data = gguf.quantize(values, kind)
        writer.add_tensor(file_name(parameter), data, raw_dtype=kind)
    for slot, code in codes.items():
        writer.add_tensor(_CODES + slot, code.detach().cpu().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _kind(parameter: str, values: NDArray[np.float32], *, small: bool) -> Kind:
    if values.ndim == 1 or parameter == "projector.position":
        return Kind.F32
    blocks = values.ndim == 2 and values.shape[1] % _BLOCK_SIZE == 0
    return Kind.Q8_0 if small and blocks else Kind.F16


def _describe(writer: gguf.GGUFWriter, shape: Shape, *, small: bool) -> None:
    writer.add_string("general.name", "edgeomni nano vision")
    writer.add_string("general.license", "apache-2.0")
    writer.add_uint32("general.file_type", 7 if small else 1)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "yasa2")
    for key, value in {
        "image_size": SIDE,
        "patch_size": shape.stem,
        "embedding_length": shape.widths[-1],
        "feed_forward_length": 4 * shape.widths[-1],
        "block_count": 0,  # of a transformer's
        "attention.head_count": 1,
        "projection_dim": shape.output,
    }.items():
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5] * 3)
    writer.add_array("clip.vision.image_std", [0.5] * 3)


def read(path: Path) -> tuple[Eye, dict[str, Tensor]]:
    """The eye, and the codes that the file holds."""
    reader = gguf.GGUFReader(path)
    device = torch.get_default_device()
    tensors = {
        each.name: torch.from_numpy(
            np.array(gguf.dequantize(each.data, each.tensor_type), np.float32)
        ).to(device)
        for each in reader.tensors
    }
    eye = Eye(_shape(tensors))
    eye.load_state_dict({name: tensors[file_name(name)] for name in eye.state_dict()})
    codes = {
        name.removeprefix(_CODES): tensor
        for name, tensor in tensors.items()
        if name.startswith(_CODES)
    }
    return eye, codes


def _shape(tensors: Mapping[str, Tensor]) -> Shape:
    blocks = [tuple(map(int, found.groups())) for found in map(_BLOCK.fullmatch, tensors) if found]
    stages = range(max(stage for stage, _ in blocks) + 1)
    hidden, _ = tensors["mm.0.weight"].shape
    return Shape(
        stem=tensors["v.patch_embd.weight"].shape[-1],
        widths=tuple(tensors[f"v.stage.{stage}.blk.0.dw.bias"].shape[0] for stage in stages),
        depths=tuple(sum(owner == stage for owner, _ in blocks) for stage in stages),
        hidden=hidden,
        output=tensors["mm.2.weight"].shape[0],
    )
