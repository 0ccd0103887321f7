"""Every seam between rooms, on one page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

from edgeomni import watch_events
from edgeomni.talk_events import Event
from edgeomni.values import (
    LEGIBLE,
    WHOLE,
    Abilities,
    AudioClip,
    Box,
    ClipInfo,
    EngineEvent,
    Fit,
    Frame,
    FrameRequest,
    Image,
    Lane,
    Message,
    Options,
    Page,
    Point,
    Receipt,
    Segment,
    Span,
)


class Cancel:
    """One per turn: whoever holds it may ask the turn to end."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []

    def ask(self) -> None:
        """Safe to call from a signal handler, and more than once."""
        self._event.set()
        for callback in tuple(self._callbacks):
            callback()

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have ``callback`` called at every ``ask``, and now if that has been; returns the undo.

        It may be called twice and inside a signal handler: it must not block nor mind.
        """
        self._callbacks.append(callback)
        if self.asked:
            callback()
        return lambda: self._callbacks.remove(callback)


class Engine(Protocol):
    """A language model, local or remote. One caller at a time."""

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        """Answer; the last event is always ``Finished``, unless an EdgeomniError is raised.

        A cancelled answer ends with ``Finished`` and finish_reason ``cancelled``.
        """
        ...

    def prefill(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> Receipt:
        """Warm the KV cache with a conversation whose last message may still grow."""
        ...

    def ending(
        self, messages: Sequence[Message], *, lane: Lane = "chat", cancel: Cancel | None = None
    ) -> float | None:
        """How likely the model finds it that the last message has said all it wants to say.

        From 0 to 1, of its words: the marks that close it are not looked at. Evaluates what
        ``prefill`` does, so that an answer may follow at once. None where it cannot be known, as
        from most servers, or was cancelled.
        """
        ...

    def save(self, lane: Lane, path: Path) -> None:
        """Write the lane's KV cache, with its item list beside it."""
        ...

    def restore(self, lane: Lane, path: Path) -> int:
        """Read what ``save`` wrote with the same model; returns the tokens brought back."""
        ...

    def abilities(self) -> Abilities:
        """Loads the model when it is not loaded yet."""
        ...

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        """The room in a prompt for pictures of these sizes, before they are there.

        Sizes are width and height in pixels; the room is in tokens of the context. None from an
        engine that cannot know. Raises MediaError for a size that the model would refuse.
        """
        ...

    def close(self) -> None: ...


class Eyes(Protocol):
    """Whatever turns foreign media files into values."""

    def image(self, path: Path, fit: Fit | None = None) -> Image:
        """Decode one still picture, upright, sRGB, without alpha. Raises MediaError.

        With ``fit`` a larger one is made smaller where it is decoded: of a large photo, little
        more than what is wanted is then ever held.
        """
        ...

    def draw(self, picture: Image, marks: Sequence[Box | Point]) -> bytes:
        """The picture with boxes and points drawn on it, as PNG. Raises EngineError."""
        ...

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        """A long picture, as of a scrolled window, cut into parts that overlap and are named so.

        Each part is within ``fit``; a picture that is not long comes whole. Raises MediaError.
        """
        ...

    def pages(
        self, path: Path, wanted: str = "", *, fit: Fit = LEGIBLE, pictures: bool = True
    ) -> Iterator[Page]:
        """Pages of a PDF document one by one, each read when it is asked for.

        ``wanted`` is like ``1-3,7,10-``, empty for all. Pages are drawn as large as ``fit`` allows;
        without ``pictures`` only their text is read. Raises MediaError, UsageError.
        """
        ...

    def glance(self, camera: str, fit: Fit) -> Image:
        """A picture of a camera, taken now; by number or name, empty for the first one.

        Raises MediaError.
        """
        ...

    def clip(self, path: Path) -> ClipInfo:
        """What is in a video file. Raises MediaError."""
        ...

    def frames(self, path: Path, request: FrameRequest) -> Iterator[Frame]:
        """Frames of a video file in the order of time, each decoded when it is asked for.

        Raises MediaError.
        """
        ...

    def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
        """Decode a sound file, or the soundtrack of a video, to mono at ``rate`` Hz.

        Of a long one only a span can be had. Raises MediaError.
        """
        ...

    def close(self) -> None: ...


