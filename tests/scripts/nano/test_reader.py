"""The text model in PyTorch is the one that llama.cpp runs."""

import random
from collections.abc import Callable

import pytest

from nano.questions import Question
from tests.tiny.build import TinyModel

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
llama_cpp = pytest.importorskip("llama_cpp")

from nano import talk  # noqa: E402
from nano.reader import Reader, Tokenizer  # noqa: E402

pytestmark = pytest.mark.engine
ASKED = [
    Question("describe", "What is this?", "A red circle.", ("red", "circle")),
    Question("count", "How many are there?", "One.", ("one",)),
]


def test_logits_are_those_of_llama_cpp(tiny: Callable[[str], TinyModel]) -> None:
    path = tiny("llama").model
    model = llama_cpp.Llama(str(path), n_ctx=64, logits_all=True, verbose=False)
    tokens = model.tokenize(b"What is in the picture?", add_bos=False)
    model.eval(tokens)
    expected = torch.tensor(model.scores[2 : len(tokens)])
    reader = Reader(path)
    ours = _logits(reader, tokens)
    assert (ours - expected).norm() / expected.norm() < 0.05  # bfloat16


def test_a_question_is_answered_as_if_it_stood_alone(tiny: Callable[[str], TinyModel]) -> None:
    path = tiny("llama").model
    reader, tokenizer = Reader(path), Tokenizer(path)
    memory = reader.remember(tokenizer.tokens("Look."))
    picture = torch.randn(1, 18, reader.embeddings.shape[1])

    def answered(asked: list[Question]) -> "torch.Tensor":
        said = talk.pack([asked], tokenizer, random.Random(0))
        logits, _, where = talk.answers(reader, memory, picture, said)
        return logits[where[:, 1] == len(asked) - 1]

    together, alone = answered(ASKED), answered(ASKED[1:])
    assert (together - alone).norm() / alone.norm() < 0.03


def _logits(reader: Reader, tokens: list[int]) -> "torch.Tensor":
    """Of all but the first two, which are a prefix as in training."""
    memory = reader.remember(tokens[:2])
    rest = torch.tensor([tokens[2:]])
    length = rest.shape[1]
    allowed = torch.ones(1, 1, length, length + 2, dtype=torch.bool).tril(2)
    positions = torch.arange(2, 2 + length)[None]
    with torch.no_grad():
        return reader.logits(reader.read(reader.embeddings[rest], positions, allowed, memory))[0]
