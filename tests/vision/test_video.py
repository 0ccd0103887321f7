"""Clips become frames whose pictures prove their time stamps; what cannot be decoded is refused."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Frame, FrameRequest, Image, Span
from edgeomni.vision import video
from edgeomni.vision.container import sniff
from edgeomni.vision.easel import Turn
from edgeomni.vision.film import Film
from tests.vision.media import (
    numbered_clip,
    numbered_picture,
    read_number,
    tone,
    write_clip,
    write_sound,
)

EVERY = FrameRequest(frames=1000, rate=0.0, distinct=False)
KINDS = [
    ("a.mp4", "libx264"),
    ("a.mov", "mpeg4"),
    ("a.mkv", "libx264"),
    ("a.webm", "libvpx-vp9"),
    ("a.avi", "mpeg4"),
    ("a.ts", "libx264"),
    ("a.gif", "gif"),
]
FORMATS = {"gif": "rgb8", "mjpeg": "yuvj420p"}
FAST = {"libx264": {"preset": "ultrafast"}, "libvpx-vp9": {"deadline": "realtime"}}


def clip_of(path: Path, codec: str, frames: int = 40, **options: object) -> Path:
    chosen = {"pixel_format": FORMATS.get(codec, "yuv420p"), "options": FAST.get(codec, {})}
    return numbered_clip(path, frames, codec, **(chosen | options))


def seen(path: Path, request: FrameRequest = EVERY) -> list[Frame]:
    return list(video.frames(path, request))


def numbers(frames: Sequence[Frame]) -> list[int]:
    return [read_number(frame.image) for frame in frames]


def assert_true(frames: Sequence[Frame], rate: int = 10) -> None:
    """Each frame is the one that is shown at its time."""
    assert [frame.seconds for frame in frames] == pytest.approx(
        [number / rate for number in numbers(frames)], abs=0.002
    )


def refused(path: Path, request: FrameRequest = EVERY) -> MediaError:
    with pytest.raises(MediaError) as caught:
        seen(path, request)
    assert caught.value.works and caught.value.remedy
    assert path.name in caught.value.happened
    return caught.value


def colour(image: Image) -> tuple[int, ...]:
    """Of the middle."""
    at = 3 * (image.height // 2 * image.width + image.width // 2)
    return tuple(image.pixels[at : at + 3])


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_every_frame_of_every_kind_is_shown_at_its_time(
    tmp_path: Path, name: str, codec: str
) -> None:
    frames = seen(clip_of(tmp_path / name, codec))
    assert_true(frames)
    assert numbers(frames) == [*range(40)]


@pytest.mark.parametrize(("name", "codec"), KINDS)
@pytest.mark.parametrize("choice", ["uniform", "keyframes", "scenes"])
def test_some_frames_are_shown_at_their_times(
    tmp_path: Path, name: str, codec: str, choice: str
) -> None:
    path = clip_of(tmp_path / name, codec, keys=8)
    frames = seen(path, FrameRequest(frames=5, choice=choice))  # type: ignore[arg-type]
    assert_true(frames)
    assert 1 <= len(frames) <= 5


def test_frames_are_spread_over_the_whole_clip(tmp_path: Path) -> None:
    frames = seen(clip_of(tmp_path / "a.mp4", "libx264", 100), FrameRequest(frames=4, rate=0))
    assert_true(frames)
    slots = [int(frame.seconds / 2.5) for frame in frames]
    assert slots == [0, 1, 2, 3]


def test_only_a_span_is_looked_at(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 100)
    request = FrameRequest(frames=100, span=Span(3.0, 4.0), rate=0.0)
    assert numbers(seen(path, request)) == [*range(30, 40)]


@pytest.mark.parametrize("number", [0, 19, 20, 21, 59])
def test_a_single_moment_is_one_frame(tmp_path: Path, number: int) -> None:
    path = clip_of(tmp_path / "a.mkv", "libx264", 60)
    moment = number / 10 + 0.05
    assert numbers(seen(path, FrameRequest(span=Span(moment, moment)))) == [number]


def test_frames_are_no_denser_than_the_rate(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 40)
    assert len(seen(path, FrameRequest(rate=1.0))) == 4


def test_keyframes_are_those_of_the_encoder(tmp_path: Path) -> None:
    fixed = {"x264-params": "keyint=8:min-keyint=8:scenecut=0"}
    path = clip_of(tmp_path / "a.mp4", "libx264", options=fixed, keys=8)
    frames = seen(path, FrameRequest(choice="keyframes", rate=0.0))
    assert numbers(frames) == [0, 8, 16, 24, 32]


def test_new_scenes_are_found_without_keyframes(tmp_path: Path) -> None:
    scenes = [numbered_picture(number) for number in (0, 4095, 63) for _ in range(20)]
    options = {"x264-params": "keyint=1000:scenecut=0"}
    path = write_clip(tmp_path / "a.mp4", scenes, keys=1000, options=options)
    frames = seen(path, FrameRequest(choice="scenes"))
    assert numbers(frames) == [0, 4095, 63]
    assert [frame.seconds for frame in frames] == pytest.approx([0.0, 2.0, 4.0], abs=0.3)


def test_a_long_clip_without_keyframes_is_shown_evenly_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "_LONGEST_SEARCH", 3.0)
    path = clip_of(tmp_path / "a.mp4", "libx264", 40, keys=1000)
    evenly = seen(path, FrameRequest(frames=5))
    assert numbers(seen(path, FrameRequest(frames=5, choice="scenes"))) == numbers(evenly)


def test_frames_that_look_alike_are_shown_once(tmp_path: Path) -> None:
    pictures = [numbered_picture(number) for number in (1, 1, 1, 1, 2, 2, 2, 2)]
    path = write_clip(tmp_path / "a.mp4", pictures)
    assert numbers(seen(path, FrameRequest(rate=0.0))) == [1, 2]
    assert numbers(seen(path)) == [1, 1, 1, 1, 2, 2, 2, 2]


def test_b_frames_come_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 40, b_frames=3, keys=15)
    assert numbers(seen(path)) == [*range(40)]
    assert_true(seen(path, FrameRequest(frames=7)))


def test_a_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 1, 2, 30, 31, 60, 95]
    path = numbered_clip(tmp_path / "a.mp4", len(times), times=times)
    frames = seen(path)
    assert [frame.seconds for frame in frames] == pytest.approx([t / 10 for t in times], abs=0.002)
    assert numbers(frames) == [*range(len(times))]


def test_a_frame_that_is_shown_for_long_comes_once(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 3, times=[0, 50, 90])
    assert numbers(seen(path, FrameRequest(rate=1.0, distinct=False))) == [0, 1, 2]


def test_a_moment_between_two_frames_shows_the_earlier(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 3, times=[0, 20, 40])
    (frame,) = seen(path, FrameRequest(span=Span(3.9, 3.9)))
    assert (read_number(frame.image), frame.seconds) == (1, 2.0)


def test_a_clip_with_one_keyframe_is_decoded_from_there(tmp_path: Path) -> None:
    options = {"x264-params": "keyint=1000:scenecut=0"}
    path = numbered_clip(tmp_path / "a.mp4", 100, keys=1000, options=options)
    frames = seen(path, FrameRequest(frames=5, span=Span(5.0, 10.0)))
    assert_true(frames)
    assert len(frames) == 5


def test_a_clip_that_begins_late_is_counted_from_its_beginning(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mkv", 20, times=[*range(1000, 1020)])
    assert numbers(seen(path)) == [*range(20)]
    assert_true(seen(path))


def test_a_recording_without_duration_or_index_is_seen_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    clip_of(path, "libvpx", 40, container={"live": "1"}, options={"deadline": "realtime"})
    assert video.clip(path).seconds == pytest.approx(4.0)
    assert numbers(seen(path)) == [*range(40)]


def test_a_fragmented_recording_is_seen_to_its_end(tmp_path: Path) -> None:
    path = clip_of(
        tmp_path / "a.mp4", "libx264", container={"movflags": "frag_keyframe+empty_moov"}
    )
    assert numbers(seen(path)) == [*range(40)]


def test_a_transport_stream_with_late_keyframes_is_decoded_from_before(tmp_path: Path) -> None:
    options = {"x264-params": "keyint=50:min-keyint=50:scenecut=0"}
    path = clip_of(tmp_path / "a.ts", "libx264", 120, options=options, keys=50)
    frames = seen(path, FrameRequest(frames=10, span=Span(3.0, 4.0), rate=0.0))
    assert numbers(frames) == [*range(30, 40)]


# ── how it looks ─────────────────────────────────────────────────────────────────────────────────


def test_frames_are_scaled_once_to_what_is_wanted(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 4)
    (frame, *_) = seen(path, FrameRequest(fit=Fit(side=96)))
    assert (frame.image.width, frame.image.height) == (96, 32)
    assert read_number(frame.image) == 0


def test_a_frame_is_called_by_its_clip_and_its_time(tmp_path: Path) -> None:
    frames = seen(clip_of(tmp_path / "a.mp4", "libx264", 20))
    assert frames[12].image.name == "a.mp4 [0:01]"


@pytest.mark.parametrize("size", [(192, 64), (1280, 720)], ids=["SD", "HD"])
@pytest.mark.parametrize("wanted", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
def test_colours_are_true(
    tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int, int]
) -> None:
    """HDTV weighs red, green and blue otherwise than SDTV, and files often do not say which."""
    path = tmp_path / "a.mp4"
    matrix = "bt709" if size[1] >= 720 else "smpte170m"
    frame = av.VideoFrame.from_ndarray(np.full((*size[::-1], 3), wanted, np.uint8), format="rgb24")
    stored = frame.reformat(format="yuv444p", dst_colorspace=1 if matrix == "bt709" else 5)
    with av.open(str(path), "w") as file:
        film = file.add_stream("libx264", rate=10, options={"preset": "ultrafast", "qp": "0"})
        (film.width, film.height), film.pix_fmt = size, "yuv444p"
        stored.colorspace, stored.pts = 2, 0
        file.mux(film.encode(stored))
        file.mux(film.encode(None))
    (only,) = seen(path)
    assert colour(only.image) == pytest.approx(wanted, abs=4)


@pytest.mark.parametrize(("transfer", "level"), [(18, 75), (16, 58)], ids=["HLG", "PQ"])
def test_a_white_page_in_high_dynamic_range_is_white(
    tmp_path: Path, transfer: int, level: int
) -> None:
    def tune(stream: av.VideoStream) -> None:
        codec = stream.codec_context
        codec.color_primaries, codec.color_trc, codec.colorspace = 9, transfer, 9

    page = np.full((64, 192, 3), round(level * 2.55), np.uint8)
    path = write_clip(
        tmp_path / "a.mp4",
        [page],
        "libx265",
        pixel_format="yuv420p10le",
        options={"x265-params": "log-level=none"},
        tune=tune,
    )
    (frame,) = seen(path)
    assert min(colour(frame.image)) > 235


TURNS = {
    "as it is": (1, 0, 0, 1),
    "to the right": (0, 1, -1, 0),
    "upside down": (-1, 0, 0, -1),
    "to the left": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "flipped": (1, 0, 0, -1),
}


@pytest.mark.parametrize("turned", TURNS)
def test_a_clip_stands_upright_however_the_phone_was_held(tmp_path: Path, turned: str) -> None:
    a, b, c, d = TURNS[turned]
    picture = np.zeros((64, 192, 3), np.uint8)
    picture[:32, :96] = 255  # the quarter at the left and top
    path = write_clip(tmp_path / "a.mp4", [picture])
    turn_track(path, a, b, c, d)
    (frame,) = seen(path)
    pixels = np.frombuffer(frame.image.pixels, np.uint8)
    shown = pixels.reshape(frame.image.height, frame.image.width, 3).mean(axis=2)
    height, width = shown.shape
    assert (width, height) == ((64, 192) if b else (192, 64))
    quarters = shown.reshape(2, height // 2, 2, width // 2).mean(axis=(1, 3)) > 128
    left, top = (a + c) > 0, (b + d) > 0
    assert [(bool(x), bool(y)) for y, x in np.argwhere(quarters)] == [(not left, not top)]


def turn_track(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Write a display matrix into the track header of an MP4 file."""
    data = path.read_bytes()
    at = data.index(b"tkhd") + 44
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data[:at] + matrix + data[at + 36 :])


