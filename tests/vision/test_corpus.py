"""Corpus I through the real worker: right pixels or a typed refusal, soon, and in little memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image as pil

from benchmarks.machine import cpu_seconds, forget_peak, peak_bytes
from edgeomni.errors import MediaError
from edgeomni.process.worker import Worker
from edgeomni.values import Fit, Image
from edgeomni.vision.client import EyesWorker
from tests.vision import corpus
from tests.vision.corpus import Case

SECONDS = 2.0
"""Of computing, for one file; on the clock it is more where the machine has other work."""
PEAK = 300_000_000
"""Bytes that the worker may hold at any time, its libraries included."""
FIT = Fit(pixels=2_000_000)
CHECKED_FAST = 150
LINUX = sys.platform == "linux"


@dataclass
class Tally:
    """What came of the cases."""

    sound: int = 0
    """Of the seen, those of which the right pixels are known."""
    seen: int = 0
    refused: int = 0
    deaths: int = 0
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.seen} seen, {self.sound} of them known, {self.refused} refused, "
            f"{self.deaths} worker deaths; slowest {self.slowest[0]:.2f} s ({self.slowest[1]}), "
            f"most memory {self.largest[0] / 1e6:.0f} MB ({self.largest[1]})"
        )


@pytest.fixture
def eyes(tmp_path: Path) -> Iterator[EyesWorker]:
    made = EyesWorker(tmp_path / "eyes.log")
    yield made
    made.close()


def examine(eyes: EyesWorker, cases: Iterable[Case], folder: Path) -> Tally:
    tally = Tally()
    warm_up(eyes, folder)
    for case in cases:
        path = folder / case.name
        path.write_bytes(case.data)
        worker = eyes._supervisor.worker()
        with measured(worker, f"{case.number} {case.name}", tally):
            try:
                image = eyes.image(path, FIT)
            except MediaError as error:
                tally.refused += 1
                fault = complaint_of_refusal(case, error)
            else:
                tally.seen += 1
                tally.sound += case.truth is not None
                fault = complaint_of_sight(case, image)
        if fault:
            tally.faults.append(f"{case.number} {case.name}: {fault}")
    return tally


@contextmanager
def measured(worker: Worker, called: str, tally: Tally) -> Iterator[None]:
    """Adds to the tally what the worker spends meanwhile; time and memory on Linux alone."""
    pid = worker.pid or 0
    if LINUX:
        forget_peak(pid)
    before = cpu_seconds(pid) if LINUX else 0.0
    yield
    tally.deaths += worker.exit is not None
    if LINUX and worker.alive:
        tally.slowest = max(tally.slowest, (cpu_seconds(pid) - before, called))
        tally.largest = max(tally.largest, (peak_bytes(pid), called))


def warm_up(eyes: EyesWorker, folder: Path) -> None:
    path = folder / "first.png"
    pil.new("RGB", (4, 4)).save(path)
    eyes.image(path)


def complaint_of_refusal(case: Case, error: MediaError) -> str:
    if case.truth is not None:
        return f"sound, but refused: {error}"
    if not error.works or not error.remedy:
        return f"refused without a remedy: {error}"
    return (
        "refused in words for programmers" if re.search(r"0x[0-9a-f]{6}|Error", str(error)) else ""
    )


def complaint_of_sight(case: Case, image: Image) -> str:
    if case.refused:
        return f"not refused but seen as {image.width}x{image.height}"
    if case.truth is None:
        return ""
    seen = pil.frombytes("RGB", (image.width, image.height), image.pixels)
    if not case.tolerance:
        return "" if seen == case.truth else "not the same pixels"
    error = corpus.error(seen, case.truth)
    return f"wrong by {error:.1f}" if error > case.tolerance else ""


def test_some_of_the_corpus_is_seen_or_refused(eyes: EyesWorker, tmp_path: Path) -> None:
    tally = examine(eyes, map(corpus.case, range(CHECKED_FAST)), tmp_path)
    assert not tally.faults
    assert tally.seen > 40 and tally.refused > 40
    assert tally.deaths == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_of_the_corpus_is_seen_or_refused_soon_and_in_little_memory(
    eyes: EyesWorker, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    tally = examine(eyes, corpus.all_cases(), tmp_path)
    record_property("corpus", str(tally))
    sys.stdout.write(f"{tally}\n")
    assert not tally.faults
    assert tally.seen + tally.refused == corpus.CASES
    assert tally.slowest[0] <= SECONDS, tally
    assert tally.largest[0] <= PEAK, tally
