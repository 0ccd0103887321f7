"""Reads tool calls in Python notation, ``[f(a=1)]``: literals only, nothing is ever evaluated."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from edgeomni.engine.reply.calls import Call, Schemas, json_calls

_JSON_WORDS = {"true": True, "false": False, "null": None}


def python_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """``[f(a=1), g(b="x")]`` or a single call; literals only, nothing is evaluated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(body.strip(), mode="eval").body
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "print":
        nodes: list[ast.expr] = list(tree.args)
    else:
        nodes = tree.elts if isinstance(tree, ast.List | ast.Tuple) else [tree]
    return [_from_node(node, schemas) for node in nodes]


def python_tag_calls(body: str, schemas: Schemas) -> list[Call] | None:
    """Behind Llama 3's ``<|python_tag|>``: JSON, or ``tool.call(key="value")``."""
    if body.lstrip().startswith(("{", "[{")):
        return json_calls(body, schemas)
    calls = python_calls(body, schemas) or []
    return calls if all(name in schemas for name, _ in calls) else None


def _from_node(node: ast.expr, schemas: Schemas) -> Call:
    if not isinstance(node, ast.Call):
        raise ValueError("not a call")
    name = _function_name(node.func)
    known = list(schemas.get(name, {}).get("properties", {}))
    if len(node.args) > len(known):
        raise ValueError("an argument without a name")
    arguments = {key: _literal(arg) for key, arg in zip(known, node.args, strict=False)}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ValueError("** in a call")
        arguments[keyword.arg] = _literal(keyword.value)
    return name, arguments


def _function_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(value=ast.Name(id=name), attr="call"):
            return name
        case ast.Attribute(value=ast.Name(id="default_api" | "functions"), attr=name):
            return name
        case ast.Attribute() | ast.Name():
            return ast.unparse(function)
    raise ValueError("not a name")


def _literal(node: ast.expr) -> Any:
    return ast.literal_eval(_JsonWords().visit(node))


class _JsonWords(ast.NodeTransformer):
    """Models mix ``true`` and ``null`` into Python."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_JSON_WORDS[node.id]) if node.id in _JSON_WORDS else node
