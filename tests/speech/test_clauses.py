"""A streamed answer in pieces: early, whole, and the same however it came."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeomni.speech.wording.clauses import Clauses, Piece
from edgeomni.speech.wording.spoken import spoken

CODE = "```python\ndef f(a, b):\n\n    return a. b\n```\n"
ROWS = "| a, b | c. D |\n|---|---|\n| 1 | 2 |\n"


def pieces(*deltas: str) -> list[Piece]:
    clauses = Clauses()
    return [piece for delta in deltas for piece in clauses.feed(delta)] + clauses.end()


def texts(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces(text)]


# ── how early ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("heard", "first"),
    [
        ("Sure. H", "Sure."),
        ("The sea is salty, b", "The sea is salty,"),
        ("Photosynthesis, chlorophyll, l", "Photosynthesis, chlorophyll,"),
        ("Here are some ideas:\n\n", "Here are some ideas:"),
        ("Here are some ideas:\n* ", "Here are some ideas:"),
        ("The ferry leaves at nine from the pier becaus", None),
        ("The ferry leaves at nine from the pier because ",
         "The ferry leaves at nine from the pier,"),
        ("It is low tide — s", "It is low tide —"),
        ("It is low tide—s", "It is low tide—"),
        ("# A title\n", "A title."),
        ("- apples\n-", None),
        ("- apples\n- ", "apples."),
        ("A paragraph.\n\n", "A paragraph."),
    ],
)  # fmt: skip
def test_the_first_piece_comes_as_soon_as_it_is_sure(heard: str, first: str | None) -> None:
    got = [piece.spoken for piece in Clauses().feed(heard)]
    assert got == ([first] if first else [])


def test_a_comma_too_early_ends_no_piece() -> None:
    assert [p.spoken for p in pieces("Well, yes, it is so, I think.")] == [
        "Well, yes, it is so,",
        "I think.",
    ]


def test_later_pieces_are_sentences() -> None:
    assert texts("Sure. First, you open the lid, and then you look in. That is all.") == [
        "Sure. ",
        "First, you open the lid, and then you look in. ",
        "That is all.",
    ]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    long = "A long clause without an end " * 5 + "at last, and more of it."
    assert texts("Yes. " + long)[1:] == [long.removesuffix("and more of it."), "and more of it."]


def test_a_text_without_any_sign_is_cut_all_the_same() -> None:
    assert max(map(len, texts("word " * 500))) < 300


# ── what is never cut ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "whole",
    [
        "It costs 1,234.50 dollars at 14:30 today.",
        "Dr. Smith met Mr. Jones and J. K. Rowling.",
        "Fruit, e.g. apples, i.e. red ones.",
        "In the U.S. Army he was No. 5 of 10.",
        "Go to https://a.b/c,d;e?f=g.H now.",
        "Read [this. And that, too](https://a.b/c) now.",
        "Use `a. B, c` here.",
        "It is $a, b. C$ then.",
        "Chapters 3 – 5 only.",
        "The title <a href='x. Y, z'> is.",
        'He asked "Why?" and left.',
        "Wait... what?",
    ],
)
def test_these_stay_in_one_piece(whole: str) -> None:
    assert texts("Yes. " + whole) == ["Yes. ", whole]


@pytest.mark.parametrize("block", [CODE, ROWS, CODE.replace("```", "~~~")])
def test_code_and_tables_are_one_piece_each(block: str) -> None:
    assert texts(f"Look.\n{block}Done. Bye.") == ["Look.\n", block, "Done. ", "Bye."]


def test_what_stands_before_code_does_not_wait_for_its_end() -> None:
    assert [p.spoken for p in Clauses().feed("Look here\n```py\ndef")] == ["Look here"]


def test_code_that_never_ends_is_named_at_the_end() -> None:
    assert [p.spoken for p in pieces("```py\nx")] == ["Here is some Python code."]


def test_a_sign_that_finds_no_partner_does_not_hold_the_answer_up() -> None:
    early = Clauses().feed("It costs ` a lot. " * 40)
    assert len(early) > 10


@pytest.mark.parametrize("end", ["5 p.m. Then", "number 5. Then", "with Ada! Then", '"so." Then'])
def test_these_end_a_sentence(end: str) -> None:
    assert len(texts(f"It is {end} we go.")) == 2


def test_full_width_signs_need_no_space_behind_them() -> None:
    assert texts("你好。今天很好。") == ["你好。", "今天很好。"]


# ── spans ────────────────────────────────────────────────────────────────────────────────────────


def test_silent_signs_join_the_piece_behind_them() -> None:
    text = "Good. 🎉 --- How are you?"
    assert texts(text) == ["Good. ", "🎉 --- How are you?"]


def test_silence_has_no_pieces() -> None:
    assert pieces("🎉\n\n---\n") == []


MARKUP = [
    *("Hello", " there", "e.g. ", "Dr. ", "1", "1. ", ". ", ", ", "; ", " and ", "! ", "… "),
    *("\n", "\n\n", "\n- ", "\n1. ", "\n# ", "\n> ", "`", "```", "\n```py\n", "\n```\n", "*", "**"),
    *("[", "](", ")", "https://a.b/c ", "|", "\n| a | b |\n", "|---|---|\n", "<b>", "<", ">", "$"),
    *("$$", "\\(", "\\)", "\\", " — ", "—", " - ", "。", "，", "🎉", " ", "word " * 12, "\t", '"'),
]
ANSWERS = st.lists(st.sampled_from(MARKUP), max_size=40).map("".join)


@settings(max_examples=300)
@given(ANSWERS, st.data())
def test_pieces_are_the_same_however_the_answer_is_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=30)))
    ends = [0, *cuts, len(text)]
    deltas = [text[a:b] for a, b in pairwise(ends)]
    assert pieces(*deltas) == pieces(text) == pieces(*text)


@settings(max_examples=300)
@given(ANSWERS)
def test_spans_cover_the_answer_in_order_and_nothing_is_empty(text: str) -> None:
    at = 0
    for piece in pieces(text):
        assert piece.start == at < piece.end
        assert piece.spoken == " ".join(piece.spoken.split()) != ""
        at = piece.end
    assert spoken(text[at:]) == ""


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert pieces(text) == pieces(*text)


@pytest.mark.slow
def test_a_long_answer_token_by_token_takes_no_long_time() -> None:
    text = "A sentence, such as this one, with `code` and [links](https://a.b). " * 300
    assert len(pieces(*text)) > 300
    assert len(pieces(*("```\n" + "x = 1\n" * 3000))) == 1


def test_hindi_sentences_end_at_their_own_stop() -> None:
    pieces = Clauses(english=False).feed("बैठक कल होगी। पानी लाएँ। और")
    assert [piece.spoken for piece in pieces] == ["बैठक कल होगी।", "पानी लाएँ।"]
