"""What a spoken conversation costs, and how long one waits in it: goals V1 to V9."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.samples import Result
from benchmarks.voice import (
    conversation,
    echoing,
    interruption,
    meter,
    overhead,
    speaking,
    turns,
    understanding,
)
from benchmarks.voice.studio import Studio

Measure = Callable[[Studio], list[Result]]


def _barge_in(studio: Studio) -> list[Result]:
    return [*interruption.barge_in(studio), *echoing.barge_in(studio)]


ALL: Mapping[str, Measure] = {
    "V1": understanding.finals,
    "V2": understanding.partials,
    "V3": meter.detector,
    "V4": turns.endings,
    "V5": speaking.first_clause,
    "V6": overhead.between_stages,
    "V7": conversation.beside_pipecat,
    "V8": _barge_in,
    "V9": conversation.voice_to_voice,
}
