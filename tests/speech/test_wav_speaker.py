"""What a conversation with files leaves behind: a sound file of what was to be heard, in time."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.speech.devices.sound_io import SPOKEN_RATE, Trouble
from edgeomni.speech.devices.wav_microphone import FileClock
from edgeomni.speech.devices.wav_speaker import WavSpeaker
from tests.speech.sounds import found_in, level, read_wav, sweep


@pytest.fixture
def clock() -> FileClock:
    return FileClock()


@pytest.fixture
def told() -> list[Trouble]:
    return []


@pytest.fixture
def speaker(tmp_path: Path, clock: FileClock, told: list[Trouble]) -> WavSpeaker:
    return WavSpeaker(tmp_path / "a.wav", clock, told.append)


def test_sound_stands_where_the_clock_was(
    speaker: WavSpeaker, clock: FileClock, tmp_path: Path
) -> None:
    clock.advance_to(1.5)
    speaker.play(sweep(0.5, SPOKEN_RATE))
    clock.advance_to(4)
    speaker.close()
    found = read_wav(tmp_path / "a.wav")
    at, alike = found_in(sweep(0.5, SPOKEN_RATE), found)
    assert at == 1.5 * SPOKEN_RATE
    assert alike > 0.999
    assert len(found) == 4 * SPOKEN_RATE


def test_heard_goes_with_the_clock(speaker: WavSpeaker, clock: FileClock) -> None:
    speaker.play(sweep(1, SPOKEN_RATE))
    assert (speaker.heard, speaker.queued) == (0, SPOKEN_RATE)
    clock.advance_to(0.25)
    assert speaker.heard == SPOKEN_RATE // 4
    clock.advance_to(9)
    assert speaker.heard == SPOKEN_RATE
    speaker.close()


def test_hush_is_silence_from_there_on(
    speaker: WavSpeaker, clock: FileClock, tmp_path: Path
) -> None:
    speaker.play(sweep(2, SPOKEN_RATE))
    clock.advance_to(1)
    speaker.hush()
    clock.advance_to(3)
    speaker.close()
    found = read_wav(tmp_path / "a.wav")
    assert not found[round(1.02 * SPOKEN_RATE) :].any()
    assert speaker.queued == speaker.heard < 1.01 * SPOKEN_RATE


def test_duck_is_quieter_from_there_on(
    speaker: WavSpeaker, clock: FileClock, tmp_path: Path
) -> None:
    speaker.play(np.full(2 * SPOKEN_RATE, 0.5, np.float32))
    clock.advance_to(1)
    speaker.duck(True)
    clock.advance_to(2)
    speaker.close()
    found = read_wav(tmp_path / "a.wav")
    assert level(found[: SPOKEN_RATE // 2]) == pytest.approx(0.5, rel=0.01)
    assert level(found[-SPOKEN_RATE // 2 :]) == pytest.approx(0.125, rel=0.01)


def test_what_still_waits_at_the_end_is_written(speaker: WavSpeaker, tmp_path: Path) -> None:
    speaker.play(sweep(0.5, SPOKEN_RATE))
    speaker.close()
    assert found_in(sweep(0.5, SPOKEN_RATE), read_wav(tmp_path / "a.wav"))[1] > 0.999


def test_while_it_runs_it_has_another_name_and_can_be_read(
    speaker: WavSpeaker, clock: FileClock, tmp_path: Path
) -> None:
    speaker.play(sweep(2, SPOKEN_RATE))
    clock.advance_to(1)
    assert speaker.heard == SPOKEN_RATE
    assert not (tmp_path / "a.wav").exists()
    (part,) = tmp_path.glob(".a.wav.*.part")
    copy = shutil.copy(part, tmp_path / "b.wav")
    assert len(read_wav(copy)) == SPOKEN_RATE
    speaker.close()
    assert not part.exists()


def test_closing_twice_is_once(speaker: WavSpeaker, told: list[Trouble]) -> None:
    speaker.close()
    speaker.close()
    assert told == []


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 64 KiB."""
    resource = pytest.importorskip("resource", reason="Windows has no limit for files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def play_on(speaker: WavSpeaker, clock: FileClock) -> None:
    """More than a small disk takes; time goes on all the same."""
    speaker.play(sweep(9, SPOKEN_RATE))
    for second in range(1, 5):
        clock.advance_to(second)
        assert speaker.heard == second * SPOKEN_RATE
    speaker.close()


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_is_told_once_and_time_goes_on(
    speaker: WavSpeaker, clock: FileClock, told: list[Trouble]
) -> None:
    play_on(speaker, clock)
    assert [trouble.code for trouble in told] == ["not-written"]


@pytest.mark.usefixtures("small_disk")
def test_what_the_disk_still_took_has_its_name(
    speaker: WavSpeaker, clock: FileClock, tmp_path: Path
) -> None:
    play_on(speaker, clock)
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".wav"
    assert not left.name.startswith(".")


def test_a_place_that_cannot_be_written_is_said(clock: FileClock, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        WavSpeaker(tmp_path / "none" / "a.wav", clock, print)


def test_a_folder_is_refused_at_once(tmp_path: Path, clock: FileClock) -> None:
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(MediaError, match="it is a folder"):
        WavSpeaker(tmp_path / "a.wav", clock, print)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_pipe_is_refused_and_left_alone(tmp_path: Path, clock: FileClock) -> None:
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(MediaError, match="it is a device or a pipe"):
        WavSpeaker(tmp_path / "a.wav", clock, print)
    assert (tmp_path / "a.wav").is_fifo()


def test_what_a_link_leads_to_is_written(tmp_path: Path, clock: FileClock) -> None:
    link = tmp_path / "a.wav"
    link.symlink_to(tmp_path / "b.wav")
    WavSpeaker(link, clock, print).close()
    assert link.is_symlink()
    assert len(read_wav(tmp_path / "b.wav")) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_a_file_that_was_there_keeps_its_mode(tmp_path: Path, clock: FileClock, mode: int) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    path.chmod(mode)
    speaker = WavSpeaker(path, clock, print)
    modes = {stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    speaker.close()
    assert modes | {stat.S_IMODE(path.stat().st_mode)} == {mode}
