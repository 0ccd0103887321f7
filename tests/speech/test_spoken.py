"""What is written, and what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.speech.wording.spoken import spoken

TABLE = "| Name | Age | GPU |\n|:--|--:|---|\n| Ada | 36 | ✅ |\n| Bob | | ❌ |"


def says(*pairs: tuple[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("written", "said"), pairs, ids=[pair[0] for pair in pairs])


@says(
    ("It **works**, *mostly*.", "It works, mostly."),
    ("***wow*** __bold__ _it_ ~~gone~~", "wow bold it gone"),
    ("**cut in the mid", "cut in the mid"),
    ("snake_case and 2*3*4 and 3 * 4", "snake case and 2 times 3 times 4 and 3 times 4"),
    ("# Results #\nAll good.", "Results. All good."),
    ("Title\n===\nText", "Title. Text"),
    ("- apples\n- red *pears*\n  and plums", "apples. red pears and plums."),
    ("1. Open\n2) Close!", "1: Open. 2: Close!"),
    ("- [ ] buy\n- [x] sold", "To do: buy. Done: sold."),
    ("Two things\n\n- one", "Two things. one."),
    ("> Be *brave*.\n> Now.", "Be brave. Now."),
    ("> [!NOTE]\n> Careful.", "Note: Careful."),
    ("* * *\n---\n***", ""),
    ("a\\*b \\# c", "a b # c"),
)
def test_markdown_is_not_read_out(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ('See [the *docs*](https://a.b/c_(d) "t").', "See the docs."),
    ("[Guide][1]\n\n[1]: https://a.b", "Guide"),
    ("Look at https://www.example.com/a?b=c.", "Look at a link to example dot com."),
    ("<https://example.org>", "a link to example dot org"),
    ("[https://a.io](https://a.io)", "a link to a dot io"),
    ("![A cat](cat.png) ![](dog.png)", "a picture: A cat a picture"),
    ("As shown[^1] by all.[3][4-6]\n\n[^1]: A note.", "As shown by all. Note 1: A note."),
    ("<b>Bold</b><br>new &amp; old<!-- hidden -->", "Bold. new & old"),
    ("Write to ada@example.com.", "Write to ada@example dot com."),
)
def test_of_links_the_text_is_said_and_of_addresses_the_host(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ("```python\nprint(1)\n```\nDone.", "Here is some Python code. Done."),
    ("Run:\n\n~~~\nx ```\n~~~", "Run: Here is some code."),
    ("```c++\nint main() {", "Here is some C plus plus code."),
    ("Call `get_user_name()` with `--all`.", "Call get user name with dash dash all."),
    ("`getUserName(x)` or ``a`b``", "get User Name x or a b"),
    ("`*args` is a tuple", "args is a tuple"),
)
def test_code_is_named_and_not_read(written: str, said: str) -> None:
    assert spoken(written) == said


def test_a_table_is_read_row_by_row() -> None:
    assert spoken(TABLE) == "Name: Ada; age: 36; GPU: yes. Name: Bob; GPU: no."


def test_a_row_without_its_head_is_read_as_it_is() -> None:
    assert spoken("| a | b |") == "a; b."


@says(
    ("The area is $\\pi r^2$.", "The area is pi r squared."),
    ("\\[ \\frac{a}{b} \\le \\sqrt{x} \\]", "a over b less than or equal to the square root of x"),
    ("$x_1 - x_{n}$", "x sub 1 minus x sub n"),
    ("$$\\begin{matrix} 1 & 2 \\end{matrix}$$", "a formula"),
    ("It is $5 or $6.", "It is $5 or $6."),
)
def test_short_formulas_are_read_and_long_ones_named(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ("1,234,567 and 1 234 567", "1,234,567 and 1,234,567"),
    ("3–5 apples, 10%–20%, 1.5-2.5 kg", "3 to 5 apples, 10 to 20%, 1.5 to 2.5 kg"),
    ("9am-5pm, 10:00-11:30", "9am to 5pm, 10:00 to 11:30"),
    ("$5.20, €20–30, £3bn, 20€, 5,50 €", "$5.20, 20 to €30, £3 billion, €20, €5.50"),
    ("5 km/h, 20 °C, 3.5 GB", "5 km/h, 20 °C, 3.5 GB"),
    ("1 m, 5 m/s, 250g, 30 s", "1 meter, 5 meters per second, 250 grams, 30 seconds"),
    ("in the 30s, 5m users", "in the 30s, 5m users"),
    ("8 GB/s on 3 m²", "8 gigabytes per second on 3 square meters"),
    ("10/12/2019, 2024/05/03", "10/12/2019, 2024-05-03"),
    ("2024-05-03T14:30:00Z or 12.03.2024", "2024-05-03 at 14:30 UTC or 2024-03-12"),
    ("v2.0.1, 1.2.3", "version 2 point 0 point 1, 1 point 2 point 3"),
    ("192.168.0.1", "192 dot 168 dot 0 dot 1"),
    ("1 1/2, 1½, ⅓", "1 and 1/2, 1 and ½, 1/3"),
    ("10/10, 24/7, 80/20", "10 out of 10, 24 7, 80 20"),
    ("2:1 and 1920x1080, 3x faster", "2 to 1 and 1920 by 1080, 3 times faster"),
    ("10k users in 4B, $1.99/month", "10 thousand users in 4B, $1.99 per month"),
    ("1/4 tsp, 2 tbsp", "1/4 teaspoon, 2 tablespoons"),
    ("on Jan. 5th", "on Jan 5th"),
    ("555-1234, +1 555 123 4567", "555-1234, +1 555 123 4567"),
    ("5 - 3 = 2", "5 minus 3 = 2"),
)
def test_numbers_are_left_to_the_voice_where_it_reads_them_well(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ("e.g. cats, i.e. pets", "for example cats, that is pets"),
    ("dogs vs. cats, etc. Then", "dogs versus cats, etcetera. Then"),
    ("and so on, etc., but", "and so on, etcetera, but"),
    ("No. 5, pp. 3-4, approx. 5", "number 5, pages 3 to 4, approximately 5"),
    ("No. Not five.", "No. Not five."),
    ("Dr. Who", "Dr. Who"),
    ("README.md in /usr/local/bin", "read me dot md in slash usr slash local slash bin"),
    ("src/main.py and ~/a", "src slash main dot py and home slash a"),
    ("C:\\Users\\ada", "C drive, Users slash ada"),
    ("C# and and/or", "C sharp and and/or"),
)
def test_abbreviations_and_names_of_files(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ("File → Save -> Exit", "File to Save to Exit"),
    ("Wait... what -- really - yes?", "Wait… what — really — yes?"),
    (
        "x ≤ 5, a >= b, a != b",
        "x less than or equal to 5, a greater than or equal to b, a is not equal to b",
    ),
    ("10⁶, x², CO₂", "10 to the power of 6, x squared, C O 2"),
    ("Great 🎉🎉! Yes 👍🏽 1️⃣", "Great! Yes 1"),
    ("🇩🇪👨‍👩‍👧", ""),
    ("\x1b[31mred\x07\u200b", "31mred"),
)
def test_signs_are_words_and_pictures_are_nothing(written: str, said: str) -> None:
    assert spoken(written) == said


@says(
    ("Grüße aus Köln, am 3. Mai.", "Grüße aus Köln, am 3. Mai."),
    ("你好。今天天气很好。", "你好。今天天气很好。"),
    ("«Где?» — там", "«Где?» — там"),
)
def test_other_languages_pass_unharmed(written: str, said: str) -> None:
    assert spoken(written) == said


def test_a_key_is_not_spelled() -> None:
    assert spoken(f"It is {'eyJhbGciOi.' * 20}, really.") == "It is a long code really."


def test_half_a_sentence_keeps_the_voice_up() -> None:
    assert spoken("It is low tide and", whole=False) == "It is low tide and,"
    assert spoken("It is low tide;", whole=False) == "It is low tide;"


ODD = st.text("aB1 .,*_`|#>[](){}<!$\\-\n\t~^&;:/’…–🎉₂²✓\x1b", max_size=60)


@given(ODD)
def test_whatever_is_written_what_is_said_is_one_plain_line(written: str) -> None:
    said = spoken(written)
    assert said == " ".join(said.split())
    assert not set(said) & set("`[]{}🎉\x1b\n*")


@pytest.mark.parametrize("sign", ["[", "`", "*", "|", "<", "a-", "$a ", "1.", "(", "A", "\\", "/a"])
def test_a_long_run_of_one_sign_takes_no_long_time(sign: str) -> None:
    """Quadratic patterns would run into the time limit of the tests."""
    spoken(sign * 4000)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Son **5 km**, 20 % más.", "Son 5 km, 20 % más."),
        ("La cita es a las 9:30 – 10:30 👍", "La cita es a las 9:30 – 10:30"),
        ("Prof. Müller & Co. ≈ 3 €", "Prof. Müller & Co. ≈ 3 €"),
        (f"La clave es {'0123456789abcdef' * 10}.", "La clave es …"),
        ("बैठक कल होगी।", "बैठक कल होगी।"),
    ],
)
def test_a_voice_of_another_language_is_given_no_english_words(written: str, said: str) -> None:
    assert spoken(written, english=False) == said
