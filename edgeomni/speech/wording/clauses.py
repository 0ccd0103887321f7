"""A streamed answer cut into pieces to speak: the first one early, then sentence by sentence. Pure.

Where it is cut depends on the text alone and never on how the stream came: a place is judged once
enough of what follows is known, which mostly is one character of the next word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from edgeomni.speech.wording.atoms import UNKNOWN, atom, block
from edgeomni.speech.wording.spoken import spoken


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer that is spoken in one go."""

    start: int
    """Characters of the answer before it."""
    end: int
    """Characters of the answer up to its end; the next piece starts here."""
    spoken: str
    """As it is to be said; never empty."""


class _Cut(IntEnum):
    """How much speaks for a cut."""

    NONE = 0
    SPACE = 1
    CONJUNCTION = 2
    CLAUSE = 3
    SENTENCE = 4


_FIRST = {_Cut.CLAUSE: (20, 4), _Cut.CONJUNCTION: (36, 6), _Cut.SPACE: (100, 16)}
"""Characters or words that the first piece must have; sooner heard is better than better said."""
_LATER = {_Cut.CLAUSE: (120, 24), _Cut.CONJUNCTION: (180, 36), _Cut.SPACE: (280, 56)}

_STOP = re.compile(r"[\s`\[<$\\.!?…,;:—–。！？।，、；：-]")
_ENDING = re.compile(r"[.!?…]+[\"'”’)\]*_»]*")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"\S+")
_TITLE = re.compile(
    r"(?:^|[^\w.])(?:Mr|Mrs|Ms|Dr|Prof|St|Mt|Ft|Gen|Gov|Sen|Rep|Capt|Lt|Col|Sgt|Rev|Hon|Jr|Sr|vs|cf"
    r"|approx|ca|incl|al|(?:[A-Za-z]\.)+[A-Za-z]|[A-HJ-Z])$"
)
"""Behind these a full stop ends no sentence."""
_NOON = re.compile(r"\b[ap]\.m$")
_COUNTED = re.compile(
    r"(?:^|\W)(?:Nos?|nos?|Nr|pp?|[Ff]igs?|Eqs?|Secs?|[Cc]h|[Vv]ols?|Art|[Ss]t|max|min"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$"
)
"""Nor behind these, where a number follows."""
_FOR_EXAMPLE = re.compile(r"\b(?:e\.g|i\.e)\.,$")
_CONJUNCTIONS = frozenset(
    (
        *("and", "but", "or", "because", "which", "who", "whose", "while", "when", "where"),
        *("if", "although", "though", "since", "unless", "until", "before", "after", "whereas"),
    )
)
_FULL_WIDTH_ENDS, _FULL_WIDTH_PAUSES = "。！？।", "，、；："


