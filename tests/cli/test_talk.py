"""edgeomni talk as a user types it, with a conversation that goes as it is written."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni import casting
from edgeomni.build import Home
from edgeomni.cli.output import Screen
from edgeomni.cli.talk_faces import LineFace
from edgeomni.errors import DeviceError, EngineError, WorkerDied
from edgeomni.loops.voice import Turn
from edgeomni.speech.talk import TalkWish
from edgeomni.talk_events import (
    NOT_RECORDED,
    Began,
    Failure,
    FirstAudio,
    GoesOn,
    Held,
    Interrupted,
    Level,
    Nothing,
    Partial,
    Ready,
    Said,
    Saved,
    Stopped,
    Trouble,
    Utterance,
)
from edgeomni.values import Finished, Notice, Receipt, TextDelta
from tests.cli.conftest import Cli, Result
from tests.cli.glass import Glass
from tests.fakes import ECHO, EchoEngine, ScriptedEngine, factories
from tests.loops.doubles import ScriptedTalk, Step
from tests.speech import kokoro_model

pytestmark = pytest.mark.usefixtures("errors_of_threads")

READY = Ready(0.0, "mic", "speaker", "by sound", False)
ONE = "Berlin has many lakes."
ASKED = Utterance(1, ONE, 2.0, 2.25, 2.5, 1.5)
HEARD = [FirstAudio(2.75), Said(4.0, 0)]


class Booth:
    """Calls ``talk`` and remembers what was wished."""

    def __init__(self, cli: Cli) -> None:
        self._cli = cli
        self.talk = ScriptedTalk()
        self.wishes: list[TalkWish] = []

    def __call__(self, *words: str, steps: list[Step], engine: EchoEngine | None = None) -> Result:
        self.talk.steps = steps

        def make(wish: TalkWish) -> ScriptedTalk:
            self.wishes.append(wish)
            return self.talk

        made = replace(factories(engine or EchoEngine()), talk=make)
        return self._cli("talk", *words, factories=made)

    def turn(self) -> list[Step]:
        return [READY, ASKED, self.talk.finished, *HEARD]


@pytest.fixture
def booth(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Booth:
    models = Path("ears"), Path("turns")
    monkeypatch.setattr(Home, "speech_models", lambda *_: models)
    return Booth(cli)


def test_question_and_answer_are_printed(booth: Booth) -> None:
    result = booth(steps=booth.turn())
    assert (result.code, result.out) == (0, f"> {ONE}\n{ONE}\n")
    assert "listening to mic" in result.err


def test_a_file_in_which_nobody_speaks_is_told(booth: Booth) -> None:
    told = booth("--input", "question.wav", steps=[READY])
    assert told.code == 0
    assert "Nothing was understood in question.wav." in told.err


def test_of_a_file_that_was_understood_nothing_is_told(booth: Booth) -> None:
    told = booth("--input", "question.wav", steps=booth.turn())
    assert "Nothing was understood" not in told.err


def test_json_is_one_object_an_event(booth: Booth) -> None:
    steps = booth.turn()
    steps[1:1] = [Level(0.1, 0.5), Began(0.5), Partial("Berlin", "has")]
    objects = booth("--json", steps=steps).objects
    names = ["ready", "began", "partial", "utterance", "first_audio", "turn"]
    assert [found["event"] for found in objects] == names
    assert objects[3]["text"] == ONE
    assert (objects[5]["answered"], objects[5]["first_audio"]) == (ONE, 0.75)


def test_json_tells_of_an_interruption(booth: Booth) -> None:
    steps = [READY, ASKED, booth.talk.finished, FirstAudio(2.75), Interrupted(0, 0.5)]
    objects = booth("--json", steps=steps).objects
    assert [found["event"] for found in objects[-2:]] == ["interrupted", "turn"]
    assert (objects[-1]["interrupted"], objects[-1]["answered"]) == (True, "Berlin has")


def test_json_tells_of_an_answer_that_could_not_be_given(booth: Booth) -> None:
    engine = ScriptedEngine(script=[[EngineError("No memory.")]])
    result = booth("--json", steps=booth.turn(), engine=engine)
    failures = [found for found in result.objects if found["event"] == "failure"]
    assert failures == [{"event": "failure", "code": "engine-failed", "text": "No memory."}]
    assert result.code == 6


def test_an_answer_that_could_not_be_given_is_told_and_the_next_one_given(booth: Booth) -> None:
    good = [TextDelta("Yes."), Finished(Receipt())]
    engine = ScriptedEngine(script=[[EngineError("No memory.")], good])
    result = booth(steps=booth.turn() + booth.turn()[1:], engine=engine)
    assert (result.code, result.out) == (6, f"> {ONE}\n> {ONE}\nYes.\n")
    assert result.err.count("No memory.") == 1


def test_a_worker_that_dies_is_one_sentence(booth: Booth) -> None:
    steps = [READY, ASKED, booth.talk.finished, WorkerDied("The speech worker crashed.")]
    result = booth(steps=steps)
    assert result.code == 6
    assert result.err.count("The speech worker crashed.") == 1
    assert booth.talk.closed


def test_a_worker_that_dies_is_one_object(booth: Booth) -> None:
    result = booth("--json", steps=[READY, WorkerDied("The speech worker crashed.")])
    assert result.code == 6
    told = {"code": "worker-died", "message": "The speech worker crashed.", "hint": ""}
    assert result.objects[-1] == {"event": "error", "error": told}


def test_a_request_that_is_wrong_is_an_event_as_well(booth: Booth) -> None:
    (told,) = booth("--json", "--rate", "3", steps=[]).objects
    assert (told["event"], told["error"]["code"]) == ("error", "bad-usage")


def test_json_tells_of_no_words_before_there_are_any(booth: Booth) -> None:
    steps: list[Step] = [READY, Partial("", ""), Partial("", "Berlin")]
    names = [found["event"] for found in booth("--json", steps=steps).objects]
    assert names == ["ready", "partial"]


def test_a_device_that_cannot_be_opened_is_the_error(booth: Booth) -> None:
    result = booth(steps=[DeviceError("No microphone.")])
    assert (result.code, result.out) == (6, "")


def test_ctrl_c_ends_the_conversation(booth: Booth) -> None:
    result = booth(steps=[READY, lambda: os.kill(os.getpid(), signal.SIGINT)])
    assert (result.code, booth.talk.wishes) == (130, ["end"])
    assert booth.talk.closed


def test_ctrl_c_twice_does_not_wait(booth: Booth) -> None:
    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    never = [READY, press, press, ASKED]
    assert booth(steps=never).code == 130
    assert booth.talk.closed


def test_afterwards_ctrl_c_is_what_it_was(booth: Booth) -> None:
    before = signal.getsignal(signal.SIGINT)
    booth(steps=[READY])
    assert signal.getsignal(signal.SIGINT) is before


def test_wishes_become_a_conversation(booth: Booth, tmp_path: Path) -> None:
    files = ("--input", "q.wav", "--output", "a.wav", "--fast")
    booth(*files, "--language", "DE", "--rate", "1.5", "--no-interrupt", steps=[READY])
    (wish,) = booth.wishes
    assert (wish.microphone.file, wish.speaker.file) == (Path("q.wav"), Path("a.wav"))
    assert (wish.model, wish.detector) == (Path("ears"), Path("turns"))
    assert (wish.language, wish.rate) == ("de", 1.5)
    assert (wish.manners.lockstep, wish.manners.interrupt) == (True, False)


def test_a_model_that_hears_gets_the_sound(booth: Booth) -> None:
    engine = EchoEngine()
    said = replace(ASKED, sound=bytes(4 * 16_000))
    booth("--native-audio", "--json", steps=[READY, said, booth.talk.finished], engine=engine)
    assert booth.wishes[0].manners.keeps_sound
    assert [clip.seconds for clip in engine.asked[-1][-1].media] == [1.0]  # type: ignore[union-attr]


def test_a_model_that_cannot_hear_gets_the_words_and_that_is_said(booth: Booth) -> None:
    engine = EchoEngine(can=replace(ECHO, audio=False))
    result = booth("--native-audio", steps=booth.turn(), engine=engine)
    assert "echo cannot hear: what you say is written down for it." in result.err
    assert not booth.wishes[0].manners.keeps_sound


def test_a_name_is_known_to_who_answers_and_to_who_is_interrupted(booth: Booth) -> None:
    named = replace(ASKED, text=f"Hey computer. {ONE}")
    steps: list[Step] = [READY, ASKED, named, booth.talk.finished, booth.talk.finished, *HEARD]
    result = booth("--wake", "hey computer", "--json", steps=steps)
    assert [turn["asked"] for turn in result.objects if turn["event"] == "turn"] == [ONE]
    assert booth.wishes[0].manners.wake == "hey computer"


def test_with_a_name_what_is_said_to_us_is_accepted_before_it_is_answered(booth: Booth) -> None:
    named = replace(ASKED, text=f"Hey computer. {ONE}")
    steps: list[Step] = [READY, ASKED, booth.talk.finished, named, booth.talk.finished, *HEARD]
    booth("--wake", "hey computer", steps=steps)
    assert booth.talk.wishes == ["finish", "accept", f"0: {ONE}", "finish"]


@pytest.fixture
def saving(booth: Booth) -> list[Step]:
    """A turn of which both sounds are saved."""
    you, us = Saved("you", "1 you.wav"), Saved("edgeomni", "1 edgeomni.wav")
    return [READY, ASKED, you, booth.talk.finished, HEARD[0], us, HEARD[1]]


def test_a_turn_names_the_files_that_it_is_saved_in(booth: Booth, saving: list[Step]) -> None:
    turn = booth("--save-audio", "tapes", "--json", steps=saving).objects[-1]
    assert turn["heard_file"] == str(Path("tapes", "1 you.wav"))
    assert turn["spoken_file"] == str(Path("tapes", "1 edgeomni.wav"))


def test_the_folder_to_save_in_is_made_and_its_owners_alone(
    booth: Booth, saving: list[Step]
) -> None:
    result = booth("--save-audio", "all/tapes", steps=saving)
    assert booth.wishes[0].save == Path("all/tapes")
    assert "what is said is recorded: it is saved in all/tapes" in result.err
    assert os.name == "nt" or Path("all/tapes").stat().st_mode & 0o777 == 0o700


def test_the_folder_to_save_in_may_be_below_the_users_home(
    booth: Booth, saving: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPROFILE" if os.name == "nt" else "HOME", str(tmp_path / "mine"))
    booth("--save-audio", "~/tapes", steps=saving)
    assert booth.wishes[0].save == tmp_path / "mine" / "tapes"
    assert not Path("~").exists()


@pytest.mark.parametrize("flags", [[], ["--save-audio", "never"]], ids=["unasked", "never"])
def test_nothing_is_saved_unless_it_is_asked_for(booth: Booth, flags: list[str]) -> None:
    result = booth(*flags, "--json", steps=booth.turn())
    assert booth.wishes[0].save is None
    assert (result.objects[-1]["heard_file"], result.objects[-1]["spoken_file"]) == (None, None)
    assert "record" not in result.err
    assert not Path("never").exists()


def test_devices_are_named(booth: Booth) -> None:
    booth("--input", "USB", "--output", "3", steps=[READY])
    (wish,) = booth.wishes
    assert (wish.microphone.name, wish.microphone.file, wish.speaker.name) == ("USB", None, "3")


def test_read_fast_no_times_of_the_model_are_told(booth: Booth) -> None:
    flags = ("--input", "q.wav", "--output", "a.wav", "--fast", "--json")
    turn = booth(*flags, steps=booth.turn()).objects[-1]
    assert (turn["first_token"], turn["first_audio"]) == (-1, 0.75)


def test_answers_are_to_be_short_unless_something_else_is_asked(booth: Booth) -> None:
    engine = EchoEngine()
    booth(steps=booth.turn(), engine=engine)
    assert "spoken" in engine.asked[0][0].text
    booth("--system", "Sing.", steps=booth.turn(), engine=engine)
    assert engine.asked[-1][0].text == "Sing."


@pytest.mark.parametrize(
    "flags",
    [
        ["--fast"],
        ["--fast", "--input", "q.wav"],
        ["--fast", "--output", "a.wav"],
        ["--rate", "3"],
        ["--rate", "nan"],
        ["--rate", "quickly"],
        ["--save-audio", ""],
        ["--save-audio", "q.wav"],
        ["--save-audio", "a\0b"],
        ["--save-audio", "/proc/none"],
        ["--wake", ""],
        ["--wake", "?!"],
        ["--input", "q.wav", "--output", "q.wav"],
        ["--input", "q.wav", "--output", "./q.wav"],
        ["question.wav"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused(booth: Booth, flags: list[str]) -> None:
    Path("q.wav").write_bytes(b"RIFF")
    result = booth(*flags, steps=[READY])
    assert (result.code, booth.wishes) == (2, [])
    assert result.err


# ── the line that moves ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def glass() -> Glass:
    return Glass()


@pytest.fixture
def face(glass: Glass) -> LineFace:
    return LineFace(Screen(glass, glass, env={"NO_COLOR": "1"}))


TURN = Turn(ONE, ONE, 0.25, 0.5, 0.4, 0.5, 0.75, False, 1.5)
FINISHED = Finished(Receipt())


def moved(face: LineFace) -> None:
    for _ in range(3):
        face.event(Level(0.0, 0.0))


def test_what_was_understood_so_far_is_shown(face: LineFace, glass: Glass) -> None:
    face.event(Began(0.0))
    face.event(Partial("Berlin has", "many"))
    assert glass.lines == ["  you speak · Berlin has many"]


def test_the_line_says_that_it_is_recording_until_it_is_not(glass: Glass) -> None:
    face = LineFace(Screen(glass, glass, env={"NO_COLOR": "1"}), Path("tapes"))
    face.event(Began(0.0))
    assert glass.lines[-1] == "  ● recording · you speak"
    face.event(Trouble(NOT_RECORDED, "The disk is full."))
    assert glass.lines == ["· The disk is full.", "  you speak"]


def test_a_level_is_a_bar(face: LineFace, glass: Glass) -> None:
    face.event(Began(0.0))
    face.event(Level(1.0, 1.0))
    assert glass.lines == ["█ you speak"]


def test_an_answer_is_not_written_over(face: LineFace, glass: Glass) -> None:
    face.event(ASKED)
    for word in ("Berlin ", "has ", "lakes."):
        face.answer(TextDelta(word))
        moved(face)
    face.answer(FINISHED)
    face.turn(TURN)
    moved(face)
    last = "  listening · answered in 0.75 s"
    assert glass.lines == [f"> {ONE}", "Berlin has lakes.", last]


def test_a_long_answer_is_written_line_by_line(face: LineFace, glass: Glass) -> None:
    for _ in range(40):
        face.answer(TextDelta("words "))
        moved(face)
    face.turn(TURN)
    words = [line for line in glass.lines if line.startswith("words")]
    assert " ".join(words).split() == ["words"] * 40
    assert max(map(len, words)) <= 78


def test_into_a_file_an_answer_goes_as_it_is(glass: Glass) -> None:
    file = io.StringIO()
    face = LineFace(Screen(file, glass, env={"NO_COLOR": "1"}))
    for _ in range(40):
        face.answer(TextDelta("words "))
    face.turn(TURN)
    assert file.getvalue() == "words " * 40 + "\n"


def test_a_line_longer_than_the_terminal_shows_its_end(face: LineFace, glass: Glass) -> None:
    face.event(Partial("word " * 39 + "word", "end"))
    (line,) = glass.lines
    assert len(line) == 78
    assert " · …" in line
    assert line.endswith("word end")


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (FirstAudio(0.0), "speaking"),
        (Held(), "listening"),
        (GoesOn(), "speaking"),
        (Nothing(), "listening"),
        (Stopped("stop"), "listening"),
        (Began(0.0), "you speak"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_state_is_shown(face: LineFace, glass: Glass, event: Began, state: str) -> None:
    face.event(event)
    assert glass.lines == [f"  {state}"]


def test_an_interruption_tells_what_was_heard(face: LineFace, glass: Glass) -> None:
    face.answer(TextDelta("Berlin has many"))
    face.turn(replace(TURN, answered="Berlin has", interrupted=True))
    assert glass.lines[:2] == ["Berlin has many", "· interrupted behind: … Berlin has"]


@pytest.mark.parametrize(
    "tell",
    [
        lambda face: face.event(Trouble("unplugged", "The microphone is gone.")),
        lambda face: face.event(Failure("engine-failed", "The microphone is gone.")),
        lambda face: face.answer(Notice("x", "The microphone is gone.")),
    ],
    ids=["trouble", "failure", "notice"],
)
def test_what_happened_stays(
    face: LineFace, glass: Glass, tell: Callable[[LineFace], None]
) -> None:
    face.event(Began(0.0))
    tell(face)
    moved(face)
    assert glass.lines == ["· The microphone is gone.", "  you speak"]


def test_escape_sequences_in_what_was_understood_reach_no_terminal(
    face: LineFace, glass: Glass
) -> None:
    face.event(Partial("\x1b]0;owned\x07", ""))
    face.event(replace(ASKED, text="\x1b[2J"))
    assert "\x1b" not in glass.getvalue()


def test_ears_for_another_language_are_told_how_to_fetch(cli: Cli) -> None:
    result = cli("talk", "--language", "es", factories=factories(EchoEngine()))
    assert result.code == 4
    assert "know English alone, not 'es'" in result.err
    assert "`edgeomni pull base` fetches ears for many languages once (150 MB)." in result.err


def test_the_voice_follows_the_language_and_is_told_its_words(
    booth: Booth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kokoro_model.folder(tmp_path / "kokoro")
    monkeypatch.setattr(casting, "installed", lambda: True)
    monkeypatch.setattr(casting, "pulled", lambda: folder)
    engine = ScriptedEngine(script=[[TextDelta("Son 5 km."), Finished(Receipt())]])
    booth("--language", "es", steps=booth.turn(), engine=engine)
    (wish,) = booth.wishes
    assert (wish.voice, wish.language) == (str(folder / "ef_dora"), "es")
    assert "0: Son 5 km." in booth.talk.wishes


def test_a_voice_that_is_not_here_is_told_before_the_model_is_loaded(
    booth: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casting, "installed", lambda: True)
    result = booth("--voice", "ef_dora", steps=booth.turn())
    assert result.code == 4
    assert "`edgeomni pull kokoro`" in result.err
    assert not booth.wishes
