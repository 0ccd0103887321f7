"""A file is what its first bytes say, not what its name says."""

from __future__ import annotations

import pytest
from PIL import Image as pil

from edgeomni.vision.image import FORMATS
from edgeomni.vision.signature import HEAD, other_kind, picture_kind, webp_size
from tests.vision.media import encoded


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_known_by_its_beginning(format):
    assert picture_kind(encoded(pil.new("RGB", (4, 4)), format)[:HEAD]) == format


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        ([b"heic", b"mif1"], "HEIF"),
        ([b"mif1", b"heic"], "HEIF"),
        ([b"mif1", b"avif"], "AVIF"),
        ([b"avis", b"mif1"], "AVIF"),
        ([b"isom", b"mp41"], ""),
    ],
)
def test_a_container_is_known_by_all_of_its_brands(brands, kind):
    box = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    assert picture_kind((len(box) + 4).to_bytes(4, "big") + box + b"avif" * 5) == kind


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"\xef\xbb\xbf <svg xmlns", "an SVG drawing"),
        (b"<!doctype HTML>", "a web page"),
        (b"PK\x03\x04", "a ZIP archive or an Office document"),
        (b"\0\0\0\x18ftypisom", "a video or a sound"),
        (b"RIFF\0\0\0\0WAVE", "a sound"),
        (b"RIFF\0\0\0\0AVI ", "a video"),
        (b"RIFF\0\0\0\0ACON", ""),
        (b"\x1aE\xdf\xa3", "a video"),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_what_is_no_picture_has_a_name(head, what):
    assert picture_kind(head) == ""
    assert other_kind(head) == what


@pytest.mark.parametrize("head", [b"", b"RIFF", b"RIFF\0\0\0\0WEBPVP8 "])
def test_half_a_header_has_no_size(head):
    assert webp_size(head) is None
