"""Where something is in a picture: what the model is asked, and what its answer means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edgeomni.build import Home, engine_config
from edgeomni.settings import DEFAULT, Setting, Settings
from edgeomni.values import Box, Image, Options, Part, Point, Receipt
from edgeomni.vision import boxes
from edgeomni.vision.boxes import Convention
from edgeomni.vision.canvas import Canvas, Fitting, fitting_of, laid_out, plain

if TYPE_CHECKING:
    from edgeomni.catalog import ModelFiles

_ASSUMED = (
    "It is not known how this model counts places: thousandths of the sides are assumed. "
    "Boxes may be off."
)
_CUT = "The answer was cut at its limit of tokens: there may be more places."


@dataclass(frozen=True, slots=True)
class Eyesight:
    """How a model counts, and what is known of its projector."""

    convention: Convention
    fitting: Fitting | None = None
    """None for a model that is told shares of the picture, or is somewhere else."""
    known: bool = True

    def canvas(self, picture: Image) -> Canvas:
        """Where the picture lies when the model sees it."""
        whole = picture.width, picture.height
        return laid_out(*whole, self.fitting) if self.fitting else plain(*whole)


def eyesight(chosen: Settings) -> Eyesight:
    """By the card of the catalog, the projector of a file, or the name of a served model."""
    from edgeomni import catalog

    if chosen.base_url.value:
        served = boxes.of_name(chosen.asked_model)
        return Eyesight(served or boxes.ASSUMED, known=served is not None)
    files = catalog.resolve(chosen.model.value, chosen.mmproj.value or None)
    kind, fitting = _projector(chosen, files)
    own = boxes.named(files.card.boxes) if files.card and files.card.boxes else None
    seen = own or boxes.of_projector(kind) or boxes.of_name(files.id)
    return Eyesight(seen or boxes.ASSUMED, fitting, seen is not None)


def _projector(chosen: Settings, files: ModelFiles) -> tuple[str, Fitting | None]:
    """Its type, and what it does with a picture in the engine that these settings ask for."""
    from edgeomni.engine.detail import settled
    from edgeomni.engine.gguf import read_header
    from edgeomni.engine.projectors import vision_type

    if files.mmproj is None:
        return "", None
    header = read_header(files.mmproj)
    kind = vision_type(header)
    engine = settled(engine_config(chosen, files), kind)
    tokens = engine.image_min_tokens, engine.image_max_tokens
    return kind, fitting_of(kind, header.values, *tokens)


def closely(chosen: Settings) -> Settings:
    """Families of dynamic resolution point at things well only when they look closely."""
    if chosen.detail.origin != DEFAULT:
        return chosen
    return replace(chosen, detail=Setting("high", "--boxes"))


@dataclass(frozen=True, slots=True)
class Places:
    """What was found. Pixels of the picture as it was shown."""

    picture: Image
    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    text: str = ""
    """What the model said."""
    notices: tuple[str, ...] = ()
    """Why places may be off or missing."""

    @property
    def marks(self) -> Sequence[Box | Point]:
        """What can be drawn on the picture."""
        return (*self.boxes, *self.points)


@dataclass(frozen=True, slots=True)
class Search:
    """One question for a place: what it is, and how this model is asked and read."""

    sight: Eyesight
    picture: Image
    what: str
    points: bool = False

    def question(self) -> tuple[Part, ...]:
        """What the user's message holds."""
        asked = boxes.question(self.sight.convention, self.what, points=self.points)
        return self.picture, asked

    def options(self, usual: Options, home: Home) -> Options:
        """Held to a schema where the family writes JSON and the engine is our own.

        That loads the model.
        """
        schema = boxes.schema(self.sight.convention, points=self.points)
        served = home.engine.abilities().device == "remote"
        return replace(usual, schema=schema) if schema and not served else usual

    def places(self, text: str) -> Places:
        """What an answer says; none where it names no place."""
        size = self.picture.width, self.picture.height
        found, points = boxes.read(
            text, self.sight.convention, self.sight.canvas(self.picture), size, self.what
        )
        if self.points:
            return Places(self.picture, (), tuple(points or boxes.middles(found)), text)
        return Places(self.picture, tuple(found), tuple(points), text)

    def notices(self, options: Options, receipt: Receipt | None) -> tuple[str, ...]:
        """What the user should know of the answer; ``options`` are those that it was asked with.

        An answer that is held to a schema is brought to its end.
        """
        assumed = () if self.sight.known else (_ASSUMED,)
        cut = receipt is not None and receipt.finish_reason == "length" and not options.schema
        return (*assumed, _CUT) if cut else assumed
