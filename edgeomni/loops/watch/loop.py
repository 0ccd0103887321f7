"""Watching: looks become words, and questions go before them."""

from __future__ import annotations

import logging
import threading

from edgeomni.assistant import Assistant
from edgeomni.errors import AbilityMissing, EdgeomniError, EngineError, UsageError
from edgeomni.loops.watch.asking import LivePicture, no_picture
from edgeomni.loops.watch.blank import pattern
from edgeomni.loops.watch.describing import Describer, Interrupted
from edgeomni.loops.watch.desk import Calibrate, Describe, Desk, Prepare, Question
from edgeomni.loops.watch.memory import KeyFrame, Memory, about_before
from edgeomni.loops.watch.orderly import Orderly
from edgeomni.loops.watch.pace import Cost, Pacer
from edgeomni.loops.watch.past import Past
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.replying import Replies
from edgeomni.loops.watch.room import Room
from edgeomni.loops.watch.told import Caption, Match, WatchFace
from edgeomni.ports import Cancel, Engine, Sight
from edgeomni.values import Fit, Image, Options, Part
from edgeomni.vision.size import fitted
from edgeomni.watch_events import Look, Lost, Picture

_TRIED = 384
"""Pixels of the longer side of the picture by which the machine is measured."""
_WARM = 1.0
"""Seconds within which it is measured twice: the first time is that of memory never touched."""


