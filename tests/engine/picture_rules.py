"""How many tokens a picture takes, by each family's own rule, at the fixtures' scale.

Written down from what the families' processors define, not from llama.cpp's code; where llama.cpp
goes its own way, the rule says so. A picture is a list of parts: ``str`` is one text token, and a
chunk of embeddings has its cells and positions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Chunk(NamedTuple):
    cells: int
    positions: int


Part = str | Chunk
Rule = Callable[[int, int], list[Part]]
"""From width and height in pixels."""


def plain(cells: int) -> Chunk:
    return Chunk(cells, cells)


def always(cells: int, begin: str = "", end: str = "") -> Rule:
    """Every picture becomes one square."""
    return lambda width, height: between(begin, [plain(cells)], end)


def between(begin: str, parts: Iterable[Part], end: str) -> list[Part]:
    return [part for part in (begin, *parts, end) if part]


# ── at the picture's own size ────────────────────────────────────────────────────────────────────


def smart_size(width: int, height: int, unit: int, fewest: int, most: int) -> tuple[int, int]:
    """Columns and rows of ``unit`` pixels: rounded, then scaled into the range of tokens.

    Qwen2-VL's ``smart_resize``, which most families of dynamic size have taken over. llama.cpp's
    ranges are its own: Qwen's processors go from 4 to 16384 tokens.
    """
    columns, rows = (max(1, round(side / unit)) for side in (width, height))
    if columns * rows > most:
        scale = math.sqrt(most * unit**2 / (width * height))
        columns, rows = (max(1, int(side * scale / unit)) for side in (width, height))
    elif columns * rows < fewest:
        scale = math.sqrt(fewest * unit**2 / (width * height))
        columns, rows = (math.ceil(side * scale / unit) for side in (width, height))
    return columns, rows


def dynamic(
    unit: int, fewest: int, most: int, begin: str = "", end: str = "", *, mrope: bool = False
) -> Rule:
    """M-RoPE gives a picture as many positions as its longer side has tokens."""

    def rule(width: int, height: int) -> list[Part]:
        columns, rows = smart_size(width, height, unit, fewest, most)
        positions = max(columns, rows) if mrope else columns * rows
        return between(begin, [Chunk(columns * rows, positions)], end)

    return rule


def pixtral(unit: int) -> Rule:
    """[IMG_BREAK] between rows, as embeddings, and [IMG_END] as a token.

    Mistral's processor bounds the longer side and rounds up; llama.cpp bounds the area and rounds.
    """

    def rule(width: int, height: int) -> list[Part]:
        columns, rows = smart_size(width, height, unit, 8, 1024)
        return [plain(columns * rows + rows - 1), "[IMG_END]"]

    return rule


def lighton_ocr(unit: int, longest: int) -> Rule:
    """The longer side is always ``longest`` pixels, of which the last token may be padding."""

    def rule(width: int, height: int) -> list[Part]:
        scale = longest / max(width, height)
        columns, rows = (math.ceil(side * scale / unit) for side in (width, height))
        return ["<|im_start|>", plain(columns * rows), "<|im_end|>"]

    return rule


# ── in tiles ─────────────────────────────────────────────────────────────────────────────────────


def idefics3(tile: int, longest: int, cells: int) -> Rule:
    """The longer side becomes ``longest``, both grow to whole tiles; the overview comes last."""

    def rule(width: int, height: int) -> list[Part]:
        shorter = int(longest * min(width, height) / max(width, height))
        shorter += shorter % 2
        sides = (longest, shorter) if width >= height else (shorter, longest)
        columns, rows = (max(1, math.ceil(side / tile)) for side in sides)
        parts: list[Part] = []
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                fake = "<fake_token_around_image>"
                parts += [fake, f"<row_{row}_col_{column}>", plain(cells)]
            parts += ["\n"] if row < rows else []
        fake = "<fake_token_around_image>"
        return [*parts, "\n\n", fake, "<global-img>", plain(cells), fake]

    return rule


def grids(fewest: int, most: int) -> Iterator[tuple[int, int]]:
    """Columns and rows, the smaller grids first."""
    every = range(1, most + 1)
    found = ((a, b) for a in every for b in every if fewest <= a * b <= most)
    return iter(sorted(found, key=lambda grid: grid[0] * grid[1]))


def closest_grid(
    width: int, height: int, tile: int, candidates: Iterable[tuple[int, int]]
) -> tuple[int, int]:
    """Of two equally close, the larger wins where the picture has more than half its pixels."""
    best, least = (1, 1), math.inf
    for columns, rows in candidates:
        off = abs(width / height - columns / rows)
        large = width * height > 0.5 * tile**2 * columns * rows
        if off < least or (off == least and large):
            best, least = (columns, rows), off
    return best


def deepseek_ocr(width: int, height: int) -> list[Part]:
    """The whole at 1024 pixels, of 64 each a token; before it 2 to 9 tiles of 640, row by row.

    A learned vector ends each line of tokens, another one the whole.
    """
    whole, tile = 1024 // 64, 640 // 64
    parts: list[Part] = [plain((whole + 1) * whole + 1), "\n"]
    if max(width, height) <= 640:
        return parts
    columns, rows = closest_grid(width, height, 640, grids(2, 9))
    return [*[plain((tile * columns + 1) * tile)] * rows, *parts]


def lfm2(unit: int, tile: int, cells: int) -> Rule:
    """Up to twice 256 tokens whole; larger in 2 to 10 tiles, the grid of the closest shape."""

    def rule(width: int, height: int) -> list[Part]:
        columns, rows = smart_size(width, height, unit, 64, 256)
        whole = plain(columns * rows)
        area = math.prod(max(unit // 2, round(side / unit) * unit) for side in (width, height))
        if area <= 2 * 256 * unit**2:
            return ["<|image_start|>", whole, "<|image_end|>"]
        best = closest_grid(width, height, tile, grids(2, 10))
        parts: list[Part] = []
        for row in range(1, best[1] + 1):
            for column in range(1, best[0] + 1):
                parts += [f"<|img_row_{row}_col_{column}|>", plain(cells)]
        return ["<|image_start|>", *parts, "<|img_thumbnail|>", whole, "<|image_end|>"]

    return rule


def slices(width: int, height: int, side: int, most: int = 9) -> tuple[int, int] | None:
    """MiniCPM's columns and rows: of the counts next to what the area asks for, the closest shape.

    MiniCPM cuts what has a larger area than one slice; llama.cpp what has a longer side.
    """
    if max(width, height) <= side:
        return None
    wanted = min(math.ceil(width * height / side**2), most)
    counts = [n for n in (wanted - 1, wanted, wanted + 1) if n != 1 and n <= most]
    candidates = [(m, n // m) for n in counts for m in range(1, n + 1) if n % m == 0]
    shape = math.log(width / height)
    return min(candidates, key=lambda grid: abs(shape - math.log(grid[0] / grid[1])))


def overview_and_slices(overview: int, grid: tuple[int, int] | None, each: int) -> list[Part]:
    """A line for each row of slices."""
    parts: list[Part] = ["<image>", plain(overview), "</image>"]
    columns, rows = grid or (0, 0)
    for row in range(rows):
        parts += ["<slice>", plain(each), "</slice>"] * columns
        parts += ["\n"] if row < rows - 1 else []
    return parts


def minicpm(side: int, queries: int) -> Rule:
    """As many tokens as there are queries, whatever the size."""
    return lambda width, height: overview_and_slices(queries, slices(width, height, side), queries)


def minicpm46(side: int, unit: int) -> Rule:
    """Without queries, slices keep their shape within the area of ``side`` by ``side`` pixels.

    MiniCPM keeps the shape of small pictures, too; llama.cpp makes them square.
    """

    def tokens(width: float, height: float) -> int:
        return math.prod(max(1, round(length / unit)) for length in (width, height))

    def fitted(width: float, height: float) -> int:
        shorter = int(side / math.sqrt(width / height))
        return tokens(int(shorter * width / height), shorter)

    def rule(width: int, height: int) -> list[Part]:
        grid = slices(width, height, side)
        if grid is None:
            return overview_and_slices(tokens(side, side), None, 0)
        overview = fitted(width, height) if width * height > side**2 else tokens(width, height)
        cut = (max(1, round(length / n)) for length, n in zip((width, height), grid, strict=True))
        return overview_and_slices(overview, grid, fitted(*cut))

    return rule


def best_grid(
    width: int, height: int, tile: int, candidates: Iterable[tuple[int, int]]
) -> tuple[int, int]:
    """LLaVA 1.6: the grid that keeps most of the picture's pixels, and wastes least of its own."""

    def worth(grid: tuple[int, int]) -> tuple[int, int]:
        wide, high = (side * tile for side in grid)
        scale = min(wide / width, high / height)
        kept = min(int(width * scale) * int(height * scale), width * height)
        return kept, kept - wide * high

    return max(candidates, key=worth)


