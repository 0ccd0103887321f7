"""A combination is held while all of its keys are down."""

from __future__ import annotations

import pytest

from edgeomni.hotkey.chord import Chord
from edgeomni.hotkey.names import parsed


def moves(combination: str, *keys: str) -> list[str]:
    """``+ctrl`` goes down, ``-ctrl`` goes up."""
    chord = Chord(parsed(combination, "linux").called)
    told = [(chord.down if key[0] == "+" else chord.up)(key[1:]) for key in keys]
    return [move for move in told if move]


HELD = ("+ctrl", "+alt", "+space")


@pytest.mark.parametrize(
    ("combination", "keys", "told"),
    [
        ("f9", ("+f9", "-f9"), ["press", "release"]),
        ("ctrl+alt+space", HELD, ["press"]),
        ("ctrl+alt+space", ("+space", "+alt", "+ctrl"), ["press"]),
        ("ctrl+alt+space", (*HELD, "-space"), ["press", "release"]),
        ("ctrl+alt+space", (*HELD, "-ctrl", "-space", "-alt"), ["press", "release"]),
        ("ctrl+alt+space", ("+ctrl", "+space", "-space", "-ctrl"), []),
        ("ctrl+alt+space", (*HELD, "+x", "-x"), ["press"]),
        ("ctrl+alt+space", (*HELD, *["+space"] * 9, "-space"), ["press", "release"]),
        ("ctrl+alt+space", (*HELD, "-space", "+space"), ["press", "release", "press"]),
        ("ctrl+alt+space", ("+ctrl_r", "+alt_l", "+space"), ["press"]),
        ("ctrl+alt+space", (*HELD, "+ctrl_r", "-ctrl_r"), ["press"]),
        ("right ctrl", ("+ctrl", "-ctrl"), []),
        ("right ctrl", ("+ctrl_r", "-ctrl_r"), ["press", "release"]),
        ("f9", ("+", "-", "-f9"), []),
        ("ctrl+1", ("+ctrl", "+1", "+shift", "-!"), ["press", "release"]),
        ("ctrl+1", ("+1", "+shift", "-!", "-shift", "+ctrl"), []),
        ("ctrl+1", ("+1", "+shift", "+!", "-!", "-shift", "+ctrl"), []),
        ("ctrl+1", ("+shift", "+!", "-shift", "+1", "-1", "+ctrl"), []),
        ("ctrl+e", ("+e", "+alt_gr", "-€", "-alt_gr", "+ctrl"), []),
        ("ctrl+e", ("+e", "+", "-€", "-", "+ctrl"), []),
        ("ctrl+1", ("+1", "+shift", "-!", "-shift", "+1", "+ctrl"), ["press"]),
        ("ctrl+1", ("+ctrl", "+1", "+x", "-x"), ["press"]),
        ("ctrl+1", ("+ctrl", "+1", "-f9"), ["press"]),
    ],
)
def test_what_keys_amount_to(combination: str, keys: tuple[str, ...], told: list[str]) -> None:
    assert moves(combination, *keys) == told
