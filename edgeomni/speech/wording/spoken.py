"""What a language model writes, as it should be spoken: Markdown to plain sentences. Pure.

English words stand for signs; text in other languages passes unharmed. What a voice reads well by
itself (amounts, dates, times, most units and ranges) is left to the voice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeomni.speech.wording.inline import prose
from edgeomni.speech.wording.readings import readable
from edgeomni.speech.wording.words import LANGUAGES

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+(.*?)[ \t#]*$")
_RULE = re.compile(r"[ \t]*(?:(?:[-*_=][ \t]*){3,})$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|(\d{1,3})[.)])[ \t]+(?:\[([ xX])\][ \t]+)?(.*)$")
_QUOTE = re.compile(r"[ \t]*>[ \t>]*(?:\[!(\w+)\][ \t]*)?")
_DEFINITION = re.compile(r"[ \t]*\[(\^?)([^\]\n]+)\]:[ \t]*(.*)$")
_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELLS = re.compile(r"(?<!\\)\|")
_ENDED = re.compile(r"[.!?…:;,—。！？।][\"'”’)\]]*$")
_LETTER = re.compile(r"[^\W_]")

_YES, _NO = frozenset("✓✔✅☑"), frozenset("✗✘❌✖")


def spoken(text: str, *, whole: bool = True, english: bool = True) -> str:
    """One line of plain text to speak; empty where nothing is to be said.

    ``whole`` says that a sentence ends with it; else the voice is kept up with a comma. Without
    ``english`` signs, units and numbers stay as they are.
    """
    said = [readable(block, english=english) for block in _blocks(text.split("\n"))]
    said = [block for block in said if _LETTER.search(block)]
    ended = [_ended(block, ".") for block in said[:-1]]
    if said:
        last = said[-1]
        ended.append(last if whole else _ended(last, ","))
    return " ".join(ended)


def _ended(block: str, sign: str) -> str:
    return block if _ENDED.search(block) else block.rstrip() + sign


def _blocks(lines: list[str]) -> Iterator[str]:
    """Paragraphs, list items, rows and so on, in plain words."""
    at, paragraph = 0, list[str]()
    while at < len(lines):
        taken, made, ends = _block(lines, at)
        if ends and paragraph:
            yield prose(" ".join(paragraph))
            paragraph = []
        if ends:
            yield from made
        else:
            paragraph += made
        at += taken
    if paragraph:
        yield prose(" ".join(paragraph))


def _block(lines: list[str], at: int) -> tuple[int, list[str], bool]:
    """Lines taken, what they say, and whether they are a block of their own."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return _code(lines, at, fence)
    if "|" in line and at + 1 < len(lines) and _is_head(line, lines[at + 1]):
        return _table(lines, at)
    if line.lstrip().startswith("|"):
        return 1, [_row([], _cells(line))], True
    if not line.strip() or _RULE.match(line):
        return 1, [], True
    if heading := _HEADING.match(line):
        return 1, [_ended(prose(heading.group(1)), ".")], True
    if item := _ITEM.match(line):
        return _item(lines, at, item)
    if definition := _DEFINITION.match(line):
        note, name, says = definition.groups()
        return 1, [_ended(f"Note {name}: {prose(says)}", ".")] if note else [], True
    quote = _QUOTE.match(line)
    if quote and quote.group(1):
        return 1, [quote.group(1).capitalize() + ":"], True
    return 1, [line[quote.end() :] if quote else line], False


def _code(lines: list[str], at: int, fence: re.Match[str]) -> tuple[int, list[str], bool]:
    ticks, language = fence.groups()
    closing = re.compile(rf"[ \t]*{re.escape(ticks)}[`~]*[ \t]*$")
    end = next((n for n in range(at + 1, len(lines)) if closing.match(lines[n])), len(lines) - 1)
    name = LANGUAGES.get(language.lower(), "")
    return end - at + 1, [f"Here is some {name} code.".replace("  ", " ")], True


def _item(lines: list[str], at: int, item: re.Match[str]) -> tuple[int, list[str], bool]:
    """A list item with the lines that go on with it."""
    number, done, first = item.groups()
    parts, end = [first], at + 1
    while end < len(lines) and lines[end].strip() and not _begins_block(lines[end]):
        parts.append(lines[end].strip())
        end += 1
    said = prose(" ".join(parts))
    if done:
        said = f"{'To do' if done == ' ' else 'Done'}: {said}"
    if number and said:
        said = f"{number}: {said}"
    return end - at, [_ended(said, ".")] if said else [], True


def _begins_block(line: str) -> bool:
    patterns = (_FENCE, _HEADING, _RULE, _ITEM, _DEFINITION)
    return any(pattern.match(line) for pattern in patterns) or line.lstrip()[:1] in ("|", ">")


def _is_head(line: str, below: str) -> bool:
    return (
        "-" in below and bool(_DELIMITERS.match(below)) and len(_cells(line)) == len(_cells(below))
    )


def _table(lines: list[str], at: int) -> tuple[int, list[str], bool]:
    head, end = [prose(cell) for cell in _cells(lines[at])], at + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    rows = [_row(head, _cells(line)) for line in lines[at + 2 : end]]
    return end - at, rows or [_row([], head)], True


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(line.strip().strip("|"))]


def _row(head: list[str], cells: list[str]) -> str:
    said = list[str]()
    for number, cell in enumerate(cells):
        words = prose(_mark(cell))
        if not words or _RULE.match(cell) or _DELIMITERS.match(cell):
            continue
        name = head[number] if number < len(head) else ""
        name = _small(name) if said else name
        said.append(f"{name}: {words}" if name else words)
    return _ended("; ".join(said), ".") if said else ""


def _mark(cell: str) -> str:
    """A tick or a cross that stands alone means yes or no."""
    signs = cell.replace("\ufe0f", "")
    return "yes" if signs in _YES else "no" if signs in _NO else cell


def _small(name: str) -> str:
    """In the middle of a sentence; names like GPU and iPhone stay."""
    return name[:1].lower() + name[1:] if name[1:].islower() else name
