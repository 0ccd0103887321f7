"""The voices, as ``edgeomni say --list`` shows them."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from edgeomni import casting
from edgeomni.cli.output import Screen
from edgeomni.cli.record import dumps
from edgeomni.sanitise import clean
from edgeomni.speech.voices import kokoro, kokoro_files
from edgeomni.speech.voices.choice import KOKORO, VOICES, VoiceCard

_WIDTH = 96
_NAMES = 31
"""Columns before the names of voices."""


def show_voices(screen: Screen, voice: str, *, as_json: bool) -> int:
    """All there are, or those of Kokoro's in the folder that is named. Raises ModelError."""
    own: tuple[VoiceCard, ...] = VOICES
    head = [f"{KOKORO.name:<8} {KOKORO.what}", f"{'':<8} {screen.dim(KOKORO.cost)}"]
    voices, obstacle = kokoro.VOICES, casting.obstacle()
    if folder := casting.folder_of(voice):
        found = kokoro_files.find(Path(folder))
        own, head = (), [f"{KOKORO.name:<8} {clean(str(found.model), keep='')}"]
        voices, obstacle = tuple(found.voices), casting.obstacle(found)
    if as_json:
        for card in own:
            screen.line(dumps({"name": card.name, "what": card.what, "cost": card.cost}))
        for voice in voices:
            screen.line(dumps(_fields(voice, ready=not obstacle)))
        return 0
    for card in own:
        screen.line(f"{card.name:<8} {card.what}\n{'':<8} {screen.dim(card.cost)}")
    for line in (*head, *_table(voices)):
        screen.line(line)
    if obstacle:
        screen.line(f"{'':<8} To have them: {obstacle}")
    return 0


def _fields(voice: str, *, ready: bool) -> dict[str, Any]:
    language = kokoro.language_of(voice)
    rough = "; many words come out wrong" if language.rough else ""
    return {
        "name": voice,
        "what": f"{language.name}, by Kokoro{rough}",
        "cost": KOKORO.cost,
        "language": language.code,
        "ready": ready,
    }


def _table(voices: tuple[str, ...]) -> list[str]:
    rows = []
    for language, names in kokoro.by_language(voices).items():
        head = f"{'':<8} {language.name}{' *' if language.rough else ''}"
        shown = ", ".join(clean(name, keep="") for name in names)
        wrapped = textwrap.wrap(shown, _WIDTH - _NAMES)
        rows += [f"{head if not at else '':<{_NAMES}}{part}" for at, part in enumerate(wrapped)]
    if any(kokoro.language_of(voice).rough for voice in voices):
        rows.append(f"{'':<8} * rough: many words come out wrong, Japanese above all")
    return rows
