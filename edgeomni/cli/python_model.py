"""A Pydantic model as the shape of an answer: ``package.module:Model`` from the current folder."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import edgeomni
from edgeomni import paths
from edgeomni.engine.grammar.shape import Shape, of_model
from edgeomni.errors import SchemaError

_PLACE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_WORKS = "Nothing was generated."
_OTHERS = tuple(os.path.join(folder, "") for folder in (*edgeomni.__path__, *importlib.__path__))
_PYTHON = os.path.join(sysconfig.get_path("stdlib"), "")


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
    with _translated(place, found):
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
def _translated(what: str, model: Any = None) -> Iterator[None]:
    """Whatever foreign code raises becomes a SchemaError; stdout is kept for the answer.

    ``model`` is the class that is asked, once there is one.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except SchemaError:
        raise
    except ModuleNotFoundError as error:
        raise _missing(what, error) from error
    except (Exception, SystemExit) as error:
        raise SchemaError(
            f"{what} cannot be used: {_told(error, model)}.",
            works=_WORKS,
            remedy="Correct that class."
            if model
            else "Correct that file; `python -m` on it shows the same error.",
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
        remedy=paths.pip_install(name.partition(".")[0]),
    )


def _told(error: BaseException, model: Any) -> str:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{' '.join(what.split())} ({_place(error, model)})"


def _place(error: BaseException, model: Any = None) -> str:
    """The last line of the user's own code on the way to the error, or the class it is about."""
    if isinstance(error, SyntaxError) and _is_file(error.filename or "<>"):
        return f"{error.filename}, line {error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame)]
    own = [frame for frame in frames if not _is_library(frame.filename)]
    if own:
        return f"{own[-1].filename}, line {own[-1].lineno}"
    with suppress(TypeError, OSError):
        return f"{inspect.getsourcefile(model)}, line {inspect.getsourcelines(model)[1]}"
    # A model that is installed like a library itself.
    return f"{frames[0].filename}, line {frames[0].lineno}" if frames else "line unknown"


def _is_theirs(frame: traceback.FrameSummary) -> bool:
    """Whether it is neither ours nor the import itself."""
    return _is_file(frame.filename) and not frame.filename.startswith(_OTHERS)


def _is_file(name: str) -> bool:
    """Whether code has its lines there; that of the interpreter and of texts has a <name>."""
    return not name.startswith("<")


def _is_library(file: str) -> bool:
    """Whether it belongs to Python or was installed: it only passes on what the user wrote."""
    installed = {"site-packages", "dist-packages"} & set(Path(file).parts)
    return bool(installed) or file.startswith(_PYTHON)
