"""Checks a GBNF grammar before llama.cpp sees it, so that a mistake has a line and a column.

llama.cpp reports a bad grammar only on stderr, and its parser recurses on every bracket; what
passes here may still be refused there, never the other way round by more than a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edgeomni.engine.grammar.gbnf_reader import Item, Repeat, Rule, error, read

MAX_BYTES = 512 * 1024


def check(grammar: str) -> dict[str, Rule]:
    """The rules; raises SchemaError, with line and column, when the grammar cannot be one."""
    if "\0" in grammar:
        raise error(grammar, grammar.index("\0"), "a NUL character")
    if len(grammar.encode()) > MAX_BYTES:
        raise error("", 0, f"more than {MAX_BYTES // 1024} KiB")
    rules = read(grammar)
    if "root" not in rules:
        raise error(grammar, 0, "there is no rule named 'root'")
    for rule in rules.values():
        for name, at in rule.uses:
            if name not in rules:
                raise error(grammar, at, f"the rule '{name}' is not defined")
    if loop := _left_recursive(rules):
        repeated = loop[0] in "(*"
        what = f"the rule '{loop}' begins with itself"
        what = "what may be empty is repeated without end" if repeated else what
        at = int(loop[1:]) if repeated else rules[loop].at
        raise error(grammar, at, what)
    return rules


Plain = dict[str, list[list[str | None]]]
"""For each rule its alternatives: names of rules, None for what consumes text."""


def _rewritten(rules: dict[str, Rule]) -> Plain:
    """As llama.cpp does it: what may be absent, or goes on, becomes a rule of its own."""
    plain: Plain = {}

    def flat(items: Iterable[Item]) -> list[str | None]:
        return [part for item in items for part in parts(item)]

    def parts(item: Item) -> Sequence[str | None]:
        if isinstance(item, str):
            return [item]
        if not isinstance(item, Repeat):
            return [None]
        inner = flat(item.items)
        plain[item.name] = [[*inner, item.name] if item.most is None else inner, []]
        return [*(inner if item.least else []), item.name]

    for name, rule in rules.items():
        plain[name] = [flat(sequence) for sequence in rule.sequences]
    return plain


def _left_recursive(rules: dict[str, Rule]) -> str | None:
    """A rule of the grammar that can reach itself before any text is consumed."""
    plain = _rewritten(rules)
    # Only what has an empty alternative of its own: llama.cpp looks no further, and copes.
    empty = {name for name, sequences in plain.items() if not all(sequences)}
    begins: dict[str, set[str]] = {name: set() for name in plain}
    for name, sequences in plain.items():
        for sequence in sequences:
            for item in sequence:
                if item is None:
                    break
                begins[name].add(item)
                if item not in empty:
                    break
    begins = _trimmed(begins)
    within = set().union(*begins.values()) if begins else set()
    loops = _trimmed({name: {n for n in begins if name in begins[n]} for name in within})
    return min(loops, key=lambda name: (name[0] in "(*", name), default=None)


def _trimmed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """What stays when nodes that lead nowhere are taken out: loops, and the ways to them."""
    while leaves := {name for name, following in graph.items() if not following & graph.keys()}:
        graph = {name: following for name, following in graph.items() if name not in leaves}
    return graph
