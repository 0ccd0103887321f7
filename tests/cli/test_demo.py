"""The demo: every step is played, measured and reported, also when one fails."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.build import Home
from edgeomni.cli.demo import STEPS
from edgeomni.cli.demo_voice import SPOKEN
from edgeomni.cli.watch_flags import WatchWish
from edgeomni.errors import EdgeomniError, MediaError, WorkerDied
from edgeomni.loops.watch.told import WatchFace
from edgeomni.ports import Cancel
from edgeomni.values import Finished, Receipt, Segment, TextDelta
from tests.cli.conftest import Cli
from tests.cli.told import caption
from tests.fakes import ECHO, EchoEngine, HummingMouth, ScriptedEars, ScriptedEngine


class Watched:
    """Describes each picture of the folder as it comes, by its file's name."""

    def __init__(self) -> None:
        self.error: EdgeomniError | None = None

    def lead(self, home: Home, wish: WatchWish, face: WatchFace) -> Watched:
        self._folder, self._face, self._over = Path(wish.address), face, threading.Event()
        return self

    def run(self) -> None:
        if self.error:
            raise self.error
        while not self._over.wait(0):
            newest = max(self._folder.iterdir(), key=lambda file: file.stat().st_ctime_ns)
            self._face.caption(caption(newest.stem))
            self._over.wait(0.1)  # the wish to stop comes from a thread of its own

    def stop(self) -> None:
        self._over.set()

    def ask(self, text: str) -> None: ...

    def pause(self, on: bool) -> None: ...


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """In place of a real watch."""
    watched = Watched()
    monkeypatch.setattr("edgeomni.cli.demo_watch.lead", watched.lead)
    return watched


def test_each_step_shows_question_answer_and_cost(cli: Cli) -> None:
    result = cli("demo", engine=EchoEngine())
    assert result.code == 0
    for number, step in enumerate(STEPS, 1):
        assert f"{number} {step.name}" in result.out
        assert f"  you       {step.asks}" in result.out
    assert result.out.count("in all") == len(STEPS)
    assert f"{len(STEPS) + 1 + len(SPOKEN)} steps in" in result.out


def test_what_comes_before_a_camera_is_watched(cli: Cli) -> None:
    result = cli("demo", engine=EchoEngine())
    shown = result.out[result.out.index(f"{len(STEPS) + 1} watch") :]
    assert "red-circle" in shown and "square-and-heart" in shown
    assert "2 looks in" in shown


def test_a_watch_that_fails_is_reported_and_the_demo_goes_on(cli: Cli, watch: Watched) -> None:
    watch.error = MediaError("The folder is gone.")
    objects = {found["step"]: found for found in cli("demo", "--json", engine=EchoEngine()).objects}
    assert objects["watch"]["error"]["message"] == "The folder is gone."
    assert objects["speak"]["error"] is None


def test_a_sentence_is_spoken_and_listened_to(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeomni.cli.demo_voice._ears_are_here", lambda: True)
    ears = ScriptedEars([Segment(0.0, 1.0, "The sea is salty.")])
    objects = cli("demo", "--json", engine=EchoEngine(), ears=ears).objects
    spoken, heard = objects[-2:]
    assert (spoken["step"], spoken["error"]) == ("speak", None)
    assert (heard["step"], heard["text"]) == ("hear", "The sea is salty.")


def test_without_ears_listening_is_left_out(cli: Cli) -> None:
    result = cli("demo", engine=EchoEngine())
    assert (result.code, "hear: left out; `edgeomni pull tiny.en`" in result.err) == (0, True)


def test_a_voice_that_fails_ends_the_demo_with_its_error(cli: Cli) -> None:
    mouth = HummingMouth(error=WorkerDied("It died."))
    assert cli("demo", engine=EchoEngine(), mouth=mouth).code == 6


def test_json_gives_one_object_for_each_step(cli: Cli) -> None:
    objects = cli("demo", "--json", engine=EchoEngine()).objects
    assert [found["step"] for found in objects] == [
        *(step.name for step in STEPS),
        "watch",
        "speak",
    ]
    assert all(found["error"] is None and found["took_ms"] > 0 for found in objects)
    assert list(objects[0])[-4:] == ["step", "asked", "took_ms", "stop_ms"]


def test_the_steps_are_one_conversation(cli: Cli) -> None:
    first, second, *_ = cli("demo", "--json", engine=EchoEngine()).objects
    assert first["receipt"]["cached_tokens"] == 0
    assert second["receipt"]["cached_tokens"] > 0


def test_a_picture_begins_a_conversation_of_its_own(cli: Cli) -> None:
    engine = EchoEngine()
    cli("demo", engine=engine)
    shown = [sum(len(message.media) for message in asked) for asked in engine.asked]
    assert shown == [*[0] * 5, 1, 1]
    assert [len(asked) for asked in engine.asked][-2:] == [1, 3]


def test_a_model_without_eyes_is_shown_nothing(cli: Cli) -> None:
    result = cli("demo", engine=EchoEngine(can=replace(ECHO, vision=False)))
    assert result.code == 0
    assert "6 see: left out, this model cannot see." in result.err
    assert "8 watch: left out, this model cannot see." in result.err


def test_one_step_asks_for_a_schema_and_one_is_stopped(cli: Cli) -> None:
    long = [TextDelta(f"word{n} ") for n in range(100)]
    stop = next(step for step in STEPS if step.stop_after)
    script = [
        [*long, Finished(Receipt(finish_reason="cancelled" if step is stop else "stop"))]
        for step in STEPS
    ]
    engine = ScriptedEngine(script=script)  # type: ignore[arg-type]
    objects = cli("demo", "--json", engine=engine).objects
    stopped = [found["step"] for found in objects if found["stop_ms"] is not None]
    assert stopped == [stop.name]
    assert sum(options.schema is not None for options in engine.options) == 1


def test_pieces_of_many_tokens_count_as_many(cli: Cli) -> None:
    pieces = [TextDelta(f"word{n} ", tokens=10) for n in range(20)]
    seen: list[int] = []

    def watch(index: int, cancel: Cancel | None) -> None:
        if cancel is not None and cancel.asked:
            seen.append(index)

    script = [[*pieces, Finished(Receipt())] for _ in STEPS]
    engine = ScriptedEngine(script=script, before_word=watch)  # type: ignore[arg-type]
    cli("demo", engine=engine)
    assert seen[0] == 3


def test_a_failing_step_is_reported_and_the_others_follow(cli: Cli) -> None:
    good = [TextDelta("fine"), Finished(Receipt())]
    script = [good, [TextDelta("half"), WorkerDied("The engine was killed.")]]
    script += [good] * (len(STEPS) - 2)
    result = cli("demo", engine=ScriptedEngine(script=script))  # type: ignore[arg-type]
    assert result.code == 6
    assert "The engine was killed." in result.err
    assert "half" in result.out
    assert f"{len(STEPS)} {STEPS[-1].name}" in result.out


@pytest.mark.models
def test_the_demo_holds_a_real_conversation(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEOMNI_HOME")
    objects = {found["step"]: found for found in cli("demo", "--json").objects}
    assert "sea" in objects["talk"]["text"]
    assert objects["remember"]["receipt"]["cached_tokens"] > 0
    assert objects["stop"]["receipt"]["finish_reason"] == "cancelled"
    assert objects["stop"]["stop_ms"] < 1000
