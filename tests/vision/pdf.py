"""Writes small PDF documents: enough of the format for every case, and nothing hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

A4 = (595, 842)


@dataclass(frozen=True)
class Sheet:
    """One page: its size in points, and its content stream."""

    content: bytes
    size: tuple[float, float] = A4
    extra: str = ""
    """More entries of the page's dictionary."""


def words(*lines: tuple[str, float, float], points: int = 12) -> bytes:
    """Text in Helvetica, each with the place of its left end on the base line."""
    shown = (f"BT /F1 {points} Tf {x} {y} Td ({text}) Tj ET" for text, x, y in lines)
    return "\n".join(shown).encode("latin-1")


def box(red: float, green: float, blue: float, *place: float) -> bytes:
    """A filled rectangle: left, bottom, width, height."""
    return f"{red} {green} {blue} rg {' '.join(map(str, place))} re f\n".encode()


def pdf(sheets: Sequence[Sheet], *, trailer: str = "", catalog: str = "", count: int = 0) -> bytes:
    """A whole document; ``count`` forges the number of its pages."""
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(sheets)))
    objects: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count or len(sheets)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for index, sheet in enumerate(sheets):
        own = 4 + 2 * index
        width, height = sheet.size
        objects[own] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] {sheet.extra} "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {own + 1} 0 R >>"
        ).encode()
        objects[own + 1] = stream(sheet.content)
    return assembled(objects, trailer)


def stream(content: bytes, extra: str = "") -> bytes:
    head = f"<< /Length {len(content)} {extra} >>\nstream\n".encode()
    return head + content + b"\nendstream"


def assembled(objects: Mapping[int, bytes], trailer: str = "") -> bytes:
    data, places = b"%PDF-1.7\n", []
    for number in sorted(objects):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        data
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
        + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n".encode()
        + f"startxref\n{len(data)}\n%%EOF\n".encode()
    )


LOCKED = (
    "/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 "
    f"/O <{'5a' * 32}> /U <{'a5' * 32}> >>"
)
"""For ``trailer``: encryption for which the empty password is not the right one."""
