"""What foreign text may still do to a terminal once it went through the sanitiser: be read."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeomni.sanitise import MAX_MARKS, Cleaner, clean

BEL, ESC, ST = "\x07", "\x1b", "\x1b\\"

SPECIALS = st.sampled_from(
    [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0))]
    + list("\u200b\u200c\u200d\u200e\u202e\u2066\u2069\u2028\u2029\ufeff\ufe0f\u034f\u0301")
    + ["\ud800", "\udfff", "\U000e0041", "\U0001f469", "\u0628", "a"]
)
TEXTS = st.text(st.one_of(st.characters(codec=None), SPECIALS), max_size=60)


@given(TEXTS)
def test_nothing_but_kept_controls_and_visible_text_comes_out(text: str) -> None:
    for char in clean(text):
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")


@given(TEXTS)
def test_without_kept_controls_the_result_is_one_line(text: str) -> None:
    assert len(clean(text, keep="").splitlines()) <= 1


@given(st.lists(TEXTS, max_size=8))
@example(["a\r", "\nb"])
@example(["\r", "", "\r"])
@example(["\U0001f469\u200d", "\u200d\U0001f4bb"])
@example(["e", "\u0301" * 8, "\u0301" * 8])
def test_a_stream_joins_to_the_cleaned_whole(pieces: list[str]) -> None:
    cleaner = Cleaner()
    streamed = "".join([cleaner.feed(piece) for piece in pieces]) + cleaner.flush()
    assert streamed == clean("".join(pieces))


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "payload",
    [
        f"{ESC}]52;c;cm0gLXJmIC8={BEL}",
        f"{ESC}]0;owned{ST}",
        f"{ESC}]8;;file:///etc/passwd{ST}click{ESC}]8;;{ST}",
        f"{ESC}[2J{ESC}[H{ESC}[6n",
        f'{ESC}P$q"p{ST}',
        f"{ESC}_Gf=24{ST}",
        f"{ESC}^pm{ST}",
        f"{ESC}Xsos{ST}",
        "\x9b31m\x9d52;c;eA==\x9c",
        f"{ESC}c",
        f"{ESC}]52;c;never ends",
    ],
    ids=["osc52", "title", "link", "cursor", "dcs", "apc", "pm", "sos", "c1", "reset", "open"],
)
def test_escape_sequences_arrive_as_plain_text(payload: str) -> None:
    shown = clean(f"before {payload} after")
    assert ESC not in shown
    assert BEL not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1m", "␛[1m"),
        ("\x00\x07\x08", "␀␇␈"),
        ("\x7f", "␡"),
        ("\x9b", "\\x9b"),
        ("a\r\nb", "a\nb"),
        ("50 %\r100 %", "50 %␍100 %"),
        ("end\r", "end␍"),
        ("one\u2028two", "one\ntwo"),
        ("\ud83d", "\ufffd"),
        ("caf\udce9.png", "caf\\xe9.png"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("a\u2066b\u2069c", "abc"),
        ("pass\u200bword\ufeff", "password"),
        ("hi\U000e0068\U000e0069", "hi"),
        ("a\u3164b", "ab"),
        ("a\u200db", "ab"),
        ("a\ufe0f\ufe0f\ufe0f", "a\ufe0f"),
    ],
)
def test_each_kind_of_trick_has_one_look(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, naïve café — “quoted” … 12 °C",
        "שלום עולם",
        "مرحبا بالعالم",
        "می‌خواهم",
        "क्‍ष श्री",
        "👩‍💻 👨‍👩‍👧‍👦 ❤️‍🔥 🏳️‍🌈 👍🏽 1️⃣",
        "日本語 한국어 中文",
        "שלום\u200f (test)\u200e",
        "x̂ ṡ́ Z̧",
        "col\tumn\nline",
        "  nerd font",
    ],
)
def test_ordinary_writing_passes_unchanged(text: str) -> None:
    assert clean(text) == text


def test_a_flood_of_accents_is_cut_to_a_human_number() -> None:
    assert clean("a" + "\u0301" * 10_000 + "b") == "a" + "\u0301" * MAX_MARKS + "b"


def test_invisible_characters_between_accents_do_not_reopen_the_flood() -> None:
    shown = clean("a" + ("\u0301" * 8 + "\u200b\u200e") * 500)
    assert shown.count("\u0301") <= MAX_MARKS


def test_a_line_of_a_megabyte_is_cleaned_while_nobody_notices() -> None:
    line = "word " * 100_000 + "\x1b[31m" + "wort " * 100_000
    began = time.process_time()
    shown = clean(line)
    assert time.process_time() - began < 0.1
    assert shown.count("␛") == 1
