"""The values of ``format`` that a grammar holds a text to, as GBNF for the inside of its quotes.

A grammar may be narrower than the format is: every text has a bound, and rare spellings are left
out (quoted names in addresses, leap seconds). Answers are judged by the same grammar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    body: str
    least: int
    """Characters of the shortest text."""
    most: int
    """Characters of the longest text."""


_FOUR = '("0" [48] | [2468] [048] | [13579] [26])'
_LEAP_YEAR = f'([0-9]{{2}} {_FOUR} | {_FOUR} "00")'
_YEAR = '([1-9] [0-9]{3} | "0" [1-9] [0-9]{2})'
_DATE = (
    f'({_YEAR} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])'
    ' | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30")'
    f' | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])) | {_LEAP_YEAR} "-02-29")'
)
_TIME = (
    '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})?'
    ' ("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])'
)

_COUNT = "[0-9]{1,6}"
"""Within what ``datetime.timedelta`` holds, be it of years."""
_SECONDS = f'{_COUNT} ("." [0-9]{{1,6}})? "S"'
_MINUTES = f'{_COUNT} "M" ({_SECONDS})?'
_HOURS = f'{_COUNT} "H" ({_COUNT} "M")? ({_SECONDS})?'
_CLOCK = f'"T" ({_HOURS} | {_MINUTES} | {_SECONDS})'
_DAYS = f'{_COUNT} "D"'
_MONTHS = f'{_COUNT} "M" ({_DAYS})?'
_YEARS = f'{_COUNT} "Y" ({_COUNT} "M")? ({_DAYS})?'
_DURATION = f'"P" (({_DAYS} | {_MONTHS} | {_YEARS}) ({_CLOCK})? | {_CLOCK} | {_COUNT} "W")'

_LABEL = "[A-Za-z0-9] ([A-Za-z0-9-]{0,38} [A-Za-z0-9])?"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_EMAIL = f'({_ATOM} "."?){{0,31}} {_ATOM} "@" {_LABEL} ("." {_LABEL}){{1,3}}'

_BYTE = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9]{2} | [1-9]? [0-9])'
_IPV4 = f'({_BYTE} "."){{3}} {_BYTE}'
_HEX = "[0-9a-fA-F]{1,4}"
_IPV6 = " | ".join(
    [
        f'({_HEX} ":"){{7}} {_HEX}',
        f'({_HEX} ":"){{1,7}} ":"',
        *(f'({_HEX} ":"){{1,{7 - n}}} (":" {_HEX}){{1,{n}}}' for n in range(1, 7)),
        f'":" (":" {_HEX}){{1,7}}',
        f'"::" ("ffff:")? {_IPV4}',
        '"::"',
    ]
)

_IN_URI = '([A-Za-z0-9._~:/?@!$&\'()*+,;=-] | "%" [0-9a-fA-F]{2})'
_URI = f'[A-Za-z] [A-Za-z0-9+.-]{{0,20}} ":" {_IN_URI}{{1,500}} ("#" {_IN_URI}{{0,150}})?'

FORMATS: Mapping[str, Format] = {
    "date": Format(_DATE, 10, 10),
    "time": Format(_TIME, 9, 21),
    "date-time": Format(f'{_DATE} "T" {_TIME}', 20, 32),
    "duration": Format(_DURATION, 3, 55),
    "uuid": Format('[0-9a-fA-F]{8} "-" ([0-9a-fA-F]{4} "-"){3} [0-9a-fA-F]{12}', 36, 36),
    "email": Format(_EMAIL, 5, 227),
    "hostname": Format(f'{_LABEL} ("." {_LABEL}){{0,5}}', 1, 245),
    "ipv4": Format(_IPV4, 7, 15),
    "ipv6": Format(_IPV6, 2, 39),
    "uri": Format(_URI, 3, 1973),
}

OF_ANY_TEXT = frozenset(("password", "binary", "path", "file-path", "directory-path"))
"""Say what a text is for; any text is one."""

OF_NUMBERS = frozenset(("int64", "float", "double"))
"""Every number that the grammar writes is one."""