class Ears(Protocol):
    """Whatever turns speech into text. Sounds are at 16 kHz. One caller at a time."""

    def speech(self, clip: AudioClip) -> list[Span]:
        """Where somebody speaks, in order, in seconds; needs no model. Raises EngineError."""
        ...

    def transcribe(
        self,
        clip: AudioClip,
        speech: Sequence[Span] | None = None,
        *,
        language: str = "",
        progress: Callable[[float], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Segment]:
        """What is said, segment by segment; nothing where nobody speaks.

        ``speech`` is what the method of that name found, or a part of it. ``language`` is a code
        like ``de``, empty to find out. ``progress`` is told the seconds of the clip that are done.
        A cancelled one ends after the window that is worked on. A model that is not here is
        fetched first, once speech was found. Raises DownloadError, ModelError, EngineError.
        """
        ...

    def close(self) -> None: ...


class Mouth(Protocol):
    """Whatever turns text into speech. One caller at a time.

    Texts are Markdown, as models write it, and are said clause by clause. What cannot be said is
    left out, and told. ``voice`` is a name, empty for the usual one; ``rate`` is from 0.5 to 2, and
    1 is the voice's own.
    """

    def warm(self, voice: str = "") -> None:
        """Load the voice before there is something to say. Raises UsageError, ModelError."""
        ...

    def say(self, text: str, *, voice: str = "", rate: float = 1.0) -> Iterator[AudioClip]:
        """The sound of each clause as soon as it is there, at 24 kHz; its name is what it says.

        A clip ends with the pause that belongs behind it. The same text gives the same sound.
        Raises UsageError, ModelError, EngineError.
        """
        ...

    def play(
        self, text: str, *, voice: str = "", rate: float = 1.0, cancel: Cancel | None = None
    ) -> Iterator[Segment]:
        """Say it on the loudspeaker; each clause when it stands in line, with its times.

        The iterator ends once all was heard. A cancelled one falls silent at once. Raises
        UsageError, ModelError, EngineError, DeviceError.
        """
        ...

    def close(self) -> None: ...


class Talk(Protocol):
    """One spoken conversation, from opening the devices to closing them.

    Wishes may come from any thread and never wait; what becomes of them is told by events.
    """

    def events(self) -> Iterator[Event]:
        """What is heard and said, as it happens; the first is ``Ready``. Once.

        Raises ModelError, EngineError, MediaError.
        """
        ...

    def foresee(self, pause: int, ends: float | None) -> None:
        """How likely the words of a ``Draft`` are all that is to be said, from 0 to 1.

        Wished for every draft; None where that is not known.
        """
        ...

    def accept(self) -> None:
        """The last ``Utterance`` is meant for us, which need not be so where we have a name."""
        ...

    def begin(self) -> None:
        """Something is to be said that answers no ``Utterance``.

        It takes the place of what was begun so before, which is then ``Interrupted``, and is
        dropped where an ``Utterance`` is being answered.
        """
        ...

    def say(self, piece: int, text: str) -> None:
        """A clause of the answer, as it is to be spoken; ``piece`` is its number in the answer."""
        ...

    def finish(self) -> None:
        """That was the whole answer."""
        ...

    def hush(self) -> None:
        """Fall silent; ``Interrupted`` says how much was heard, and ``Stopped`` why."""
        ...

    def press(self) -> None:
        """The key to talk is down."""
        ...

    def release(self) -> None:
        """The key to talk is up."""
        ...

    def end(self) -> None:
        """Stop listening; the events end."""
        ...

    def close(self) -> None: ...


class Sight(Protocol):
    """A live source of pictures, from its opening to its closing.

    Wishes may come from any thread; none waits for the source.
    """

    def events(self) -> Iterator[watch_events.Event]:
        """What is seen, as it happens; the first but for signs of life is ``Opened``. Once.

        Whoever is slow gets the newest look, not all of them. Ends behind ``Over`` and when it is
        closed. Raises MediaError when the source cannot be opened to begin with, EngineError.
        """
        ...

    def newest(self, fit: Fit) -> watch_events.Picture | None:
        """The newest stable frame, for a question; None while there is none of the present."""
        ...

    def pause(self, on: bool) -> None:
        """Close the device, not only the eyes; or open it again. A file waits where it is."""
        ...

    def close(self) -> None:
        """From any thread."""
        ...


KeyMove = Literal["press", "release"]


class Hotkey(Protocol):
    """A combination of keys that is heard whichever window has the focus."""

    def moves(self) -> Iterator[KeyMove | Literal["ready"]]:
        """``ready`` first, once it is listened to; then what becomes of the combination. Once.

        What listens may be started again: a release, where that is due, and ``ready`` once more.
        Ends when it is closed. Raises DeviceError where there can be none, WorkerDied.
        """
        ...

    def close(self) -> None:
        """From any thread."""
        ...