def test_an_angle_between_is_taken_for_the_nearest_quarter() -> None:
    assert Turn.of_matrix(60000, 20000, -20000, 60000) == Turn()
    assert Turn.of_matrix(20000, 60000, -60000, 20000) == Turn(True, mirrored=True)


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    def tune(stream: av.VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = 2

    path = write_clip(tmp_path / "a.mp4", [numbered_picture(5)], tune=tune)
    assert video.clip(path).width == 384
    (frame,) = seen(path)
    assert (frame.image.width, frame.image.height) == (384, 64)
    assert read_number(frame.image) == 5


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    from PIL import Image as pil

    clear = pil.new("RGBA", (32, 32), (0, 0, 0, 0))
    red = pil.new("RGBA", (32, 32), (255, 0, 0, 255))
    clear.save(path, save_all=True, append_images=[red], duration=100, disposal=2)
    assert [colour(frame.image) for frame in seen(path)] == [(255, 255, 255), (255, 0, 0)]


# ── what is known of it ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_a_clip_is_described(tmp_path: Path, name: str, codec: str) -> None:
    info = video.clip(clip_of(tmp_path / name, codec))
    assert (info.width, info.height, info.has_sound) == (192, 64, False)
    assert info.seconds == pytest.approx(4.0, abs=0.01)
    assert info.rate == pytest.approx(10.0)


def test_a_soundtrack_is_noticed(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 10, sound=tone(1.0, 16000))
    assert video.clip(path).has_sound
    assert numbers(seen(path)) == [*range(10)]


def test_a_turned_clip_is_described_upright(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 3)
    turn_track(path, 0, 1, -1, 0)
    info = video.clip(path)
    assert (info.width, info.height) == (64, 192)


# ── what costs little ────────────────────────────────────────────────────────────────────────────


def test_keyframes_are_taken_without_decoding_what_lies_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 400, keys=20, b_frames=2)
    decoded = count_packets(monkeypatch)
    assert len(seen(path, FrameRequest(frames=8, rate=0.0))) == 8
    assert len(decoded) == 8


