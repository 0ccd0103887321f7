"""Signs, units and numbers that voices read badly or not at all, in English words. Pure.

Checked against the phonemes of hibari, sign by sign: what it reads well stays as it is. It cuts
sentences before it reads abbreviations, so that one before a number has to be written out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from edgeomni.speech.wording.words import (
    ABBREVIATIONS,
    BEFORE_NUMBERS,
    FRACTIONS,
    SCALES,
    SIGNS,
    UNITS,
)

_Reading = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_SPACED = {"m", "t", "l", "s", "h"}
"""Letters that mean something else where they touch the number, as in 5m and the 30s."""
_CURRENCY = "$€£¥"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_EXTENSIONS = (
    "com|org|net|edu|gov|io|dev|ai|uk|de|fr|eu|py|js|ts|md|txt|json|toml|yaml|yml|html|css|csv|pdf"
    "|png|jpe?g|gif|svg|mp3|mp4|wav|zip|gz|exe|sh|rs|go|cpp|h|log|ini|cfg|xml|docx?|xlsx?|gguf|onnx"
)


def readable(text: str, *, english: bool = True) -> str:
    """One line of plain text with words in place of what is read badly.

    Without ``english`` only what nobody can say is left out.
    """
    for pattern, replacement in _READINGS if english else _ANYWHERE:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _unit(found: re.Match[str]) -> str:
    number, space, unit = found.groups()
    if unit in _SPACED and not space:
        return found.group()
    one, many = UNITS[unit]
    part = found.string[: found.start()].endswith("/")  # 1/4 tsp
    return f"{number} {one if number == '1' or part else many}"


def _amount(found: re.Match[str]) -> str:
    sign, number, scale = found.groups()
    return f"{sign}{number} {SCALES[scale.lower()]}"


def _sign_first(found: re.Match[str]) -> str:
    number, sign = found.groups()
    if re.fullmatch(r"\d+,\d\d", number):  # as it is written in Europe
        number = number.replace(",", ".")
    return f"{sign}{number}"


def _range(found: re.Match[str]) -> str:
    first, first_unit, last, last_unit = found.groups()
    phone = re.fullmatch(r"\d{3}", first) and re.fullmatch(r"\d{4}", last)
    if "-" in found.group() and phone:
        return found.group()
    if first[0] in _CURRENCY and last[0] not in _CURRENCY:
        first, last = first[1:], first[0] + last
    if (first_unit or "").strip() == (last_unit or "").strip():
        first_unit = ""
    return f"{first}{first_unit or ''} to {last}{last_unit or ''}"


def _dotted(found: re.Match[str]) -> str:
    numbers = found.group(2).split(".")
    if len(numbers) == 3 and len(numbers[2]) == 4 and not found.group(1):
        day, month, year = numbers
        return f"{year}-{int(month):02}-{int(day):02}"
    word = "dot" if len(numbers) == 4 else "point"
    return f"{'version ' if found.group(1) else ''}{f' {word} '.join(numbers)}"


def _path(found: re.Match[str]) -> str:
    path = re.sub(r"^(?:\./)+", "", found.group())
    path = re.sub(r"^~/", "home slash ", path)
    return re.sub(r"[/\\]+", " slash ", path)


def _superscript(found: re.Match[str]) -> str:
    power = found.group().translate(_SUPERSCRIPTS)
    return {"2": " squared", "3": " cubed"}.get(power, f" to the power of {power}")


def _formula(found: re.Match[str]) -> str:
    return " ".join(re.findall(r"[A-Z][a-z]?|\d+", found.group().translate(_SUBSCRIPTS)))


def _etcetera(found: re.Match[str]) -> str:
    return "etcetera" + ("." if found.group(1) is not None else "")


_END = r"(\s?(?:%|°[CF]?|[ap]\.?m\.?(?!\w)|(?:km|kg|cm|mm|GB|MB|ms|m|g|s|h)(?!\w)))?"
_VALUE = rf"([{_CURRENCY}]?\d+(?:[.,:]\d+)*){_END}"
_Plain = list[tuple[str, str | Callable[[re.Match[str]], str]]]
_UNSEEN: _Plain = [
    (r"[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u20e3\ufe0e\ufe0f\u200d]", ""),
    (r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " "),
]
_UNSAID: _Plain = [
    (r"[\[\]{}]+|[*`]+", " "),
    # Emoji, boxes, bullets and other pictures.
    (r"[\U0001f000-\U0001faff\u2300-\u23ff\u2500-\u27bf\u2b00-\u2bff\ue000-\uf8ff]+", " "),
    (r"\s+([,.;:!?)])(?!\w)", r"\1"),
    (r"\( +", "("),
    (r"([.!?])(?: ?\1)*(?: [.,])+", r"\1"),
]
_PLAIN: _Plain = [
    *_UNSEEN,
    (r"(?<=\d)[\u202f\u00a0\u2009'’](?=\d{3}\b)", ","),
    (
        r"(?<![+\d])(?<!\d )\b(\d{1,3})((?: \d{3}){2,})\b(?! ?\d)",
        lambda m: m[1] + m[2].replace(" ", ","),
    ),
    (r"[\u00a0\u202f\u2009]", " "),
    (r"[!-~]{120,}", "a long code"),  # a key, a digest, a line of dots: nobody can follow it
    (r"…|\.\.\.+", "…"),
    (_alternatives(FRACTIONS), lambda m: f" {FRACTIONS[m.group()]}"),
    (r"(?<=\d)(?=[½¼¾])", " and "),
    # Abbreviations.
    (rf"(?<![\w.])({_alternatives(ABBREVIATIONS)})", lambda m: ABBREVIATIONS[m[1]]),
    (rf"\b({_alternatives(BEFORE_NUMBERS)})\. ?(?=\d)", lambda m: f"{BEFORE_NUMBERS[m[1]]} "),
    (r"\betc\.(?=(\s+[A-Z]|\s*$))?", _etcetera),
    # Addresses, files and names.
    (r"(?<![\w/])(?=[\d/]*[A-Za-z_.~-])(?:~|\.{1,2})?/?[\w.-]+(?:/[\w.-]+){2,}/?", _path),
    (r"(?<!\S)(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]+)*/?", _path),
    (rf"\b[\w.-]+/[\w-]+\.(?:{_EXTENSIONS})\b", _path),
    (
        r"\b[A-Z]:\\[\w\\.-]*",
        lambda m: m.group().replace(":\\", " drive, ").replace("\\", " slash "),
    ),
    (r"\bREADME\b", "read me"),
    (rf"(?<=\w)\.(?=(?:[\w-]+\.)*(?:{_EXTENSIONS})\b)(?!\d)", " dot "),
    (r"(?<=\w)_+(?=\w)", " "),
    (r"\bC#|\bF#", lambda m: f"{m.group()[0]} sharp"),
    # Dates, versions and the like.
    (r"\b(\d{4})/(\d{2})/(\d{2})\b", r"\1-\2-\3"),
    (r"(?<=\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z?)", lambda m: f" at {m[1]}{' UTC' * bool(m[2])}"),
    (r"\b([vV])(\d+(?:\.\d+)*)\b", _dotted),
    (r"(?<![\w.])()(\d+(?:\.\d+){2,})(?![\w])", _dotted),
    (r"\b(\d+)/\1\b(?!/)", r"\1 out of \1"),
    (r"\b(24/7|(?:\d0)/(?:\d0))\b(?!/)", lambda m: m[1].replace("/", " ")),
    (r"(?<![\d:])(\d{1,2}):(\d)(?![\d:])", r"\1 to \2"),
    (r"\b(\d{3,5}) ?[x×] ?(\d{3,5})\b", r"\1 by \2"),
    (r"(?<=\d)x(?!\w)", " times"),
    (r"(?<=\d)/(?=(?:second|minute|hour|day|night|week|month|year|person)\b)", " per "),
    (r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\. (?=\d)", r"\1 "),
    (r"\b(\d+) (\d)/(\d)\b", r"\1 and \2/\3"),
    (r"\b(\d)'(\d{1,2})(?:\"|'')", r"\1 foot \2"),
    # Amounts.
    (rf"(\d+(?:,\d{{2,3}})*(?:\.\d+)?)\s?([{_CURRENCY}])(?!\d)", _sign_first),
    (rf"([{_CURRENCY}])({_NUMBER})\s?(bn|tn|mn|[kKmM])\b", _amount),
    (rf"(?<![\w.,:/-]){_VALUE}\s?[–—-]\s?{_VALUE}(?![\w/-])(?!\s*=)", _range),
    (r"(?<=\d) ?- ?(?=\d+ ?=)", " minus "),
    (rf"(?<![\w.])({_NUMBER})(\s?)({_alternatives(UNITS)})(?![\w/²³])", _unit),
    (r"(?<=\d)k\b(?![/-])", " thousand"),
    # Signs.
    (r"(?<!\w)~\s?(?=\d)", "about "),
    (r"(?<!\S)[-−](?=\d)", "-"),
    (r"(?<![A-Za-z])(?:[A-Z][a-z]?[₀-₉]*)+(?<=[₀-₉])(?:[A-Z][a-z]?[₀-₉]*)*", _formula),
    (r"[₀-₉]+", lambda m: " " + m.group().translate(_SUBSCRIPTS)),
    (r"[⁰¹²³⁴-⁹⁻]+", _superscript),
    (r"(?<=\w) \* (?=\w)", " times "),
    (_alternatives(SIGNS), lambda m: f" {SIGNS[m.group()]} "),
    (r"(?<=\S) (?:--?|–) (?=\S)", " — "),
    *_UNSAID,
]
_READINGS: list[_Reading] = [(re.compile(pattern), reading) for pattern, reading in _PLAIN]
_ANYWHERE: list[_Reading] = [
    (re.compile(pattern), reading)
    for pattern, reading in (*_UNSEEN, (r"[!-~]{120,}", "…"), *_UNSAID)
]
"""For a language whose words are not known here."""
