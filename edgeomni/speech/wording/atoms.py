"""What must not be cut: code, links, tags, formulas, tables; and where blocks begin. Pure.

All is asked about a text that may still grow: an answer is given once it can no longer change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UNKNOWN = -1
"""It depends on what comes next."""

_LONGEST = 300
"""Characters in a code span, a label, a tag; a sign that finds no partner within stands alone."""
_LONGEST_ADDRESS = 2000
_LONGEST_FORMULA = 1000
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def atom(text: str, at: int, final: bool) -> int:
    """Where the atom that begins at ``at`` ends; behind the one sign if it is none; or UNKNOWN."""
    match text[at]:
        case "`":
            ticks = len(text) - at - len(text[at:].lstrip("`"))
            if at + ticks == len(text) and not final:
                return UNKNOWN
            pattern = re.compile(rf"(?<!`)`{{{ticks}}}(?!`)")
            return _closed(text, at + ticks, pattern, _LONGEST, final, look=1)
        case "[":
            return _link(text, at, final)
        case "<":
            return _tag(text, at, final)
        case "$":
            return _formula(text, at, final)
    if at + 1 == len(text) and not final:
        return UNKNOWN
    if text[at + 1 : at + 2] in ("(", "["):
        closing = {"(": r"\\\)", "[": r"\\\]"}[text[at + 1]]
        return _closed(text, at + 2, re.compile(closing), _LONGEST_FORMULA, final)
    return min(at + 2, len(text))


def _closed(
    text: str, at: int, closing: re.Pattern[str], limit: int, final: bool, look: int = 0
) -> int:
    """The end of what closes an atom; ``at`` if nothing does in its paragraph, within ``limit``.

    ``look`` is how many characters behind the closing the pattern looks at.
    """
    window = text[: at + limit]
    blank = _BLANK_LINE.search(window, at)
    stop = blank.start() if blank else len(window)
    found = closing.search(window, at, stop)
    if found and (final or blank or found.end() + look <= len(text) or len(window) < len(text)):
        return found.end()
    settled = final or blank or len(window) < len(text)
    return at if settled else UNKNOWN


def _link(text: str, at: int, final: bool) -> int:
    label = _closed(text, at + 1, re.compile(r"\]"), _LONGEST, final, look=1)
    if label in (UNKNOWN, at + 1):
        return label
    follows = text[label : label + 1]
    if follows not in ("(", "["):
        return label
    closing = r"\)(?!\))" if follows == "(" else r"\]"
    return _closed(text, label + 1, re.compile(closing), _LONGEST_ADDRESS, final, look=1)


def _tag(text: str, at: int, final: bool) -> int:
    if at + 1 == len(text):
        return at + 1 if final else UNKNOWN
    if not (text[at + 1].isalpha() or text[at + 1] in "/!"):
        return at + 1
    return _closed(text, at + 1, re.compile(r">"), _LONGEST, final)


def _formula(text: str, at: int, final: bool) -> int:
    following = text[at + 1 : at + 2]
    if not following:
        return at + 1 if final else UNKNOWN
    if following == "$":
        return _closed(text, at + 2, re.compile(r"\$\$"), _LONGEST_FORMULA, final)
    if following.isspace() or following.isdigit():  # an amount
        return at + 1
    closing = re.compile(r"(?<=[^\s$])\$(?!\d)|\n")
    end = _closed(text, at + 1, closing, _LONGEST, final, look=1)
    return at + 1 if end > 0 and text[end - 1] == "\n" else end


@dataclass(frozen=True, slots=True)
class Block:
    """What stands at the beginning of a line."""

    end: int
    """Where to read on; UNKNOWN while that depends on what comes next."""
    begins: bool
    """It is no part of what stands in the line before."""
    whole: bool = False
    """It is a block of its own, up to ``end``."""


_MARKER = re.compile(r"[ \t]*(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+)")
_HALF_MARKER = re.compile(
    r"[ \t]*(?:[-*_=+•][-*_= \t]*|\d{1,3}[.)]?[ \t]*|#{1,6}[ \t]*|>[ \t>]*|`{1,2}|~{1,2})?"
)
_QUOTE = re.compile(r"[ \t]*>[ \t>]*")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+[^\n]*")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}\n")
_ROWS = re.compile(r"(?:[ \t]*\|[^\n]*\n)+")


def block(text: str, at: int, final: bool) -> Block | None:
    """What begins in the line at ``at``; None while it depends on what comes next."""
    half = _HALF_MARKER.match(text, at)
    if half and half.end() == len(text) and not final:
        return Block(UNKNOWN, True) if _MARKER.match(text, at) else None
    if fence := _FENCE.match(text, at):
        return _fenced(text, fence, final)
    if text[at:].lstrip(" \t").startswith("|"):
        return _table(text, at, final)
    if heading := _HEADING.match(text, at):
        if heading.end() == len(text):
            return Block(len(text) if final else UNKNOWN, True, True)
        return Block(heading.end() + 1, True, True)
    if (rule := _RULE.match(text, at)) is not None:
        return Block(rule.end(), True, True)
    if marker := _MARKER.match(text, at):
        return Block(marker.end(), True)
    newline = text.find("\n", at)
    if newline >= 0 and not text[at:newline].strip():
        return Block(newline + 1, True, True)
    quote = _QUOTE.match(text, at)
    return Block(quote.end() if quote else at, False)


def _fenced(text: str, fence: re.Match[str], final: bool) -> Block:
    ticks = fence.group(1)
    if fence.end() == len(text) and not final:
        return Block(UNKNOWN, True, True)
    closing = re.compile(rf"^[ \t]*{re.escape(ticks)}{re.escape(ticks[0])}*[ \t]*\n", re.MULTILINE)
    first_line = text.find("\n", fence.end())
    found = closing.search(text, first_line + 1) if first_line >= 0 else None
    if found:
        return Block(found.end(), True, True)
    return Block(len(text) if final else UNKNOWN, True, True)


def _table(text: str, at: int, final: bool) -> Block:
    rows = _ROWS.match(text, at)
    end = rows.end() if rows else at
    rest = text[end:].lstrip(" \t")
    if not final and (not rest or rest.startswith("|")):
        return Block(UNKNOWN, True, True)
    return Block(len(text) if rest.startswith("|") else end, True, True)
