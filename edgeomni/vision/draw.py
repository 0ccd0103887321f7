"""Draws boxes, points and their labels on a picture, to be read at any size and on any background.

Every line has a dark edge, every label stands on a chip of its own colour, and labels keep out of
each other's way where there is room. A picture that is too small for letters is enlarged first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from PIL import Image as pil
from PIL import ImageDraw

from edgeomni.sanitise import clean
from edgeomni.values import Box, Image, Point
from edgeomni.vision.lettering import Font, lettered

Mark = Box | Point
Rect = tuple[float, float, float, float]

_LEGIBLE = 640
"""Pixels of the longer side, at least."""
_INK = (16, 16, 16)
_PAPER = (255, 255, 255)
_MIDDLE = 0.18
"""Relative luminance from which on dark letters have the better contrast."""
# Okabe and Ito's palette, without its black: told apart by colour-blind eyes too.
_COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)


def drawn(picture: Image, marks: Sequence[Mark]) -> bytes:
    """The picture with the marks on it, as PNG. Marks are in pixels of the picture."""
    canvas = pil.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    times = -(-_LEGIBLE // max(canvas.size)) if max(canvas.size) < _LEGIBLE else 1
    if times > 1:
        canvas = canvas.resize(
            (canvas.width * times, canvas.height * times), pil.Resampling.LANCZOS
        )
    drawing = _Drawing(canvas)
    scaled = [_times(mark, times) for mark in marks]
    colours = _colours(marks)
    for mark in scaled:
        drawing.outline(mark, colours[mark.label])
    for mark in scaled:
        drawing.label(mark, colours[mark.label])
    out = BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _times(mark: Mark, times: int) -> Mark:
    if isinstance(mark, Point):
        return Point(mark.label, mark.x * times, mark.y * times)
    x0, y0, x1, y1 = (side * times for side in (mark.x0, mark.y0, mark.x1, mark.y1))
    return Box(mark.label, x0, y0, x1, y1, mark.score)


def _colours(marks: Iterable[Mark]) -> dict[str, tuple[int, int, int]]:
    """One for each label, in the order in which they come."""
    labels = dict.fromkeys(mark.label for mark in marks)
    return {label: _COLOURS[i % len(_COLOURS)] for i, label in enumerate(labels)}


class _Drawing:
    def __init__(self, canvas: pil.Image) -> None:
        self._size = canvas.size
        self._pen = ImageDraw.Draw(canvas)
        shorter, longer = sorted(canvas.size)
        self._line = max(2, round(min(longer, 2 * shorter) / 320))
        self._letters = max(13, round(min(longer, 2 * shorter) / 48))
        self._taken: list[Rect] = []

    def outline(self, mark: Mark, colour: tuple[int, int, int]) -> None:
        line, edge = self._line, max(1, self._line // 2)
        if isinstance(mark, Point):
            for radius, fill in ((3 * line + edge, _INK), (3 * line, colour), (line, _PAPER)):
                self._pen.ellipse(_around(mark.x, mark.y, radius), fill=fill)
            return
        inner = _rect(mark, self._size)
        self._pen.rectangle(_grown(inner, edge), outline=_INK, width=line + 2 * edge)
        self._pen.rectangle(inner, outline=colour, width=line)

    def label(self, mark: Mark, colour: tuple[int, int, int]) -> None:
        text, font = lettered(clean(mark.label, keep="").strip(), self._letters)
        text = self._fitted(text, font)
        if not text:
            return
        # All chips are equally high, whatever letters are on them.
        _, top, _, bottom = self._pen.textbbox((0, 0), f"{text}Tgy", font=font)
        pad = max(2, self._line)
        width, height = self._pen.textlength(text, font=font) + 2 * pad, bottom - top + pad
        x, y = self._free_place(mark, width, height)
        self._taken.append((x, y, x + width, y + height))
        self._pen.rectangle((x, y, x + width, y + height), fill=colour, outline=_INK)
        ink = _INK if _luminance(colour) > _MIDDLE else _PAPER
        self._pen.text((x + pad, y + pad / 2 - top), text, font=font, fill=ink)

    def _fitted(self, text: str, font: Font) -> str:
        """Cut so that it is no wider than the picture."""
        room = self._size[0] - 4 * self._line
        if self._pen.textlength(text, font=font) <= room:
            return text
        while text and self._pen.textlength(f"{text}...", font=font) > room:
            text = text[:-1]
        return f"{text}..."

    def _free_place(self, mark: Mark, width: float, height: float) -> tuple[float, float]:
        """The first place where no label is yet; the first of all when there is none."""
        places = [self._within(*place, width, height) for place in _places(mark, width, height)]
        for x, y in places:
            chip = x, y, x + width, y + height
            if not any(_overlap(chip, other) for other in self._taken):
                return x, y
        return places[0]

    def _within(self, x: float, y: float, width: float, height: float) -> tuple[float, float]:
        most_x, most_y = self._size[0] - 1 - width, self._size[1] - 1 - height
        return max(0.0, min(x, most_x)), max(0.0, min(y, most_y))


def _places(mark: Mark, width: float, height: float) -> Iterator[tuple[float, float]]:
    """Where a label may stand: above, inside, below, and down the sides."""
    if isinstance(mark, Point):
        x0 = x1 = mark.x
        y0 = y1 = mark.y
        yield mark.x + height, mark.y - height / 2
        yield mark.x - width - height, mark.y - height / 2
    else:
        x0, y0, x1, y1 = mark.x0, mark.y0, mark.x1, mark.y1
        if y0 >= height:
            yield x0, y0 - height
        yield x0, y0
    yield x0, y1
    yield x1 - width, y0 - height
    for step in range(1, 12):
        yield x0, y0 + step * height
        yield x1, y0 + step * height


def _rect(box: Box, size: tuple[int, int]) -> Rect:
    """The box, where all of its line can be seen."""
    x1, y1 = min(box.x1, size[0] - 1), min(box.y1, size[1] - 1)
    return min(box.x0, x1), min(box.y0, y1), x1, y1


def _grown(rect: Rect, by: float) -> Rect:
    return rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by


def _around(x: float, y: float, radius: float) -> Rect:
    return x - radius, y - radius, x + radius, y + radius


def _overlap(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, roughly: WCAG's weights without its curve."""
    red, green, blue = (part / 255 for part in colour)
    return float(0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2)
