"""Errors keep their class and their code on the way from a worker."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import edgeomni
from edgeomni.errors import PARTICULAR, EngineError, InputError, from_code

PACKAGE = Path(edgeomni.__file__).parent
RAISED = {
    (match, path.relative_to(PACKAGE).as_posix())
    for path in PACKAGE.rglob("*.py")
    for match in re.findall(r'\bcode="([a-z-]+)"', path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize(("code", "room"), sorted(RAISED))
def test_every_code_that_is_raised_has_its_class(code, room):
    assert code in PARTICULAR


def test_a_file_that_was_not_saved_is_the_callers_affair_on_both_sides_of_the_wire():
    error = from_code("not-saved", "No.", remedy="Try another folder.")
    assert type(error) is InputError
    assert (error.code, error.remedy) == ("not-saved", "Try another folder.")


def test_a_code_that_nobody_knows_is_the_engines():
    assert type(from_code("who-knows", "No.")) is EngineError
