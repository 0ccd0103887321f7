"""What the user wants: flag > EDGEOMNI_* > project file > user file > default, with origins.

A mistake on the command line or in the environment is an error. A mistake in a file is a notice
that names file, line and key, and the next layer decides: a typo must not lock anybody out.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from edgeomni.errors import UsageError
from edgeomni.regular import read_up_to
from edgeomni.values import Options

T = TypeVar("T")

DEFAULT = "default"
PROJECT_FILE = "edgeomni.toml"
MAX_FILE_BYTES = 1 << 20
Device = Literal["auto", "cpu", "cuda", "metal", "vulkan"]
DEVICES: tuple[Device, ...] = get_args(Device)
ListenDevice = Literal["auto", "cpu", "cuda"]
LISTEN_DEVICES: tuple[ListenDevice, ...] = get_args(ListenDevice)
Detail = Literal["low", "auto", "high"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
_ANSWER = Options()


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    value: T
    origin: str = DEFAULT
    """The flag, the variable or the file that said so, or ``default``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its origin; ``None`` and ``""`` mean: not chosen."""

    model: Setting[str] = Setting("nano")
    """A file, a catalog name, or ``org/repo[:QUANT]``."""
    mmproj: Setting[str] = Setting("")
    """The file that lets the model see or hear; found by itself when empty."""
    device: Setting[Device] = Setting("auto")
    require_gpu: Setting[bool] = Setting(False)
    listen_device: Setting[ListenDevice] = Setting("auto")
    """Where speech is understood."""
    context: Setting[int | None] = Setting(None)
    """Tokens."""
    threads: Setting[int | None] = Setting(None)
    detail: Setting[Detail] = Setting("auto")
    """How closely pictures are looked at: a glance, as usual, or for fine print."""
    picture_tokens: Setting[int | None] = Setting(None)
    """Tokens that the pictures of a conversation may take together; None is half of the context."""
    system: Setting[str] = Setting("")
    max_tokens: Setting[int] = Setting(_ANSWER.max_tokens)
    temperature: Setting[float] = Setting(_ANSWER.temperature)
    top_k: Setting[int] = Setting(_ANSWER.top_k)
    top_p: Setting[float] = Setting(_ANSWER.top_p)
    min_p: Setting[float] = Setting(_ANSWER.min_p)
    repeat_penalty: Setting[float] = Setting(_ANSWER.repeat_penalty)
    seed: Setting[int | None] = Setting(None)
    base_url: Setting[str] = Setting("")
    """``engine.base_url``: an OpenAI-compatible server that answers instead of this machine."""
    api_key: Setting[str] = field(default=Setting(""), repr=False)
    """``engine.api_key``: never printed."""
    offline: Setting[bool] = Setting(False)
    notices: tuple[str, ...] = ()
    """What was wrong in the files, one sentence each."""
    watching: bool = False
    """Whether looks need room of their own beside the conversation; no file says so."""

    @property
    def asked_model(self) -> str:
        """The model's name; empty when a server is to choose."""
        chosen_here = not self.base_url.value or self.model.origin != DEFAULT
        return self.model.value if chosen_here else ""

    def advised(self, sampling: Mapping[str, object], origin: str) -> Settings:
        """What a model's makers recommend, where nobody has chosen otherwise."""
        free = [name for name in sampling if getattr(self, name).origin == DEFAULT]
        chosen: dict[str, Any] = {name: Setting(sampling[name], origin) for name in free}
        return replace(self, **chosen)

    def options(self) -> Options:
        """How answers are to be generated."""
        return Options(
            max_tokens=self.max_tokens.value,
            temperature=self.temperature.value,
            top_k=self.top_k.value,
            top_p=self.top_p.value,
            min_p=self.min_p.value,
            repeat_penalty=self.repeat_penalty.value,
            seed=self.seed.value,
        )


# ── how each value is read: from TOML, or from the text of a variable ────────────────────────────


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("a text in quotes")
    return raw


