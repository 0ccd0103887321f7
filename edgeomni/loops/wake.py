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
        self._open_until = 0.0

    def calls(self, text: str, at: float) -> str | None:
        """What is asked, without the phrase; None for words that are meant for somebody else.

        ``at`` is when they were spoken, in seconds; the phrase alone asks nothing, and opens.
        """
        asked = behind_call(text, self._phrase)
        if asked is not None:
            self._open_until = max(self._open_until, at + OPEN)
            return asked
        return text if at <= self._open_until else None

    def answered(self, at: float) -> None:
        """An answer is over: what is said next may be meant for us."""
        self._open_until = at + OPEN
