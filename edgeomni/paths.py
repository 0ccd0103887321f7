"""Where edgeomni keeps its files: the platform's own folders, each with an override.

``EDGEOMNI_HOME`` puts all of them below one folder (portable use, tests); ``EDGEOMNI_CONFIG_DIR``,
``EDGEOMNI_DATA_DIR``, ``EDGEOMNI_MODELS_DIR``, ``EDGEOMNI_STATE_DIR`` and ``EDGEOMNI_CACHE_DIR``
each move one, and win over it. Asking for a folder never creates it; ``create`` does.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from edgeomni.errors import UsageError

_APP = "edgeomni"


def config_dir() -> Path:
    """Settings that the user writes."""
    return _override("config") or _platform("user_config_path")


def data_dir() -> Path:
    """What must not be lost: conversations."""
    return _override("data") or _platform("user_data_path")


def models_dir() -> Path:
    """Large files that can be fetched again."""
    return _override("models") or data_dir() / "models"


def state_dir() -> Path:
    """Logs, saved KV caches."""
    return _override("state") or _platform("user_state_path")


def cache_dir() -> Path:
    """What may be deleted at any time."""
    return _override("cache") or _platform("user_cache_path")


def shipped(name: str) -> Path | None:
    """A file of ``models/`` that comes with edgeomni; None where it was left out.

    An installed package has the folder inside, a checkout has it beside the package.
    """
    package = Path(__file__).parent
    places = (package / "models" / name, package.parent / "models" / name)
    return next((place for place in places if place.is_file()), None)


def pip_install(*wanted: str) -> str:
    """The line that installs a package, behind flags of pip's, where this very program looks."""
    words = [_short(sys.executable), "-m", "pip", "install", *wanted]
    if os.name != "nt":
        return shlex.join(words)
    from subprocess import list2cmdline

    return list2cmdline(words)


def _short(path: str) -> str:
    """From the current folder, where it lies inside."""
    try:
        below = os.path.join(os.getcwd(), "")
    except OSError:  # that folder was deleted
        return path
    return path.removeprefix(below)


def create(folder: Path) -> Path:
    """Make ``folder`` and what is missing above it, readable by its owner alone.

    Raises:
        UsageError: it cannot be created.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(None, "there is a file of that name", str(folder))
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be created: {error.strerror}.",
            remedy="Set EDGEOMNI_HOME to a folder that you can write to.",
        ) from error
    return folder


def _override(kind: str) -> Path | None:
    if own := os.environ.get(f"EDGEOMNI_{kind.upper()}_DIR"):
        return _absolute(own)
    if home := os.environ.get("EDGEOMNI_HOME"):
        return _absolute(home) / kind
    return None


def _absolute(folder: str) -> Path:
    try:
        return Path(folder).expanduser().absolute()
    except (OSError, RuntimeError) as error:  # no working directory; "~name" of nobody
        raise UsageError(
            f"It cannot be told which folder {folder!r} is: {error}.",
            remedy="Give EDGEOMNI_HOME, or the folder's own variable, a whole path.",
        ) from error


def _platform(name: str) -> Path:
    import platformdirs

    folder: Path = getattr(platformdirs, name)(_APP, appauthor=False)
    return folder
