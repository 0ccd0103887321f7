"""The assistant for other Python programs: ``from edgeomni import Assistant``."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from edgeomni.build import Factories, build, read_settings
from edgeomni.counting import Cost, measured, priced
from edgeomni.errors import EdgeomniError, InputError, UsageError
from edgeomni.gather import files, fresh, once
from edgeomni.given import (
    Asked,
    Looking,
    Wish,
    check_names,
    look_of,
    pages_of,
    picture_of,
    settings_of,
    wish_of,
)
from edgeomni.looking import Look, MediaKind, fit_for, gathered, kind_of
from edgeomni.patience import Patience
from edgeomni.places import Eyesight, Places, Search, eyesight
from edgeomni.reading import REQUEST, Sheet, doubt, faithful, readings, sheets
from edgeomni.values import (
    AudioClip,
    EngineEvent,
    Finished,
    Image,
    Message,
    Notice,
    Part,
    Receipt,
    Reply,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)

if TYPE_CHECKING:
    from edgeomni.assistant import Assistant as Conversation

Shown = str | os.PathLike[str] | Image | AudioClip | Any
"""A file, a folder of pictures, a pattern, ``camera``, a value, or pixels: anything that numpy
takes for RGB of shape (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one file."""

    file: Path
    reply: Reply | None = None
    error: EdgeomniError | None = None
    """Why there is no reply."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What stands on one page."""

    file: Path
    page: int
    """From 1; of a long picture, the part."""
    text: str
    """Of a part, without what the one above it says already; empty for a blank page."""
    receipt: Receipt | None = None
    """None for a text layer and for a blank page: no model read it."""
    notices: tuple[Notice, ...] = ()
    """What there is to know of the reading; that a model cannot read is said once."""
    error: EdgeomniError | None = None
    """Why there is no text."""


class Assistant:
    """One conversation with one model; close it, or use it as a context manager.

    >>> with Assistant() as assistant:
    ...     print(assistant.ask("What is on the table?", "photo.jpg").text)

    ``ask``, ``stream`` and ``events`` belong to the conversation; what ``each``, ``read``,
    ``boxes`` and ``points`` ask does not, and leaves it as it is. Everything that can go wrong is
    an ``edgeomni.errors.EdgeomniError``.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        *,
        system: str | None = None,
        factories: Factories | None = None,
        **settings: object,
    ) -> None:
        """``settings`` are those of the command line, such as ``device="cpu"``, ``detail="high"``,
        ``context=8192`` or ``offline=True``; what is not given comes from the user's own files.

        Raises:
            EdgeomniError: a setting is wrong, or the model can be neither found nor fetched.
        """
        named = os.fspath(model) if isinstance(model, os.PathLike) else model
        chosen = read_settings(settings_of({"model": named, "system": system, **settings}))
        self._closed = False
        self._sight: Eyesight | None = None
        self._home = build(chosen, factories=factories)

    def ask(self, prompt: str, *shown: Shown, **asked: Unpack[Asked]) -> Reply:
        """One question and its whole answer; see ``stream`` for the arguments.

        With a ``schema``, ``Reply.data`` is the parsed answer.

        Raises:
            IncompleteAnswer: an answer with a schema was cut before it was whole.
            UnfitAnswer: it does not satisfy the schema, or the model's own
                validators refuse it.
        """
        return _gathered(self.events(prompt, *shown, **asked))

    def stream(self, prompt: str, *shown: Shown, **asked: Unpack[Asked]) -> Iterator[str]:
        """The answer, piece by piece; with a ``schema`` in one piece, once it is whole.

        Args:
            shown: Pictures, documents, clips and sounds, in the order in which they stand before
                the prompt.
            asked: See ``edgeomni.given.Asked``: ``pages``, ``between``, ``frames``, ``schema``,
                ``max_tokens``, ``temperature``, ``seed`` and others.

        Raises:
            EdgeomniError: a file cannot be used, or the engine failed.
        """
        with closing(self.events(prompt, *shown, **asked)) as events:
            yield from (event.text for event in events if isinstance(event, TextDelta))

    def events(
        self, prompt: str, *shown: Shown, **asked: Unpack[Asked]
    ) -> Generator[EngineEvent, None, None]:
        """Like ``stream``, with reasoning, tool calls, notices and the receipt at the end."""
        wish = self._wish(prompt, asked)
        return self._events(self._home.assistant, prompt, shown, wish)

    def each(self, prompt: str, *shown: Shown, **asked: Unpack[Asked]) -> Iterator[Answer]:
        """The same question about every file of folders, patterns and names, each by itself.

        A file that cannot be used is an ``Answer`` with an error, and the next one goes on.

        Raises:
            EdgeomniError: no file is there, or the engine failed for several in a row.
        """
        wish = self._wish(prompt, asked)
        named = once(file for each in shown for file in _files(each))
        if not named:
            raise UsageError("There are no files to go through.", remedy="Name files or folders.")
        return self._each(prompt, named, wish)

    def read(
        self, *named: Shown, pages: str | None = None, look: bool = False
    ) -> Iterator[PageText]:
        """What is printed in pictures and documents, page by page, tables as Markdown.

        A page that has a text layer is read from that, exactly and without the model. A file or a
        page that cannot be read is a ``PageText`` with an error, and the next one goes on.

        Args:
            pages: Of documents, like ``1-3,7,10-``; all when left out.
            look: Let the model read every page from its picture.

        Raises:
            UsageError: ``pages`` is no range, or what is named is no file.
            MediaError: a file or a folder that is named does not exist.
            EdgeomniError: the model cannot be used, or the engine failed.
        """
        self._check_open()
        wanted = pages_of(pages)
        if not isinstance(look, bool):
            raise UsageError(f"look must be True or False, not {look!r:.60}.")
        found = [file for each in named for file in _files(each)]
        fit = fit_for(self._home.settings.detail.value)
        return self._read(found, lambda file: sheets(self._home.eyes, file, wanted, fit, look=look))

    def boxes(self, what: str, shown: Shown) -> Places:
        """Where it is in one picture, as boxes; ``detail="high"`` finds small things better."""
        return self._places(what, shown, points=False)

    def points(self, what: str, shown: Shown) -> Places:
        """Where it is in one picture, as points."""
        return self._places(what, shown, points=True)

    def drawn(self, places: Places) -> bytes:
        """The picture with what was found, as PNG."""
        self._check_open()
        if not isinstance(places, Places):
            raise UsageError(f"places must be what boxes() or points() found, not {places!r:.60}.")
        return self._home.eyes.draw(places.picture, places.marks)

    def tokens(self, *shown: Shown, **looking: Unpack[Looking]) -> Cost:
        """What this will take of the context, by the model's own rule; nothing is encoded.

        Raises:
            UsageError: a server answers, which does not tell; or one of these is a sound.
        """
        self._check_open()
        check_names(looking, Looking.__annotations__)
        look = look_of(looking, self._home.settings.detail.value)
        return priced(self._home.engine, measured(self._shown(shown, look)))

    @property
    def history(self) -> tuple[Message, ...]:
        return self._home.assistant.history

    def clear(self) -> None:
        """Begin a new conversation."""
        self._home.assistant.clear()

    def close(self) -> None:
        """End the worker processes; nothing can be asked any more."""
        self._closed = True
        self._home.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError("This assistant was closed.", remedy="Make a new one.")

    def _wish(self, prompt: str, asked: Asked) -> Wish:
        self._check_open()
        if not isinstance(prompt, str):
            raise UsageError(f"A prompt is a text, not {type(prompt).__name__}.")
        chosen = self._home.settings
        return wish_of(asked, chosen.options(), chosen.detail.value)

    def _events(
        self, talk: Conversation, prompt: str, shown: Sequence[Shown], wish: Wish
    ) -> Generator[EngineEvent, None, None]:
        parts = gathered(self._shown(shown, wish.look))
        events = talk.reply([*parts, prompt], wish.options)
        if wish.shape is None:
            return events
        from edgeomni.engine.grammar.whole import whole

        return whole(events, wish.shape)

    def _shown(self, shown: Sequence[Shown], look: Look) -> Iterator[Part]:
        seen: set[Path] = set()
        for each in shown:
            if isinstance(each, Image | AudioClip):
                yield each
            elif isinstance(each, str | os.PathLike):
                kind = _kind(_path(each))
                for file in fresh(_path(each), seen, kind):
                    yield from self._home.parts(kind, file, look)
            else:
                yield picture_of(each)

    def _each(self, prompt: str, named: Sequence[Path], wish: Wish) -> Iterator[Answer]:
        patience = Patience()
        for file in named:
            answer = self._answer(prompt, file, wish)
            patience.bear(answer.error)
            yield answer

    def _answer(self, prompt: str, file: Path, wish: Wish) -> Answer:
        self._check_open()
        try:
            reply = _gathered(self._events(self._home.aside(), prompt, [file], wish))
        except EdgeomniError as error:
            return Answer(file, error=error)
        return Answer(file, reply)

    def _read(
        self, named: Sequence[Path], opened: Callable[[Path], Iterator[Sheet]]
    ) -> Iterator[PageText]:
        warning = doubt(self._home.settings)
        for file in named:
            number = 0
            try:
                for _, page, _ in readings(opened(file), self._page):
                    number = page.page
                    if warning and page.receipt:
                        page, warning = replace(page, notices=(warning, *page.notices)), None
                    yield page
            except (InputError, UsageError) as error:  # UsageError: a page that it does not have
                self._check_open()
                yield PageText(file, number + 1, "", error=error)

    def _page(self, sheet: Sheet) -> PageText:
        self._check_open()
        if sheet.image is None:
            return PageText(sheet.file, sheet.page, sheet.text)
        options = faithful(self._home.settings.options())
        try:
            reply = _gathered(self._home.aside().reply((sheet.image, REQUEST), options))
        except InputError as error:  # a picture that this model cannot take
            return PageText(sheet.file, sheet.page, "", error=error)
        return PageText(sheet.file, sheet.page, reply.text, reply.receipt, reply.notices)

    def _places(self, what: str, shown: Shown, *, points: bool) -> Places:
        self._check_open()
        if not isinstance(what, str):
            raise UsageError(f"what must be a text, not {what!r:.60}.")
        if not what.strip():
            raise UsageError("What to look for is empty.", remedy='Say it: boxes("the cups", ...)')
        if self._sight is None:
            self._sight = eyesight(self._home.settings)
        search = Search(self._sight, self._picture(shown), what.strip(), points)
        options = search.options(self._home.settings.options(), self._home)
        reply = _gathered(self._home.aside().reply(search.question(), options))
        return replace(search.places(reply.text), notices=search.notices(options, reply.receipt))

    def _picture(self, shown: Shown) -> Image:
        if isinstance(shown, Image):
            return shown
        if isinstance(shown, str | os.PathLike):
            return self._home.whole(_path(shown))
        return picture_of(shown)


def _files(named: Shown) -> list[Path]:
    """Every file that a name means; a folder stands for its pictures and documents.

    Raises MediaError, UsageError.
    """
    path = _path(named)
    return files([path], _kind(path))


def _kind(path: Path) -> MediaKind:
    return kind_of(path) or "image"


def _path(named: Shown) -> Path:
    """Raises UsageError."""
    if not isinstance(named, str | os.PathLike) or not os.fspath(named):
        raise UsageError(f"A file is named by its path, not by {named!r:.60}.")
    return Path(named)


def _gathered(events: Generator[EngineEvent, None, None]) -> Reply:
    with closing(events):
        said = list(events)
    return Reply(
        text="".join(event.text for event in said if isinstance(event, TextDelta)),
        thought="".join(event.text for event in said if isinstance(event, ThoughtDelta)),
        tool_calls=tuple(event for event in said if isinstance(event, ToolCall)),
        receipt=next((e.receipt for e in said if isinstance(e, Finished)), Receipt()),
        notices=tuple(event for event in said if isinstance(event, Notice)),
    )