def count_packets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by each packet that is given to the decoder."""
    decoded: list[object] = []
    alone, run = Film._alone, Film._decoded

    def counted_alone(film: Film, packet: object) -> object:
        decoded.append(packet)
        return alone(film, packet)  # type: ignore[arg-type]

    def counted_run(film: Film, packets: Sequence[object]) -> object:
        return run(film, (decoded.append(packet) or packet for packet in packets))  # type: ignore

    monkeypatch.setattr(Film, "_alone", counted_alone)
    monkeypatch.setattr(Film, "_decoded", counted_run)
    return decoded


def test_the_first_frame_comes_before_the_others_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 200, keys=1000)
    decoded = count_packets(monkeypatch)
    frames = video.frames(path, FrameRequest(frames=10))
    assert next(frames).seconds <= 2.0
    assert len(decoded) < 50
    frames.close()


def test_going_on_within_a_group_of_pictures_does_not_begin_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = numbered_clip(tmp_path / "a.mp4", 100, keys=1000)
    decoded = count_packets(monkeypatch)
    seen(path, FrameRequest(frames=100, rate=0.0))
    assert len(decoded) <= 102


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7 and more", b"#EXTM3U\nhttp://x/a.ts\n"])
def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert "not a video" in refused(path).happened


def test_a_picture_is_no_video_and_the_remedy_says_how_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(b"RIFF\0\0\0\0WEBPVP8X and more")
    error = refused(path)
    assert error.happened == "a.webp is a picture (WEBP), not a video."
    assert "-i" in error.remedy


def test_a_sound_is_no_video(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.m4a", "aac", tone(1.0, 16000), 16000)
    assert "no moving pictures" in refused(path).happened


def test_a_codec_that_is_not_on_the_list_is_named(tmp_path: Path) -> None:
    path = numbered_clip(tmp_path / "a.mkv", 3, "ffv1")
    assert "ffv1" in refused(path).happened


def test_a_clip_without_one_frame_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as file:
        film = file.add_stream("libx264", rate=10)
        film.width, film.height, film.pix_fmt = 192, 64, "yuv420p"
        file.start_encoding()
    refused(path)


def test_a_span_behind_the_end_is_refused_with_the_end(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264")
    error = refused(path, FrameRequest(span=Span(70.0, 80.0)))
    assert "ends at 0:04" in error.happened and "from 1:10" in error.happened


def test_frames_that_are_too_large_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.gif", "gif", 2)
    forge(path, b"GIF89a", 0, struct.pack("<2H", 8000, 8000))
    assert "8000x8000" in refused(path).happened


def forge(path: Path, mark: bytes, offset: int, value: bytes) -> None:
    """Overwrite what stands ``offset`` bytes behind ``mark``."""
    data = bytearray(path.read_bytes())
    at = data.index(mark) + len(mark) + offset
    data[at : at + len(value)] = value
    path.write_bytes(data)


def test_frames_that_grow_behind_the_header_are_not_decoded(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.avi", "mjpeg", 1)
    forge(path, b"\xff\xc0", 3, struct.pack(">2H", 30000, 30000))
    refused(path)


@pytest.mark.parametrize("ticks", [1, 2**31 - 1], ids=["shorter", "longer"])
def test_a_forged_duration_is_not_believed(tmp_path: Path, ticks: int) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264")
    for mark, offset in ((b"mvhd", 16), (b"tkhd", 20), (b"mdhd", 16)):
        forge(path, mark, offset, struct.pack(">I", ticks))
    assert video.clip(path).seconds == pytest.approx(4.0)
    frames = seen(path, FrameRequest(frames=4))
    assert_true(frames)
    assert len(frames) == 4


@pytest.mark.parametrize(("name", "codec"), KINDS)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_cut_clip_is_seen_as_far_as_it_goes_or_refused(
    tmp_path: Path, name: str, codec: str, share: float
) -> None:
    path = clip_of(tmp_path / name, codec)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    try:
        frames = seen(path)
    except MediaError:
        return
    if codec == "gif":
        frames.pop()  # its decoder does not tell of half a picture
    assert_true(frames)


def test_a_cut_clip_whose_index_comes_first_is_seen_as_far_as_it_goes(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 100, container={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    frames = seen(path, FrameRequest(frames=5))
    assert_true(frames)
    assert len(frames) == 5
    assert frames[-1].seconds > 3.0


def test_damaged_packets_are_passed_over(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", "libx264", 60, keys=10)
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + 1500
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    frames = seen(path)
    assert_true(frames)
    assert len(frames) >= 30


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_mutated_clips_are_decoded_or_refused_and_nothing_else(
    tmp_path: Path, name: str, codec: str
) -> None:
    chance = random.Random(name)
    path = clip_of(tmp_path / name, codec, 12)
    good = path.read_bytes()
    for _ in range(20):
        data = bytearray(good)
        for _ in range(4):
            data[chance.randrange(12, min(len(data), chance.choice((200, 1 << 20))))] ^= 1 << (
                chance.randrange(8)
            )
        path.write_bytes(data)
        try:
            frames = seen(path, FrameRequest(frames=6))
        except MediaError:
            continue
        assert len(frames) <= 6


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [
        (b"\0\0\0\x1cftypisom", "mov"),
        (b"\0\0\0\x08wide\0\0\0\x08mdat", "mov"),
        (b"\x1aE\xdf\xa3", "matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        ((b"G" + bytes(187)) * 3, "mpegts"),
        ((bytes(4) + b"G" + bytes(187)) * 3, "mpegts"),
        (b"GIF89a", "gif"),
        (b"G" + bytes(400), None),
        (b"#EXTM3U\n", None),
        (b"ffconcat version 1.0\n", None),
        (b"RIFF\0\0\0\0WEBP", None),
        (b"", None),
    ],
)
def test_only_known_beginnings_reach_a_demuxer(head: bytes, demuxer: str | None) -> None:
    assert sniff(head) == demuxer


@pytest.mark.parametrize("choice", ["uniform", "scenes"])
def test_a_new_colour_as_bright_as_the_old_one_is_seen(tmp_path: Path, choice: str) -> None:
    colours = (200, 30, 30), (20, 120, 20)
    red, green = (np.full((240, 320, 3), colour, np.uint8) for colour in colours)
    path = write_clip(tmp_path / "a.mp4", [red] * 20 + [green] * 20)
    first, *_, last = seen(path, FrameRequest(frames=4, choice=choice))
    assert first.image.pixels[0] > 150 and last.image.pixels[0] < 80
