"""Sound files are listened to as a microphone is, whatever they say of themselves."""

from __future__ import annotations

import struct
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.speech.devices.sound_io import BLOCK, HEARD_RATE, RealClock, Trouble
from edgeomni.speech.devices.wav_format import cut_short
from edgeomni.speech.devices.wav_microphone import FileClock, WavMicrophone
from tests.speech.sounds import CODINGS, all_blocks, found_in, joined, level, sweep, tone, write_wav


def heard(path: Path, **options: float) -> np.ndarray:
    return joined(all_blocks(WavMicrophone(path, FileClock(), **options)))


@pytest.mark.parametrize(("kind", "bits"), CODINGS)
def test_every_coding_gives_the_same_sound(tmp_path: Path, kind: int, bits: int) -> None:
    said = sweep(0.5, HEARD_RATE)
    path = write_wav(tmp_path / "a.wav", said, HEARD_RATE, kind=kind, bits=bits)
    assert np.abs(heard(path)[: len(said)] - said).max() < (0.02 if bits == 8 else 1e-3)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_number_of_channels_gives_the_same_sound(
    tmp_path: Path, rate: int, channels: int
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.5, rate), rate, channels=channels)
    found = heard(path)
    assert found_in(tone(0.4, HEARD_RATE), found)[1] > 0.999
    assert len(found) == pytest.approx(0.5 * HEARD_RATE, abs=BLOCK)


@pytest.mark.parametrize("claimed", [0, 2**32 - 1, 10**6, 2**31])
def test_a_length_that_is_wrong_is_not_believed(tmp_path: Path, claimed: int) -> None:
    said = sweep(0.5, HEARD_RATE)
    path = write_wav(tmp_path / "a.wav", said, HEARD_RATE, claimed=claimed)
    assert len(heard(path)) >= len(said)


def test_a_file_that_holds_less_than_it_tells_of_is_told_once(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", sweep(0.5, HEARD_RATE), HEARD_RATE, claimed=64_000)
    told: list[Trouble] = []
    all_blocks(WavMicrophone(path, FileClock(), told.append))
    said = "a.wav is cut short: it tells of 2.0 s of sound, and holds the first 0.5."
    assert told == [Trouble("cut-short", said)]


@pytest.mark.parametrize("claimed", [None, 0, 16_002, 0x7FFFEFDC, 0x7FFFF000, 2**31, 2**32 - 1])
def test_a_file_is_not_cut_short_where_its_length_was_not_known_or_hardly_misses_any(
    tmp_path: Path, claimed: int | None
) -> None:
    path = write_wav(tmp_path / "a.wav", sweep(0.5, HEARD_RATE), HEARD_RATE, claimed=claimed)
    assert cut_short(path) == ""


def test_hours_that_are_missing_are_told(tmp_path: Path) -> None:
    hours = 8 * 3600 * 48_000 * 2
    path = write_wav(tmp_path / "a.wav", sweep(0.5, 48_000), 48_000, claimed=hours)
    assert "it tells of 28800.0 s of sound" in cut_short(path)


@pytest.mark.parametrize("claimed", [2, 1000, 15_998])
def test_sound_behind_a_length_that_is_too_small_is_heard(tmp_path: Path, claimed: int) -> None:
    said = sweep(0.5, HEARD_RATE)
    path = write_wav(tmp_path / "a.wav", said, HEARD_RATE, claimed=claimed)
    assert len(heard(path)) >= len(said)


def test_what_stands_behind_the_sound_is_not_heard(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.zeros(BLOCK, np.float32), HEARD_RATE)
    path.write_bytes(path.read_bytes() + b"LIST" + struct.pack("<I", 400) + b"\x7f" * 400)
    assert not heard(path).any()


def test_a_file_that_is_cut_within_a_sample_ends_there(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.5, HEARD_RATE), HEARD_RATE, bits=24)
    path.write_bytes(path.read_bytes()[:-4001])
    assert 0 < len(heard(path)) < 0.5 * HEARD_RATE


