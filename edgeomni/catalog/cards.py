"""Which models edgeomni knows by a short name: the cards of catalog.toml as values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from edgeomni import paths
from edgeomni.errors import UsageError
from edgeomni.sanitise import clean

Kind = Literal["chat", "speech", "turns", "voices"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEFAULT_ID = "nano"
"""The model when nothing else is chosen."""
DEFAULT_EARS = "tiny.en"
"""The model of speech when nothing else is chosen."""
DEFAULT_TURNS = "smart-turn"
"""The model that tells whether a speaker has come to an end."""
DEFAULT_VOICES = "kokoro"
"""The model whose voices are meant where one is named without a folder."""

_CATALOG = Path(__file__).with_name("catalog.toml")


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file whose size and hash are known beforehand."""

    name: str
    """Path inside a wheel; of a file in parts, the name of the whole."""
    bytes: int
    sha256: str
    """64 hexadecimal digits, lower case."""
    parts: tuple[CardFile, ...] = ()
    """What it is put together from, in this order, where no single wheel holds all of it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is known about a model before any of its files is here."""

    id: str
    title: str
    family: str
    source: Literal["wheel", "hub"]
    quant: str
    """Quantisation that is taken when none is asked for."""
    context: int
    """Tokens of context to begin with; most models can do more."""
    abilities: tuple[str, ...]
    """What to expect; the engine reads the real ones from the files."""
    repo: str = ""
    """``org/name`` on the hub."""
    kind: Kind = "chat"
    """What it is for: to answer, to turn speech into text, to tell ends of turns, or to speak."""
    wanted: tuple[str, ...] = ()
    """Patterns of the files to fetch of a repository, the model's own first; empty where a GGUF
    model with its projector is looked for."""
    wheels: tuple[str, ...] = ()
    """Pinned requirements, each ``name==version``; ``wheel`` in the file where it is one."""
    wheel_bytes: int = 0
    """Size of the wheels as they are downloaded."""
    licence: str = ""
    """Empty where only the hub can tell."""
    sampling: Mapping[str, float] = field(default_factory=dict)
    """Recommended fields of ``values.Options``."""
    boxes: str = ""
    """How it counts places in a picture, as ``vision.boxes`` calls it; empty where unknown."""
    projector: str = ""
    """Its eyes, where they come with edgeomni: a file below ``models/``."""
    reads: bool = True
    """Whether it can tell letters, where it sees at all."""
    plain: bool = False
    """Whether it answers short questions about one picture at a time, and follows no more."""
    notes: str = ""
    files: tuple[CardFile, ...] = ()
    """Empty for hub models: their files are looked up when they are pulled."""

    @property
    def bytes(self) -> int:
        """Size of all files; 0 when only the hub knows."""
        return sum(file.bytes for file in self.files)


def cards() -> tuple[Card, ...]:
    """The cards that come with edgeomni, then those of the user's own catalog.toml.

    The user's file lies in the configuration folder; a card of the same id replaces ours.

    Raises:
        UsageError: the user's file cannot be understood.
    """
    own = paths.config_dir() / "catalog.toml"
    both = (*read(_CATALOG), *(read(own) if own.is_file() else ()))
    return tuple({card.id: card for card in both}.values())


def read(catalog: Path) -> tuple[Card, ...]:
    """The cards of one file, in its order. Raises UsageError."""
    try:
        with catalog.open("rb") as stream:
            return tuple(_card(table) for table in tomllib.load(stream).get("model", ()))
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise UsageError(
            f"The catalog {catalog} cannot be used: {clean(str(error), keep='')}.",
            remedy="Correct it, or move it away to use the models that edgeomni knows.",
        ) from error


def find(name: str, known: tuple[Card, ...]) -> Card | None:
    """The card of that id, or of that repository; upper and lower case are the same."""
    wanted = name.lower()
    matches = (card for card in known if wanted in (card.id.lower(), card.repo.lower()))
    return next(matches, None)


def card_of(name: str) -> Card | None:
    """The card of a model as the user names it, with or without a quantisation."""
    return find(re.split("[:@]", name)[0], cards())


def _card(table: dict[str, Any]) -> Card:
    files = tuple(_file(file) for file in table.pop("file", ()))
    abilities = tuple(table.pop("abilities"))
    wanted = tuple(table.pop("wanted", ()))
    wheels = tuple(table.pop("wheels", ())) or tuple(filter(None, [table.pop("wheel", "")]))
    card = Card(**table, abilities=abilities, files=files, wheels=wheels, wanted=wanted)
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", card.id):
        raise ValueError(f"{card.id!r} cannot be an id")
    if card.kind not in KINDS:
        raise ValueError(f"the kind of {card.id} is none of {', '.join(KINDS)}")
    if card.source == "wheel":
        _check_wheel(card)
    elif not card.repo:
        raise ValueError(f"the card {card.id} names no repo")
    return card


def _file(table: dict[str, Any]) -> CardFile:
    return CardFile(**table | {"parts": tuple(CardFile(**part) for part in table.get("parts", ()))})


def _check_wheel(card: Card) -> None:
    # Only a pinned name may reach pip: an option or an address there would be another matter.
    pinned = r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+"
    if not card.wheels or not all(re.fullmatch(pinned, wheel) for wheel in card.wheels):
        raise ValueError(f"the card {card.id} needs wheel = 'name==version'")
    pieces = [piece for file in card.files for piece in (file, *file.parts)]
    if not pieces or not all(re.fullmatch("[0-9a-f]{64}", piece.sha256) for piece in pieces):
        raise ValueError(f"the card {card.id} needs its files, each with its sha256")
    if any(sum(part.bytes for part in file.parts) not in (0, file.bytes) for file in card.files):
        raise ValueError(f"the card {card.id} has parts that do not make up their file")
