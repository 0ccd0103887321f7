"""What a file is by its first bytes, whatever its name says: pure."""

from __future__ import annotations

import struct

HEAD = 64
"""Bytes that have to be looked at."""
SPELLED = "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF or HEIC"
"""The kinds of picture that are read."""

_PICTURES = (
    ("PNG", b"\x89PNG"),
    ("JPEG", b"\xff\xd8\xff"),
    ("GIF", b"GIF8"),
    ("BMP", b"BM"),
    ("TIFF", b"II*\0"),
    ("TIFF", b"MM\0*"),
)
_OTHERS = (
    (b"%pdf", "a PDF document"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file, perhaps an SVG drawing"),
    (b"pk\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%!ps", "a PostScript document"),
    (b"8bps", "a Photoshop file"),
    (b"\0\0\1\0", "an icon"),
    (b"id3", "a sound"),
    (b"flac", "a sound"),
    (b"oggs", "a sound or a video"),
    (b"\x1aE\xdf\xa3", "a video"),
)
_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


def picture_kind(head: bytes) -> str:
    """The format, as Pillow spells it, of what begins as a picture that is read; else empty."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _in_boxes(head)
    return next((format for format, magic in _PICTURES if head.startswith(magic)), "")


def _in_boxes(head: bytes) -> str:
    """AVIF and HEIC share a container, and at times the major brand; the others then decide."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF:
        return "AVIF"
    return "HEIF" if brands & _HEIC else ""


def other_kind(head: bytes) -> str:
    """What it is instead, with its article; empty when nobody knows."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if found := next((what for magic, what in _OTHERS if start.startswith(magic.lower())), ""):
        return found
    if head[4:8] == b"ftyp":
        return "a video or a sound"
    if head[:4] == b"RIFF":
        return {b"WAVE": "a sound", b"AVI ": "a video"}.get(head[8:12], "")
    return ""


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from a WebP header; Pillow allocates the canvas before it can be asked."""
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    match head[12:16]:
        case b"VP8X":
            width, height = head[24:27], head[27:30]
            return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None
