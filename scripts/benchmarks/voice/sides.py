"""Who leads the conversation: edgeomni or pipecat, each in processes of its own, at one pace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import pipecat_venv
from benchmarks.ours import Subject
from benchmarks.peers import Shelf
from benchmarks.theirs import server
from benchmarks.voice.dialogue import SYSTEM, Dialogue, first_sound, lead, understood
from benchmarks.voice.studio import Studio, read_wav
from edgeomni.build import read_settings
from edgeomni.catalog import Silent, ensure
from edgeomni.engine.hardware import physical_cores, usual_threads

MAX_TOKENS = 16
"""Of an answer: what can be said before the next question comes."""
_START = 120.0
"""Seconds within which models are loaded."""
_LAST_LINES = 12

Events = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Held:
    """A dialogue as one side held it."""

    said: Dialogue
    waits: tuple[float | None, ...]
    """Milliseconds from each question's end to the first sound of its answer; None for none."""
    texts: tuple[str, ...]
    """What was made of each question."""
    events: Events


def ours(studio: Studio, said: Dialogue, answers: Path) -> Held:
    """``edgeomni talk``, as a user starts it."""
    command = [sys.executable, "-m", "edgeomni", "talk", "--json", "--model", studio.brain]
    command += ["--listen-model", studio.ears, "--system", SYSTEM, "--temperature", "0"]
    command += ["--max-tokens", str(MAX_TOKENS), "--input", str(said.file), "--output"]
    log = answers.with_suffix(".log")
    return held_by_us(said, answers, _run([*command, str(answers)], said, log, dict(os.environ)))


def theirs(studio: Studio, url: str, said: Dialogue, answers: Path) -> Held:
    """pipecat's cascade; ``url`` is where its language model listens."""
    assert studio.peer
    arguments = [str(said.file), str(answers), "--whisper", str(studio.whisper), "--url", url]
    arguments += ["--system", SYSTEM, "--max-tokens", str(MAX_TOKENS)]
    command = pipecat_venv.command(studio.peer, arguments)
    log = answers.with_suffix(".log")
    events = _run(command, said, log, pipecat_venv.environment(os.environ))
    heard = [(event["at"], event["text"]) for event in events if event["event"] == "heard"]
    return _held(said, answers, heard, (), events)


@contextmanager
def language_model(studio: Studio, shelf: Shelf) -> Iterator[str]:
    """llama-server with one slot, warm, and sampling as we sample; gives its address."""
    usual = read_settings({"model": studio.brain, "temperature": "0"}).options()
    flags = {"repeat-penalty": usual.repeat_penalty, "top-k": usual.top_k, "top-p": usual.top_p}
    flags |= {"min-p": usual.min_p}
    extra = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
    model = ensure(studio.brain, Silent()).model
    subject = Subject(model, threads=usual_threads(physical_cores()))
    with server(shelf, subject, studio.scratch, *extra) as started:
        yield f"{started.url}/v1"


def held_by_us(said: Dialogue, answers: Path, events: Events) -> Held:
    """``events`` are those of ``edgeomni talk --json``."""
    begun = next(event["at"] for event in events if event["event"] == "ready")
    heard = [
        (event["speech_end"] - begun, event["text"])
        for event in events
        if event["event"] == "utterance"
    ]
    starts = [event["at"] - begun for event in events if event["event"] == "first_audio"]
    return _held(said, answers, heard, starts, events)


def _held(
    said: Dialogue,
    answers: Path,
    heard: Sequence[tuple[float, str]],
    starts: Sequence[float],
    events: Events,
) -> Held:
    """``heard`` are transcripts with moments in seconds from the beginning of the dialogue;
    ``starts`` as in ``lead``, for files that begin apart.
    """
    sound = read_wav(answers)
    early = lead(starts, sound)
    waits = tuple(first_sound(each, sound, early) for each in said.asked)
    return Held(said, waits, tuple(understood(said.asked, heard)), events)


def _run(command: Sequence[str], said: Dialogue, log: Path, environment: dict[str, str]) -> Events:
    limit = said.warm_up.start + said.asked[-1].next + _START
    with log.open("w+", encoding="utf-8", errors="replace") as written:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            timeout=limit,
            check=False,
        )
        if done.returncode:
            written.seek(0)
            last = "".join(written.readlines()[-_LAST_LINES:])
            raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{last}")
    return tuple(json.loads(line) for line in done.stdout.splitlines())
