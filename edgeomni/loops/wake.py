"""A wake phrase: who is not called does not answer. Pure."""

from __future__ import annotations

from edgeomni.speech.dialogue.called import behind_call

OPEN = 15.0
"""Seconds after an answer in which one may go on without the phrase."""


class WakePhrase:
    """Remembers until when it is being talked to."""

    def __init__(self, phrase: str) -> None:
        """``phrase`` has a word at least."""
        self._phrase = phrase
        self._open_until = float("-inf")

    def asked(self, text: str, at: float) -> str | None:
        """What is asked, without the phrase; None for words that are meant for somebody else.

        ``at`` is when they were spoken, in seconds.
        """
        asked = behind_call(text, self._phrase)
        if asked is None and at <= self._open_until:
            return text
        return asked

    def calls(self, text: str, at: float) -> str | None:
        """The same, of all that was said; the phrase alone asks nothing, and opens."""
        if behind_call(text, self._phrase) is not None:
            self._open_until = max(self._open_until, at + OPEN)
        return self.asked(text, at)

    def answered(self, at: float) -> None:
        """An answer was over by then: what is said next may be meant for us."""
        self._open_until = max(self._open_until, at + OPEN)
