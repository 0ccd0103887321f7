"""Where things lie in a checkout: the environment, its programs, the log and the stamps."""

from __future__ import annotations

import os
import sys

# Plain strings and a plain class: pathlib and dataclasses would cost more than the whole check
# that runs before every call.


class Place:
    """The paths of one checkout; nothing is looked at or made."""

    def __init__(self, root: str, *, windows: bool = sys.platform == "win32") -> None:
        self.root = root
        self.windows = windows
        self.pyproject = os.path.join(root, "pyproject.toml")
        self.venv = os.path.join(root, ".venv")
        self.config = os.path.join(self.venv, "pyvenv.cfg")
        self.programs = os.path.join(self.venv, "Scripts" if windows else "bin")
        self.python = os.path.join(self.programs, "python.exe" if windows else "python")
        self.log = os.path.join(self.venv, "install.log")
        self.lock = os.path.join(self.venv, "install.lock")
        self.unfinished = os.path.join(self.venv, "install.unfinished")
        """Exists while an install runs; one that is found later means that it was cut short."""

    def stamp(self, group: str) -> str:
        """The file that says what was installed last; ``group`` is "" or a dependency group."""
        return os.path.join(self.venv, f"installed-{group}" if group else "installed")

    def program(self, name: str) -> list[str]:
        """The command for a console script of the environment.

        The interpreter is named, so that a long path or a moved checkout cannot break the
        script's first line; on Windows the script is a program of its own.
        """
        path = os.path.join(self.programs, name)
        return [path + ".exe"] if self.windows else [self.python, path]


def this_checkout() -> Place:
    """The checkout that this file lies in, wherever it is called from."""
    here = os.path.dirname(os.path.realpath(__file__))
    return Place(os.path.dirname(os.path.dirname(here)))
