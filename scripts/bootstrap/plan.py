"""Decides what a set-up has to do; nothing is done here."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ENGINE = "llama-cpp-python"
_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl/"
"""The index of ready-made wheels that llama-cpp-python's own README names."""
_PIP_FLOOR = (25, 1)
"""The first pip that installs dependency groups."""

Does = Literal["empty", "create", "pip", "engine", "package"]


@dataclass(frozen=True)
class Facts:
    """What was found in the checkout and on the machine."""

    exists: bool
    """There is an environment."""
    sound: bool = False
    """Its Python runs, and is still the version that it was made with."""
    unfinished: bool = False
    """An earlier set-up was cut short."""
    pip: str = ""
    """Version, or "" without pip."""
    engine: str = ""
    """Version of llama-cpp-python, or "" without it."""
    compiler: bool = True
    tuned: bool = False
    """The user set CMAKE_ARGS, to build for a GPU for instance."""


@dataclass(frozen=True)
class Step:
    does: Does
    title: str
    """One line for the user."""
    pip: tuple[str, ...] = ()
    """Arguments for pip."""


def steps(facts: Facts, requirement: str, group: str, *, prebuilt: bool) -> Sequence[Step]:
    """What to do, in order, for the facts at hand.

    ``requirement`` is llama-cpp-python's line in pyproject.toml. An install that was cut short may
    have left half a package that pip takes for a whole one, so it starts again from nothing; what
    was built or fetched by then comes from pip's cache.
    """
    fresh = not facts.exists or not facts.sound or facts.unfinished
    todo: list[Step] = []
    if fresh and facts.exists:
        todo.append(Step("empty", "Clearing an environment that is not whole"))
    if fresh:
        todo.append(Step("create", "Making the environment .venv"))
    if fresh or release(facts.pip) < _PIP_FLOOR:
        floor = ".".join(map(str, _PIP_FLOOR))
        todo.append(Step("pip", "Updating pip", ("install", "--upgrade", f"pip>={floor}")))
    if fresh or not satisfies(facts.engine, requirement):
        build = facts.compiler and not prebuilt
        todo.append(_build(requirement, facts.tuned) if build else _fetch(requirement, prebuilt))
    todo.append(_package(group))
    return todo


def _build(requirement: str, tuned: bool) -> Step:
    afresh = ("--no-cache-dir",) if tuned else ()  # pip's cache does not tell such builds apart
    title = "Installing the engine, llama-cpp-python (about 5 minutes on 2 cores to build, once)"
    return Step("engine", title, ("install", "-v", "--no-deps", *afresh, requirement))


def _fetch(requirement: str, asked: bool) -> Step:
    index = wheel_index(sys.platform, platform.machine())
    only = ("--only-binary", ENGINE, "--extra-index-url", index)
    why = "" if asked else "No C and C++ compiler was found. "
    title = f"{why}Fetching a ready-made engine, llama-cpp-python, from {index}"
    return Step("engine", title, ("install", "-v", "--no-deps", *only, requirement))


def _package(group: str) -> Step:
    tools = ("--group", group) if group else ()
    title = "Installing edgeomni" + (" and the developer tools" if group else "")
    return Step("package", title, ("install", "--editable", ".", *tools))


def wheel_index(system: str, machine: str) -> str:
    """Where the ready-made wheels for this machine are."""
    return _WHEELS + ("metal" if (system, machine) == ("darwin", "arm64") else "cpu")


def engine_requirement(dependencies: Sequence[str]) -> str:
    """llama-cpp-python's line among the dependencies."""
    return next(line for line in dependencies if re.match(rf"{ENGINE}\b", line))


def satisfies(version: str, requirement: str) -> bool:
    """Whether an installed version is at or above the floor; anything but a floor says no."""
    floor = re.fullmatch(rf"{ENGINE}\s*>=\s*([\d.]+)", requirement)
    return floor is not None and version != "" and release(version) >= release(floor[1])


def release(version: str) -> tuple[int, ...]:
    """``25.1.1`` as (25, 1, 1); the empty version is below all others."""
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3])
