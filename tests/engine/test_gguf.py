"""A header is looked at before llama.cpp opens the file: whatever it says, the answer is words."""

from __future__ import annotations

import os
import random
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgeomni.engine.gguf import check_header, read_header
from edgeomni.errors import EdgeomniError, ModelError, ModelNotFound
from tests.tiny.build import NAMES

MAGIC = b"GGUF"
EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def array(kind: int, count: int, items: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, count) + items


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dimensions + struct.pack("<IQ", kind, offset)


ARCHITECTURE = key("general.architecture", 8, text("llama"))
LAYERS = key("llama.block_count", 4, struct.pack("<I", 2))


def gguf(
    *keys: bytes, tensors: tuple[bytes, ...] = (), data: bytes = b"", version: int = 3
) -> bytes:
    head = MAGIC + struct.pack("<IQQ", version, len(tensors), len(keys))
    body = head + b"".join(keys) + b"".join(tensors)
    return body + bytes(-len(body) % 32) + data


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes], ModelError]:
    """Writes a file that must be refused, and returns the refusal."""

    def write_and_check(content: bytes) -> ModelError:
        path = tmp_path / "model.gguf"
        path.write_bytes(content)
        with pytest.raises(ModelError) as caught:
            check_header(path)
        assert caught.value.remedy
        return caught.value

    return write_and_check


@pytest.fixture
def accepted(tmp_path: Path):
    def write_and_check(content: bytes):
        path = tmp_path / "model.gguf"
        path.write_bytes(content)
        return check_header(path)

    return write_and_check


# ── what a header says ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_every_tiny_model_passes(tiny, name):
    files = tiny(name)
    header = check_header(files.model)
    assert header.architecture not in ("", "clip")
    assert header.layers in (2, 3, 4, 6)
    assert header.data_end <= files.model.stat().st_size
    if files.mmproj:
        assert check_header(files.mmproj).architecture == "clip"


def test_scalars_and_texts_are_kept_and_arrays_are_not(accepted):
    header = accepted(
        gguf(
            ARCHITECTURE,
            LAYERS,
            key("a.float", 6, struct.pack("<f", 0.5)),
            key("a.flag", 7, b"\x01"),
            key("a.long", 11, struct.pack("<q", -7)),
            key("a.list", 9, array(4, 2, struct.pack("<2I", 1, 2))),
            key("a.words", 9, array(8, 2, text("one") + text("two"))),
        )
    )
    assert (header.layers, header.values["a.float"], header.values["a.flag"]) == (2, 0.5, True)
    assert header.values["a.long"] == -7
    assert header.values["a.list"] is header.values["a.words"] is None


def test_the_data_must_reach_as_far_as_the_tensors_say(accepted, refused):
    one = (tensor("t", (32, 2)),)
    whole = gguf(ARCHITECTURE, LAYERS, tensors=one, data=bytes(256))
    assert accepted(whole).data_end == len(whole)
    assert refused(whole[:-1]).code == "truncated"


def test_quantised_tensors_are_counted_in_blocks(accepted, refused):
    one = (tensor("t", (64,), kind=8),)  # two blocks of 34 bytes
    whole = gguf(ARCHITECTURE, LAYERS, tensors=one, data=bytes(68))
    assert accepted(whole).data_end == len(whole)
    assert refused(whole[:-1]).code == "truncated"


def test_types_newer_than_ours_are_left_to_llama_cpp(accepted):
    assert accepted(gguf(ARCHITECTURE, LAYERS, tensors=(tensor("t", (32,), kind=99),)))


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(ModelNotFound):
        read_header(tmp_path / "nothing.gguf")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not-gguf"),
        (b"GGU", "not-gguf"),
        (b"PK\x03\x04 a zip", "not-gguf"),
        (b"<!DOCTYPE html>", "not-gguf"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not-gguf"),
        (b"FUGG" + bytes(64), "not-gguf"),
        (MAGIC, "truncated"),
        (MAGIC + struct.pack("<I", 3), "truncated"),
        (gguf(ARCHITECTURE, LAYERS, version=1), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, version=0x03000000), "damaged"),
        (gguf(LAYERS), "damaged"),
        (gguf(ARCHITECTURE), "damaged"),
        (gguf(ARCHITECTURE, key("llama.block_count", 8, text("two"))), "damaged"),
        (gguf(ARCHITECTURE, key("llama.block_count", 6, struct.pack("<f", 2))), "damaged"),
        (gguf(ARCHITECTURE, key("llama.block_count", 7, b"\x01")), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, key("x", 13, b"")), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, key("x", 9, array(9, 1))), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, key("x", 9, array(13, 1))), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, tensors=(tensor("t", ()),)), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, tensors=(tensor("t", (1,) * 5),)), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, tensors=(tensor("t", (33,), kind=8),)), "damaged"),
        (gguf(ARCHITECTURE, LAYERS, tensors=(tensor("t", (1 << 32, 1 << 32)),)), "damaged"),
    ],
)
def test_what_is_no_usable_model_has_its_own_reason(refused, content, code):
    assert refused(content).code == code


