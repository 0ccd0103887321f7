"""Where a server is and how it is asked for, and what its refusals mean in plain words."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from edgeomni.engine.remote.loose_json import as_object
from edgeomni.errors import ContextFull, EdgeomniError, RemoteError, UsageError

_SHOWN = 300
"""Characters of a server's own words that are passed on."""

_CONTEXT = re.compile(r"context (?:length|size|window)|maximum context|n_ctx|too long", re.I)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))


class Address:
    """Where a server is, and the key that opens it; the key never appears in any text."""

    def __init__(self, base_url: str, api_key: str = "") -> None:
        """Raises UsageError for an address or a key that cannot be one."""
        parts = urlsplit(base_url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise UsageError(
                "The server's address is not of the form http://host:port/v1.",
                works="Local models work.",
                remedy="Correct engine.base_url; a key belongs into engine.api_key.",
            )
        if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
            raise UsageError(
                "The server's key holds characters that no key has.",
                works="Local models work.",
                remedy="Copy engine.api_key anew, without line breaks.",
            )
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.root = self.base.removesuffix("/v1")
        self.host = parts.netloc
        self.encrypted = parts.scheme == "https"
        self.local = parts.hostname in _LOCAL
        self.versioned = self.base != self.root
        self._key = api_key

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    def clean(self, words: Any) -> str:
        """A server's own words, fit to be shown: short, on one line, without the key."""
        text = str(words)
        if self._key:
            text = text.replace(self._key, "***")
        return _CONTROLS.sub(" ", text)[:_SHOWN].strip()


def refusal(address: Address, status: int, answer: Any) -> EdgeomniError:
    """The error for what a server answered instead of what was asked for."""
    told = as_object(answer).get("error", as_object(answer).get("detail", ""))
    words = as_object(told).get("message", told) or as_object(answer).get("message", "")
    kind = f"{as_object(told).get('type', '')} {as_object(told).get('code', '')}"
    said = address.clean(words if isinstance(words, str) else json.dumps(words))
    if status in (400, 413, 422, 500) and "context" in kind.lower():
        return _context_full(said)
    if status in (400, 422) and _CONTEXT.search(said):
        return _context_full(said)
    return _by_status(address, status, said)


def _by_status(address: Address, status: int, said: str) -> RemoteError:
    host = address.host
    quote = f" It says: {said}" if said else ""
    what, remedy = next(
        (row[1:] for row in _STATUS if status in row[0]),
        (f"answered with status {status}", "Look into the server's log."),
    )
    if status in (401, 403) and not address.has_key:
        remedy = "Set engine.api_key."
    if status == 404 and not address.versioned:
        remedy = "Most servers want /v1 at the end of engine.base_url; yours has none."
    return remote_error(f"The server {host} {what}.{quote}", remedy)


_KEY = "See whether engine.api_key is the right one for this server."
_STATUS: tuple[tuple[Any, str, str], ...] = (
    ((401, 403), "refused the key", _KEY),
    ((404,), "knows no such address or model", "Check engine.base_url and engine.model."),
    ((408, 504), "took too long", "Ask again, or ask for less."),
    ((413,), "finds the request too large", "Send fewer or smaller pictures."),
    ((429,), "has no capacity for us at the moment", "Wait a little and ask again."),
    (range(400, 500), "did not understand the request", "Look into the server's log."),
    (range(500, 600), "failed", "Ask again; if it fails again, look into the server's log."),
)


def remote_error(happened: str, remedy: str) -> RemoteError:
    return RemoteError(happened, works="Local models work without any server.", remedy=remedy)


def _context_full(said: str) -> ContextFull:
    return ContextFull(
        f"The conversation does not fit the server's context. It says: {said}",
        works="A shorter conversation works.",
        remedy="Begin a new conversation, or start the server with a larger context.",
    )
