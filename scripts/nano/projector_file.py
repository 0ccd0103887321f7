"""The eye as an mmproj GGUF for llama.cpp, and back: training goes on from the shipped file.

Names and layout are those of llama.cpp's ``PROJECTOR_TYPE_GLM_EDGE`` (tools/mtmd). The codes of
the slots travel in the same file under names that llama.cpp does not ask for.
"""

from __future__ import annotations

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
_TOP = {
    "patches": "v.patch_embd",
    "norm": "v.post_ln",
    "projector.conv": "adapter.conv",
    "projector.linear": "adapter.linear.linear",
    "projector.norm": "adapter.linear.norm1",
    "projector.gate": "adapter.linear.gate",
    "projector.up": "adapter.linear.dense_h_to_4h",
    "projector.down": "adapter.linear.dense_4h_to_h",
}
_SINGLE = {"position": "v.position_embd.weight", "begin": "adapter.boi", "end": "adapter.eoi"}
_LAYER = {
    "norm1": "ln1",
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "out": "attn_out",
    "norm2": "ln2",
    "up": "ffn_up",
    "down": "ffn_down",
}
Codes = Mapping[str, Tensor]
"""By slot: (values, width)."""


def file_name(parameter: str) -> str:
    """What llama.cpp calls a parameter of Eye."""
    if parameter in _SINGLE:
        return _SINGLE[parameter]
    part, _, kind = parameter.rpartition(".")
    if part.startswith("layers."):
        _, index, name = part.split(".")
        return f"v.blk.{index}.{_LAYER[name]}.{kind}"
    return f"{_TOP[part]}.{kind}"


def write(path: Path, eye: Eye, codes: Codes, *, small: bool = True) -> None:
    """``small`` keeps matrices in Q8_0, otherwise in F16."""
    writer = gguf.GGUFWriter(path, "clip")
    _describe(writer, eye.shape, small=small)
    for parameter, tensor in eye.state_dict().items():
        values = tensor.detach().float().contiguous().numpy()
        kind = _kind(parameter, values, small=small)
        data = gguf.quantize(values, kind)
        writer.add_tensor(file_name(parameter), data, raw_dtype=kind)
    for slot, code in codes.items():
        writer.add_tensor(_CODES + slot, code.detach().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _kind(parameter: str, values: NDArray[np.float32], *, small: bool) -> Kind:
    if values.ndim == 1 or parameter == "position":
        return Kind.F32
    return Kind.Q8_0 if small and values.ndim == 2 else Kind.F16


def _describe(writer: gguf.GGUFWriter, shape: Shape, *, small: bool) -> None:
    writer.add_string("general.name", "edgeomni nano vision")
    writer.add_string("general.license", "apache-2.0")
    writer.add_uint32("general.file_type", 7 if small else 1)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "adapter")
    writer.add_bool("clip.use_gelu", True)
    for key, value in {
        "image_size": SIDE,
        "patch_size": shape.patch,
        "embedding_length": shape.width,
        "feed_forward_length": shape.hidden,
        "block_count": shape.layers,
        "attention.head_count": shape.heads,
        "projection_dim": shape.output,
    }.items():
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5] * 3)
    writer.add_array("clip.vision.image_std", [0.5] * 3)


def read(path: Path) -> tuple[Eye, dict[str, Tensor]]:
    """The eye, and the codes that the file holds."""
    reader = gguf.GGUFReader(path)
    tensors = {
        each.name: torch.from_numpy(
            np.array(gguf.dequantize(each.data, each.tensor_type), np.float32)
        )
        for each in reader.tensors
    }
    eye = Eye(_shape(reader))
    eye.load_state_dict({name: tensors[file_name(name)] for name in eye.state_dict()})
    codes = {
        name.removeprefix(_CODES): tensor
        for name, tensor in tensors.items()
        if name.startswith(_CODES)
    }
    return eye, codes


def _shape(reader: gguf.GGUFReader) -> Shape:
    def number(key: str) -> int:
        return int(reader.fields[f"clip.vision.{key}"].contents())

    sizes = {tensor.name: tensor.shape for tensor in reader.tensors}
    return Shape(
        width=number("embedding_length"),
        layers=number("block_count"),
        heads=number("attention.head_count"),
        hidden=number("feed_forward_length"),
        patch=number("patch_size"),
        projector=int(sizes["adapter.linear.linear.weight"][0]),
        projector_hidden=int(sizes["adapter.linear.gate.weight"][1]),
        output=number("projection_dim"),
    )
