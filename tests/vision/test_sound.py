"""Sounds of every allowed kind become mono float32; limits are counted while decoding."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.values import AudioClip, Span
from edgeomni.vision.container import sniff
from edgeomni.vision.sound import SoundLimits, decode
from tests.vision.media import numbered_clip, tone, write_sound

LIMITS = SoundLimits()
KINDS = [
    ("a.wav", "pcm_s16le", 44100),
    ("a.wav", "pcm_f32le", 8000),
    ("a.flac", "flac", 48000),
    ("a.mp3", "libmp3lame", 44100),
    ("a.ogg", "libopus", 48000),
    ("a.opus", "libopus", 48000),
    ("a.m4a", "aac", 44100),
]


def numbers(clip: AudioClip) -> np.ndarray:
    return np.frombuffer(clip.samples, np.float32)


def pitch(clip: AudioClip) -> float:
    """Hertz of the strongest frequency."""
    spectrum = np.abs(np.fft.rfft(numbers(clip)))
    return float(np.argmax(spectrum)) * clip.rate / len(numbers(clip))


def refused(path: Path, limits: SoundLimits = LIMITS, rate: int = 16000) -> MediaError:
    with pytest.raises(MediaError) as caught:
        decode(path, rate, limits)
    assert caught.value.works and caught.value.remedy
    assert path.name in caught.value.happened
    return caught.value


def wav(rate: int, channels: int, bits: int, data: bytes, kind: int = 1) -> bytes:
    frame = channels * bits // 8
    format = struct.pack("<HHIIHH", kind, channels, rate, rate * frame & 0xFFFFFFFF, frame, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(format)) + format
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("name", "codec", "rate"), KINDS)
def test_every_allowed_kind_is_heard(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    clip = decode(write_sound(tmp_path / name, codec, tone(1.0, rate), rate), 16000, LIMITS)
    assert clip.rate == 16000
    assert clip.name == name
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    assert pitch(clip) == pytest.approx(440, abs=3)
    assert 0.4 < float(np.max(np.abs(numbers(clip)))) < 0.65


def test_it_comes_at_the_rate_that_was_asked_for(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "pcm_s16le", tone(1.0, 16000), 16000)
    assert decode(path, 24000, LIMITS).seconds == pytest.approx(1.0, abs=0.01)


def test_two_channels_become_one(tmp_path: Path) -> None:
    left = np.stack([tone(0.5, 16000), np.zeros(8000, np.float32)], axis=1)
    path = tmp_path / "stereo.wav"
    path.write_bytes(wav(16000, 2, 32, left.tobytes(), kind=3))
    clip = decode(path, 16000, LIMITS)
    assert clip.seconds == pytest.approx(0.5, abs=0.01)
    assert float(np.max(np.abs(numbers(clip)))) < 0.5


def test_impossible_samples_are_made_harmless(tmp_path: Path) -> None:
    wild = np.full(16000, 7.0, np.float32)
    wild[::3] = np.nan
    wild[1::3] = -np.inf
    path = tmp_path / "wild.wav"
    path.write_bytes(wav(16000, 1, 32, wild.tobytes(), kind=3))
    heard = numbers(decode(path, 16000, LIMITS))
    assert np.isfinite(heard).all()
    assert float(np.max(np.abs(heard))) <= 1.0


def test_a_long_sound_is_refused_while_it_is_decoded(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", "flac", np.zeros(8000 * 20, np.float32), 8000)
    error = refused(path, SoundLimits(seconds=6.0))
    assert "too long" in error.happened


def test_a_sound_that_grows_while_it_is_decoded_is_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.opus", "libopus", np.zeros(48000 * 5, np.float32), 48000)
    assert path.stat().st_size < 10_000
    assert "too long" in refused(path, SoundLimits(decoded_bytes=100_000)).happened


def test_work_is_bounded_when_the_rate_is_forged(tmp_path: Path) -> None:
    path = tmp_path / "fast.wav"
    path.write_bytes(wav(700_000, 1, 16, bytes(2 << 20)))
    assert "too long" in refused(path, SoundLimits(source_bytes=1 << 20)).happened


@pytest.mark.parametrize("rate", [1, 999, 768_001, 2_000_000_000])
def test_a_rate_that_no_sound_has_is_refused(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(wav(rate, 1, 16, bytes(100_000)))
    refused(path)


def test_a_sound_of_no_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "click.wav"
    path.write_bytes(wav(16000, 1, 16, bytes(2 * 1000)))
    assert "less than 0.1 s" in refused(path).happened


# ── parts of it, and soundtracks ─────────────────────────────────────────────────────────────────

SONG = np.concatenate([tone(2.0, 16000, 300.0), tone(2.0, 16000, 600.0)])


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.m4a"])
def test_a_span_is_what_is_heard_then(tmp_path: Path, name: str) -> None:
    codecs = {"wav": "pcm_s16le", "mp3": "libmp3lame", "ogg": "libopus", "m4a": "aac"}
    codec = codecs.get(name[2:], name[2:])
    path = write_sound(tmp_path / name, codec, SONG, 16000)
    early = decode(path, 16000, LIMITS, Span(0.5, 1.5))
    late = decode(path, 16000, LIMITS, Span(2.5, 3.0))
    assert (early.seconds, late.seconds) == pytest.approx((1.0, 0.5), abs=0.01)
    assert (pitch(early), pitch(late)) == pytest.approx((300, 600), abs=5)


def test_a_span_begins_and_ends_with_the_sample(tmp_path: Path) -> None:
    ramp = np.linspace(-1, 1, 16000, dtype=np.float32)
    path = tmp_path / "a.wav"
    path.write_bytes(wav(16000, 1, 32, ramp.tobytes(), kind=3))
    part = numbers(decode(path, 16000, LIMITS, Span(0.25, 0.75)))
    assert part == pytest.approx(ramp[4000:12000], abs=1e-6)


def test_an_open_span_lasts_to_the_end(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", "flac", SONG, 16000)
    assert decode(path, 16000, LIMITS, Span(3.0)).seconds == pytest.approx(1.0, abs=0.01)


def test_of_a_recording_of_an_hour_a_part_is_heard_and_the_whole_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hour.wav"
    size = 2 * 16000 * 3600
    path.write_bytes(wav(16000, 1, 16, b"")[:-4] + struct.pack("<I", size))
    with path.open("r+b") as file:
        file.truncate(size + 44)
        file.seek(44 + 2 * 16000 * 3000)
        file.write((tone(5.0, 16000) * 32767).astype("<i2").tobytes())
    part = decode(path, 16000, SoundLimits(source_bytes=1 << 20), Span(3001.0, 3003.0))
    assert part.seconds == pytest.approx(2.0)
    assert pitch(part) == pytest.approx(440, abs=3)
    assert "too long" in refused(path).happened


def test_a_span_behind_the_end_is_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", "flac", SONG, 16000)
    with pytest.raises(MediaError, match=r"less than 0\.1 s of sound from 0:09"):
        decode(path, 16000, LIMITS, Span(9.0, 10.0))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
def test_the_soundtrack_of_a_film_is_heard(tmp_path: Path, name: str) -> None:
    path = numbered_clip(tmp_path / name, 40, "mpeg4", sound=SONG)
    assert decode(path, 16000, LIMITS).seconds == pytest.approx(4.0, abs=0.15)
    part = decode(path, 16000, LIMITS, Span(2.5, 3.5))
    assert part.seconds == pytest.approx(1.0, abs=0.05)
    assert pitch(part) == pytest.approx(600, abs=5)


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7 and more", b"#EXTM3U\nhttp://x/a.ts\n"])
def test_what_is_no_sound_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert "not a sound" in refused(path).happened


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    assert "no sound" in refused(numbered_clip(tmp_path / "silent.mp4", 1)).happened


@pytest.mark.parametrize(("name", "codec", "rate"), KINDS)
def test_a_cut_sound_is_heard_as_far_as_it_goes_or_refused(
    tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    path = write_sound(tmp_path / name, codec, tone(2.0, rate), rate)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        clip = decode(path, 16000, LIMITS)
    except MediaError:
        return
    assert 0.1 <= clip.seconds < 1.9


@pytest.mark.parametrize(("name", "codec", "rate"), KINDS)
def test_mutated_sounds_are_decoded_or_refused_and_nothing_else(
    tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    chance = random.Random(codec)
    path = write_sound(tmp_path / name, codec, tone(0.3, rate), rate)
    good = path.read_bytes()
    for _ in range(30):
        data = bytearray(good)
        for _ in range(4):
            data[chance.randrange(4, min(len(data), chance.choice((64, 1 << 20))))] ^= 1 << (
                chance.randrange(8)
            )
        path.write_bytes(data)
        try:
            clip = decode(path, 16000, LIMITS)
        except MediaError:
            continue
        assert clip.seconds <= LIMITS.seconds


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [
        (b"RIFF\0\0\0\0WAVE", "wav"),
        (b"fLaC\0\0\0\0\0\0\0\0", "flac"),
        (b"OggS\0\0\0\0\0\0\0\0", "ogg"),
        (b"\0\0\0\x1cftypM4A ", "mov"),
        (b"ID3\x04\0\0\0\0\0\0\0\0", "mp3"),
        (b"\xff\xfb\x90\0\0\0\0\0\0\0\0\0", "mp3"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\0", None),
        (b"", None),
    ],
)
def test_only_known_beginnings_reach_a_demuxer(head: bytes, demuxer: str | None) -> None:
    assert sniff(head) == demuxer
