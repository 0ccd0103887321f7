"""Turns results into a Markdown page and into JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.samples import Bar, Result, Samples

_HEAD = ("Goal", "Case", "edgeomni", "Peer", "Figure", "Bar", "Met", "Guards")


def page(title: str, facts: Mapping[str, str], results: Sequence[Result]) -> str:
    """The whole report; medians, with the smallest and the largest value in brackets."""
    lines = [f"# {title}", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    return "\n".join([*lines, *table(results), ""])


def table(results: Sequence[Result]) -> list[str]:
    rows = [_HEAD, tuple("---" for _ in _HEAD), *map(_row, results)]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def _row(result: Result) -> tuple[str, ...]:
    peer = f"{result.peer}: {samples(result.theirs)}" if result.theirs else result.peer or "-"
    guards = "; ".join(f"{'ok' if g.holds else 'FAILED'}: {g.says}" for g in result.guards)
    return (
        result.goal,
        result.case,
        samples(result.ours),
        peer,
        figure(result),
        bar(result.bar) if result.bar else "-",
        {True: "yes", False: "**no**", None: "-"}[result.met],
        guards or "-",
    )


def samples(measured: Samples) -> str:
    shown = f"{number(measured.median)} {measured.unit}"
    if len(measured.values) == 1:
        return shown
    return f"{shown} [{number(min(measured.values))}-{number(max(measured.values))}]"


def figure(result: Result) -> str:
    unit = "x" if result.theirs else f" {result.ours.unit}"
    return f"{number(result.figure)}{unit}"


def bar(asked: Bar) -> str:
    sign = "≥" if asked.sense == "at least" else "≤"
    unit = "x" if asked.unit == "x" else f" {asked.unit}"
    return f"{sign} {number(asked.limit)}{unit}"


def number(value: float) -> str:
    """Three significant digits, and no more precision than there is."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def as_json(facts: Mapping[str, str], results: Sequence[Result]) -> dict[str, Any]:
    return {"facts": dict(facts), "results": [_as_json(result) for result in results]}


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "goal": result.goal,
        "case": result.case,
        "unit": result.ours.unit,
        "ours": list(result.ours.values),
        "peer": result.peer,
        "theirs": list(result.theirs.values) if result.theirs else None,
        "figure": result.figure,
        "bar": bar(result.bar) if result.bar else None,
        "met": result.met,
        "guards": [{"says": guard.says, "holds": guard.holds} for guard in result.guards],
    }
