"""How segments of speech are written down: lines, subtitles, JSON."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgeomni.cli.record import dumps
from edgeomni.values import Segment
from edgeomni.vision.frames import stamp


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write segments."""

    segment: Callable[[str, int, Segment], str]
    """From the file's name, the number of the segment from 1, and the segment."""
    head: str = ""
    one_file: bool = False
    """Only the segments of one file can stand in it."""


def _line(file: str, number: int, said: Segment) -> str:
    return f"[{stamp(said.start)}] {_flat(said.text)}\n"


def _json(file: str, number: int, said: Segment) -> str:
    fields = {"file": file, "start": said.start, "end": said.end, "text": said.text}
    return dumps(fields) + "\n"


def _srt(file: str, number: int, said: Segment) -> str:
    times = f"{clock(said.start, ',')} --> {clock(said.end, ',')}"
    return f"{number}\n{times}\n{_flat(said.text)}\n\n"


def _vtt(file: str, number: int, said: Segment) -> str:
    times = f"{clock(said.start, '.')} --> {clock(said.end, '.')}"
    return f"{times}\n{html.escape(_flat(said.text), quote=False)}\n\n"


FORMS: Mapping[str, Form] = {
    "lines": Form(_line),
    "json": Form(_json),
    "srt": Form(_srt, one_file=True),
    "vtt": Form(_vtt, head="WEBVTT\n\n", one_file=True),
}


def clock(seconds: float, mark: str) -> str:
    """``01:02:03,456``, with ``mark`` before the milliseconds."""
    count = round(seconds * 1000)
    minutes, rest = divmod(count, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def _flat(text: str) -> str:
    return " ".join(text.split())
