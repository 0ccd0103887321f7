"""The one choke point for foreign text that reaches a terminal: models, files, servers, errors.

Nothing that a model, a file name or a server says may move the cursor, write the clipboard, rename
the window, hide text or turn it round. Control characters become visible pictures (``␛``), so an
escape sequence is seen as the plain text it then is, and one that never ends swallows nothing.
Invisible format characters are dropped. What ordinary writing needs stays: joiners in emoji,
Persian and Indic words, direction marks, variation selectors, a human number of accents.
"""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 10
"""Combining marks kept on one letter; the tallest real stacks (Tibetan) stay below."""

# As what Python holds a byte of a file name that is no UTF-8, unless it is half of a character.
_UNDECODED = re.compile("(?<![\ud800-\udbff])[\udc80-\udcff]")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_DIRECTION_MARKS = "\u200e\u200f\u061c"
# Letters and marks without ink, which the category alone does not betray.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# Format characters with ink: number signs and their kin in Arabic, Syriac and Kaithi.
_INKED_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_SELECTORS = frozenset(
    [chr(n) for n in (0x180B, 0x180C, 0x180D, 0x180F)]
    + [chr(n) for n in range(0xFE00, 0xFE10)]
    + [chr(n) for n in range(0xE0100, 0xE01F0)]
)
_INVISIBLE = _SELECTORS | frozenset(_ZWNJ + _ZWJ + _DIRECTION_MARKS)
_SUSPECT_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Me", "Mc"))
# Where a zero-width joiner or non-joiner changes the shape of a word: Arabic to Myanmar, Khmer and
# Mongolian, with their later additions.
_JOINING_SCRIPTS = (
    (0x0600, 0x109F),
    (0x1780, 0x18AF),
    (0xA840, 0xA87F),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFE),
    (0x11000, 0x11FFF),
)


def clean(text: str, *, keep: str = "\n\t") -> str:
    """Foreign text made safe to print; control characters stay only when named in ``keep``.

    Use ``keep=""`` for what must stay on one line: file names, model names, error details.
    """
    cleaner = Cleaner(keep=keep)
    return cleaner.feed(text) + cleaner.flush()


def spelled(text: str) -> str:
    """Text with file names in it, for any program: a byte that is no UTF-8 becomes ``\\xe9``."""
    return _UNDECODED.sub(lambda found: _picture(found[0]), text)


class Cleaner:
    """``clean`` for a stream: whatever the cuts, the pieces join to ``clean`` of the whole."""

    def __init__(self, *, keep: str = "\n\t") -> None:
        self._keep = frozenset(keep)
        self._last = ""
        """The last character that was printed."""
        self._marks = 0
        """Combining marks printed since the last letter."""
        self._return = False
        """A carriage return waits for the line feed that makes it harmless."""

    def feed(self, text: str) -> str:
        suspects = "".join(c for c in set(text) if c not in self._keep and _suspect(c))
        if not suspects:
            return self._plain(text)
        # Runs of harmless text pass whole: a megabyte on one line must not take a second.
        pieces = re.split(f"([{re.escape(suspects)}])", text)
        return "".join(
            [self._odd(piece) if i % 2 else self._plain(piece) for i, piece in enumerate(pieces)]
        )

    def flush(self) -> str:
        """What was held back; call it once, at the end."""
        rest = _picture("\r") if self._return else ""
        self._return = False
        return rest

    def _plain(self, text: str) -> str:
        if not text:
            return ""
        lead = "" if text.startswith("\n") else self.flush()
        self._return = False
        self._last, self._marks = text[-1], 0
        return lead + text

    def _odd(self, char: str) -> str:
        lead = self.flush()
        if char == "\r":
            self._return = True
            return lead
        shown = self._shown(char)
        if shown:
            self._last = shown[-1]
            self._marks = self._marks if self._last in _INVISIBLE or _is_mark(char) else 0
        return lead + shown

    def _shown(self, char: str) -> str:
        if char in _BLANKS:
            return ""
        if _is_mark(char):
            return self._mark(char)
        match unicodedata.category(char):
            case "Cc":
                return _picture(char)
            case "Cs":
                return _picture(char) if _UNDECODED.match(char) else "\ufffd"
            case "Zl" | "Zp":
                return "\n" if "\n" in self._keep else _picture("\n")
        return self._format(char)

    def _mark(self, char: str) -> str:
        if char in _SELECTORS and self._last in _INVISIBLE:
            return ""
        self._marks += 1
        return char if self._marks <= MAX_MARKS else ""

    def _format(self, char: str) -> str:
        if char in _INKED_FORMATS:
            return char
        if self._last in _INVISIBLE and not (char == _ZWJ and self._last == "\ufe0f"):
            return ""
        if char in _DIRECTION_MARKS:
            return char
        return char if char in (_ZWJ, _ZWNJ) and _joins(self._last, char) else ""


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Mc")


def _suspect(char: str) -> bool:
    return unicodedata.category(char) in _SUSPECT_CATEGORIES or char in _BLANKS


def _picture(char: str) -> str:
    """Something with ink for a control character, or its number for C1 and undecoded bytes."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\\x{code & 0xFF:02x}"


def _joins(before: str, joiner: str) -> bool:
    if not before:
        return False
    code = ord(before)
    if any(low <= code <= high for low, high in _JOINING_SCRIPTS):
        return True
    pictographic = code >= 0x1F000 or 0x2190 <= code <= 0x2BFF or before == "\ufe0f"
    return joiner == _ZWJ and pictographic
