"""A home of its own for every test, a hub and a wheel index on this machine."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgeomni.catalog.progress import Transfer
from tests.hub import Hub, serve

WHEEL_FILE = "pocket_model/data/pocket.Q4_0.gguf"
WEIGHTS = b"GGUF" + bytes(range(256)) * 400

_CARD = """
[[model]]
id = "pocket"
title = "Pocket"
family = "test"
source = "wheel"
wheel = "pocket-model=={version}"
quant = "Q4_0"
licence = "MIT"
context = 512
abilities = ["text"]

[[model.file]]
name = "{name}"
bytes = {bytes}
sha256 = "{sha256}"
"""


class Recorder:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps: list[Transfer] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def step(self, transfer: Transfer) -> None:
        self.steps.append(transfer)


@pytest.fixture
def progress() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything of edgeomni's below one temporary folder, and no setting of the developer's."""
    for name in ("CONFIG", "DATA", "MODELS", "STATE", "CACHE"):
        monkeypatch.delenv(f"EDGEOMNI_{name}_DIR", raising=False)
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "EDGEOMNI_OFFLINE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("EDGEOMNI_HOME", str(home))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    return home


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub without repositories that huggingface_hub is pointed at."""
    from huggingface_hub import close_session

    with serve() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setattr("edgeomni.catalog.hub._PAUSES_S", (0.0, 0.0))
        yield hub
        close_session()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks: an empty folder of wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def pocket(home: Path, index: Path) -> Callable[..., Path]:
    """Makes a wheel with ``weights`` in the index, and a card that promises ``promised``.

    With ``here`` the file lies in the store already, as after a pull.
    """

    def make(
        weights: bytes = WEIGHTS,
        promised: bytes = WEIGHTS,
        version: str = "1.0",
        here: bool = False,
    ) -> Path:
        (home / "config").mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256(promised).hexdigest()
        card = _CARD.format(version=version, name=WHEEL_FILE, bytes=len(promised), sha256=sha256)
        (home / "config" / "catalog.toml").write_text(card)
        if here:  # then pull needs no pip, only to verify
            place = home / "models" / "pocket" / Path(WHEEL_FILE).name
            place.parent.mkdir(parents=True)
            place.write_bytes(weights)
        return make_wheel(index, {WHEEL_FILE: weights})

    return make


def make_wheel(folder: Path, files: dict[str, bytes], package: str = "pocket_model") -> Path:
    """A wheel of version 1.0 that asks for a package which does not exist."""
    info = f"{package}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode()
        + b"Requires-Dist: nothing-of-this-name-exists\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(data)},{len(data)}\n" for name, data in files.items())
    path = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def _digest(data: bytes) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + raw.decode().rstrip("=")
