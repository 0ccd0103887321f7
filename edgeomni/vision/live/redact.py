"""Addresses without what must not be seen: pure.

Passwords stand in front of the host, and cameras take them in the query as well. They come back in
the errors of FFmpeg, which name what was opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

HIDDEN = "…"
_SHORTEST = 3
"""Characters of what is looked for by itself: less would be found within other words."""
_HOST = re.compile(r"(\[[^]]*\]|[^:@]*)(:\d*)?")


def shown(address: str) -> str:
    """The address as it may be seen; what has no scheme stays as it is."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    place, mark, _ = _asked(rest[len(login_of(rest)) :])
    return f"{scheme}://{place}" + (f"{mark}{HIDDEN}" if mark else "")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Takes the secrets of an address out of texts."""

    address: str

    def __call__(self, text: str) -> str:
        rest = self.address.partition("://")[2]
        if not rest:
            return text
        text = text.replace(self.address, shown(self.address))
        login = login_of(rest)
        query = _asked(rest[len(login) :])[2]
        found = {login, login[:-1], *login[:-1].split(":", 1), query}
        found |= {pair.partition("=")[2] for pair in re.split("[&;]", query)}
        found |= {unquote(each) for each in found}
        for secret in sorted(found, key=len, reverse=True):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, HIDDEN)
        return text


def login_of(rest: str) -> str:
    """What stands before the host, with its @, in an address without its scheme; may be empty.

    A password may hold a slash that ought to have been escaped: what is no host is a password.
    """
    before = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in before:
        return before[: before.rindex("@") + 1]
    if _HOST.fullmatch(before) or "@" not in rest:
        return ""
    return rest[: rest.rindex("@") + 1]


def _asked(place: str) -> tuple[str, str, str]:
    """Host with path, the mark behind it, and the query or fragment."""
    found = re.search("[?#]", place)
    if found is None:
        return place, "", ""
    return place[: found.start()], found[0], place[found.end() :]
