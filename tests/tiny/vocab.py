"""Two small vocabularies: byte-level BPE and SentencePiece, both able to spell any text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import gguf

from tests.tiny.writer import GgufFile

_TEXT = """\
the of and to in is a that it for you what on with are this from have one we by word all were can
an your which their said if do will each how them then many some so these would other picture sound
see hear red green blue name sea"""

WORDS = tuple(_TEXT.split())
"""Enough merges that words, parts of words and single bytes all occur as tokens."""

LETTERS = "éüß海"
"""Characters of two and three bytes that are tokens of their own."""


@dataclass(frozen=True)
class Vocabulary:
    specials: tuple[str, ...]
    """Control tokens: never part of text, whoever typed them."""
    eos: str
    bos: str = ""
    """Empty: the family has none."""
    add_bos: bool = False
    pre: str = "qwen2"
    """How BPE cuts text before merging."""
    plain: tuple[str, ...] = ()
    """User-defined tokens: whole in the vocabulary, yet text when they are generated."""
    loud: tuple[str, ...] = field(default=())
    """Tokens that the model shall say often."""
    template: str = ""


def bpe(file: GgufFile, vocabulary: Vocabulary) -> list[str]:
    """Write a byte-level BPE vocabulary; returns the tokens in the order of their ids."""
    merges = _merges()
    normal = [*_byte_letters(), *("".join(pair) for pair in merges)]
    tokens = [*normal, *vocabulary.plain, *vocabulary.specials]
    types = [
        *[gguf.TokenType.NORMAL] * len(normal),
        *[gguf.TokenType.USER_DEFINED] * len(vocabulary.plain),
        *[gguf.TokenType.CONTROL] * len(vocabulary.specials),
    ]
    file.put(
        {
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": vocabulary.pre,
            "tokenizer.ggml.merges": [" ".join(pair) for pair in merges],
        }
    )
    _finish(file, tokens, types, vocabulary)
    return tokens


def spm(file: GgufFile, vocabulary: Vocabulary) -> list[str]:
    """Write a SentencePiece vocabulary; returns the tokens in the order of their ids."""
    control = ["<pad>", vocabulary.eos, vocabulary.bos, "<unk>", *vocabulary.specials]
    hexes = [f"<0x{byte:02X}>" for byte in range(256)]
    letters = [chr(code) for code in range(0x21, 0x7F)]
    pieces = sorted({"▁", *letters, *LETTERS, *_beginnings("▁")}, key=_longest_first)
    tokens = [*control, *hexes, *pieces]
    types = [
        *[gguf.TokenType.CONTROL] * 3,
        gguf.TokenType.UNKNOWN,
        *[gguf.TokenType.CONTROL] * len(vocabulary.specials),
        *[gguf.TokenType.BYTE] * 256,
        *[gguf.TokenType.NORMAL] * len(pieces),
    ]
    scores = [0.0] * (len(control) + 256) + [-float(rank) for rank in range(len(pieces))]
    file.put(
        {
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.pre": "default",
            "tokenizer.ggml.scores": scores,
            "tokenizer.ggml.unknown_token_id": 3,
            "tokenizer.ggml.padding_token_id": 0,
            "tokenizer.ggml.add_space_prefix": False,
        }
    )
    _finish(file, tokens, types, vocabulary)
    return tokens


def silent(tokens: list[str], vocabulary: Vocabulary) -> list[int]:
    """Ids that a trained model hardly ever says: scaffolding, broken characters, control codes."""
    spoken = {vocabulary.eos, *vocabulary.loud}
    scaffolding = {"<pad>", "<unk>", vocabulary.bos, *vocabulary.specials, *vocabulary.plain}
    mute = scaffolding - spoken
    spelling = {letter: byte for byte, letter in enumerate(_byte_letters())}
    return [
        index
        for index, token in enumerate(tokens)
        if token in mute or not _readable(token, spelling)
    ]


def _readable(token: str, spelling: dict[str, int]) -> bool:
    """Whether the token alone is text that a terminal may show."""
    if token.startswith("<0x"):
        return token == "<0x0A>"
    if not all(letter in spelling for letter in token):
        return True  # a piece of SentencePiece is text as it stands
    text = bytes(spelling[letter] for letter in token).decode(errors="replace")
    return "\ufffd" not in text and (text.isprintable() or text.strip("\n") == "")


def _finish(
    file: GgufFile, tokens: list[str], types: Sequence[int], vocabulary: Vocabulary
) -> None:
    file.put(
        {
            "tokenizer.ggml.tokens": tokens,
            "tokenizer.ggml.token_type": [int(kind) for kind in types],
            "tokenizer.ggml.eos_token_id": tokens.index(vocabulary.eos),
            "tokenizer.ggml.add_bos_token": vocabulary.add_bos,
        }
    )
    if vocabulary.bos:
        file.put({"tokenizer.ggml.bos_token_id": tokens.index(vocabulary.bos)})
    if vocabulary.template:
        file.put({"tokenizer.chat_template": vocabulary.template})


def _longest_first(piece: str) -> tuple[int, str]:
    return (-len(piece), piece)


def _byte_letters() -> list[str]:
    """GPT-2's printable stand-in for each of the 256 bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    stand_in = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(stand_in)) for byte in range(256)]


def _beginnings(space: str) -> dict[str, None]:
    """Each word as it grows letter by letter, with and without a space before it; in order."""
    words = (*(f"{space}{word}" for word in WORDS), *WORDS)
    return dict.fromkeys(word[:end] for word in words for end in range(2, len(word) + 1))


def _merges() -> list[tuple[str, str]]:
    pieces = [*_beginnings("Ġ"), *_beginnings_of_letters(), "ĊĊ"]
    return [(piece[:-1], piece[-1]) for piece in pieces]


def _beginnings_of_letters() -> Iterator[str]:
    alphabet = _byte_letters()
    for letter in LETTERS:
        spelled = "".join(alphabet[byte] for byte in letter.encode())
        yield from (spelled[:end] for end in range(2, len(spelled) + 1))
