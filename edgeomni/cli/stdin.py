"""Text from a pipe: bounded, whatever its encoding, and never waited for in silence."""

from __future__ import annotations

import codecs
import os
import select
from collections.abc import Callable
from typing import BinaryIO

from edgeomni.errors import InputError

MAX_BYTES = 8 << 20
PATIENCE_S = 2.0
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_all(stream: BinaryIO, notice: Callable[[str], None]) -> str:
    """Everything up to the end, as text without the last line break. Raises InputError."""
    if not _soon(stream):
        notice("Reading standard input to its end; give < /dev/null if there is none.")
    try:
        raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(error) from error
    if len(raw) > MAX_BYTES:
        raise InputError(
            "Standard input is larger than 8 MiB.", remedy="Send the part that matters."
        )
    return decode(raw, notice).rstrip("\r\n")


def unreadable(error: OSError) -> InputError:
    return InputError(
        f"Standard input cannot be read: {error.strerror or error}.",
        remedy="Give < /dev/null if there is none.",
    )


def decode(raw: bytes, notice: Callable[[str], None]) -> str:
    """UTF-8, or UTF-16 with its mark (PowerShell's pipes); damaged bytes become U+FFFD, openly."""
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    if b"\0" in raw:
        raise InputError(
            "Standard input is not text.", remedy="Give pictures with -i and sounds with -a."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        notice(f"The input is not UTF-8 at byte {error.start}; what is damaged shows as \ufffd.")
        return raw.decode("utf-8-sig", "replace")


def tidy(text: str) -> str:
    """Text from a terminal or the command line without the stand-ins for undecodable bytes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _soon(stream: BinaryIO) -> bool:
    """Whether something comes at once: a pipe that nobody writes to looks like a hang."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return True
    if os.name != "posix":
        return True
    ready, _, _ = select.select([descriptor], [], [], PATIENCE_S)
    return bool(ready)
