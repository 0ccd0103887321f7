"""edgeomni watch as a user types it, with a source that shows what is written."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest

from edgeomni.cli.watch_faces import Face
from edgeomni.cli.watch_line_face import LineFace
from edgeomni.errors import EngineError, MediaError
from edgeomni.loops.watch.told import Answered, WatchFace
from edgeomni.ports import Cancel
from edgeomni.values import EngineEvent, Finished, Lane, Message, Options, Receipt, TextDelta
from edgeomni.vision.live.client import SightWish
from edgeomni.watch_events import Back, Lost, Opened, Over, Seen
from tests.cli.conftest import Cli, Result
from tests.fakes import ECHO, EchoEngine, ScriptedEngine, factories
from tests.loops.watch.doubles import OPENED, PATIENCE, ScriptedSight, Step, look

pytestmark = pytest.mark.usefixtures("errors_of_threads")

ABLE = "gemma-3-4b"
"""Whose name says that it follows more than short questions about one picture."""
FIRST = look(1.0, why="first")
KEEP = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"


class Seer(ScriptedEngine):
    """Says one text for each look or question, and lets a script wait until it has."""

    def __init__(self, *texts: str | EngineError) -> None:
        super().__init__()
        self.script = [
            [text] if isinstance(text, EngineError) else [TextDelta(text), Finished(Receipt())]
            for text in texts
        ]
        self._said = Queue[None]()

    def stream(
        self,
        messages: Sequence[Message],
        options: Options,
        *,
        lane: Lane = "chat",
        cancel: Cancel | None = None,
    ) -> Iterator[EngineEvent]:
        try:
            yield from super().stream(messages, options, lane=lane, cancel=cancel)
        finally:
            self._said.put(None)

    def said(self) -> None:
        """Wait until the next text was said."""
        self._said.get(timeout=PATIENCE)


class Stand:
    """Calls ``watch`` and remembers what was wished."""

    def __init__(self, cli: Cli) -> None:
        self._cli = cli
        self.sight = ScriptedSight()
        self.wishes: list[SightWish] = []
        self.stdin = b""

    def __call__(
        self, *words: str, steps: Sequence[Step], engine: EchoEngine | None = None
    ) -> Result:
        self.sight.steps = tuple(steps)

        def make(wish: SightWish) -> ScriptedSight:
            self.wishes.append(wish)
            return self.sight

        made = replace(factories(engine or Seer("A desk.")), sight=make)
        return self._cli("watch", "-m", ABLE, *words, factories=made, stdin=self.stdin)

    def ended(self) -> None:
        """Wait until the source was closed."""
        assert self.sight.closed.wait(PATIENCE)


@pytest.fixture
def stand(cli: Cli) -> Stand:
    return Stand(cli)


def test_what_is_seen_is_printed_with_its_time(stand: Stand) -> None:
    result = stand(steps=[OPENED, FIRST, Over(2.0)])
    assert result.code == 0
    time, _, text = result.out.partition("  ")
    assert (len(time), text) == (len("12:00:00"), "A desk.\n")
    assert "watching camera 0, 64x36" in result.err


def test_then_what_is_new_is_printed(stand: Stand) -> None:
    engine = Seer("A desk.", "A cat is on the desk.")
    result = stand(steps=[OPENED, FIRST, engine.said, look(5.0), Over(9.0)], engine=engine)
    assert [line[10:] for line in result.out.splitlines()] == ["A desk.", "A cat is on the desk."]


def test_json_is_one_object_an_event(stand: Stand) -> None:
    engine = Seer("A desk.", "A cat is on the desk.")
    steps: list[Step] = [OPENED, FIRST, engine.said, look(5.0), Over(9.0)]
    objects = stand("--json", steps=steps, engine=engine).objects
    told = [found for found in objects if found["event"] != "pace"]
    assert [found["event"] for found in told[:2]] == ["opened", "caption"]
    assert {found["event"] for found in told[2:]} == {"change", "over"}
    assert told[1]["frame"]["hash"] == FIRST.image.digest


def test_what_is_waited_for_is_told_with_its_evidence(stand: Stand) -> None:
    engine = Seer(json.dumps({"evidence": "A brown box.", "answer": "yes"}))
    result = stand("--for", "a parcel", steps=[OPENED, FIRST, Over(2.0)], engine=engine)
    assert result.out[10:] == "★ a parcel: A brown box.\n"


def test_once_is_one_look(stand: Stand) -> None:
    endless: list[Step] = [OPENED, FIRST, stand.ended, look(9.0)]
    result = stand("--once", steps=endless, engine=Seer("A desk."))
    assert (result.code, result.out[10:]) == (0, "A desk.\n")


def test_once_with_something_to_wait_for_is_one_match(stand: Stand) -> None:
    no, yes = (json.dumps({"evidence": "A box.", "answer": each}) for each in ("no", "yes"))
    engine = Seer(no, yes)
    endless: list[Step] = [
        OPENED,
        FIRST,
        engine.said,
        look(5.0),
        stand.ended,
    ]
    result = stand("--once", "--for", "a parcel", steps=endless, engine=engine)
    assert result.out[10:] == "★ a parcel: A box.\n"


def test_a_look_that_fails_is_told_and_decides_the_exit_code(stand: Stand) -> None:
    result = stand(steps=[OPENED, FIRST, Over(2.0)], engine=Seer(EngineError("No memory.")))
    assert (result.code, result.out) == (6, "")
    assert result.err.count("No memory.") == 1


def test_without_a_camera_one_sentence_says_so(stand: Stand) -> None:
    error = MediaError("There is no camera.", remedy="Connect one.", code="no-camera")
    result = stand(steps=[error])
    assert (result.code, result.out) == (3, "")
    assert result.err == "edgeomni: There is no camera.\n  Connect one.\n"
    assert stand.sight.closed.is_set()


def test_without_a_camera_programs_are_told_its_code(stand: Stand) -> None:
    result = stand("--json", steps=[MediaError("There is no camera.", code="no-camera")])
    told = result.objects[-1]
    assert (told["event"], told["error"]["code"]) == ("error", "no-camera")


def test_a_loss_and_a_return_are_told(stand: Stand) -> None:
    result = stand(steps=[OPENED, Lost(2.0, "cut", "It is gone."), Back(3.0), Over(4.0)])
    assert "✕" in result.err and "It is gone." in result.err
    assert "There are pictures again." in result.err


def test_a_piped_line_is_a_question(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, show = threading.Event(), LineFace.answered

    def told(face: LineFace, answer: Answered) -> None:
        show(face, answer)
        answered.set()

    monkeypatch.setattr(LineFace, "answered", told)
    stand.stdin = b"Which colour?\n"
    result = stand("--ask", steps=[OPENED, lambda: answered.wait(PATIENCE), Over(2.0)])
    question, answer = result.out.splitlines()
    assert question == "? Which colour?"
    assert answer.startswith("There is no picture of the present")  # no look was shown yet


def test_ctrl_c_ends_the_watch(stand: Stand) -> None:
    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert stand.sight.closed.wait(PATIENCE)

    assert stand(steps=[OPENED, press]).code == 130


def test_afterwards_ctrl_c_is_what_it_was(stand: Stand) -> None:
    before = signal.getsignal(signal.SIGINT)
    stand(steps=[OPENED, Over(1.0)])
    assert signal.getsignal(signal.SIGINT) is before


def test_a_film_ends_after_the_time_that_was_asked_for(stand: Stand, tmp_path: Path) -> None:
    film = tmp_path / "clip.mp4"
    film.touch()
    steps: list[Step] = [
        OPENED,
        Seen(4.9, 10.0, 0.0, "still"),
        Seen(5.0, 10.0, 0.0, "still"),
        stand.ended,
        Lost(6.0, "cut", "not told"),
    ]
    result = stand(str(film), "--duration", "5", steps=steps)
    assert result.code == 0 and "not told" not in result.err


def test_a_camera_ends_after_the_time_that_was_asked_for(stand: Stand) -> None:
    steps: list[Step] = [
        OPENED,
        stand.ended,
        Lost(6.0, "cut", "not told"),
    ]
    result = stand("--duration", "0.1", steps=steps)
    assert result.code == 0 and "not told" not in result.err


def test_the_command_is_given_the_event_and_waited_for(stand: Stand, tmp_path: Path) -> None:
    command = ("--exec", sys.executable, "-c", KEEP, str(tmp_path / "seen"), "--json")
    stand("--once", *command, steps=[OPENED, FIRST])
    assert json.loads((tmp_path / "seen").read_text())["text"] == "A desk."


def test_the_log_is_kept_beside_what_people_see(stand: Stand, tmp_path: Path) -> None:
    result = stand("--log", "events.jsonl", steps=[OPENED, FIRST, Over(2.0)])
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert "A desk." in result.out
    assert "A desk." in [json.loads(line)["text"] for line in lines]


def test_a_hostile_name_of_a_source_is_shown_clean(stand: Stand) -> None:
    result = stand(steps=[Opened(0.0, "cam\x1b]0;owned\x07", 64, 36, 0.0), Over(1.0)])
    assert "cam␛]0;owned␇" in result.err
    assert "\x1b" not in result.err + result.out


def test_wishes_become_a_sight(stand: Stand) -> None:
    flags = ("--every", "10", "--sensitivity", "0.8", "--mask", "0,0,1,0.2", "--mask", "0,0,0.1,1")
    stand("http://cam.local/x", *flags, steps=[OPENED, Over(1.0)])
    (wish,) = stand.wishes
    assert (wish.address, wish.sensitivity) == ("http://cam.local/x", 0.8)
    assert (wish.least, wish.most) == (10.0, 10.0)
    assert list(wish.mask) == [(0, 0, 1, 0.2), (0, 0, 0.1, 1)]


def test_the_camera_is_watched_and_only_what_changes_where_nothing_is_said(stand: Stand) -> None:
    stand(steps=[OPENED, Over(1.0)])
    (wish,) = stand.wishes
    assert (wish.address, wish.most, wish.fast) == ("camera", None, False)


def test_a_model_that_cannot_see_is_refused(stand: Stand) -> None:
    result = stand(steps=[OPENED], engine=EchoEngine(can=replace(ECHO, vision=False)))
    assert result.code == 4
    assert "echo cannot see" in result.err


@pytest.mark.parametrize(
    ("words", "code", "happened"),
    [
        (["--evry", "3"], 2, "Did you mean --every?"),
        (["--every", "0"], 2, "--every is seconds from 0.1"),
        (["--duration", "soon"], 2, "--duration is seconds from 0.1"),
        (["--sensitivity", "2"], 2, "--sensitivity is a number from 0 to 1, not '2'"),
        (["--mask", "0,0,1"], 2, "--mask is left, top, right, bottom"),
        (["--mask", "0.5,0,0.2,1"], 2, "--mask is left, top, right, bottom"),
        (["--for", " "], 2, "--for is empty"),
        (["--prompt", "x", "--preset", "read"], 2, "not allowed with"),
        (["--exec"], 2, "--exec has no command"),
        (["--exec", "no-such-program-here"], 2, "There is no program no-such-program-here"),
        (["--save-frames", ""], 2, "cannot be written to"),
        (["--voice", "nobody"], 2, "nobody"),
        (["--rate", "9"], 2, "--rate is a number from 0.5 to 2"),
        (["--fast"], 2, "--fast is for films"),
        (["--log", "no/folder/log"], 3, "cannot be written to"),
        (["--schema", "missing.json"], 2, "missing.json cannot be read"),
        (["a nonsense source"], 3, "nothing that can be watched"),
        (["ftp://host/x"], 3, "ftp is no kind of stream"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    stand: Stand, words: list[str], code: int, happened: str
) -> None:
    result = stand(*words, steps=[])
    assert (result.code, stand.wishes, result.out) == (code, [], "")
    assert happened in result.err


def test_credentials_of_an_address_are_never_shown(stand: Stand) -> None:
    steps: list[Step] = [OPENED, Over(1.0)]
    result = stand("rtsp://me:secret@cam.local/live?token=hidden", steps=steps)
    assert "secret" not in result.err + result.out and "hidden" not in result.err + result.out


def test_help_teaches(cli: Cli) -> None:
    told = cli("watch", "--help").out
    for word in ("examples:", "sources:", "Nothing is stored", "closes the device", '"receipt"'):
        assert word in told


def test_a_face_that_tells_nothing_implements_all_that_is_told() -> None:
    told = {name for name in vars(WatchFace) if not name.startswith("_")}
    assert told <= set(vars(Face))
