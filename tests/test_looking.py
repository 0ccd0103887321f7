"""What a message shows for a file of each kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni import looking
from edgeomni.errors import MediaError
from edgeomni.looking import Hear, Look, gathered, parts_of
from edgeomni.values import AudioClip, ClipInfo, Fit, FrameRequest, Image, Segment, Span
from tests.fakes import PaintedEyes

RED = Image(b"\xff\x00\x00", 1, 1)


class LongEyes(PaintedEyes):
    """Every picture is long."""

    def parts(self, path: Path, fit: Fit | None = None) -> list[Image]:
        return [Image(b"\xff\x00\x00", 1, 1, f"{path.name} (part {n} of 2)") for n in (1, 2)]


@pytest.fixture
def file(tmp_path: Path):
    def make(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(b"x")
        return path

    return make


def shown(parts) -> list[str]:
    """Pictures as their names in angle brackets, text as it is."""
    return [part if isinstance(part, str) else f"<{part.name}>" for part in parts]


def test_a_picture_stands_alone(file) -> None:
    assert shown(parts_of(PaintedEyes(), "image", file("sea.png"), Look(), 0)) == ["<sea.png>"]


def test_the_parts_of_a_long_picture_say_which_they_are(file) -> None:
    parts = shown(parts_of(LongEyes(), "image", file("shot.png"), Look(), 0))
    assert parts == [
        *("[shot.png (part 1 of 2)]\n", "<shot.png (part 1 of 2)>"),
        *("[shot.png (part 2 of 2)]\n", "<shot.png (part 2 of 2)>"),
    ]


def test_a_document_shows_each_page_and_its_text(file) -> None:
    parts = shown(parts_of(PaintedEyes(), "image", file("a.PDF"), Look(), 0))
    assert parts == [
        *("[a.PDF, page 1]\n", "<a.PDF>", "Text of page 1:\nDear reader\n\n"),
        *("[a.PDF, page 2]\n", "<a.PDF>"),
    ]


def test_without_eyes_a_page_that_is_only_a_picture_is_refused(file) -> None:
    with pytest.raises(MediaError, match=r"Page 2 of a\.pdf is a picture without text"):
        list(parts_of(PaintedEyes(), "image", file("a.pdf"), Look(sees=False), 0))


def test_a_clip_shows_frames_behind_their_times(file) -> None:
    parts = shown(parts_of(PaintedEyes(), "video", file("a.mp4"), Look(), 0))
    assert parts[0] == "[a.mp4, 0:00 to 0:03, 3 frames with their times]\n"
    assert "".join(parts[1:]) == "[0:00] <a.mp4>\n[0:01] <a.mp4>\n[0:02] <a.mp4>\n"


def test_for_a_model_that_merges_frames_two_stand_as_one(file) -> None:
    parts = parts_of(PaintedEyes(), "video", file("a.mp4"), Look(merges=True), 0)
    assert [len(part.frames) for part in parts if isinstance(part, Image)] == [2, 1]


def test_of_a_span_only_its_frames_are_shown(file) -> None:
    look = Look(frames=FrameRequest(span=Span(1.0, 1.5)))
    parts = shown(parts_of(PaintedEyes(), "video", file("a.mp4"), look, 0))
    assert parts[0].startswith("[a.mp4, 0:01 to 0:01, 1 frames")


def test_a_span_without_frames_is_refused(file) -> None:
    look = Look(frames=FrameRequest(span=Span(9.0, 10.0)))
    with pytest.raises(MediaError, match="shows nothing there"):
        list(parts_of(PaintedEyes(), "video", file("a.mp4"), look, 0))


def test_a_sound_has_the_rate_of_the_models_ears(file) -> None:
    (clip,) = parts_of(PaintedEyes(), "audio", file("a.wav"), Look(), 16_000)
    assert isinstance(clip, AudioClip) and clip.rate == 16_000


class SoundFilm(PaintedEyes):
    """The clip with sound in it."""

    def clip(self, path: Path) -> ClipInfo:
        return replace(super().clip(path), has_sound=True)


def hears(*said: Segment) -> Hear:
    return lambda path, span: [s for s in said if span.start <= s.start < span.end]


HELLO = Segment(0.5, 1.5, "Hello  there.")


def test_what_is_said_in_a_clip_stands_between_its_frames(file) -> None:
    parts = shown(parts_of(SoundFilm(), "video", file("a.mp4"), Look(), 0, hears(HELLO)))
    assert parts == [
        "[a.mp4, 0:00 to 0:03, 3 frames and what is said with their times]\n",
        *("[0:00] ", "<a.mp4>", '\n[0:00-0:01] "Hello there."\n[0:01] ', "<a.mp4>"),
        *("\n[0:02] ", "<a.mp4>", "\n"),
    ]


def test_only_the_chosen_part_of_a_clip_is_listened_to(file) -> None:
    look = Look(frames=FrameRequest(span=Span(1.0, 2.5)))
    parts = shown(parts_of(SoundFilm(), "video", file("a.mp4"), look, 0, hears(HELLO)))
    assert "Hello" not in "".join(parts)


def test_a_clip_can_be_shown_without_its_sound(file) -> None:
    look = Look(sound=False)
    parts = shown(parts_of(SoundFilm(), "video", file("a.mp4"), look, 0, hears(HELLO)))
    assert "Hello" not in "".join(parts)


def test_a_clip_without_sound_is_not_listened_to(file) -> None:
    def must_not(path: Path, span: Span) -> list[Segment]:
        raise AssertionError("it was")

    parts_of(PaintedEyes(), "video", file("a.mp4"), Look(), 0, must_not)


def test_more_than_memory_bears_is_refused_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_MOST_BYTES", 10)
    taken = []

    def endless():
        while True:
            taken.append(RED)
            yield RED

    with pytest.raises(MediaError, match="too much to show at once"):
        gathered(endless())
    assert len(taken) == 4
