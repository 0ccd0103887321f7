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

from edgeomni.errors import SchemaError

_PLACE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_WORKS = "Nothing was generated."


def is_model(source: str) -> bool:
    """Whether this names a model in Python, and no file."""
    return bool(_PLACE.fullmatch(source)) and not os.path.exists(source)


class PythonModel:
    """A class of the user's, imported now. Raises SchemaError."""

    def __init__(self, place: str) -> None:
        self._place = place
        module, _, name = place.partition(":")
        found = getattr(_imported(module), name, None)
        if not callable(getattr(found, "model_json_schema", None)):
            what = "has no such class" if found is None else "is no Pydantic model"
            raise SchemaError(
                f"{place} {what}.",
                works=_WORKS,
                remedy="Name a class that is derived from pydantic.BaseModel.",
            )
        self._model: Any = found

    def schema(self) -> dict[str, Any]:
        """Its JSON schema. Raises SchemaError."""
        with _translated(self._place):
            schema = self._model.model_json_schema()
        if not isinstance(schema, dict):
            raise SchemaError(f"{self._place} gives no JSON schema.", works=_WORKS)
        return schema

    def problem(self, text: str) -> str:
        """What the model has against this JSON text: its own validators see more than a schema."""
        try:
            with redirect_stdout(sys.stderr):
                self._model.model_validate_json(text)
        except (Exception, SystemExit) as error:
            return " ".join(str(error).split()) or type(error).__name__
        return ""


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
