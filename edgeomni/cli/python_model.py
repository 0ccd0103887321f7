"""A Pydantic model as the shape of an answer: ``package.module:Model`` from the current folder."""

from __future__ import annotations

import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from edgeomni.engine.grammar.shape import Shape, of_model
from edgeomni.errors import SchemaError

_PLACE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_WORKS = "Nothing was generated."


def is_model(source: str) -> bool:
    """Whether this names a model in Python, and no file."""
    return bool(_PLACE.fullmatch(source)) and not os.path.exists(source)


def shape_of(place: str) -> Shape:
    """What the class there describes, imported now. Raises SchemaError."""
    module, _, name = place.partition(":")
    found = getattr(_imported(module), name, None)
    if found is None:
        raise SchemaError(
            f"{place} has no such class.",
            works=_WORKS,
            remedy="Name a class that is derived from pydantic.BaseModel.",
        )
    with _translated(place):
        return of_model(found, place)


def _imported(module: str) -> Any:
    """As ``python -m`` finds it: in the current folder first."""
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        with _translated(module):
            return importlib.import_module(module)
    finally:
        with suppress(ValueError):  # the module may have done so itself
            sys.path.remove(here)  # what is imported later is ours, not the folder's


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Whatever foreign code raises becomes a SchemaError; stdout is kept for the answer."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except SchemaError:
        raise
    except ModuleNotFoundError as error:
        raise _missing(what, error) from error
    except (Exception, SystemExit) as error:
        raise SchemaError(
            f"{what} cannot be used: {_told(error)}.",
            works=_WORKS,
            remedy="Correct that file; `python -m` on it shows the same error.",
        ) from error


def _missing(module: str, error: ModuleNotFoundError) -> SchemaError:
    name = error.name or ""
    if name == module or module.startswith(f"{name}."):
        return SchemaError(
            f"There is no module {module} in this folder.",
            works=_WORKS,
            remedy="Go to the folder that it is in, or name it as `python -m` would.",
        )
    return SchemaError(
        f"{module} needs {name}, which is not installed ({_place(error)}).",
        works="Schemas in JSON files work without it.",
        remedy=f"pip install {name.partition('.')[0]}",
    )


def _told(error: BaseException) -> str:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{' '.join(what.split())} ({_place(error)})"


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and frame.filename != __file__
    ]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else "line unknown"
