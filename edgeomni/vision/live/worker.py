"""The sight worker's room: one live source, watched until it is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgeomni.errors import EdgeomniError, EngineError
from edgeomni.faults import Faults, from_environment
from edgeomni.process.host import Job, Room
from edgeomni.process.wire import Note
from edgeomni.values import Fit
from edgeomni.vision.live.address import source
from edgeomni.vision.live.footage import Footage, footage
from edgeomni.vision.live.gate import Gate, ToGrid
from edgeomni.vision.live.loop import Loop, Wish
from edgeomni.vision.live.redact import Redactor
from edgeomni.vision.worker import limit_memory
from edgeomni.watch_events import Event, Picture, packed

Params = Mapping[str, Any]
MakeGate = Callable[[Params], Gate]
"""Of rules as they travel from the parent."""


def make_room(film: Footage = footage) -> Room:
    """Whatever is heavy is imported here: nothing but the source may take its time later."""
    from edgeomni.vision.gate.change import Gate, GateRules, Region, grid

    def made(rules: Params) -> Gate:
        mask = tuple(Region(*region) for region in rules["mask"])
        return Gate(GateRules(**{**rules, "mask": mask}))

    limit_memory()
    return SightRoom(made, grid, from_environment(os.environ), film)


class SightRoom:
    def __init__(
        self, make_gate: MakeGate, to_grid: ToGrid, faults: Faults, film: Footage = footage
    ) -> None:
        self._make_gate, self._to_grid, self._faults, self._film = make_gate, to_grid, faults, film

    def handle(
        self, method: str, params: dict[str, Any], buffers: list[memoryview], job: Job
    ) -> tuple[dict[str, Any], Sequence[bytes]]:
        """Raises EdgeomniError, without the credentials of an address."""
        if method != "watch":
            raise EngineError(f"The sight worker has no method {method}.")
        address = os.fsdecode(params["address"])
        hidden = Redactor(address)
        try:
            self._watch(address, params, job)
        except EdgeomniError as error:
            parts = {"works": hidden(error.works), "remedy": hidden(error.remedy)}
            raise type(error)(hidden(error.happened), **parts, code=error.code) from None
        except Exception as error:  # its text, and that of what it came from, goes to the log
            words = hidden(f"{type(error).__name__}: {error}")[:500]
            raise EngineError(words) from None
        return {}, ()

    def close(self) -> None:
        """Whatever is open ends with the process."""

    def _watch(self, address: str, params: Params, job: Job) -> None:
        hidden = Redactor(address)

        def emit(event: Event) -> None:
            job.emit(*packed(event))

        def answer(id: int, picture: Picture | None) -> None:
            if picture is None:
                job.emit({"answer": id})
            else:
                data, pixels = packed(picture)
                job.emit({"answer": id, "picture": data}, pixels)

        def take(note: Note) -> None:
            loop.ask(note.data)

        wish = Wish(**{**params["wish"], "fit": Fit(**params["wish"]["fit"])})
        loop = Loop(
            replace(found := source(address), name=hidden(found.name)),
            self._make_gate(params["rules"]),
            self._to_grid,
            emit,
            answer,
            replace(wish, faults=self._faults),
            self._film,
        )
        job.on_note(take)
        job.on_cancel(lambda: loop.ask({"do": "end"}))
        loop.run()
