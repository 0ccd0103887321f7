"""Which voice speaks: from what the user asks for to what the speech worker opens."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from edgeomni.errors import AbilityMissing, EdgeomniError, ModelNotFound
from edgeomni.speech.voices import kokoro, kokoro_files
from edgeomni.speech.voices.choice import SYSTEM, check
from edgeomni.speech.voices.kokoro_files import KokoroFiles


def located(name: str) -> str:
    """The voice of that name as the worker takes it: a voice of Kokoro's behind its folder.

    Nothing is fetched. Raises UsageError for a voice that nobody has, AbilityMissing without
    kokoro-onnx, ModelNotFound without its weights, ModelError for files that cannot be used.
    """
    check(name)
    asked = kokoro.parse(name)
    if asked is None:
        return name
    if not installed():
        raise kokoro_files.not_installed()
    folder = folder_of(name)
    files = kokoro_files.find(Path(folder) if folder else pulled())
    voice = "" if folder == home_in(name) else asked.voice
    files.need(voice)
    return os.path.join(os.path.abspath(files.folder), voice)


def cast(name: str, language: str, tell: Callable[[str], None]) -> str:
    """The voice to speak that language, a code like ``es``; both may be empty.

    Without a name it is a voice of the language, if one is here; ``tell`` is told what may sound
    wrong. Raises as ``located``.
    """
    if name == SYSTEM and language:
        return located(f"{SYSTEM}:{language}")
    if name:
        found, spoken = located(name), kokoro.language_of(name)
        if language and spoken.code != language and not name.startswith(SYSTEM):
            tell(f"The voice {Path(name).name} reads everything as {spoken.name}.")
        return found
    if language in ("", "en"):
        return ""
    voice = kokoro.first_of(language)
    try:
        if voice:
            return located(voice)
        tell(f"An English voice reads: none here speaks this language; --voice {SYSTEM} may.")
    except (AbilityMissing, ModelNotFound) as error:
        tell(f"An English voice reads. For {voice}: {error.remedy}")
    return ""


def folder_of(name: str) -> str:
    """The folder that a voice is named with, or that stands alone; empty for other names."""
    if name not in kokoro.VOICES and os.path.isdir(home_in(name)):
        return home_in(name)
    asked = kokoro.parse(name)
    return home_in(asked.folder) if asked else ""


def installed() -> bool:
    """Whether kokoro-onnx is; it is not imported for that."""
    return importlib.util.find_spec("kokoro_onnx") is not None


def pulled() -> Path:
    """The folder of the weights that were pulled. Raises ModelNotFound, ModelError."""
    from edgeomni import catalog

    try:
        model = catalog.resolve(catalog.DEFAULT_VOICES).model
    except ModelNotFound as error:
        raise ModelNotFound(
            "The weights of Kokoro's voices are not on this machine.",
            works="The voice heart comes with edgeomni.",
            remedy=f"`edgeomni pull {catalog.DEFAULT_VOICES}` fetches them once (121 MB).",
        ) from error
    return model.parent.parent if model.parent.name == "onnx" else model.parent


def obstacle(files: KokoroFiles | None = None) -> str:
    """What is to be done before Kokoro speaks, with these files or those that were pulled."""
    steps = [] if installed() else [kokoro_files.not_installed().remedy]
    try:
        _ = files or kokoro_files.find(pulled())
    except EdgeomniError as error:
        steps.append(error.remedy)
    return " And: ".join(steps)


def home_in(path: str) -> str:
    """With the user's home in place of ``~``; ``~nobody``'s stays as it is."""
    return os.path.expanduser(path)