def test_an_extensible_header_is_read(tmp_path: Path) -> None:
    said = sweep(0.5, HEARD_RATE)
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 1, HEARD_RATE, 2 * HEARD_RATE, 2, 16, 22, 16, 4)
    fmt += struct.pack("<H", 1) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    raw = (said * 32767).astype("<i2").tobytes()
    path = tmp_path / "a.wav"
    path.write_bytes(
        b"RIFF\0\0\0\0WAVEJUNK\x03\0\0\0abc\0"
        + (b"fmt " + struct.pack("<I", len(fmt)) + fmt)
        + (b"data" + struct.pack("<I", len(raw)) + raw)
    )
    assert np.abs(heard(path)[: len(said)] - said).max() < 1e-3


def test_numbers_that_are_no_sound_become_silence(tmp_path: Path) -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1e30, 0.5], np.float32).repeat(100)
    path = write_wav(tmp_path / "a.wav", odd, HEARD_RATE, kind=3, bits=32)
    found = heard(path)
    assert not found[:400].any()
    assert found[450] == 0.5


def test_silence_is_put_behind_the_end(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.32, HEARD_RATE), HEARD_RATE)
    found = heard(path, tail=0.64)
    assert len(found) == 30 * BLOCK
    assert not found[10 * BLOCK :].any()
    assert level(found[: 10 * BLOCK]) > 0.3


def test_the_clock_of_a_file_is_moved_by_what_is_read(tmp_path: Path) -> None:
    clock = FileClock()
    microphone = WavMicrophone(
        write_wav(tmp_path / "a.wav", tone(1, HEARD_RATE), HEARD_RATE), clock
    )
    blocks = [microphone.read() for _ in range(3)]
    assert [block.at for block in blocks if block] == pytest.approx([0.032, 0.064, 0.096])
    assert clock.now() == pytest.approx(0.096)
    microphone.close()


def test_by_the_real_clock_a_file_takes_as_long_as_it_sounds(tmp_path: Path) -> None:
    clock = RealClock()
    microphone = WavMicrophone(
        write_wav(tmp_path / "a.wav", tone(0.32, HEARD_RATE), HEARD_RATE), clock
    )
    began = clock.now()
    all_blocks(microphone)
    assert 0.3 < clock.now() - began < 3


def test_closing_ends_a_read_that_waits(tmp_path: Path) -> None:
    class Stopped:
        def now(self) -> float:
            return 0.0

    microphone = WavMicrophone(
        write_wav(tmp_path / "a.wav", tone(1, HEARD_RATE), HEARD_RATE), Stopped()
    )
    threading.Timer(0.05, microphone.close).start()
    assert microphone.read() is None
    assert microphone.read() is None


def test_eight_hours_never_stand_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, tone(0.01, HEARD_RATE), HEARD_RATE, claimed=8 * 3600 * 2 * HEARD_RATE)
    with open(path, "r+b") as file:
        file.truncate(44 + 8 * 3600 * 2 * HEARD_RATE)
    tracemalloc.start()
    microphone = WavMicrophone(path, FileClock())
    for _ in range(2000):
        microphone.read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    microphone.close()
    assert most < 1 << 20


def header(**changed: int) -> bytes:
    fields = {"kind": 1, "channels": 1, "rate": 16_000, "bits": 16} | changed
    fmt = struct.pack(
        *("<HHIIHH", fields["kind"], fields["channels"], fields["rate"], 0, 0, fields["bits"])
    )
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + fmt + b"data\0\0\0\0"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x04" + bytes(100), "not a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "no sound"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 2000 + header()[12:], "no sound"),
        (header(channels=0), "0 channels"),
        (header(channels=65535), "65535 channels"),
        (header(rate=1), "1 samples a second"),
        (header(rate=2**32 - 1), "samples a second"),
        (header(bits=0), "not read"),
        (header(bits=64), "not read"),
        (header(kind=7, bits=8), "not read"),
    ],
    ids=range(12),
)
def test_what_cannot_be_heard_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(raw)
    with pytest.raises(MediaError, match=said):
        WavMicrophone(path, FileClock())


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read: No such file"):
        WavMicrophone(tmp_path / "a.wav", FileClock())


def test_a_sound_of_no_length_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(header())
    assert all_blocks(WavMicrophone(path, FileClock())) == []