class WatchLoop:
    """Leads one watch from its first event to its last.

    ``ask``, ``pause``, ``stop``, ``show``, ``past`` and ``hold`` may come from any thread.
    """

    def __init__(
        self,
        sight: Sight,
        engine: Engine,
        assistant: Assistant,
        options: Options,
        face: WatchFace,
        plan: WatchPlan | None = None,
    ) -> None:
        """``engine`` has the lane ``watch``; ``assistant`` asks the same engine.

        Where somebody else asks the assistant too, as spoken questions do, it is to be a
        ``YieldingEngine``.
        """
        self._plan = plan = plan or WatchPlan()
        self._sight, self._engine = sight, engine
        self._face: WatchFace = Orderly(face)
        self._room = room = Room(engine)
        self._pacer = Pacer(plan.max_latency, plan.every, plan.expected())
        self._desk = Desk(calibrates=plan.max_latency is not None, patient=plan.every_look)
        self._describer = Describer(engine, room, plan, options, self._face.words)
        self._live = LivePicture(sight, assistant, plain=plan.telling.plain)
        self._memory = Memory(plan.frames, plan.minutes)
        past = Past(self._memory, engine, room, plain=plan.telling.plain)
        self._replies = Replies(assistant, options, self._live, past, self._face)
        self._side = plan.fit.side
        self._showed: tuple[float, Image | None] = 0.0, None
        self._thread = threading.Thread(target=self._see, name="sight", daemon=True)

    @property
    def passed(self) -> int:
        """Looks that made room for a newer one before they were described."""
        return self._desk.passed

    # ── from any thread ──────────────────────────────────────────────────────────────────────────

    def ask(self, text: str) -> None:
        """A question about the live picture, or about what was there before."""
        if text.strip() and not self._desk.ask(text.strip()):
            self._face.failed(
                UsageError("Too many questions wait.", remedy="Let some be answered first.")
            )

    def pause(self, on: bool) -> None:
        """Close the eyes, and open them again."""
        self._desk.pause(on=on)
        self._live.forget()
        self._sight.pause(on)

    def stop(self) -> None:
        """``run`` comes to its end."""
        self._desk.stop()
        self._sight.close()

    def show(self) -> list[Part]:
        """What stands before a spoken question. Raises MediaError without a picture."""
        with self._desk.conversation():
            picture = self._live.now(self._fit) if self._desk.sees else None
            if picture is None:
                self._showed = self._desk.at, None
                raise no_picture()
            self._showed = picture.at, picture.image
            return self._live.parts(picture.image)

    def past(self, asked: str) -> list[Part] | None:
        """What stands for a spoken question about what was before; None for another one.

        Raises MediaError where nothing is remembered.
        """
        if about_before(asked) is None:
            return None
        with self._desk.conversation():
            picture = self._live.now(self._fit) if self._desk.sees else None
            at, image = (picture.at, picture.image) if picture else (self._desk.at, None)
            self._showed = at, image
            return self._replies.past_parts(asked, at, image)

    def hold(self, on: bool) -> None:
        """Leave the assistant to somebody else, such as whoever answers what is spoken."""
        self._desk.hold(on=on)

    @property
    def shown(self) -> tuple[float, Image | None]:
        """The picture of the present that the last spoken question was shown, and its time."""
        return self._showed

    # ── the watch ────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Until the source ends or ``stop``. Raises what ``Sight.events`` raises, ModelError."""
        can = self._engine.abilities()
        if not can.vision:
            raise AbilityMissing(
                f"The model {can.model} cannot see pictures.",
                works="Chatting works.",
                remedy="Choose a model that can, for example -m gemma-3-4b or qwen2.5-vl-3b.",
            )
        self._thread.start()
        try:
            while task := self._desk.next():
                try:
                    self._do(task)
                except EdgeomniError as error:
                    self._face.failed(error)
        finally:
            self.stop()
            self._thread.join()
        if self._desk.error is not None:
            raise self._desk.error

    def _see(self) -> None:
        """The thread that listens to the sight."""
        try:
            for event in self._sight.events():
                self._face.event(event)
                self._desk.take(event)
                if isinstance(event, Lost):
                    self._live.forget()
        except EdgeomniError as error:
            self._desk.end(error)
        except Exception as error:  # else the watch would go on without eyes
            logging.getLogger(__name__).exception("the watch broke off")
            self._desk.end(EngineError(f"The watch broke off: {error}."[:300]))
        self._desk.end(self._desk.error)

    def _do(self, task: object) -> None:
        match task:
            case Question(cancel, asked):
                self._reply(asked, cancel)
            case Describe():
                self._describe(task)
            case Prepare(cancel, picture):
                self._live.prepare(picture, cancel)
            case Calibrate(cancel):
                self._calibrate(cancel)

    # ── looks ────────────────────────────────────────────────────────────────────────────────────

    def _describe(self, task: Describe) -> None:
        look, image = task.look, self._shown(task.look)
        self._face.looking(look.at, look.why)
        try:
            for found in self._describer.look(look, image, task.came, task.cancel):
                match found:
                    case Caption():
                        self._face.caption(found)
                    case Match():
                        self._face.match(found)
                    case Cost():
                        self._pacer.costs.note(found)
        except Interrupted:
            self._desk.put_back(task)
            return
        before = self._describer.before
        self._memory.add(KeyFrame(look.at, image, before.text if before else ""))
        self._choose_pace(image)
        if self._plan.asking:
            self._desk.make_ready(Picture(look.at, look.number, image))

    def _shown(self, look: Look) -> Image:
        """The frame of the look, or where it is larger than it should be, the newest one."""
        image, side = look.image, self._side
        if not side or max(image.width, image.height) <= side:
            return image
        newer = self._sight.newest(self._fit)
        return newer.image if newer is not None and newer.number >= look.number else image

    @property
    def _fit(self) -> Fit:
        return Fit(self._side, self._plan.fit.pixels)

    # ── pace ─────────────────────────────────────────────────────────────────────────────────────

    def _calibrate(self, cancel: Cancel) -> None:
        size = fitted(self._desk.size, Fit(min(self._plan.fit.side or _TRIED, _TRIED)))
        try:
            cost = self._describer.calibrate(pattern(*size), cancel)
            if cost.seconds < _WARM:
                cost = self._describer.calibrate(pattern(*size, shift=1), cancel)
        except Interrupted:
            return
        self._pacer.costs.note(cost, usual=False)
        self._choose_pace()

    def _choose_pace(self, image: Image | None = None) -> None:
        """``image`` was looked at, where the source did not say how large its frames are."""
        known = all(self._desk.size) or image is None
        whole = self._desk.size if known or image is None else (image.width, image.height)
        size = fitted(whole, self._plan.fit)
        pace, new = self._pacer.chosen(size, self._room)
        self._side = pace.side or self._plan.fit.side
        if new:
            self._face.pace(pace)

    # ── questions ────────────────────────────────────────────────────────────────────────────────

    def _reply(self, asked: str, cancel: Cancel) -> None:
        picture = self._live.now(self._fit) if self._desk.sees else None
        again = self._replies.reply(asked, picture, self._desk.at, cancel)
        if again and picture is not None and self._plan.asking:
            self._desk.make_ready(picture)
