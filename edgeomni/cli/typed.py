"""A line that is typed while something else is shown: the bytes of a terminal become text. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)
"""Of arrows and function keys."""
_BACK, _CLEAR, _WORD, _END = "\x7f\x08", "\x15\x1b", "\x17", "\x04"
_LONGEST = 4000
"""Characters; more than anybody asks about a picture."""


class Typed:
    """What was typed so far. A terminal that shows single keys is presumed."""

    def __init__(self) -> None:
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def feed(self, raw: bytes) -> Iterator[str]:
        """Each line that was finished.

        Backspace, Ctrl+U, Esc and Ctrl+W do what they do elsewhere. Raises EOFError for Ctrl+D
        where nothing is typed.
        """
        for char in _SEQUENCE.sub(_escape, self._decoder.decode(raw)):
            if char in "\r\n":
                line, self.text = self.text.strip(), ""
                if line:
                    yield line
            elif char in _BACK:
                self.text = self.text[:-1]
            elif char in _CLEAR:
                self.text = ""
            elif char == _WORD:
                self.text = "".join(self.text.rstrip().rpartition(" ")[:2])
            elif char == _END and not self.text:
                raise EOFError
            elif char.isprintable() and len(self.text) < _LONGEST:
                self.text += char


def _escape(found: re.Match[str]) -> str:
    return "\x1b" if len(found[0]) == 1 else ""
