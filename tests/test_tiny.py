"""The tiny models are worth measuring with: the same every time, and sensitive to their input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.peers import Shelf
from edgeomni.values import AudioClip, Image
from tests.llama_server import LlamaServer, ServerSpec
from tests.tiny.build import HEARING, NAMES, SEEING, UNLIKE, TinyModel, build
from tests.tiny.oracle import MARKER, Oracle, Picture, Sound

Tiny = Callable[[str], TinyModel]

pytestmark = pytest.mark.engine


def lanes(names: Iterable[str]) -> list[Any]:
    """Models that are like another one go into the slow lane."""
    slow = pytest.mark.slow
    return [pytest.param(name, marks=() if name in UNLIKE else slow) for name in names]


def picture(seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (60, 80, 3), dtype=np.uint8)


def tone(hertz: float) -> Sound:
    """One second at 16 kHz."""
    return np.sin(2 * np.pi * hertz * np.arange(16000) / 16000).astype(np.float32) * 0.4


@pytest.mark.parametrize("name", lanes(NAMES))
def test_the_same_name_gives_the_same_bytes(name: str, tiny: Tiny, tmp_path: Path) -> None:
    first, second = tiny(name), build(name, tmp_path)
    assert first.model.read_bytes() == second.model.read_bytes()
    if first.mmproj and second.mmproj:
        assert first.mmproj.read_bytes() == second.mmproj.read_bytes()


@pytest.mark.parametrize("name", lanes(NAMES))
def test_models_are_tiny(name: str, tiny: Tiny) -> None:
    model = tiny(name)
    size = sum(path.stat().st_size for path in (model.model, model.mmproj) if path)
    assert size < 2_500_000


@pytest.mark.parametrize("name", lanes(sorted(set(NAMES) - {"thinker"})))
def test_greedy_answers_vary(name: str, tiny: Tiny) -> None:
    model = tiny(name)
    with Oracle(model.model, model.mmproj) as oracle:
        said = oracle.greedy("What is the sea?", 32)
    assert len(set(said)) > len(said) // 2


@pytest.mark.parametrize("name", lanes(NAMES))
def test_answers_are_readable_text(name: str, tiny: Tiny) -> None:
    model = tiny(name)
    with Oracle(model.model) as oracle:
        said = oracle.greedy("What can you see?", 32)
        text = b"".join(oracle.piece(token) for token in said if not oracle.ends(token))
    assert all(letter.isprintable() or letter == "\n" for letter in text.decode())


@pytest.mark.parametrize("name", lanes(SEEING))
def test_another_picture_gives_another_answer(name: str, tiny: Tiny) -> None:
    model = tiny(name)
    prompt = f"Look at {MARKER} and say what this is."
    with Oracle(model.model, model.mmproj) as oracle:
        answers = [oracle.greedy(prompt, 24, [picture(seed)]) for seed in (1, 2)]
    assert answers[0] != answers[1]


@pytest.mark.parametrize("name", HEARING)
def test_another_sound_gives_other_logits(name: str, tiny: Tiny) -> None:
    model = tiny(name)
    prompt = f"Listen to {MARKER} and say what this is."
    with Oracle(model.model, model.mmproj) as oracle:
        low, high = (oracle.logits(prompt, [tone(hertz)]) for hertz in (440, 880))
    assert np.abs(low - high).max() > 0.3


def test_the_thinker_ends_its_thought_and_its_answer(tiny: Tiny) -> None:
    prompt = "<|im_start|>user\nWhat is the sea?<|im_end|>\n<|im_start|>assistant\n<think>\n"
    with Oracle(tiny("thinker").model) as oracle:
        said = oracle.greedy(prompt, 64)
        pieces = [oracle.piece(token) for token in said]
        assert oracle.ends(said[-1])
    assert 0 < pieces.index(b"</think>") < len(pieces) - 2


@pytest.mark.peers
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("name", NAMES)
def test_llama_server_says_the_same_as_the_oracle(
    name: str, tiny: Tiny, peers: Shelf, tmp_path: Path
) -> None:
    model = tiny(name)
    media: list[Picture | Sound] = [picture(1)] * model.vision + [tone(440)] * model.audio
    values = [as_value(item) for item in media]
    spec = ServerSpec(peers.program("llama-server"), model.model, model.mmproj)
    with LlamaServer(spec, tmp_path / "server.log") as server:
        marker = server.media_marker if media else ""
        said = server.complete(f"Tell {marker * len(media)} what this is.", 32, values)["tokens"]
    with Oracle(model.model, model.mmproj) as oracle:
        assert oracle.greedy(f"Tell {MARKER * len(media)} what this is.", 32, media) == said


def as_value(item: Picture | Sound) -> Image | AudioClip:
    if item.dtype == np.uint8:
        return Image(item.tobytes(), item.shape[1], item.shape[0])
    return AudioClip(item.tobytes(), 16000)
