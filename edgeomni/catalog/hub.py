"""Models on the hub, through huggingface_hub: its cache, token, endpoint and offline switch.

A file that is already in its cache is used in place. What it downloads is hashed here against
what the hub says of the file, for huggingface_hub itself compares sizes only.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edgeomni.catalog.choose import is_safe
from edgeomni.catalog.hub_errors import TROUBLE, border
from edgeomni.catalog.progress import Progress, Transfer
from edgeomni.catalog.verify import matches
from edgeomni.errors import DownloadError
from edgeomni.sanitise import clean

_META_TIMEOUT_S = 20.0
_PAUSES_S = (1.0, 3.0)
"""Before the second and the third try when the hub has trouble of its own."""
_TRIES = 2
"""Downloads of one file when its content turns out wrong."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    name: str
    size: int
    """Bytes."""
    sha256: str
    """Empty when the hub does not tell."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at one commit."""

    repo: str
    commit: str
    licence: str
    files: Mapping[str, RemoteFile]


def offline() -> bool:
    """Whether the user forbade the network."""
    switches = (os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "EDGEOMNI_OFFLINE"))
    return any(value.lower() in ("1", "true", "yes", "on") for value in switches)


def listing(repo: str) -> Listing:
    """Ask the hub what the repository holds now. Raises ModelNotFound, DownloadError."""
    hub = _library()
    api = hub.HfApi(endpoint=_endpoint())
    info = _patiently(
        repo, lambda: api.model_info(repo, files_metadata=True, timeout=_META_TIMEOUT_S)
    )
    if not re.fullmatch("[0-9a-f]{40}", info.sha or ""):
        raise DownloadError(f"The hub does not say which version of {repo} it has.")
    licence = getattr(info.card_data, "license", None) or ""
    return Listing(repo, str(info.sha), clean(str(licence), keep="")[:60], _files(info.siblings))


def cached_listing(repo: str) -> Listing | None:
    """What huggingface_hub's cache holds of the repository: its newest complete knowledge.

    Only files kept under their SHA-256 count, since nothing else could verify them.
    """
    for cached in _cached_repos():
        if cached.repo_id == repo and cached.repo_type == "model":
            newest = max(cached.revisions, key=lambda revision: revision.last_modified)
            files = [
                RemoteFile(
                    file.file_path.relative_to(newest.snapshot_path).as_posix(),
                    file.size_on_disk,
                    file.blob_path.name,
                )
                for file in newest.files
                if re.fullmatch("[0-9a-f]{64}", file.blob_path.name)
            ]
            return Listing(repo, newest.commit_hash, "", {file.name: file for file in files})
    return None


def cached(source: Listing, file: RemoteFile) -> bool:
    """Whether the file is in huggingface_hub's cache already; says nothing of its content."""
    path = _library().try_to_load_from_cache(
        source.repo, file.name, cache_dir=hub_cache(), revision=source.commit
    )
    return isinstance(path, str)


def fetch(source: Listing, file: RemoteFile, progress: Progress) -> Path:
    """The verified file in huggingface_hub's cache, downloaded when it is not there.

    Raises:
        DownloadError: it cannot be had, or its content is wrong twice.
    """
    if not file.sha256:
        raise DownloadError(
            f"The hub gives no SHA-256 for {clean(file.name, keep='')}, so it cannot be verified.",
            remedy="Download it yourself and give its path with -m, if you trust it.",
        )
    for _ in range(_TRIES):
        path = _download(source, file, progress)
        if matches(path, file.size, file.sha256, progress):
            return path
        _discard(path)
        progress.say(f"{clean(file.name, keep='')} arrived damaged and was deleted.")
    raise DownloadError(
        f"{clean(file.name, keep='')} does not have the SHA-256 that the hub promises.",
        works="The damaged file was deleted; models that are already here still work.",
        remedy="Try again later or on another network: something on the way changes the file.",
        code="checksum-mismatch",
    )


def delete(files: Iterable[Path]) -> None:
    """Remove files from huggingface_hub's cache; content that other files share stays."""
    wanted = set(files)
    for cache in {_cache_of(path) for path in wanted}:
        info = _library().scan_cache_dir(cache)
        found = [
            file
            for repo in info.repos
            for revision in repo.revisions
            for file in revision.files
            if file.file_path in wanted
        ]
        info.delete_files(*found).execute()


def hub_cache() -> Path:
    """huggingface_hub's cache folder, resolved, as its own settings say."""
    if own := os.environ.get("HF_HUB_CACHE"):
        return Path(os.path.expandvars(own)).expanduser().resolve()
    if home := os.environ.get("HF_HOME"):
        return Path(os.path.expandvars(home)).expanduser().resolve() / "hub"
    _library()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser().resolve()


def _files(siblings: Any) -> dict[str, RemoteFile]:
    """The files with harmless names; whatever else a repository may list does not exist for us."""
    files = {}
    for sibling in siblings or ():
        if is_safe(sibling.rfilename):
            sha256 = sibling.lfs.sha256 if sibling.lfs else ""
            known = sha256 if re.fullmatch("[0-9a-f]{64}", sha256) else ""
            files[sibling.rfilename] = RemoteFile(sibling.rfilename, sibling.size or 0, known)
    return files


def _download(source: Listing, file: RemoteFile, progress: Progress) -> Path:
    hub = _library()
    where = {"cache_dir": hub_cache(), "endpoint": _endpoint(), "revision": source.commit}
    path: str = _patiently(
        source.repo,
        lambda: hub.hf_hub_download(
            source.repo, file.name, tqdm_class=_bar(file, progress), **where
        ),
    )
    return Path(path)


def _patiently(repo: str, act: Callable[[], _T]) -> _T:
    """Do it, and again after a pause when the hub has trouble of its own."""
    for pause in _PAUSES_S:
        try:
            with border(repo, hub_cache()):
                return act()
        except DownloadError as error:
            if error.code != TROUBLE:
                raise
            time.sleep(pause)
    with border(repo, hub_cache()):
        return act()


def _discard(pointer: Path) -> None:
    blob = pointer.resolve()
    pointer.unlink(missing_ok=True)
    blob.unlink(missing_ok=True)


def _cache_of(path: Path) -> Path:
    """The cache that a file lies in; the settings may name another one by now."""
    return next(p.parent for p in path.parents if p.name.startswith("models--"))


def _cached_repos() -> Iterable[Any]:
    from huggingface_hub.errors import CacheNotFound

    try:
        repos: Iterable[Any] = _library().scan_cache_dir(hub_cache()).repos
        return repos
    except (CacheNotFound, ValueError):
        return ()


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _library() -> Any:
    # Read when huggingface_hub is first imported: nothing is to be told to anybody, and nothing
    # but our own progress is to be written to the terminal.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_SYMLINKS_WARNING", "1")
    import huggingface_hub

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return huggingface_hub


def _bar(file: RemoteFile, progress: Progress) -> type:
    """What huggingface_hub takes for a tqdm: only counts, and tells ``progress``."""

    class Bar:
        def __init__(self, **options: Any) -> None:
            self.n = int(options.get("initial") or 0)
            self.total = file.size

        def update(self, count: float = 1) -> None:
            self.n += int(count)
            progress.step(Transfer("download", file.name, min(self.n, file.size), file.size))

        def update_transfer(self, count: float = 1) -> None: ...
        def set_postfix_str(self, *args: Any, **options: Any) -> None: ...
        def set_transfer_postfix_str(self, *args: Any, **options: Any) -> None: ...
        def refresh(self) -> None: ...
        def close(self) -> None: ...

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *error: object) -> None: ...

    return Bar
