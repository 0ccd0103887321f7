"""A terminal that remembers what was written to it."""

from __future__ import annotations

import io


class Glass(io.StringIO):
    """A terminal of which the lines can be read, as far as carriage returns go."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        shown: list[str] = []
        for line in self.getvalue().split("\n"):
            cells: list[str] = []
            for part in line.split("\r"):
                cells[: len(part)] = part
            shown.append("".join(cells).rstrip())
        return shown
