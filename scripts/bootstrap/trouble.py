"""Says what went wrong in a set-up: what happened, what still works, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence


class SetupError(Exception):
    """The set-up cannot go on; the message is for the user, as it is."""

    def __init__(
        self,
        happened: str,
        remedy: str,
        *,
        last_lines: Sequence[str] = (),
        cut_short: bool = False,
    ) -> None:
        super().__init__(happened)
        self.happened = happened
        self.remedy = remedy
        self.last_lines = tuple(last_lines)
        self.cut_short = cut_short
        """pip was killed, and had no chance to take back what it had half done."""

    def __str__(self) -> str:
        lines = [f"  | {line}" for line in self.last_lines]
        return "\n".join([*lines, f"edgeomni set-up: {self.happened}", self.remedy])


# Searched from the top, the surest sign first: without a network pip also says that nothing
# matches, and a build that fails may have had a warning about the network before.
_CAUSES = (
    (
        r"No space left on device|not enough space on the disk",
        "the disk is full.",
        "Make room (about 2 GB are needed while building) and call again.",
    ),
    (
        r"Killed signal terminated program|virtual memory exhausted|out of memory",
        "memory ran out while compiling.",
        "Close other programs and call again with CMAKE_BUILD_PARALLEL_LEVEL=1 in the environment, "
        "or with --prebuilt to fetch a ready-made engine instead of compiling it.",
    ),
    (
        r"CMake Error|ninja: build stopped|CMake build failed|Failed building wheel",
        "building from source failed.",
        "Call again with --prebuilt to fetch a ready-made engine instead of compiling it.",
    ),
    (
        r"NewConnectionError|ConnectTimeout|NameResolutionError|name resolution"
        r"|Network is unreachable|ProxyError|Could not fetch URL|Read timed out|SSLError",
        "the package index could not be reached.",
        "Check the network, and the proxy or index settings of pip, then call again; what was "
        "already fetched is kept.",
    ),
    (
        r"Read-only file system|Permission denied|Access is denied",
        "a file could not be written.",
        "See to it that you may write to this folder, then call again.",
    ),
    (
        r"No matching distribution found",
        "the package index has no release that fits this machine and this Python.",
        "Try another Python, 3.11 to 3.13.",
    ),
)
_UNKNOWN = ("pip gave up.", "Correct what the lines above say, then call again.")


def explain(output: Sequence[str]) -> tuple[str, str]:
    """What happened and what to do about it, read from the last lines of pip's output."""
    text = "\n".join(output)
    for pattern, happened, remedy in _CAUSES:
        if re.search(pattern, text):
            return happened, remedy
    return _UNKNOWN