def _flag(raw: object) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False, "": False}
    found = raw if isinstance(raw, bool) else words.get(str(raw).strip().lower())
    if found is None:
        raise ValueError("true or false")
    return found


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(raw: object) -> int:
        huge = isinstance(raw, int) and not low <= raw <= high  # some cannot even be written
        text = "" if huge or isinstance(raw, bool) else str(raw).strip()
        if not re.fullmatch(r"[+-]?\d{1,19}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(raw: object) -> float:
        try:
            number = math.nan if isinstance(raw, bool) else float(str(raw))
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return number

    return read


def _one_of(words: Sequence[str]) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if raw not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(raw)

    return read


def _url(raw: object) -> str:
    if not isinstance(raw, str) or not re.match(r"https?://[^\s/]+", raw) or not _is_address(raw):
        raise ValueError("an address that begins with http:// or https://")
    return raw


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # brackets without an end, a port beyond 65535
        return False


@dataclass(frozen=True, slots=True)
class Key:
    field: str
    """Name in ``Settings``, and of the flag."""
    read: Callable[[object], Any]
    section: str = ""

    @property
    def name(self) -> str:
        """As it is written in a file."""
        return f"{self.section}.{self.field}" if self.section else self.field

    @property
    def variable(self) -> str:
        return "EDGEOMNI_" + self.name.replace(".", "_").upper()


KEYS = (
    Key("model", _text),
    Key("mmproj", _text),
    Key("device", _one_of(DEVICES)),
    Key("require_gpu", _flag),
    Key("listen_device", _one_of(LISTEN_DEVICES)),
    Key("context", _whole(16, 1 << 24)),
    Key("threads", _whole(1, 1024)),
    Key("detail", _one_of(DETAILS)),
    Key("picture_tokens", _whole(1, 1 << 24)),
    Key("system", _text),
    Key("max_tokens", _whole(1, 1 << 24)),
    Key("temperature", _number(0, 10)),
    Key("top_k", _whole(0, 1 << 20)),
    Key("top_p", _number(0, 1)),
    Key("min_p", _number(0, 1)),
    Key("repeat_penalty", _number(0.1, 10)),
    Key("seed", _whole(0, (1 << 32) - 1)),
    Key("base_url", _url, "engine"),
    Key("api_key", _text, "engine"),
    Key("offline", _flag),
)
_BY_NAME = {key.name: key for key in KEYS}

# ── the layers ───────────────────────────────────────────────────────────────────────────────────


def load(
    flags: Mapping[str, object],
    *,
    env: Mapping[str, str],
    project_file: Path,
    user_file: Path,
) -> Settings:
    """Settings from every layer; flags that are None were not given. Raises UsageError."""
    notices: list[str] = []
    found: dict[str, Any] = {}
    found |= _from_file(user_file, notices)
    found |= _from_project(project_file, notices)
    found |= _from_environment(env, notices)
    found |= _from_flags(flags)
    _stay_here(found.get("offline"), found.get("base_url"))
    return Settings(**found, notices=tuple(notices))


def _from_flags(flags: Mapping[str, object]) -> dict[str, Setting[Any]]:
    names = {key.field: key for key in KEYS}
    given = {name: raw for name, raw in flags.items() if name in names and raw is not None}
    return {
        name: _strict(names[name], raw, "--" + name.replace("_", "-"))
        for name, raw in given.items()
    }


def _from_environment(env: Mapping[str, str], notices: list[str]) -> dict[str, Setting[Any]]:
    known = [key.variable for key in KEYS]
    short = {"EDGEOMNI_" + key.field.upper(): [key.variable] for key in KEYS if key.section}
    for name in sorted(set(env) - set(known)):
        nearest = short.get(name) or difflib.get_close_matches(name, known, 1, 0.85)
        if name.startswith("EDGEOMNI_") and nearest:
            notices.append(f"The variable {name} is not known; did you mean {nearest[0]}?")
    return {
        key.field: _strict(key, env[key.variable], key.variable)
        for key in KEYS
        if env.get(key.variable)
    }


def _strict(key: Key, raw: object, origin: str) -> Setting[Any]:
    try:
        return Setting(key.read(raw), origin)
    except ValueError as wrong:
        said = "" if key.field == "api_key" else f", not {str(raw)[:60]!r}"
        raise UsageError(f"{origin} must be {wrong}{said}.") from None


def _from_file(path: Path, notices: list[str]) -> dict[str, Setting[Any]]:
    text = _read(path, notices)
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:  # a number of thousands of digits is the former
        notices.append(f"{path} is not valid TOML and is left out: {wrong or 'nested too deeply'}.")
        return {}
    found: dict[str, Setting[Any]] = {}
    for name, raw in _flatten(table):
        key = _BY_NAME.get(name)
        where = f"{path}:{_line_of(name, text)}"
        if key is None:
            notices.append(f"{where}: the setting {name[:60]!r} is not known{_nearest(name)}")
            continue
        try:
            found[key.field] = Setting(key.read(raw), str(path))
        except ValueError as wrong:
            notices.append(f"{where}: {name} must be {wrong}; this line is left out.")
    return found


def _read(path: Path, notices: list[str]) -> str:
    try:
        raw = read_up_to(path, MAX_FILE_BYTES)
        if raw is None:
            notices.append(f"{path} is larger than 1 MiB and is left out.")
            return ""
        return raw.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as wrong:
        notices.append(f"{path} is not UTF-8 (byte {wrong.start}) and is left out.")
    except OSError as wrong:
        notices.append(f"{path} cannot be read and is left out: {wrong.strerror}.")
    return ""


def _flatten(table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, raw in table.items():
        if isinstance(raw, dict) and name not in _BY_NAME:
            for inner, value in raw.items():
                yield f"{name}.{inner}", value
        else:
            yield name, raw


def _line_of(name: str, text: str) -> int:
    """The first line that assigns the last part of ``name``: right but for odd spellings."""
    last = re.escape(name.rpartition(".")[2])
    found = re.search(rf"""(?m)^[ \t]*(?:[\w.-]+\.)?["']?{last}["']?[ \t]*=""", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _nearest(name: str) -> str:
    nearest = difflib.get_close_matches(name, list(_BY_NAME), 1)
    return f"; did you mean {nearest[0]}?" if nearest else "."


def _from_project(path: Path, notices: list[str]) -> dict[str, Setting[Any]]:
    """What the present folder says; somebody else may have written it.

    So it chooses neither the server that gets to read the conversation nor the account there, and
    may forbid the network but not allow it.
    """
    found = _from_file(path, notices)
    if "offline" in found and not found["offline"].value:
        del found["offline"]
        notices.append(f"{path} may not allow the network: offline = false is left out.")
    for key in KEYS:
        if key.section == "engine" and key.field in found:
            del found[key.field]
            notices.append(
                f"{path} may not choose {key.name}, so that is left out; to choose it, {_ways(key)}"
            )
    if chosen := [name for name in ("model", "mmproj", "system") if name in found]:
        notices.append(f"{path} chooses: {', '.join(chosen)}.")
    return found


def _ways(key: Key) -> str:
    flag = "" if key.field == "api_key" else "give --" + key.field.replace("_", "-") + ", "
    return f"{flag}set {key.variable} or write it into your own config.toml."


def _stay_here(offline: Setting[Any] | None, url: Setting[Any] | None) -> None:
    """Offline, only a server on this machine may answer. Raises UsageError."""
    if offline and offline.value and url and not _is_loopback(url.value):
        raise UsageError(
            f"You are offline by {offline.origin}, but the server of {url.origin} is elsewhere.",
            works="Models on this machine and servers at localhost work.",
            remedy="Leave one of the two out.",
        )


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, or no address at all
        return False


def origins(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Name, value to show and origin of every setting; the key is shown as dots."""
    for key in KEYS:
        setting: Setting[Any] = getattr(settings, key.field)
        shown = "" if setting.value is None else str(setting.value)
        yield key.name, "•" * 8 if key.field == "api_key" and shown else shown, setting.origin
