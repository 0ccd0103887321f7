"""What a model's name means: a file, a card, a repository. Decides, and never looks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from edgeomni.catalog.cards import Card, find
from edgeomni.errors import ModelNotFound, UsageError
from edgeomni.sanitise import clean

# The hub's own rules; being this strict also keeps "..", drives and escapes out of every path.
_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_-])?"
_REPO = re.compile(rf"{_WORD}/{_WORD}")
_QUANT = re.compile(r"[A-Za-z0-9_-]{1,24}")
_PATH = re.compile(r"[~./\\]|[A-Za-z]:[\\/]|.*\\|.*\.gguf$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FileName:
    """A path to a GGUF file."""

    path: str


@dataclass(frozen=True, slots=True)
class CardName:
    """A model of the catalog, perhaps in another quantisation than its usual one."""

    card: Card
    quant: str = ""

    @property
    def key(self) -> str:
        return f"{self.card.id}:{self.quant}" if self.quant else self.card.id


@dataclass(frozen=True, slots=True)
class RepoName:
    """A repository on the hub."""

    repo: str
    quant: str = ""
    """Upper case; empty when the user left the choice to us."""

    @property
    def key(self) -> str:
        return f"{self.repo}:{self.quant}" if self.quant else self.repo


ModelName = FileName | CardName | RepoName


def parse(name: str, known: tuple[Card, ...]) -> ModelName:
    """What ``name`` means, by its form alone; a file that exists is asked for before this.

    Raises:
        UsageError: the name is empty or its quantisation malformed.
        ModelNotFound: it can be none of the three.
    """
    if not name.strip():
        raise UsageError("The model's name is empty.", remedy="`edgeomni list` shows the names.")
    if _PATH.match(name):
        return FileName(name)
    head, quant = _split(name)
    if card := find(head, known):
        return CardName(card, "" if quant == card.quant.upper() else _own_quant(card, quant))
    if _REPO.fullmatch(head) and ".." not in head and "--" not in head:
        return RepoName(head, quant)
    raise unknown(name, (card.id for card in known))


def unknown(name: str, candidates: Iterable[str]) -> ModelNotFound:
    """The error for a name that means nothing, with the nearest names that would."""
    shown = clean(name, keep="")[:120]
    near = difflib.get_close_matches(name.lower(), list(candidates), n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return ModelNotFound(
        f"There is no model called {shown}.",
        remedy=f"{hint}A model is a .gguf file, a name that `edgeomni list` shows, or "
        "org/repo[:QUANT] on the hub.",
    )


def _split(name: str) -> tuple[str, str]:
    head, mark, quant = name.replace("@", ":", 1).partition(":")
    if mark and not _QUANT.fullmatch(quant):
        raise UsageError(
            f"{clean(quant, keep='')[:40] or 'Nothing'} is not the name of a quantisation.",
            remedy="Write it as in org/repo:Q4_K_M, or leave it out.",
        )
    return head, quant.upper()


def _own_quant(card: Card, quant: str) -> str:
    if quant and (card.source == "wheel" or card.wanted):
        raise UsageError(
            f"{card.id} comes as {card.quant} only.", remedy=f"Leave :{quant} out of its name."
        )
    return quant
