"""V1 and V2: what transcripts cost beside faster-whisper as it comes, and how right they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.samples import Bar, Guard, Result, Samples, interleave
from benchmarks.voice.studio import RATE, Sound, Studio
from benchmarks.voice.words import wrong
from edgeomni.speech.client import EarsWorker
from edgeomni.values import AudioClip, Span

EVERY = 0.5
"""Seconds between two partial transcripts."""


def finals(studio: Studio) -> list[Result]:
    """The end of speech to its transcript: the same utterances, one after the other.

    Ours are written by the speech worker, as in a conversation: where the speech is, it knows by
    then. The peer's detector of speech is off, as it comes.
    """
    with closing(EarsWorker(lambda: studio.whisper, studio.scratch / "ears.log")) as ears:
        return _finals(studio, ears, _theirs(studio.whisper))


def _finals(studio: Studio, ears: EarsWorker, theirs: Callable[[Sound], str]) -> list[Result]:
    def ours(sound: Sound) -> str:
        clip = AudioClip(sound.tobytes(), RATE)
        said = ears.transcribe(clip, [Span(0.0, clip.seconds)])
        return " ".join(segment.text for segment in said)

    heard: dict[str, list[str]] = {}

    def run(name: str, write: Callable[[Sound], str]) -> Callable[[int], float]:
        def once(_: int) -> float:
            began = time.perf_counter()
            heard[name] = [write(each.sound) for each in studio.utterances]
            return (time.perf_counter() - began) / len(studio.utterances) * 1000

        return once

    for write in (ours, theirs):
        write(studio.utterances[0].sound)  # loads the model
    sides = {"ours": run("ours", ours), "theirs": run("theirs", theirs)}
    measured = interleave(sides, studio.rounds)
    rates = {name: _wrong_share(studio, texts) for name, texts in heard.items()}
    guard = Guard(
        f"words wrong: {rates['ours']:.1%} against {rates['theirs']:.1%}",
        rates["ours"] <= rates["theirs"] + 0.005,
    )
    return [
        Result(
            "V1",
            f"{len(studio.utterances)} utterances, clean and at 10 dB, one thread each",
            Samples(measured["ours"], "ms"),
            Bar("at most", 0.25),
            "faster-whisper",
            Samples(measured["theirs"], "ms"),
            (guard,),
        )
    ]


def partials(studio: Studio) -> list[Result]:
    """Twice a second while somebody speaks: the share of a core, of CPU time."""
    ours, theirs = _ours(studio.whisper), _theirs(studio.whisper)
    spoken = [each.sound for each in studio.utterances[::2]]

    def run(write: Callable[[Sound], str]) -> Callable[[int], float]:
        def once(_: int) -> float:
            began = time.process_time()
            for sound in spoken:
                for end in range(int(EVERY * RATE), len(sound), int(EVERY * RATE)):
                    write(sound[:end])
            seconds = sum(len(sound) for sound in spoken) / RATE
            return (time.process_time() - began) / seconds * 100

        return once

    sides = {"ours": run(ours.sketch), "theirs": run(theirs)}
    measured = interleave(sides, max(2, studio.rounds // 2))
    mine = Samples(measured["ours"], "% of a core")
    return [
        Result("V2", "partials at 2 Hz", mine, Bar("at most", 30.0, "% of a core")),
        Result(
            "V2",
            "partials at 2 Hz",
            mine,
            Bar("at most", 0.3),
            "faster-whisper",
            Samples(measured["theirs"], "% of a core"),
        ),
    ]


def _ours(folder: Path) -> Any:
    from edgeomni.speech.ears.mind import made

    return made(folder, None, "", 1)


def _theirs(folder: Path) -> Callable[[Sound], str]:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def write(sound: Sound) -> str:
        return " ".join(segment.text.strip() for segment in model.transcribe(sound)[0])

    return write


def _wrong_share(studio: Studio, texts: list[str]) -> float:
    counts = [wrong(each.text, text) for each, text in zip(studio.utterances, texts, strict=True)]
    return sum(errors for errors, _ in counts) / sum(words for _, words in counts)
