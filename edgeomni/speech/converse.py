"""The worker's side of a spoken conversation: opens devices, loads models, and lets it run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeomni import talk_events as events
from edgeomni.process.host import Job
from edgeomni.process.wire import Note
from edgeomni.speech.devices.pair import open_pair
from edgeomni.speech.devices.sound_io import Clock, RealClock, Trouble
from edgeomni.speech.devices.wav_microphone import FileClock
from edgeomni.speech.dialogue import manners
from edgeomni.speech.dialogue.archive import Archive
from edgeomni.speech.dialogue.conversation import Conversation
from edgeomni.speech.dialogue.talker import Speak
from edgeomni.speech.ears import mind
from edgeomni.speech.ears.meter import SpeechMeter

Params = Mapping[str, Any]


def run(params: Params, job: Job, voice: Callable[[str, float], Speak]) -> None:
    """Until the microphone ends, the parent says so, or the job is cancelled.

    ``voice`` makes what speaks, of a name and a rate. Raises EdgeomniError.
    """
    chosen = manners.unpacked(params["manners"])
    clock: Clock = FileClock() if chosen.lockstep else RealClock()

    def emit(event: events.Event) -> None:
        job.emit(*events.packed(event))

    def tell(trouble: Trouble) -> None:
        emit(events.Trouble(trouble.code, trouble.text))

    detector = Path(os.fsdecode(params["detector"])) if params["detector"] else None
    model, threads = Path(os.fsdecode(params["model"])), params["threads"]
    english = params["language"] == "en" or model.name.endswith(".en")
    chosen = replace(chosen, english=english)
    understanding = mind.made(
        model,
        detector,
        params["language"],
        threads,
        params["device"],
        lambda text: emit(events.Trouble("listening", text)),
    )
    # Before the devices are open: what is said while something loads would be dropped.
    speak, probability = voice(params["voice"], params["rate"]), SpeechMeter().probability
    with ExitStack() as held:
        pair = open_pair(params["microphone"], params["speaker"], clock, tell)
        held.callback(pair.close)
        chosen = replace(chosen, cancels_echo=chosen.cancels_echo or pair.cancels_echo)
        archive = None
        if params["save"]:
            archive = Archive(Path(os.fsdecode(params["save"])), tell)
            held.callback(archive.close)
        conversation = Conversation(
            pair.microphone,
            pair.speaker,
            probability=probability,
            understand=lambda: understanding,
            speak=speak,
            manners=chosen,
            clock=clock,
            emit=emit,
            archive=archive,
        )

        def take(note: Note) -> None:
            conversation.ask(note.data)

        job.on_note(take)
        job.on_cancel(lambda: conversation.ask({"do": "end"}))
        emit(
            events.Ready(
                clock.now(),
                *pair.names,
                _turns(chosen, detector),
                chosen.cancels_echo,
            )
        )
        conversation.run()


def _turns(chosen: manners.Manners, detector: Path | None) -> str:
    if chosen.mode == "push-to-talk":
        return "by key"
    return "by sound" if detector else "by pauses"
