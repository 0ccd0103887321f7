"""Whole conversations with real ears, a real voice and WAV files; time is counted in samples."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from edgeomni.cli.main import main
from edgeomni.speech.devices.sound_io import HEARD_RATE, SPOKEN_RATE
from edgeomni.values import Finished, Receipt, TextDelta
from tests.fakes import EchoEngine, ScriptedEngine, factories
from tests.speech.conftest import clicks, music, noise
from tests.speech.sounds import Sound, read_wav, write_wav

pytestmark = [pytest.mark.slow, pytest.mark.models]

QUESTION = "What is the capital of France?"
STORY = (
    "Once upon a time there was a little dragon who lived in a cave. "
    "Every morning it flew over the green hills and looked for berries. "
    "One day it met a young shepherd who had lost her way in the fog. "
    "The dragon showed her the path, and they became good friends. "
    "From then on they had breakfast together every single day."
)
Say = Callable[[str], Sound]


@pytest.fixture(scope="session")
def say() -> Say:
    """Says a text at ``SPOKEN_RATE``."""
    from hibari import Hibari

    voice = Hibari()
    return lambda text: np.asarray(voice(text), np.float32)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whisper: Callable[[str], Path]) -> Path:
    """Models are fetched into the user's own store; all else stays here."""
    for name in ("tiny.en", "smart-turn"):
        whisper(name)
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")
    monkeypatch.setenv("EDGEOMNI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def quiet(seconds: float) -> Sound:
    """A room in which nobody speaks: not all zeros."""
    count = round(seconds * SPOKEN_RATE)
    return np.random.default_rng(3).normal(0, 0.0005, count).astype(np.float32)


def at(total: float, *sounds: tuple[float, Sound]) -> Sound:
    """Sounds at their seconds in a quiet room."""
    whole = quiet(total)
    for begin, sound in sounds:
        start = round(begin * SPOKEN_RATE)
        whole[start : start + len(sound)] += sound[: len(whole) - start]
    return whole


class Told(list[dict[str, Any]]):
    """Events as JSON."""

    def of(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self if event["event"] == name]

    @property
    def heard(self) -> list[str]:
        return [event["text"] for event in self.of("utterance")]


Talk = Callable[..., Told]


@pytest.fixture
def talk(capsys: pytest.CaptureFixture[str]) -> Talk:
    """Plays a sound to ``edgeomni talk``; its answer is in answer.wav."""

    def call(sound: Sound, engine: EchoEngine, *flags: str) -> Told:
        write_wav(Path("question.wav"), np.clip(sound, -1, 1), SPOKEN_RATE)
        files = ("--input", "question.wav", "--output", "answer.wav", "--fast", "--json")
        code = main(["talk", *files, *flags], factories=factories(engine))
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return Told(json.loads(line) for line in captured.out.splitlines())

    return call


def words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


def understood(sound: Sound, whisper: Callable[[str], Path]) -> list[str]:
    """The words of a recording, by the same ears."""
    from edgeomni.speech.ears.mind import Mind
    from edgeomni.speech.ears.whisper import Whisper

    mind = Mind(Whisper(whisper("tiny.en"), 1), None, "")
    return words(mind.write(soxr.resample(sound, SPOKEN_RATE, HEARD_RATE).astype(np.float32)))


@pytest.mark.parametrize("heard", [2.7, 2.73, 2.75])
def test_what_is_cut_within_a_word_before_a_silence_is_written_once(
    heard: float, say: Say, whisper: Callable[[str], Path]
) -> None:
    cut = say(STORY)[: round(heard * SPOKEN_RATE)]
    written = understood(at(2.8 + heard + 1.96, (2.8, cut)), whisper)
    assert written.count("dragon") == 1, written


def storyteller(*later: str) -> ScriptedEngine:
    """Tells the story word by word, and then something else."""
    texts = (STORY, *later)
    script = [
        [*(TextDelta(f"{word} ") for word in text.split()), Finished(Receipt())] for text in texts
    ]
    return ScriptedEngine(script=[list(steps) for steps in script])


def test_a_spoken_question_is_answered_in_spoken_words(
    talk: Talk, say: Say, whisper: Callable[[str], Path]
) -> None:
    told = talk(at(4.0, (0.5, say(QUESTION))), EchoEngine())
    assert told.heard == [QUESTION]
    (turn,) = told.of("turn")
    assert turn["answered"] == QUESTION
    assert understood(read_wav(Path("answer.wav")), whisper) == words(QUESTION)


def test_what_was_said_and_answered_is_saved_where_that_is_asked_for(
    talk: Talk, say: Say, whisper: Callable[[str], Path]
) -> None:
    told = talk(at(4.0, (0.5, say(QUESTION))), EchoEngine(), "--save-audio", "tapes")
    (turn,) = told.of("turn")
    files = [Path(turn["heard_file"]), Path(turn["spoken_file"])]
    assert sorted(files) == sorted(Path("tapes").iterdir())
    heard = upsampled(read_wav(files[0]))
    assert understood(heard, whisper) == words(QUESTION)
    assert understood(read_wav(files[1]), whisper) == words(QUESTION)


def test_an_answer_begins_soon_after_the_question(talk: Talk, say: Say) -> None:
    said = say(QUESTION)
    told = talk(at(4.0, (0.5, said)), EchoEngine())
    (turn,) = told.of("turn")
    assert turn["committed"] <= 0.25
    assert turn["first_audio"] <= 0.3
    (utterance,) = told.of("utterance")
    ends = 0.5 + np.flatnonzero(np.abs(said) > 0.02)[-1] / SPOKEN_RATE
    assert utterance["speech_end"] == pytest.approx(ends, abs=0.15)
    begins = np.flatnonzero(np.abs(read_wav(Path("answer.wav"))) > 0.01)[0] / SPOKEN_RATE
    (audio,) = told.of("first_audio")
    assert begins == pytest.approx(audio["at"], abs=0.15)


def test_three_turns_in_one_file(talk: Talk, say: Say) -> None:
    asked = (QUESTION, "How many legs does a spider have?", "Thank you for your help.")
    sounds = [(0.5 + 6 * number, say(text)) for number, text in enumerate(asked)]
    told = talk(at(18.0, *sounds), EchoEngine())
    assert [turn["asked"] for turn in told.of("turn")] == list(asked)
    assert not any(turn["interrupted"] for turn in told.of("turn"))


def upsampled(sound: Sound) -> Sound:
    return soxr.resample(sound, HEARD_RATE, SPOKEN_RATE).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(10 * HEARD_RATE, np.float32),
        noise(10.0),
        noise(10.0, level=0.3),
        clicks(10.0),
        music(10.0),
    ],
    ids=["silence", "noise", "loud noise", "clicks", "music"],
)
def test_where_nobody_speaks_nothing_is_asked(talk: Talk, sound: Sound) -> None:
    engine = EchoEngine()
    told = talk(upsampled(sound), engine)
    assert (told.heard, engine.asked) == ([], [])