@pytest.mark.parametrize("layers", [0, 513, 0x7FFFFFFF, 0xFFFFFFFF])
def test_impossible_depths_are_refused(refused, layers):
    assert refused(gguf(ARCHITECTURE, key("llama.block_count", 4, struct.pack("<I", layers))))


@pytest.mark.parametrize("alignment", [0, 3, 33])
def test_impossible_alignments_are_refused(refused, alignment):
    bad = key("general.alignment", 4, struct.pack("<I", alignment))
    assert refused(gguf(ARCHITECTURE, LAYERS, bad)).code == "damaged"


def test_a_vocabulary_with_a_token_twice_is_refused(refused):
    twice = key("tokenizer.ggml.tokens", 9, array(8, 3, text("a") + text("b") + text("a")))
    assert "twice" in refused(gguf(ARCHITECTURE, LAYERS, twice)).happened


@pytest.mark.parametrize("kind", ["folder", "pipe", "nul", "long"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / "model.gguf"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)  # opening it would wait for ever
    elif kind == "nul":
        path = tmp_path / "a\0b.gguf"
    else:
        path = tmp_path / ("a" * 300)
    with pytest.raises(ModelError):
        read_header(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(ARCHITECTURE, LAYERS))
    path.chmod(0)
    with pytest.raises(ModelError, match="cannot be read") as caught:
        read_header(path)
    assert str(path) in caught.value.remedy


# ── whatever a header says ───────────────────────────────────────────────────────────────────────


def header_end(path: Path) -> int:
    """Where the tensor data begins."""
    import gguf as reference

    reader = reference.GGUFReader(path)
    end = int(min(each.data_offset for each in reader.tensors))
    del reader
    return end


def survives(path: Path) -> EdgeomniError | None:
    """Checks the file; only the two errors may come, soon and without a large allocation."""
    tracemalloc.reset_peak()
    began = time.perf_counter()
    try:
        check_header(path)
        error = None
    except ModelError as refusal:
        error = refusal
    assert time.perf_counter() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    return error


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["llama", "gemma3-mmproj"])
def test_a_file_cut_anywhere_in_its_header_is_refused(tiny, tmp_path, traced, name):
    files = tiny(name.removesuffix("-mmproj"))
    source = files.mmproj if name.endswith("-mmproj") else files.model
    content = source.read_bytes()
    end = header_end(source)
    path = tmp_path / "cut.gguf"
    places = [*range(0, min(end, 600), 3), *range(600, end, 997)]
    for size in places:
        path.write_bytes(content[:size])
        assert survives(path) is not None, size


@pytest.mark.parametrize("extreme", EXTREMES)
def test_extreme_numbers_anywhere_in_a_header_only_ever_give_words(tiny, tmp_path, traced, extreme):
    content = tiny("lfm2vl").mmproj.read_bytes()
    raw = extreme.to_bytes(8, "little")
    path = tmp_path / "odd.gguf"
    for place in range(4, 1500, 17):
        path.write_bytes(content[:place] + raw + content[place + 8 :])
        survives(path)
        path.write_bytes(content[:place] + raw[:4] + content[place + 4 :])
        survives(path)


@pytest.mark.parametrize("seed", range(3))
def test_random_damage_only_ever_gives_words(tiny, tmp_path, traced, seed):
    source = tiny("llama").model
    content, end = source.read_bytes(), header_end(source)
    dice = random.Random(seed)
    path = tmp_path / "odd.gguf"
    for _ in range(60):
        path.write_bytes(mutated(content, end, dice))
        survives(path)


def mutated(content: bytes, end: int, dice: random.Random) -> bytes:
    """The file with one to four places of its header changed."""
    odd = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(4, end - 8)
        match dice.randrange(5):
            case 0:
                odd[at] ^= 1 << dice.randrange(8)
            case 1:
                odd[at : at + 8] = dice.choice(EXTREMES).to_bytes(8, "little")
            case 2:
                odd[at : at + 4] = (dice.choice(EXTREMES) & 0xFFFFFFFF).to_bytes(4, "little")
            case 3:
                odd[at : at + 4] = dice.randrange(16).to_bytes(4, "little")  # another type
            case _:
                odd = odd[: dice.randrange(5, len(odd))] if dice.random() < 0.2 else odd
                end = min(end, len(odd))
                if end < 16:
                    break
    return bytes(odd)
