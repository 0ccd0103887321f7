"""Finds out what a set-up starts from: the environment as it is, and the compiler."""

from __future__ import annotations

import json
import os
import subprocess

from bootstrap import plan, system
from bootstrap.place import Place

_PROBE = """
import importlib.metadata as m, json, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return ""
print(json.dumps([sys.version_info[:2], version("pip"), version("llama-cpp-python")]))
"""


def found(place: Place) -> plan.Facts:
    """What there is at the moment."""
    exists = os.path.exists(place.config)
    unfinished = os.path.exists(place.unfinished)
    machine = system.has_compiler(os.environ), bool(os.environ.get("CMAKE_ARGS"))
    try:
        probe = [place.python, "-c", _PROBE]
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        version, pip, engine = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return plan.Facts(exists, False, unfinished, "", "", *machine)
    sound = made_with(place) == tuple(version)
    return plan.Facts(exists, sound, unfinished, pip, engine, *machine)


def made_with(place: Place) -> tuple[int, ...]:
    """The major and minor version of Python that the environment was made with."""
    try:
        with open(place.config, encoding="utf-8") as file:
            pairs = dict(line.partition("=")[::2] for line in file)
    except OSError:
        return ()
    settings = {key.strip(): value.strip() for key, value in pairs.items()}
    return plan.release(settings.get("version", settings.get("version_info", "")))[:2]
