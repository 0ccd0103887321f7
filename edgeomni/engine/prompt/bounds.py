"""How large a text becomes by one step of a template, known before the step is made.

These steps run in C, where no clock can end them, and a width of a few digits fills the memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from string import Formatter
from typing import Any

from jinja2 import TemplateError
from jinja2.filters import FILTERS

LONGEST = 64 << 20
"""Characters. A template can multiply strings without end."""
_LONGEST_INDENT = 1 << 10
_DIRECTIVE = re.compile(r"%(?:\([^)]*\))?[-#0 +]*(\d+|\*)?(?:\.(\d+|\*))?")


def check_call(function: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Raises TemplateError when a method of a text would make too large a one."""
    method = getattr(function, "__wrapped__", function)  # jinja2 wraps str.format
    text, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
    if isinstance(text, str) and name in _METHODS:
        check_size(name, _METHODS[name](text, *arguments, **named))


def check_size(name: str, size: int) -> None:
    if size > LONGEST:
        raise TemplateError(f"{name} makes something too large")


def printf_size(pattern: str, values: Any) -> int:
    """Of ``pattern % values``, as far as its widths decide it."""
    widths = [width for found in _DIRECTIVE.findall(pattern) for width in found if width]
    if "*" in widths:
        given = values if isinstance(values, tuple) else (values,)
        widths += [str(abs(each)) for each in given if isinstance(each, int)]
    return sum(int(width) for width in widths if width != "*")


def check_indent(indent: Any) -> None:
    """Raises TemplateError."""
    width = len(indent) if isinstance(indent, str) else indent or 0
    if width > _LONGEST_INDENT:
        raise TemplateError("its indent is too large")


def _padded(text: str, width: int, *_fill: Any) -> int:
    return max(len(text), width)


def _expanded(text: str, tabsize: int = 8) -> int:
    return len(text) + text.count("\t") * tabsize


def _replaced(text: str, old: str, new: str, *_count: Any, **_named: Any) -> int:
    return len(text) + text.count(str(old)) * len(str(new))


def _formatted(text: str, *_arguments: Any, **_named: Any) -> int:
    specs = [spec or "" for _, _, spec, _ in Formatter().parse(text)]
    if any("{" in spec for spec in specs):
        raise TemplateError("a width that another argument gives is not supported")
    return sum(int(number) for spec in specs for number in re.findall(r"\d+", spec))


def _joined(text: str, parts: Any) -> int:
    return len(text) * len(parts) if hasattr(parts, "__len__") else 0


_METHODS: dict[str, Callable[..., int]] = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _padded),
    **dict.fromkeys(("format", "format_map"), _formatted),
    "expandtabs": _expanded,
    "join": _joined,
    "replace": _replaced,
}


def _centered(value: Any, width: int = 80) -> int:
    return width


def _printed(value: Any, *arguments: Any, **named: Any) -> int:
    return printf_size(str(value), arguments)


def _indented(value: Any, width: int | str = 4, *_where: Any, **_named: Any) -> int:
    step = len(width) if isinstance(width, str) else width
    return step * (str(value).count("\n") + 2)


def _replaced_value(_context: Any, value: Any, old: str, new: str, *_count: Any, **_: Any) -> int:
    return _replaced(str(value), old, new)


def _joined_values(_context: Any, value: Any, d: str = "", *_: Any, **_named: Any) -> int:
    return _joined(str(d), value)


def _bounded(name: str, size: Callable[..., int]) -> Callable[..., Any]:
    """jinja2's own filter, behind a look at what it would make."""
    original = FILTERS[name]

    @wraps(original)
    def filtered(*arguments: Any, **named: Any) -> Any:
        check_size(name, size(*arguments, **named))
        return original(*arguments, **named)

    return filtered


def bounded_filters() -> dict[str, Callable[..., Any]]:
    return {name: _bounded(name, size) for name, size in _FILTERS.items()}


_FILTERS: dict[str, Callable[..., int]] = {
    "center": _centered,
    "format": _printed,
    "indent": _indented,
    "join": _joined_values,
    "replace": _replaced_value,
}
