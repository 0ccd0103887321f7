"""The steps of the demo that speak and listen: no loudspeaker and no microphone are needed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgeomni.build import Home
from edgeomni.cli.demo_step import Played, Step
from edgeomni.cli.output import seconds
from edgeomni.cli.record import Outcome
from edgeomni.errors import EdgeomniError
from edgeomni.listening import words_in
from edgeomni.regular import write_whole
from edgeomni.speech.devices.wav_bytes import WavBytes
from edgeomni.values import AudioClip, Receipt, Span

SAID = "The sea is salty, because rivers carry salt into it."
SPOKEN = (
    Step("speak", "a sentence, in the voice that comes with edgeomni", f"Say: {SAID}"),
    Step("hear", "and what is understood when that is listened to"),
)


def voice_steps(
    home: Home, before: int, announce: Callable[[int, Step], None]
) -> Iterator[Played | str]:
    """Each step as it is over, or a line that says why one is left out.

    ``before`` is the number of steps that were played; ``announce`` is told of each that comes.
    """
    speak, hear = SPOKEN
    announce(before + 1, speak)
    home.mouth.warm()
    began, first, clips = time.perf_counter(), 0.0, list[AudioClip]()
    error: EdgeomniError | None = None
    try:
        for clip in home.mouth.say(SAID):
            first = first or (time.perf_counter() - began) * 1000
            clips.append(clip)
    except EdgeomniError as failed:
        error = failed
    took = (time.perf_counter() - began) * 1000
    length = sum(clip.seconds for clip in clips)
    facts = f"first sound after {seconds(first)} · {length:.1f} s of speech in {seconds(took)}"
    yield Played(speak, _outcome(SAID if clips else "", error), took, facts=facts)
    if not clips:
        return
    if not _ears_are_here():
        yield f"{before + 2} hear: left out; `edgeomni pull tiny.en` fetches the ears (71 MB)."
        return
    announce(before + 2, hear)
    yield _heard(home, hear, clips, length)


def _heard(home: Home, step: Step, clips: Sequence[AudioClip], length: float) -> Played:
    began, text, error = time.perf_counter(), "", None
    with tempfile.TemporaryDirectory(prefix="edgeomni-") as folder:
        path = Path(folder) / "said.wav"
        wav = WavBytes(clips[0].rate)
        for clip in clips:
            wav.add(clip)
        write_whole(path, wav.parts())
        try:
            said = words_in(home.eyes, home.ears, path, Span(0.0, length))
            text = " ".join(segment.text for segment in said)
        except EdgeomniError as failed:
            error = failed
    took = (time.perf_counter() - began) * 1000
    facts = f"{length:.1f} s understood in {seconds(took)}, with loading the model"
    return Played(step, _outcome(text, error), took, facts=facts)


def _outcome(text: str, error: EdgeomniError | None) -> Outcome:
    return Outcome(text=text, error=error, receipt=None if error else Receipt())


def _ears_are_here() -> bool:
    from edgeomni import catalog

    return any(model.name == catalog.DEFAULT_EARS for model in catalog.installed())