def test_half_a_sentence_is_waited_for(talk: Talk, say: Say) -> None:
    halves = [say("Set a timer for, um..."), say("twenty five minutes.")]
    second = 0.5 + len(halves[0]) / SPOKEN_RATE + 0.5
    told = talk(at(7.0, (0.5, halves[0]), (second, halves[1])), EchoEngine())
    (heard,) = told.heard
    assert "timer" in heard
    assert "25 minutes" in heard


def test_stop_is_obeyed_and_the_history_holds_what_was_heard(
    talk: Talk, say: Say, whisper: Callable[[str], Path]
) -> None:
    question = say("Tell me a story about a dragon.")
    begins = 0.5 + len(question) / SPOKEN_RATE
    stop, thanks = begins + 7.0, begins + 11.0
    engine = storyteller("You are welcome.")
    sound = at(
        thanks + 4, (0.5, question), (stop, say("Stop!")), (thanks, say("Thank you for your help."))
    )
    told = talk(sound, engine)
    assert len(told.of("stopped")) == 1
    first, second = told.of("turn")
    assert (first["interrupted"], second["interrupted"]) == (True, False)
    heard = first["answered"]
    assert STORY.startswith(heard)
    assert "lived in a cave." in heard
    assert "good friends" not in heard
    assert [message.text for message in engine.asked[-1]][-2] == heard
    recorded = read_wav(Path("answer.wav"))
    silent = recorded[round((stop + 1.0) * SPOKEN_RATE) : round(thanks * SPOKEN_RATE)]
    assert np.abs(silent).max() < 0.001
    spoken = understood(recorded[: round((stop + 1.0) * SPOKEN_RATE)], whisper)
    assert abs(len(spoken) - len(words(heard))) <= 2
    assert spoken[:8] == words(heard)[:8]


