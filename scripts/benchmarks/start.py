"""Starts the benchmarks in the checkout's environment, where the engine is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from bootstrap.place import this_checkout


def main(arguments: Sequence[str]) -> int:
    place = this_checkout()
    if not os.path.exists(place.python):
        print("There is no environment yet. Call scripts/test first.", file=sys.stderr)
        return 8
    roots = [place.root, os.path.join(place.root, "scripts")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}
    command = [place.python, "-m", "benchmarks", *arguments]
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130
