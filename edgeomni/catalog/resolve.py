"""From a model's name to its files on this machine; never asks the network."""

from __future__ import annotations

import contextlib
import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from edgeomni import paths
from edgeomni.catalog import lock, names
from edgeomni.catalog.cards import Card, cards, find
from edgeomni.catalog.choose import is_mmproj, sibling_mmproj
from edgeomni.catalog.lock import Entry, Held
from edgeomni.catalog.names import FileName, ModelName
from edgeomni.catalog.progress import Progress, Silent
from edgeomni.catalog.verify import matches
from edgeomni.errors import DownloadError, ModelError, ModelNotFound
from edgeomni.sanitise import clean


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model that is ready to load."""

    id: str
    """What the user would type to get it again."""
    title: str
    model: Path
    """The GGUF file; of a split model the first part, the others lie beside it."""
    mmproj: Path | None
    """The projector: eyes and ears of a multimodal model."""
    card: Card | None
    """None for files and repositories that the catalog does not know."""
    source: Literal["file", "wheel", "hub"]


def resolve(
    name: str, mmproj: str | Path | None = None, progress: Progress | None = None
) -> ModelFiles:
    """The files of a model that is already here.

    Args:
        name: a path, a name of the catalog, or ``org/repo[:QUANT]``.
        mmproj: path of a projector that is to be used instead of the one found by itself.
        progress: told when a file has to be verified again.

    Raises:
        ModelNotFound: no such file or name, or the model was not pulled yet.
        ModelError: a pulled file is damaged.
    """
    parsed = parse(name)
    found = lookup(parsed, progress or Silent())
    if found is None:
        shown = clean(name, keep="")
        raise ModelNotFound(
            f"The model {shown} is not on this machine yet.", remedy=f"`edgeomni pull {shown}`"
        )
    return with_mmproj(found, mmproj)


def parse(name: str) -> ModelName:
    """What ``name`` means here: a file that exists counts before a repository of that name."""
    known = cards()
    if find(name, known) is None and _is_file(name):
        return FileName(name)
    return names.parse(name, known)


def lookup(parsed: ModelName, progress: Progress) -> ModelFiles | None:
    """The model's files, verified; None when it is not pulled, or was deleted by hand."""
    if isinstance(parsed, FileName):
        return _local(_path(parsed.path))
    store = paths.models_dir()
    entry = lock.read(store).get(parsed.key)
    if entry is None or not all(os.path.isfile(store / file.path) for file in entry.files):
        return None
    return from_entry(_verified(entry, store, progress), store)


def from_entry(entry: Entry, store: Path) -> ModelFiles:
    """What a line of the lock file stands for."""
    card = find(entry.key.partition(":")[0], cards())
    model, mmproj = entry.file("model"), entry.file("mmproj")
    if model is None:
        raise ModelError(
            f"The list of pulled models names no model file for {clean(entry.key, keep='')}.",
            remedy="Pull it again.",
        )
    return ModelFiles(
        id=entry.key,
        title=card.title if card else entry.origin.rpartition("/")[2],
        model=store / model.path,
        mmproj=store / mmproj.path if mmproj else _shipped_eyes(card),
        card=card,
        source=entry.source,
    )


def _shipped_eyes(card: Card | None) -> Path | None:
    return paths.shipped(card.projector) if card and card.projector else None


def with_mmproj(files: ModelFiles, mmproj: str | Path | None) -> ModelFiles:
    """The same model with the projector that the user named, if any."""
    if mmproj is None:
        return files
    path = _path(mmproj)
    if not os.path.isfile(path):
        raise _missing(path, "projector")
    return replace(files, mmproj=path)


def _path(name: str | Path) -> Path:
    """With the user's home in place of ``~``; one of nobody stays as it is, and is not found."""
    return Path(os.path.expanduser(name))


def _local(path: Path) -> ModelFiles:
    # os.path says no to a name that is too long or hidden from us; Path would raise.
    if not os.path.isfile(path):
        raise _missing(path, "model file")
    if is_mmproj(path.name):
        raise ModelError(
            f"{clean(path.name, keep='')} is a projector, not a model.",
            remedy="Give the model with -m and this file with --mmproj.",
        )
    sibling = sibling_mmproj(path.name, _gguf_names(path.parent))
    mmproj = path.parent / sibling if sibling else None
    return ModelFiles(str(path), path.stem, path, mmproj, None, "file")


def _missing(path: Path, what: str) -> ModelNotFound:
    shown = clean(str(path), keep="")
    is_folder = os.path.isdir(path)
    there = _gguf_names(path if is_folder else path.parent)
    near = difflib.get_close_matches(path.name, there, n=3, cutoff=0.5) or there[:3]
    listed = ", ".join(clean(name, keep="") for name in near)
    return ModelNotFound(
        f"{shown} is a folder." if is_folder else f"There is no {what} {shown}.",
        remedy=f"In that folder lie: {listed}."
        if near
        else "Check the path; `edgeomni list` shows models that need none.",
    )


def _gguf_names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix.lower() == ".gguf")
    except OSError:
        return []


def _verified(entry: Entry, store: Path, progress: Progress) -> Entry:
    """The entry, after every file that changed since it was verified was hashed again."""
    if not any(_changed(file, store) for file in entry.files):
        return entry
    for file in entry.files:
        if _changed(file, store):
            _check(entry, file, store, progress)
    files = tuple(lock.held(f.role, store / f.path, f.sha256, store) for f in entry.files)
    fresh = replace(entry, files=files)
    # A store that cannot be written only costs the same hashing at the next start.
    with contextlib.suppress(DownloadError):
        lock.change(store, lambda entries: entries.update({entry.key: fresh}))
    return fresh


def _changed(file: Held, store: Path) -> bool:
    stat = (store / file.path).stat()
    return (stat.st_size, stat.st_mtime_ns) != (file.size, file.mtime_ns)


def _check(entry: Entry, file: Held, store: Path, progress: Progress) -> None:
    if matches(store / file.path, file.size, file.sha256, progress):
        return
    key = clean(entry.key, keep="")
    raise ModelError(
        f"A file of {key} is not what was pulled: {clean(file.path, keep='')} is damaged or "
        "was changed.",
        works="Other models still work.",
        remedy=f"`edgeomni pull {key}` fetches it again; to use a file of your own, give its path "
        "with -m.",
    )


def _is_file(name: str) -> bool:
    return os.path.isfile(_path(name))
