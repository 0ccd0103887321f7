"""Kokoro's voices: their names, the language that a name tells, and how one is asked for. Pure."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language that Kokoro has voices for."""

    name: str
    code: str
    """ISO 639-1, as ``--language`` takes it."""
    espeak: str
    """The voice of espeak-ng that turns its words into phonemes."""
    rough: bool = False
    """Kokoro was taught it with other phonemes than espeak-ng's: many words come out wrong."""


_LANGUAGES = {
    "a": Language("American English", "en", "en-us"),
    "b": Language("British English", "en", "en-gb"),
    "e": Language("Spanish", "es", "es"),
    "f": Language("French", "fr", "fr-fr"),
    "h": Language("Hindi", "hi", "hi"),
    "i": Language("Italian", "it", "it"),
    "p": Language("Brazilian Portuguese", "pt", "pt-br"),
    "j": Language("Japanese", "ja", "ja", rough=True),
    "z": Language("Mandarin Chinese", "zh", "cmn", rough=True),
}
"""By the first letter of a voice's name; which espeak-ng voice is meant: hexgrad/kokoro."""

# Of Kokoro-82M 1.0 (VOICES.md of hexgrad/Kokoro-82M); the first of a language is its best one.
_FEMALE_AND_MALE = {
    "a": (
        "heart alloy aoede bella jessica kore nicole nova river sarah sky",
        "michael adam echo eric fenrir liam onyx puck santa",
    ),
    "b": ("emma alice isabella lily", "george daniel fable lewis"),
    "e": ("dora", "alex santa"),
    "f": ("siwis", ""),
    "h": ("alpha beta", "omega psi"),
    "i": ("sara", "nicola"),
    "p": ("dora", "alex santa"),
    "j": ("alpha gongitsune nezumi tebukuro", "kumo"),
    "z": ("xiaobei xiaoni xiaoxiao xiaoyi", "yunjian yunxi yunxia yunyang"),
}
VOICES = tuple(
    f"{letter}{sex}_{name}"
    for letter, both in _FEMALE_AND_MALE.items()
    for sex, names in zip("fm", both, strict=True)
    for name in names.split()
)
_LIKE_ONE = re.compile(rf"[{''.join(_LANGUAGES)}][fm]_\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """A voice of Kokoro's as it was asked for."""

    folder: str
    """Where its files are; empty for those that were pulled."""
    voice: str


def parse(name: str) -> Asked | None:
    """What ``af_heart`` or ``FOLDER/af_heart`` asks for; None for what is no voice of Kokoro's."""
    at = max(name.rfind(mark) for mark in (os.sep, os.altsep or os.sep))
    if at >= 0:
        return Asked(name[: at + 1], name[at + 1 :])
    return Asked("", name) if name in VOICES else None


def language_of(name: str) -> Language:
    """The language of a voice, with or without a folder; American English where none is told."""
    voice = re.split(r"[/\\]", name)[-1]
    return _LANGUAGES[voice[0] if _LIKE_ONE.fullmatch(voice) else "a"]


def first_of(code: str) -> str:
    """The voice to take for a language by its ISO 639-1 code; empty where there is none."""
    good = (voice for voice in VOICES if language_of(voice).code == code)
    return next(good, "")


def by_language(voices: Iterable[str]) -> dict[Language, list[str]]:
    """Voices in the order in which languages are shown."""
    rows: dict[Language, list[str]] = {language: [] for language in _LANGUAGES.values()}
    for voice in voices:
        rows[language_of(voice)].append(voice)
    return {language: names for language, names in rows.items() if names}


def meant(name: str, there: Iterable[str]) -> str:
    """``Did you mean …? `` for a name that nobody has; empty where none is near."""
    near = difflib.get_close_matches(name.lower(), list(there), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}? " if near else ""
