"""The eyes worker from the parent's side: values come back, a crash is blamed on the file."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as pil

from benchmarks.machine import anonymous_mib
from edgeomni.errors import MediaError
from edgeomni.values import ClipInfo, Fit, FrameRequest, Span
from edgeomni.vision.client import EyesWorker
from tests.vision.media import encoded, numbered_clip, read_number, tone, write_sound
from tests.vision.pdf import Sheet, pdf, words

RED = (255, 0, 0)


@pytest.fixture
def eyes(tmp_path: Path) -> Iterator[EyesWorker]:
    made = EyesWorker(tmp_path / "eyes.log")
    yield made
    made.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "sea.png"
    path.write_bytes(encoded(pil.new("RGB", (6, 4), RED), "PNG"))
    return path


def test_a_picture_comes_back_as_pixels(eyes: EyesWorker, picture: Path) -> None:
    image = eyes.image(picture)
    assert (image.width, image.height, image.name) == (6, 4, "sea.png")
    assert image.pixels == bytes(RED) * 24


def test_a_sound_comes_back_as_samples(eyes: EyesWorker, tmp_path: Path) -> None:
    clip = eyes.audio(write_sound(tmp_path / "a.flac", "flac", tone(0.5, 16000), 16000), 24000)
    assert (clip.rate, clip.name) == (24000, "a.flac")
    assert clip.seconds == pytest.approx(0.5, abs=0.01)


def test_a_part_of_a_soundtrack_comes_back(eyes: EyesWorker, tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 20, sound=tone(2.0, 16000))
    assert eyes.audio(path, 16000, Span(0.5, 1.0)).seconds == pytest.approx(0.5, abs=0.01)


def test_frames_of_a_clip_come_back_one_by_one(eyes: EyesWorker, tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 40)
    request = FrameRequest(frames=4, fit=Fit(side=96))
    frames = list(eyes.frames(path, request))
    assert [round(frame.seconds * 10) for frame in frames] == [
        read_number(frame.image) for frame in frames
    ]
    assert {(frame.image.width, frame.image.name[:5]) for frame in frames} == {(96, "a.mp4")}
    assert eyes.clip(path) == ClipInfo(4.0, 192, 64, 10.0, has_sound=False)


def test_other_files_can_be_seen_between_two_frames(
    eyes: EyesWorker, picture: Path, tmp_path: Path
) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 40)
    request = FrameRequest(frames=3)
    whole = [frame.seconds for frame in eyes.frames(path, request)]
    between = []
    for frame, other in zip(eyes.frames(path, request), eyes.frames(path, request), strict=True):
        assert eyes.image(picture).width == 6
        between.append((frame.seconds, other.seconds))
    assert between == [(seconds, seconds) for seconds in whole]


def test_a_clip_goes_on_when_the_worker_was_ended_between_two_frames(
    eyes: EyesWorker, tmp_path: Path
) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 40)
    request = FrameRequest(frames=4)
    whole = [frame.seconds for frame in eyes.frames(path, request)]
    frames = eyes.frames(path, request)
    first = next(frames)
    worker = eyes._supervisor.current
    assert worker is not None and worker.pid is not None
    os.kill(worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert [first.seconds, *(frame.seconds for frame in frames)] == whole


@pytest.mark.slow  # it has to be waited for
def test_a_clip_on_which_the_decoder_hangs_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEOMNI_FAULTS", "eyes.frame:hang@number=1")
    eyes = EyesWorker(tmp_path / "eyes.log", timeout=1.0)
    frames = eyes.frames(numbered_clip(tmp_path / "a.mp4", 40), FrameRequest(frames=4))
    assert next(frames).seconds == 0.0
    with pytest.raises(MediaError, match=r"The video decoder took too long on a\.mp4"):
        next(frames)
    eyes.close()


def test_a_relative_name_is_meant_from_the_folder_of_the_caller(
    eyes: EyesWorker, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert eyes.image(picture).width == 6
    monkeypatch.chdir(picture.parent)
    assert eyes.image(Path("sea.png")).width == 6


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are not Unicode")
def test_a_name_that_is_not_unicode_can_be_opened(eyes: EyesWorker, picture: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(picture.parent) + b"/\xff\xfe.png"))
    picture.rename(odd)
    assert eyes.image(odd).width == 6


def test_a_refusal_arrives_as_it_is_and_the_worker_stays(
    eyes: EyesWorker, picture: Path, tmp_path: Path
) -> None:
    with pytest.raises(MediaError, match="There is no file"):
        eyes.image(tmp_path / "nowhere.png")
    assert eyes.image(picture).width == 6


def test_a_picture_that_crashes_the_decoder_is_blamed_and_the_next_one_works(
    eyes: EyesWorker, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = picture.with_name("bad.png")
    bad.write_bytes(picture.read_bytes())
    monkeypatch.setenv("EDGEOMNI_FAULTS", "eyes.image:abort@name=bad.png")
    with pytest.raises(MediaError, match=r"The picture decoder crashed on bad\.png") as caught:
        eyes.image(bad)
    assert "SIGABRT" in caught.value.remedy
    assert eyes.image(picture).width == 6


def test_a_sound_on_which_the_decoder_hangs_is_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEOMNI_FAULTS", "eyes.audio:hang")
    eyes = EyesWorker(tmp_path / "eyes.log", timeout=0.3)
    with pytest.raises(MediaError, match=r"The sound decoder took too long on a\.wav"):
        eyes.audio(tmp_path / "a.wav", 16000)
    eyes.close()


@pytest.mark.skipif(sys.platform != "linux", reason="address space limits")
def test_its_memory_is_limited(eyes: EyesWorker, picture: Path) -> None:
    eyes.image(picture)
    worker = eyes._supervisor.current
    assert worker is not None
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max address space"))
    assert line.split()[3] == str(2 << 30)


def test_a_picture_comes_as_small_as_it_is_wanted(eyes: EyesWorker, tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    path.write_bytes(encoded(pil.new("RGB", (300, 100), RED), "PNG"))
    image = eyes.image(path, Fit(side=60))
    assert (image.width, image.height) == (60, 20)
    assert image.pixels == bytes(RED) * 1200


def test_a_long_picture_comes_in_parts_with_names(eyes: EyesWorker, tmp_path: Path) -> None:
    shot = pil.new("RGB", (100, 600), "white")
    shot.paste(RED, (0, 500, 100, 600))
    path = tmp_path / "shot.png"
    path.write_bytes(encoded(shot, "PNG"))
    parts = eyes.parts(path, Fit(side=100))
    assert [part.name for part in parts] == [
        f"shot.png (part {number} of {len(parts)})" for number in range(1, len(parts) + 1)
    ]
    assert len(parts) > 2 and max(part.height for part in parts) <= 102
    assert parts[-1].pixels[-3:] == bytes(RED)
    assert parts[0].pixels[:3] == b"\xff\xff\xff"


def test_a_picture_that_is_not_long_keeps_its_name(eyes: EyesWorker, picture: Path) -> None:
    assert [part.name for part in eyes.parts(picture)] == ["sea.png"]


def test_pages_come_one_by_one(eyes: EyesWorker, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([Sheet(words((f"Page {n}.", 50, 700))) for n in range(1, 5)]))
    pages = eyes.pages(path, "4,2-", fit=Fit(side=100))
    first = next(pages)
    assert (first.number, first.text) == (4, "Page 4.")
    assert first.image and first.image.name == "a.pdf (page 4 of 4)"
    assert (first.image.width, first.image.height) == (70, 100)
    assert [page.number for page in pages] == [2, 3]


def test_text_comes_without_pictures(eyes: EyesWorker, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([Sheet(words(("Hello.", 50, 700)))]))
    (page,) = eyes.pages(path, pictures=False)
    assert (page.image, page.text) == (None, "Hello.")


def test_a_page_that_crashes_is_blamed_and_the_others_are_read(
    eyes: EyesWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([Sheet(words((f"Page {n}.", 50, 700))) for n in range(1, 4)]))
    monkeypatch.setenv("EDGEOMNI_FAULTS", "eyes.page:abort@number=2")
    pages = eyes.pages(path, pictures=False)
    assert next(pages).text == "Page 1."
    with pytest.raises(MediaError, match=r"The document decoder crashed on a\.pdf"):
        next(pages)
    assert [page.text for page in eyes.pages(path, "3", pictures=False)] == ["Page 3."]


def test_the_worker_is_back_within_two_seconds_of_a_crash(
    eyes: EyesWorker, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEOMNI_FAULTS", "eyes.image:abort@name=bad.png")
    with pytest.raises(MediaError):
        eyes.image(picture.with_name("bad.png"))
    began = time.monotonic()
    assert eyes.image(picture).width == 6
    assert time.monotonic() - began <= 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_thousand_pages_cost_as_much_memory_as_one(eyes: EyesWorker, tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    sheets = [
        Sheet(words(*((f"Line {line} of page {page}.", 50, 800 - 14 * line) for line in range(50))))
        for page in range(1, 2001)
    ]
    path.write_bytes(pdf(sheets))
    held = {}
    for page in eyes.pages(path):
        assert page.image and f"of page {page.number}." in page.text
        if page.number in (100, 2000):
            worker = eyes._supervisor.current
            assert worker and worker.pid
            held[page.number] = anonymous_mib(worker.pid)
    assert held[2000] - held[100] <= 16
