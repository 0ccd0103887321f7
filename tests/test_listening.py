"""Long recordings block by block, and films whose words stand between their pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from edgeomni.errors import DownloadError, MediaError
from edgeomni.listening import BLOCK, overheard, words_in
from edgeomni.ports import Cancel
from edgeomni.values import WHOLE, AudioClip, Segment, Span
from tests.fakes import PaintedEyes, ScriptedEars

FILE = Path("talk.mp3")
RATE = 16_000


class Recording(PaintedEyes):
    """A sound of so many seconds; remembers which blocks were asked for."""

    def __init__(self, seconds: float, gap: float = 0.0) -> None:
        self.seconds = seconds
        self.gap = gap
        """Seconds that are missing in the first block, as where a stream was interrupted."""
        self.asked: list[Span] = []

    def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
        self.asked.append(span)
        length = min(span.end, self.seconds) - span.start
        if span.start == 0:
            length -= self.gap
        if length < 0.1:
            raise MediaError("there is less than 0.1 s of sound")
        # The name of a block tells where it begins, for ears that listen.
        return AudioClip(bytes(4 * round(length * rate)), rate, str(span.start))


class Listener(ScriptedEars):
    """Hears a word where ``spoken`` says so, in whichever block that is."""

    def __init__(self, *spoken: Span) -> None:
        super().__init__()
        self.spoken = spoken
        self.told: list[list[Span]] = []

    def speech(self, clip: AudioClip) -> list[Span]:
        start, length = float(clip.name), clip.seconds
        inside = (Span(s.start - start, s.end - start) for s in self.spoken)
        found = (Span(max(0.0, s.start), min(length, s.end)) for s in inside)
        return [span for span in found if span.end > span.start]

    def transcribe(
        self,
        clip: AudioClip,
        speech: Sequence[Span] | None = None,
        *,
        language: str = "",
        progress: Callable[[float], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Segment]:
        self.languages.append(language)
        for span in speech or ():
            yield Segment(span.start, span.end, "word")
            if progress:
                progress(span.end)


def times(segments: Iterator[Segment]) -> list[tuple[float, float]]:
    return [(said.start, said.end) for said in segments]


def test_an_hour_is_heard_in_blocks() -> None:
    eyes = Recording(3600)
    list(words_in(eyes, Listener(), FILE))
    assert len(eyes.asked) > 29
    assert all(span.end - span.start <= BLOCK for span in eyes.asked)


def test_times_are_those_of_the_whole_recording() -> None:
    spoken = [Span(5, 6), Span(130, 131), Span(3000, 3002)]
    assert times(words_in(Recording(3600), Listener(*spoken), FILE)) == [
        (span.start, span.end) for span in spoken
    ]


def test_a_sentence_across_two_blocks_is_heard_whole_and_once() -> None:
    assert times(words_in(Recording(300), Listener(Span(115, 125)), FILE)) == [(115, 125)]


def test_only_the_span_is_heard() -> None:
    spoken = [Span(5, 6), Span(50, 51), Span(90, 91)]
    found = words_in(Recording(300), Listener(*spoken), FILE, Span(40, 60))
    assert times(found) == [(50, 51)]


@pytest.mark.parametrize("seconds", [0.5, BLOCK - 0.3, BLOCK, BLOCK + 0.3, 2 * BLOCK])
def test_the_last_word_is_heard_wherever_the_recording_ends(seconds: float) -> None:
    last = Span(seconds - 0.4, seconds)
    (found,) = times(words_in(Recording(seconds), Listener(last), FILE))
    assert found == pytest.approx((last.start, last.end), abs=0.02)


def test_a_gap_in_the_clock_is_not_the_end() -> None:
    found = times(words_in(Recording(600, gap=3.0), Listener(Span(500, 501)), FILE))
    assert found == [(500, 501)]


def test_a_file_without_sound_is_refused() -> None:
    with pytest.raises(MediaError):
        list(words_in(Recording(0), Listener(), FILE))


def test_a_file_that_breaks_in_the_middle_is_no_end() -> None:
    class Broken(Recording):
        def audio(self, path: Path, rate: int, span: Span = WHOLE) -> AudioClip:
            if span.start > 100:
                raise MediaError("damaged")
            return super().audio(path, rate, span)

    with pytest.raises(MediaError, match="damaged"):
        list(words_in(Broken(600), Listener(), FILE))


def test_progress_is_told_even_where_nobody_speaks() -> None:
    told: list[float] = []
    list(words_in(Recording(300), Listener(), FILE, progress=told.append))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(300, abs=0.1)


def test_once_cancelled_no_further_block_is_read() -> None:
    eyes, cancel = Recording(3600), Cancel()
    for _ in words_in(eyes, Listener(Span(5, 6)), FILE, cancel=cancel):
        cancel.ask()
    assert len(eyes.asked) == 1


def test_the_language_is_passed_on() -> None:
    ears = Listener(Span(1, 2))
    list(words_in(Recording(10), ears, FILE, language="de"))
    assert ears.languages == ["de"]


# ── beside pictures ──────────────────────────────────────────────────────────────────────────────


def test_a_film_is_overheard() -> None:
    told: list[str] = []
    found = overheard(Recording(9), Listener(Span(1, 2)), Path("a.mp4"), Span(0, 9), told.append)
    assert (list(found), told) == ([Segment(1, 2, "word")], [])


def test_words_that_cannot_be_had_are_a_notice_and_no_error() -> None:
    told: list[str] = []
    ears = ScriptedEars([DownloadError("tiny.en is not here.")])
    assert overheard(Recording(9), ears, Path("a.mp4"), Span(0, 9), told.append) == ()
    assert told == ["a.mp4 is shown without its words. tiny.en is not here."]


def test_of_a_long_film_a_part_is_to_be_chosen() -> None:
    told: list[str] = []
    eyes = Recording(7200)
    assert overheard(eyes, Listener(), Path("a.mp4"), Span(0, 7200), told.append) == ()
    assert (eyes.asked, len(told)) == ([], 1)
    assert "--between" in told[0]


def test_a_single_moment_is_not_listened_to() -> None:
    eyes = Recording(9)
    overheard(eyes, Listener(), Path("a.mp4"), Span(3, 3), lambda text: None)
    assert eyes.asked == []
