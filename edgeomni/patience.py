"""When a run over many files should end: the engine is at fault, not the files."""

from __future__ import annotations

from dataclasses import dataclass

from edgeomni.errors import (
    DownloadError,
    EdgeomniError,
    EngineError,
    ModelError,
    RemoteError,
    UnfitAnswer,
)

_HOPELESS = (EngineError, RemoteError, ModelError, DownloadError)


@dataclass(slots=True)
class Patience:
    """Bears a bad file for ever, and an engine that fails a few times in a row."""

    most: int = 3
    """Failures in a row after which the next file would fare no better."""
    _failures: int = 0

    def bear(self, error: EdgeomniError | None) -> None:
        """Take what became of one file; None is a good answer. Raises the error when it is over."""
        failed = isinstance(error, _HOPELESS) and not isinstance(error, UnfitAnswer)
        self._failures = self._failures + 1 if failed else 0
        if error is not None and self._failures >= self.most:
            raise error
