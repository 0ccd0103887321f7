"""Which models exist, where their files are, and how they get here."""

from edgeomni.catalog.cards import (
    DEFAULT_EARS,
    DEFAULT_ID,
    DEFAULT_TURNS,
    DEFAULT_VOICES,
    Card,
    card_of,
    cards,
)
from edgeomni.catalog.progress import Progress, Silent, Transfer
from edgeomni.catalog.pull import ensure, pull
from edgeomni.catalog.resolve import ModelFiles, resolve
from edgeomni.catalog.shelf import Shelved, available, ears_for, installed, remove, shelved

__all__ = [
    "DEFAULT_EARS",
    "DEFAULT_ID",
    "DEFAULT_TURNS",
    "DEFAULT_VOICES",
    "Card",
    "ModelFiles",
    "Progress",
    "Shelved",
    "Silent",
    "Transfer",
    "available",
    "card_of",
    "cards",
    "ears_for",
    "ensure",
    "installed",
    "pull",
    "remove",
    "resolve",
    "shelved",
]