def tiles_and_overview(
    tile: int, cells: int, candidates: Iterable[tuple[int, int]], begin: str = "", end: str = ""
) -> Rule:
    """LLaVA 1.6 and InternVL as llama.cpp has them: tiles, then the whole.

    LLaVA itself puts the whole first, cuts the padding off and ends rows with a learned vector.
    InternVL itself chooses the grid by shape alone, and cuts small pictures too.
    """
    known = list(candidates)

    def rule(width: int, height: int) -> list[Part]:
        count = 1
        if max(width, height) > tile:
            count += math.prod(best_grid(width, height, tile, known))
        return between(begin, [plain(cells)] * count, end)

    return rule


_PINPOINTS = ((1, 2), (2, 1), (2, 2), (3, 1), (1, 3))
_VISION = ("<|vision_start|>", "<|vision_end|>")
_GLM = ("<|begin_of_image|>", "<|end_of_image|>")
_LLAVA_NEXT = tiles_and_overview(56, 16, _PINPOINTS)

RULES: dict[str, Rule] = {
    "gemma3": always((56 // 14 // 2) ** 2, "<start_of_image>", "<end_of_image>"),
    "gemma3n": always(16 * 16, "<start_of_image>", "<end_of_image>"),
    # Gemma itself scales every picture to a budget of 70, 140, 280, 560 or 1120 tokens.
    "gemma4": dynamic(4 * 3, 70, 1120, "<|image>", "<image|>"),
    "gemma4unified": dynamic(4 * 3, 70, 1120, "<|image>", "<image|>"),
    "qwen2vl": dynamic(14 * 2, 8, 4096, *_VISION, mrope=True),
    "qwen25vl": dynamic(14 * 2, 8, 4096, *_VISION, mrope=True),
    "qwen3vl": dynamic(16 * 2, 8, 4096, *_VISION, mrope=True),
    "qwen35": dynamic(16 * 2, 8, 4096, *_VISION, mrope=True),
    "qwen25omni": dynamic(14 * 2, 8, 4096, *_VISION, mrope=True),
    "glm4v": dynamic(14 * 2, 8, 4096, *_GLM, mrope=True),
    "glmocr": dynamic(14 * 2, 8, 4096, *_GLM, mrope=True),
    "glmedge": always((56 // 14 // 2) ** 2 + 2),  # its own begin and end
    "minicpmv26": minicpm(56, queries=8),
    "minicpmo26": minicpm(56, queries=8),
    "minicpmv46": minicpm46(112, 14 * 4),
    "smolvlm": idefics3(64, 2 * 64, (64 // 16 // 2) ** 2),
    "internvl": tiles_and_overview(56, 4, grids(1, 6), "<img>", "</img>"),
    "lfm2vl": lfm2(16 * 2, 512, (512 // 16 // 2) ** 2),
    "llava15": always((56 // 14) ** 2),
    "llava16": _LLAVA_NEXT,
    "granitevision": _LLAVA_NEXT,
    "moondream": always((56 // 14) ** 2),
    "yasa2": always(8 * 8, "<image>", "</image>"),
    "januspro": always((64 // 16) ** 2),
    "pixtral": pixtral(16),
    "mistral3": pixtral(14 * 2),
    "lightonocr": lighton_ocr(14 * 2, 140),
    "dotsocr": dynamic(14 * 2, 4, 64, "<|img|>", "<|endofimg|>"),
    "deepseekocr": deepseek_ocr,
    "paddleocr": dynamic(14 * 2, 4, 64, "<|IMAGE_START|>", "<|IMAGE_END|>", mrope=True),
    "kimivl": dynamic(14 * 2, 8, 1024, "<|media_start|>", "<|media_end|>"),
    "phi4": dynamic(16, 4, 64),
}