class Clauses:
    """Takes an answer as it is streamed, and gives pieces as soon as they can be spoken.

    Numbers, abbreviations, addresses, links, code, formulas and tables stay in one piece; a table
    is known by the bar at the beginning of its lines.
    """

    def __init__(self, *, english: bool = True) -> None:
        """``english`` says that signs and units may be put in English words."""
        self._english = english
        self._text = ""
        """What has not been given yet."""
        self._start = 0
        """Where that begins in the answer."""
        self._at = 0
        """Up to where it has been judged."""
        self._fresh = True
        """Whether a line begins there."""
        self._first = True

    def feed(self, delta: str) -> list[Piece]:
        """Take the next part of the answer."""
        self._text += delta
        return list(self._pieces(final=False))

    def end(self) -> list[Piece]:
        """The answer is over: what is left. Silent signs at its very end belong to no piece."""
        pieces = list(self._pieces(final=True))
        if said := spoken(self._text, english=self._english):
            pieces.append(self._piece(len(self._text), said))
        return pieces

    def _pieces(self, *, final: bool) -> Iterator[Piece]:
        while (step := self._step(final)) is not None:
            self._at, cut = step
            if self._worth(cut) and (said := self._said(cut)):
                yield self._piece(self._at, said)

    def _piece(self, end: int, said: str) -> Piece:
        made = Piece(self._start, self._start + end, said)
        self._text, self._start, self._at = self._text[end:], made.end, 0
        self._first = False
        return made

    def _said(self, cut: _Cut) -> str:
        whole = cut is _Cut.SENTENCE
        return spoken(self._text[: self._at], whole=whole, english=self._english)

    def _worth(self, cut: _Cut) -> bool:
        if cut is _Cut.SENTENCE or cut is _Cut.NONE:
            return cut is _Cut.SENTENCE
        characters, words = (_FIRST if self._first else _LATER)[cut]
        piece = self._text[: self._at].strip()
        return len(piece) >= characters or len(piece.split()) >= words

    # ── one step forward: to a place, and what speaks for a cut there; None: wait for more ──────

    def _step(self, final: bool) -> tuple[int, _Cut] | None:
        if self._at >= len(self._text):
            return None
        if self._fresh:
            return self._line(final)
        found = _STOP.search(self._text, self._at)
        if found is None:
            self._at = len(self._text)
            return None
        at = found.start()
        sign = self._text[at]
        if sign in "`[<$\\":
            end = atom(self._text, at, final)
            return None if end == UNKNOWN else (end, _Cut.NONE)
        if sign in _FULL_WIDTH_ENDS:
            return at + 1, _Cut.SENTENCE
        if sign in _FULL_WIDTH_PAUSES:
            return at + 1, _Cut.CLAUSE
        if sign in ".!?…":
            return self._behind_ending(at, final)
        if sign in ",;:—–-":
            return self._behind_pause(at, final)
        return self._behind_space(at, final, _Cut.NONE)

    def _line(self, final: bool) -> tuple[int, _Cut] | None:
        """At the beginning of a line: what begins there ends the sentence before it."""
        found = block(self._text, self._at, final)
        if found is None:
            return None
        if found.begins and self._at and self._said(_Cut.SENTENCE):
            # Then the line is looked at once more, as the beginning of a piece.
            return self._at, _Cut.SENTENCE
        if found.end == UNKNOWN:
            return None
        self._fresh = found.whole
        return found.end, _Cut.SENTENCE if found.whole else _Cut.NONE

    def _behind_ending(self, at: int, final: bool) -> tuple[int, _Cut] | None:
        match = _ENDING.match(self._text, at)
        assert match
        end = match.end()
        if end == len(self._text):
            return (end, _Cut.NONE) if final else None
        if not self._text[end].isspace():
            return end, _Cut.NONE
        return self._behind_space(end, final, _Cut.SENTENCE)

    def _behind_pause(self, at: int, final: bool) -> tuple[int, _Cut] | None:
        text, end = self._text, at + 1
        if end == len(text):
            return (end, _Cut.NONE) if final else None
        if text[at] == "—" and text[end].isalpha():
            return end, _Cut.CLAUSE
        if not text[end].isspace():
            return end, _Cut.NONE
        if text[at] in "–-" and not (at and text[at - 1].isspace()):
            return end, _Cut.NONE
        if _FOR_EXAMPLE.search(text[:end]):
            return end, _Cut.NONE
        return self._behind_space(end, final, _Cut.CLAUSE)

    def _behind_space(self, at: int, final: bool, cut: _Cut) -> tuple[int, _Cut] | None:
        """Over white space, to the next word or the next line."""
        match = _SPACES.match(self._text, at)
        assert match
        newline = self._text.find("\n", at, match.end())
        if newline >= 0:
            self._fresh = True
            if (following := block(self._text, newline + 1, final)) is None:
                self._fresh = False
                return None
            return newline + 1, _Cut.NONE if following.begins else self._judged(at, newline, cut)
        return self._word(at, match.end(), final, cut)

    def _word(self, at: int, end: int, final: bool, cut: _Cut) -> tuple[int, _Cut] | None:
        if end == len(self._text):
            return (end, _Cut.NONE) if final else None
        if cut is not _Cut.NONE:
            return end, self._judged(at, end, cut)
        if not self._long_enough(at):
            return end, _Cut.NONE
        word = _WORD.match(self._text, end)
        assert word
        if word.end() == len(self._text) and not final:
            return None
        joins = word.group().strip("*_").lower() in _CONJUNCTIONS
        both_digits = self._text[at - 1].isdigit() and self._text[end].isdigit()
        return end, _Cut.CONJUNCTION if joins else _Cut.NONE if both_digits else _Cut.SPACE

    def _long_enough(self, at: int) -> bool:
        """Whether a conjunction would be a reason to cut here; else it need not be waited for."""
        characters, words = (_FIRST if self._first else _LATER)[_Cut.CONJUNCTION]
        piece = self._text[:at].strip()
        return len(piece) >= characters or len(piece.split()) >= words

    def _judged(self, at: int, next_word: int, cut: _Cut) -> _Cut:
        """Whether punctuation before ``at`` is what it seems, now that the next word begins."""
        following = self._text[next_word:].lstrip()[:1]
        before = self._text[:at]
        if cut is _Cut.CLAUSE:
            between = before.rstrip("-–— ")[-1:].isdigit() and following.isdigit()
            return _Cut.NONE if between and before[-1:] in "-–—" else cut
        if cut is not _Cut.SENTENCE or following.islower():
            return _Cut.NONE
        said = before.rstrip("\"'”’)]*_»")
        if not said.endswith(".") or said.endswith(".."):
            return cut
        said = said[:-1]
        if _NOON.search(said):
            return cut
        counted = _COUNTED.search(said) and following.isdigit()
        return _Cut.NONE if counted or _TITLE.search(said) else cut
