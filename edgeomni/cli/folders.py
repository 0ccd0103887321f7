"""Folders that the user names for something to be saved in."""

from __future__ import annotations

import os
from pathlib import Path

from edgeomni.casting import home_in
from edgeomni.errors import UsageError
from edgeomni.paths import create

NEVER = "never"
"""In place of a folder: nothing is saved."""


def private_folder(name: str, flag: str) -> Path | None:
    """Made, readable by its owner alone, where it is not there yet; None for ``never``.

    Raises UsageError, which names the flag, for one that cannot be written to.
    """
    if name == NEVER:
        return None
    try:
        folder = create(Path(home_in(name)))
        if not (name and os.access(folder, os.W_OK | os.X_OK)):
            raise UsageError(f"The folder {name or 'without a name'} cannot be written to.")
    except (UsageError, ValueError) as error:
        happened = getattr(error, "happened", None) or f"There can be no such folder: {error}."
        raise UsageError(
            happened, remedy=f"Name another one for {flag}, or leave it out."
        ) from error
    return folder
