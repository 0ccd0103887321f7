"""The conversation: what was said so far, and what is said next."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

from edgeomni.album import Album
from edgeomni.errors import UnfitAnswer, UsageError
from edgeomni.ports import Cancel, Engine
from edgeomni.values import (
    EngineEvent,
    Finished,
    Message,
    Options,
    Part,
    Receipt,
    TextDelta,
    ThoughtDelta,
    ToolCall,
)


class Assistant:
    """Holds the history and asks the engine; the events of an answer are its only report.

    A turn is kept when something was said, also when it was stopped or broke off: the words stay
    that the user has read. A turn in which nothing was said leaves no trace, so that a question
    which cannot be answered (a picture for a model without eyes) does not spoil the next one. Nor
    does a turn whose answer was refused, by throwing UnfitAnswer into it: nobody has read it.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        system: str = "",
        picture_budget: int | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``picture_budget`` is in tokens; None is half of the context."""
        self._engine = engine
        self._album = Album(engine, picture_budget, now)
        self._system = system
        self._history: tuple[Message, ...] = ()
        self._before: tuple[Message, ...] = ()
        self._answering = False

    @property
    def system(self) -> str:
        return self._system

    @property
    def history(self) -> tuple[Message, ...]:
        """Without the system message."""
        return self._history

    def set_system(self, text: str) -> None:
        """Change the standing instruction, from the next answer on; empty takes it away."""
        self._system = text

    def clear(self) -> None:
        """Forget the conversation, keep the standing instruction."""
        self._history = self._before = ()
        self._album.clear()

    def resume(self, history: Sequence[Message], *, system: str = "") -> None:
        """Go on with a conversation that was held elsewhere."""
        self._history, self._system = tuple(history), system
        self._before = self._history
        self._album.clear()

    def take_back(self) -> None:
        """Undo the last turn: the history is as it was before that was asked."""
        self._history = self._before

    def cut(self, heard: str) -> None:
        """Keep of the last answer what was heard of it, and mark that it was interrupted."""
        if self._history and self._history[-1].role == "assistant":
            *others, last = self._history
            self._history = (*others, replace(last, parts=(heard,), interrupted=True))

    def prepare(self, parts: Sequence[Part], cancel: Cancel | None = None) -> Receipt:
        """Evaluate what the user is about to say, as far as it is known, so that it is there."""
        return self._engine.prefill(self._prompt(parts), cancel=cancel)

    def ending(self, parts: Sequence[Part], cancel: Cancel | None = None) -> float | None:
        """``prepare``, and how likely that is all the user is about to say; see ``Engine``."""
        return self._engine.ending(self._prompt(parts), cancel=cancel)

    def _prompt(self, parts: Sequence[Part]) -> Sequence[Message]:
        asked = (*self._history, Message("user", tuple(parts)))
        prompt = (Message("system", (self._system,)), *asked) if self._system else asked
        return self._album.as_shown(prompt)

    def reply(
        self, parts: Sequence[Part], options: Options, cancel: Cancel | None = None
    ) -> Generator[EngineEvent, None, None]:
        """Answer the user; whatever the engine raises passes through."""
        asked = (*self._history, Message("user", tuple(parts)))
        return self._answer(asked, options, cancel)

    def answer_tools(
        self, results: Sequence[Message], options: Options, cancel: Cancel | None = None
    ) -> Generator[EngineEvent, None, None]:
        """Go on after tool calls, with one message of role ``tool`` for each."""
        return self._answer((*self._history, *results), options, cancel)

    def regenerate(
        self, options: Options, cancel: Cancel | None = None
    ) -> Generator[EngineEvent, None, None]:
        """Answer the last question once more; the old answer stays if no new one comes."""
        last = max((i for i, m in enumerate(self._history) if m.role == "user"), default=-1)
        if last < 0:
            raise UsageError("There is no answer to give again.", remedy="Ask something first.")
        return self._answer(self._history[: last + 1], options, cancel)

    def _answer(
        self, asked: tuple[Message, ...], options: Options, cancel: Cancel | None
    ) -> Generator[EngineEvent, None, None]:
        prompt = (Message("system", (self._system,)), *asked) if self._system else asked
        said = _Said(options.continuation)
        if self._answering:
            raise UsageError(
                "An answer is still being given.", remedy="Take it to its end, or close it, first."
            )
        self._answering, self._before = True, self._history
        try:
            shown = yield from self._album.within_budget(prompt, cancel)
            for event in self._engine.stream(shown, options, cancel=cancel):
                if isinstance(event, Finished):
                    event = Finished(self._album.billed(event.receipt))
                said.take(event)
                yield event
        except UnfitAnswer:
            said = _Said("")
            raise
        finally:
            self._answering = False
            if said.anything:
                self._history = (*asked, said.message())


@dataclass(slots=True)
class _Said:
    """An answer as it grows."""

    continuation: str
    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    complete: bool = False

    @property
    def anything(self) -> bool:
        return bool(self.text or self.calls or self.complete)

    def take(self, event: EngineEvent) -> None:
        match event:
            case TextDelta(text):
                self.text.append(text)
            case ThoughtDelta(text):
                self.thought.append(text)
            case ToolCall():
                self.calls.append(event)
            case Finished(receipt):
                self.complete = receipt.finish_reason not in ("cancelled", "error")

    def message(self) -> Message:
        return Message(
            "assistant",
            (self.continuation + "".join(self.text),),
            thought="".join(self.thought),
            tool_calls=tuple(self.calls),
        )
