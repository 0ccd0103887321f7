"""The names of keys, as people write them: ``ctrl+alt+space``, ``right ctrl``, ``f9``. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edgeomni.errors import UsageError
from edgeomni.sanitise import clean

_MODIFIERS = ("ctrl", "alt", "shift", "cmd")
_TYPING = ("space", "enter", "tab", "backspace", "delete", "up", "down", "left", "right")
"""Keys that are used all the time while one writes; each character is one, too."""
_FREE = (
    *("esc", "home", "end", "insert", "menu", "pause", "caps_lock", "num_lock", "scroll_lock"),
    *("page_up", "page_down", "print_screen", *(f"f{number}" for number in range(1, 21))),
)
_ALIASES = {
    "control": "ctrl",
    "option": "alt",
    "opt": "alt",
    "command": "cmd",
    "super": "cmd",
    "win": "cmd",
    "windows": "cmd",
    "meta": "cmd",
    "altgr": "right_alt",
    "alt_gr": "right_alt",
    "escape": "esc",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "page_up",
    "pgdn": "page_down",
    "break": "pause",
    "spacebar": "space",
}


def _modifiers() -> Iterator[tuple[str, frozenset[str]]]:
    """Of a left and a right key, systems call the left one by the bare name, or both."""
    for name in _MODIFIERS:
        yield name, frozenset({name, f"{name}_l", f"{name}_r"})
        yield f"left_{name}", frozenset({name, f"{name}_l"})
        right = {f"{name}_r", "alt_gr"} if name == "alt" else {f"{name}_r"}
        yield f"right_{name}", frozenset(right)


_CALLED: Mapping[str, frozenset[str]] = {
    **dict(_modifiers()),
    **{name: frozenset({name}) for name in (*_TYPING, *_FREE)},
}
"""Our name of a key -> what pynput may call it."""
_REMEDY = 'Write it like "ctrl+alt+space", "right ctrl" or "f9".'


@dataclass(frozen=True, slots=True)
class Combination:
    """Keys that are held together."""

    names: tuple[str, ...]

    @property
    def called(self) -> list[frozenset[str]]:
        """Of each key, the names by which the listener may know it."""
        return [_CALLED.get(name, frozenset({name})) for name in self.names]

    def __str__(self) -> str:
        return "+".join(name.replace("_", " ") for name in self.names)


def parsed(text: str, platform: str) -> Combination:
    """``platform`` is as in ``sys.platform``. Raises UsageError, with the nearest names."""
    names = tuple(_name(part) for part in text.split("+"))
    if len(set(names)) < len(names):
        raise UsageError("The hotkey names one key twice.", remedy=_REMEDY)
    typed = [name for name in names if len(name) == 1 or name in _TYPING]
    held = {name.removeprefix("left_").removeprefix("right_") for name in names} & {*_MODIFIERS}
    if typed and not held - {"shift"}:
        raise UsageError(
            f"{typed[0]} is typed all the time, and each time it would be the hotkey.",
            remedy=f'Hold it together with another: "ctrl+alt+{typed[0]}".',
        )
    _refuse_what_changes([name for name in typed if len(name) == 1], held, platform)
    return Combination(names)


def _refuse_what_changes(characters: list[str], held: set[str], platform: str) -> None:
    """The listener is told characters, not keys: with another key held it may be another one."""
    for character in characters:
        by_shift = "shift" in held and not character.isalpha()
        by_option = "alt" in held and platform == "darwin"
        if by_shift or by_option:
            changer = "shift" if by_shift else "option"
            raise UsageError(
                f"Together with {changer}, the key {character} is another character.",
                remedy='Take a key that is none, like "ctrl+alt+space" or "f9".',
            )


def _name(part: str) -> str:
    name = "_".join(part.casefold().replace("-", " ").replace("_", " ").split())
    name = _ALIASES.get(name, name)
    side, _, rest = name.partition("_")
    if side in ("left", "right") and rest:
        name = f"{side}_{_ALIASES.get(rest, rest)}"
    if name in _CALLED or (len(name) == 1 and name.isprintable()):
        return name
    if not name:
        raise UsageError("The hotkey has no name between two +.", remedy=_REMEDY)
    near = difflib.get_close_matches(name, [*_CALLED, *_ALIASES], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(n.replace('_', ' ') for n in near)}? " if near else ""
    shown = clean(part.strip(), keep="")[:40]
    raise UsageError(f"There is no key called {shown}.", remedy=hint + _REMEDY)
