"""What has been pulled: models.lock.json, written whole and read without any network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from edgeomni.catalog.verify import cannot_write, write_durably
from edgeomni.errors import ModelError
from edgeomni.regular import alone

Role = Literal["model", "part", "mmproj"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Held:
    """One verified file."""

    role: Role
    path: str
    """Absolute, or relative to the models folder."""
    size: int
    """Bytes."""
    sha256: str
    mtime_ns: int
    """When it was last changed, as seen right after it was verified."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One pulled model."""

    key: str
    """Card id, or ``org/repo``, with ``:QUANT`` when the user asked for one."""
    source: Literal["wheel", "hub"]
    origin: str
    """The wheel's pinned requirement, or the repository."""
    commit: str
    """Of the repository; empty for wheels."""
    quant: str
    licence: str
    pulled: str
    """UTC, ISO 8601."""
    files: tuple[Held, ...]

    def file(self, role: Role) -> Held | None:
        return next((file for file in self.files if file.role == role), None)


def held(role: Role, path: Path, sha256: str, store: Path) -> Held:
    """A file that was just verified, as the lock remembers it."""
    stat = path.stat()
    inside = path.relative_to(store).as_posix() if path.is_relative_to(store) else str(path)
    return Held(role, inside, stat.st_size, sha256, stat.st_mtime_ns)


def read(store: Path) -> dict[str, Entry]:
    """The pulled models by key; empty before the first pull. Raises ModelError when damaged."""
    file = _file(store)
    try:
        document = json.loads(file.read_text("utf-8"))
        if document["version"] != _VERSION:
            raise ValueError(f"its version is {document['version']}, not {_VERSION}")
        return {key: _entry(key, fields) for key, fields in document["models"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise ModelError(
            f"The list of pulled models {file} cannot be read: {type(error).__name__}.",
            works="A model file given by its path still works.",
            remedy="Delete that file and pull again: files that are already here are verified "
            "and kept.",
        ) from error


def change(store: Path, act: Callable[[dict[str, Entry]], None]) -> None:
    """Read, let ``act`` edit, write back; one process at a time.

    Raises:
        ModelError: what is there cannot be read.
        DownloadError: nothing can be written.
    """
    try:
        with alone(store / ".lock", wait=True):
            entries = read(store)
            act(entries)
            models = {key: _fields(entry) for key, entry in sorted(entries.items())}
            text = json.dumps({"version": _VERSION, "models": models}, indent=1)
            write_durably(_file(store), lambda path: _write(path, text + "\n"))
    except OSError as error:
        raise cannot_write(store, error) from error


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _file(store: Path) -> Path:
    return store / "models.lock.json"


def _entry(key: str, fields: dict[str, Any]) -> Entry:
    files = tuple(Held(**file) for file in fields.pop("files"))
    return Entry(key=key, files=files, **fields)


def _fields(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    del fields["key"]
    return fields
