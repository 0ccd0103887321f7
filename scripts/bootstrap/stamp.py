"""Decides, within a few milliseconds, whether the environment is what pyproject.toml asks for."""

from __future__ import annotations

import hashlib
import os

from bootstrap.place import Place


def fingerprint(pyproject: bytes, venv_config: bytes, interpreter: str, root: str) -> str:
    """What an install depends on, as one line of hex.

    ``interpreter`` is the file name behind the environment's ``python``: after an upgrade of the
    system from python3.11 to python3.13 the link still works, and the packages are gone.
    """
    digest = hashlib.sha256()
    for part in (pyproject, venv_config, os.fsencode(interpreter), os.fsencode(root)):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def current(place: Place) -> str | None:
    """The fingerprint of the checkout as it is now, or None without a usable environment."""
    interpreter = os.path.realpath(place.python)
    if not os.path.exists(interpreter):
        return None
    try:
        parts = _read(place.pyproject), _read(place.config)
    except OSError:
        return None
    return fingerprint(*parts, os.path.basename(interpreter), place.root)


def is_ready(place: Place, group: str) -> bool:
    """Whether nothing has to be installed before the call."""
    if os.path.exists(place.unfinished):
        return False
    return (now := current(place)) is not None and recorded(place, group) == now


def recorded(place: Place, group: str) -> str | None:
    """The fingerprint of the last install that came to its end."""
    try:
        return _read(place.stamp(group)).decode("ascii", "replace").strip()
    except OSError:
        return None


def record(place: Place, group: str) -> None:
    """Written last: a stamp that can be read stands for an install that is complete."""
    now = current(place)
    for name in {"", group}:
        beside = place.stamp(name) + ".new"
        with open(beside, "w", encoding="ascii") as file:
            file.write(f"{now}\n")
        os.replace(beside, place.stamp(name))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
