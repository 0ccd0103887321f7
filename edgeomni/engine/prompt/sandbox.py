"""A sandbox for chat templates, which are programs that come with a model file.

They reach no file, process or inside of Python, and end: in time, in words and in memory.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import CallBlock, Node
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edgeomni.engine.prompt import bounds

_RENDER_SECONDS = 2
_LONGEST_PROMPT = bounds.LONGEST
"""Characters."""
_LONGEST_NUMBER = 1 << 12
"""Bits of a power."""
_FAILURES = (
    *(TemplateError, TypeError, ValueError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError, MemoryError),
)
"""What compiling and rendering a template can end with."""


class Unusable(Exception):
    """What is wrong with a template, or with a conversation for it, as the end of a sentence."""


def compiled(source: str) -> Template:
    """Raises Unusable."""
    environment = _Sandbox(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
    )
    environment.filters |= bounds.bounded_filters() | {"tojson": to_json}
    try:
        return environment.from_string(source)
    except _FAILURES as error:
        raise Unusable(str(error)) from error


def rendered(template: Template, arguments: Mapping[str, Any]) -> str:
    """Raises Unusable."""
    try:
        with _time_limit(_RENDER_SECONDS):
            prompt = template.render(raise_exception=_raise, **arguments)
    except _FAILURES as error:
        raise Unusable(str(error)) from error
    if len(prompt) > _LONGEST_PROMPT:
        raise Unusable("it renders without end")
    return prompt


def to_json(value: Any, indent: int | None = None, **_ignored: Any) -> str:
    """Not jinja2's own, which escapes for HTML."""
    bounds.check_indent(indent)
    return json.dumps(value, ensure_ascii=False, indent=indent)


class _Generation(Extension):
    """``{% generation %}`` marks the answer for training; for inference it is transparent."""

    tags = {"generation"}  # noqa: RUF012 (jinja2's own interface)

    def parse(self, parser: Parser) -> Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller: Callable[[], str]) -> str:
        return caller()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Bounds what could fill the memory in one step, where no clock can end it."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if _size(operator, left, right) > (
            _LONGEST_NUMBER if operator == "**" else _LONGEST_PROMPT
        ):
            raise TemplateError(f"{operator} makes something too large")
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        bounds.check_call(function, args, kwargs)
        return super().call(context, function, *args, **kwargs)


def _size(operator: str, left: Any, right: Any) -> int:
    """Of a text or product in items, of a power in bits; 0 for what stays small."""
    if operator == "%":
        return bounds.printf_size(left, right) if isinstance(left, str) else 0
    if operator == "**":
        whole = isinstance(left, int) and isinstance(right, int)
        return left.bit_length() * right if whole else 0
    sequence, factor = (right, left) if isinstance(left, int) else (left, right)
    repeats = isinstance(sequence, str | list | tuple) and isinstance(factor, int)
    return len(sequence) * factor if repeats else 0


def _raise(message: str) -> None:
    raise TemplateError(message)


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """End a template that loops for ever; only where the system has an alarm clock."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise TemplateError(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