def test_another_question_over_an_answer_is_answered_instead(talk: Talk, say: Say) -> None:
    question = say("Tell me a story about a dragon.")
    second = 0.5 + len(question) / SPOKEN_RATE + 5.0
    told = talk(at(second + 5, (0.5, question), (second, say(QUESTION))), storyteller("Paris."))
    assert told.heard[1:] == [QUESTION]
    assert [turn["answered"].strip() for turn in told.of("turn")][1:] == ["Paris."]
    # The last word of the story to be heard is spoken within 200 ms of the first of the question.
    first = np.abs(read_wav(Path("answer.wav")))
    tail = first[round((second + 0.9) * SPOKEN_RATE) : round((second + 1.5) * SPOKEN_RATE)]
    assert tail.max() < 0.001


def test_not_to_be_interrupted_it_tells_the_story_to_its_end(talk: Talk, say: Say) -> None:
    question = say("Tell me a story about a dragon.")
    second = 0.5 + len(question) / SPOKEN_RATE + 5.0
    sound = at(second + 5, (0.5, question), (second, say(QUESTION)))
    told = talk(sound, storyteller(), "--no-interrupt")
    (turn,) = told.of("turn")
    assert turn["answered"].strip() == STORY


def test_with_a_name_others_talk_over_the_story_and_who_says_it_is_answered(
    talk: Talk, say: Say
) -> None:
    question = say("Hey computer, tell me a story about a dragon.")
    others = 0.5 + len(question) / SPOKEN_RATE + 4.0
    call = others + 5.0
    sound = at(
        call + 8,
        (0.5, question),
        (others, say("Did you water the flowers yesterday?")),
        (call, say(f"Hey computer. {QUESTION}")),
    )
    told = talk(sound, storyteller("Paris."), "--wake", "hey computer")
    first, second = told.of("turn")
    assert first["interrupted"]
    assert "hills and looked" in first["answered"]
    assert "good friends" not in first["answered"]
    assert second["answered"].strip() == "Paris."


@pytest.fixture
def room(talk: Talk, say: Say) -> Sound:
    """A question, and its answer as the microphone of a laptop hears it."""
    question = at(4.0, (0.5, say("Tell me a story about a dragon.")))
    talk(question, storyteller())
    answer = read_wav(Path("answer.wav"))
    heard = quiet(len(answer) / SPOKEN_RATE + 1)
    delay = round(0.08 * SPOKEN_RATE)
    heard[delay : delay + len(answer)] += 0.3 * answer
    heard[: len(question)] += question
    return heard


def test_an_answer_that_comes_back_from_the_room_does_not_interrupt_itself(
    talk: Talk, room: Sound
) -> None:
    told = talk(room, storyteller())
    (turn,) = told.of("turn")
    assert (turn["interrupted"], turn["answered"].strip()) == (False, STORY)


def test_a_person_is_heard_over_an_answer_that_comes_back_from_the_room(
    talk: Talk, room: Sound, say: Say
) -> None:
    begin = 9.0
    silent = round((begin + 1.5) * SPOKEN_RATE)  # by then it has stopped
    sound = np.concatenate([room[:silent], quiet(5.0)])
    question = say("How many legs does a spider have?")
    start = round(begin * SPOKEN_RATE)
    sound[start : start + len(question)] += question
    told = talk(sound, storyteller("Eight."))
    first, second = told.of("turn")
    assert first["interrupted"]
    assert "spider" in second["asked"]
    assert second["answered"].strip() == "Eight."


def processes_of(parent: int) -> Sequence[int]:
    tasks = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker through /proc")
def test_a_worker_that_is_killed_in_the_middle_is_one_sentence(say: Say) -> None:
    write_wav(Path("question.wav"), at(60.0, (0.5, say(QUESTION))), SPOKEN_RATE)
    files = ("--input", "question.wav", "--output", "answer.wav", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "edgeomni", "talk", *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        encoding="utf-8",
    ) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["event"] == "ready"
        for worker in processes_of(process.pid):
            if b"speech" in Path(f"/proc/{worker}/cmdline").read_bytes():
                os.kill(worker, signal.SIGKILL)
        *_, last = process.stdout.read().splitlines()
        assert json.loads(last)["error"]["code"] == "worker-died"
        assert "Traceback" not in process.stderr.read()
        assert process.wait(20) == 6
