"""The real program as a process of its own, and pictures to give it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path


def program(
    *words: str, folder: Path, stdin: bytes = b"", prefix: Sequence[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, "-m", "edgeomni", *words],
        input=stdin.decode("latin-1"),
        encoding="latin-1",
        capture_output=True,
        cwd=folder,
        env=os.environ
        | {"EDGEOMNI_HOME": str(folder / "home"), "EDGEOMNI_OFFLINE": "1", "NO_COLOR": "1"}
        | env,
        timeout=100,
        check=False,
    )


def png(path: Path, width: int, height: int) -> Path:
    """A black picture of one bit a pixel: few bytes on disk, many in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 2) * height), 1)
    whole = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
    return path
