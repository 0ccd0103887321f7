"""pipecat in an environment of its own, beside ours: what a spoken conversation is compared with.

It gets the releases of faster-whisper, CTranslate2, onnxruntime and the voice that the checkout's
environment has: what differs in a comparison is then who leads the conversation.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import peers
from bootstrap.place import Place
from bootstrap.trouble import SetupError

VERSION = "1.14.0"
"""Of pipecat; Smart Turn v3.2 and Silero are in its wheel."""
AS_IT_COMES = (
    f"{VERSION} as it comes: 0.2 s of silence (Silero), then Smart Turn v3.2 with 3 s at most, "
    "Whisper with 8 bits and a beam of 5, answers spoken sentence by sentence"
)
SHARED = ("ctranslate2", "faster-whisper", "hibari-tts", "numpy", "onnxruntime")
_SCRIPT = Path(__file__).parent / "voice" / "cascade.py"


class PipecatShelf:
    """Where it lies in a checkout; nothing is made."""

    def __init__(self, shelf: peers.Shelf) -> None:
        self.venv = shelf.home / "pipecat"
        programs = self.venv / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = programs / ("python.exe" if sys.platform == "win32" else "python")
        self.stamp = self.venv / "stamp"

    def usable(self) -> bool:
        return self.stamp.exists() and self.python.exists()


def make(place: Place, shelf: peers.Shelf) -> None:
    """Install what is missing. Raises SetupError, which says that the rest is there."""
    home = PipecatShelf(shelf)
    wanted = requirements(_versions(place))
    stamp = "\n".join(wanted) + "\n"
    if home.usable() and home.stamp.read_text() == stamp:
        return
    shutil.rmtree(home.venv, ignore_errors=True)
    home.venv.parent.mkdir(parents=True, exist_ok=True)
    try:
        title = "Making an environment for pipecat"
        peers.run(shelf, title, [place.python, "-m", "venv", str(home.venv)])
        title = f"Fetching pipecat {VERSION} and what it needs: 150 MB, 850 MB unpacked"
        peers.run(shelf, title, [str(home.python), "-m", "pip", "install", *wanted])
        peers.run(shelf, "Trying it", [str(home.python), "-I", str(_SCRIPT), "--help"])
    except SetupError as error:
        raise SetupError(
            f"pipecat {VERSION} cannot be had: {error.happened} The voice is measured without it.",
            error.remedy,
            last_lines=error.last_lines,
        ) from error
    home.stamp.write_text(stamp)


def requirements(versions: Mapping[str, str]) -> list[str]:
    """What pip is asked for; ``versions`` are those of ``SHARED`` in the checkout's environment."""
    return [f"pipecat-ai=={VERSION}", *(f"{name}=={versions[name]}" for name in SHARED)]


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What it runs with: nothing of ours, and nothing that leads to the network."""
    kept = {name: value for name, value in ours.items() if not name.startswith("PYTHON")}
    return {**kept, "HF_HUB_OFFLINE": "1"}


def command(shelf: peers.Shelf, arguments: Sequence[str]) -> list[str]:
    """``-I`` keeps the folder of the script, whose modules are ours, out of its way."""
    return [str(PipecatShelf(shelf).python), "-I", str(_SCRIPT), *arguments]


def _versions(place: Place) -> dict[str, str]:
    ask = "import importlib.metadata as m, json, sys; "
    ask += "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"
    try:
        done = subprocess.run(
            [place.python, "-c", ask, *SHARED],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=os.environ,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(
            f"what pipecat shares with us is not installed in {place.venv}.",
            "Call scripts/test first.",
        ) from error
    found: dict[str, str] = json.loads(done.stdout)
    return found
