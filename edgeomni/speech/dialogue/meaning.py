"""What the words of a turn amount to: a question, a command, a nod, our own voice. Pure."""

from __future__ import annotations

from typing import Literal

from edgeomni.speech.dialogue.called import behind_call
from edgeomni.speech.dialogue.echo_guard import is_echo
from edgeomni.speech.dialogue.manners import Manners

Meaning = Literal["turn", "stop", "nothing"]


def meaning(
    text: str, manners: Manners, *, answering: bool, echo_of: str, named: bool = False
) -> Meaning:
    """``answering``: an answer is still under way, and a nod is for it; ``echo_of`` is what the
    loudspeaker said that the microphone may have heard, empty where it cannot.

    ``named``: what does not begin with our name, where we have one, is meant for others.
    """
    words, called = plain(text), None
    if manners.wake:
        called = behind_call(text, manners.wake)
    if not words or (answering and words in manners.nods):
        return "nothing"
    # First, though the answer may have said it too: an echo is seldom a single word.
    if words in manners.stop_words or (called and plain(called) in manners.stop_words):
        return "stop"
    if manners.wake and named and called is None:
        return "nothing"
    return "nothing" if echo_of and is_echo(text, echo_of) else "turn"


def plain(text: str) -> str:
    """Its words in small letters, without marks."""
    kept = "".join(c if c.isalnum() or c in " '" else " " for c in text.casefold())
    return " ".join(kept.split())
