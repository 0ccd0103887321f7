"""The parent's log: a bounded file, never the screen; ids, sizes and codes, never content."""

from __future__ import annotations

import contextlib
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 1 << 20
KEPT = 2
"""Older files that stay beside the current one."""
_FORMAT = "%(asctime)s %(levelname).1s %(name)s: %(message)s"


def to_file(path: Path, level: int = logging.INFO) -> logging.Handler:
    """Send what the package logs to ``path``; close the handler with ``stop``.

    A disk that cannot be written to costs the log and nothing else.
    """
    logger = logging.getLogger("edgeomni")
    # Other libraries log to the root, and it may print; this logger keeps to itself.
    logger.propagate = False
    logger.setLevel(level)
    handler = _open(path)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger.addHandler(handler)
    return handler


def stop(handler: logging.Handler) -> None:
    """What a full disk keeps from being written is lost, and nothing else."""
    logging.getLogger("edgeomni").removeHandler(handler)
    with contextlib.suppress(OSError):
        handler.close()


def _open(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return _PatientHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
    except OSError:
        return logging.NullHandler()


class _PatientHandler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk; the default prints a traceback on the screen."""
