"""Words that arrive one piece at a time, set into an indented column without breaking any."""

from __future__ import annotations

import re


class Column:
    """Feed it pieces; what it returns can be printed at once. No line ends with a blank."""

    def __init__(self, *, indent: int, width: int) -> None:
        self._indent = " " * indent
        self._width = max(width, indent + 20)
        self._at = indent
        """Characters on the present line; the caller has printed the first indent."""
        self._rest = ""
        """A word that may go on, with the blanks before it."""
        self._begun = False
        self._fresh = False
        """The line was begun here, and its indent is still to come: a blank line needs none."""

    def feed(self, text: str) -> str:
        """All but the last word, which may not be over yet."""
        *whole, self._rest = re.split(r"(?<=\S)(?=\s)|(?<=\n)", self._rest + text)
        return "".join([self._place(word) for word in whole])

    def end(self) -> str:
        last, self._rest = self._rest, ""
        return self._place(last.rstrip()) + "\n"

    def _place(self, word: str) -> str:
        """``word`` is blanks and then a word, or blanks and a line break."""
        bare = word.strip()
        if not bare:
            return self._break() if word.endswith("\n") and self._begun else ""
        if not self._begun or self._at + len(word) > self._width:
            lead = self._break() if self._begun else ""
            self._begun, word = True, bare
        else:
            lead = ""
        lead += self._indent if self._fresh else ""
        self._fresh, self._at = False, self._at + len(word)
        return lead + word

    def _break(self) -> str:
        self._at, self._fresh = len(self._indent), True
        return "\n"
