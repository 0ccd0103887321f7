"""Who is heard over an answer, by a sketch of the words: a person, or our own voice. Pure."""

from __future__ import annotations

from typing import Literal

from edgeomni.speech.dialogue.called import behind_call
from edgeomni.speech.dialogue.echo_guard import is_echo, is_stranger, without_echo
from edgeomni.speech.dialogue.manners import Manners
from edgeomni.speech.dialogue.meaning import plain

Whose = Literal["a person's", "ours", "unknown"]


def whose(text: str, spoken: str, manners: Manners) -> Whose:
    """``spoken`` is what the loudspeaker said last.

    Where we have a name, only a person who says it wants the word from us, or says to stop.
    """
    if plain(text) in manners.stop_words:
        return "a person's"
    if _has_the_word(text, spoken, manners):
        return "a person's"
    return "ours" if is_echo(text, spoken) else "unknown"


def _has_the_word(text: str, spoken: str, manners: Manners) -> bool:
    if not manners.wake:
        return is_stranger(text, spoken)
    behind_ours = without_echo(text, spoken)
    called = behind_call(behind_ours, manners.wake) is not None
    return called and not is_echo(behind_ours, spoken)
