"""``edgeomni devices``: which microphones and loudspeakers there are."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from edgeomni.build import Factories
from edgeomni.cli.output import Screen
from edgeomni.sanitise import clean
from edgeomni.speech.devices.listed import WORKS, Device, Kind, of_kind

EPILOG = """\
examples:
  edgeomni devices
  edgeomni devices --json | jq -r '.microphones[] | select(.default) | .name'
  edgeomni talk --input 2 --output headset

A device is chosen by its number or by a part of its name; numbers change when devices are plugged
in, names do not. Without a choice the system's default is used, marked * here.
"""

_KINDS: dict[Kind, str] = {"microphone": "microphones", "loudspeaker": "loudspeakers"}


def add_parsers(verbs: Any) -> None:
    parser: argparse.ArgumentParser = verbs.add_parser(
        "devices",
        usage="edgeomni devices [--json]",
        description="Show the microphones and loudspeakers that are here.",
        epilog=EPILOG,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, on one line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    screen = Screen.standard()
    found = (args.factories or Factories()).devices()
    if args.json:
        screen.line(json.dumps({kinds: rows(found, kind) for kind, kinds in _KINDS.items()}))
        return 0
    for kind, kinds in _KINDS.items():
        screen.line(screen.bold(kinds))
        for line in lines(found, kind):
            screen.line(line)
    if found:
        screen.line("\n* the default. To try others: edgeomni talk --input NAME --output NAME")
    return 0


def rows(devices: Sequence[Device], kind: Kind) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "index": device.index,
            "name": device.name,
            "host": device.host,
            "channels": device.channels(kind),
            "rate": device.rate,
            "default": device.is_default(kind),
        }
        for device in of_kind(devices, kind)
    ]


def lines(devices: Sequence[Device], kind: Kind) -> list[str]:
    """For people."""
    there = of_kind(devices, kind)
    if not there:
        return [f"  There is no {kind} here. {WORKS} Connect one and look again."]
    names = [clean(device.name, keep="") for device in there]
    width = max(map(len, names))
    return [
        f"{'*' if device.is_default(kind) else ' '} {device.index:>3}  {name:<{width}}"
        f"  {device.rate / 1000:g} kHz, {clean(device.host, keep='')}"
        for device, name in zip(there, names, strict=True)
    ]
