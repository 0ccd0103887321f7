"""``python -m tests.tiny DIRECTORY [NAME]...`` writes the tiny models into a directory."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.tiny.build import NAMES, build


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m tests.tiny DIRECTORY [NAME]...\n")
        sys.stderr.write(f"names: {' '.join(NAMES)}\n")
        return 2
    for name in arguments[1:] or NAMES:
        made = build(name, Path(arguments[0]))
        sys.stdout.write(f"{name}: {made.model} {made.mmproj or ''}\n".rstrip() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
