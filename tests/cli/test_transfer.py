"""A pull as it looks in a terminal and in a log."""

from __future__ import annotations

import io

import pytest

from edgeomni.catalog.progress import Transfer, size
from edgeomni.cli.transfer import ProgressLine, bar, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _run(out: io.StringIO, steps: list[tuple[float, int]], total: int = 1000) -> str:
    clock = Clock()
    progress = ProgressLine(out, clock)
    for clock.now, done in steps:
        progress.step(Transfer("download", "m.gguf", done, total))
    progress.close()
    return out.getvalue()


def test_a_terminal_shows_bar_share_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    shown = _run(Terminal(), [(0, 0), (2, 500)])
    assert (
        "[##########..........] fetching m.gguf:   50 %  500 B of 1.0 kB  at 250 B/s  2 s left"
    ) in shown


def test_a_finished_transfer_leaves_an_empty_line() -> None:
    shown = _run(Terminal(), [(0, 0), (2, 500), (4, 1000)])
    assert shown.endswith("\r") and shown.split("\r")[-2].strip() == ""


def test_a_line_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    shown = _run(Terminal(), [(0, 0), (2, 500)])
    assert max(len(piece) for piece in shown.split("\r")) <= 29


def test_a_terminal_is_not_flooded() -> None:
    shown = _run(Terminal(), [(n / 1000, n) for n in range(500)])
    assert shown.count("fetching") <= 5


def test_a_log_gets_few_whole_lines() -> None:
    shown = _run(io.StringIO(), [(n / 10, n) for n in range(300)])
    assert shown.count("\n") == 2
    assert "\r" not in shown


def test_a_short_transfer_writes_nothing_to_a_log() -> None:
    assert _run(io.StringIO(), [(0, 0), (1, 1000)]) == ""


def test_what_the_hub_names_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    ProgressLine(out).say("comes from \x1b]0;evil\x07")
    assert "\x1b" not in out.getvalue()
    assert "\x1b" not in line(Transfer("verify", "\x1b[2Ja.gguf", 1, 2), 0)


def test_an_unknown_total_shows_bytes_alone() -> None:
    transfer = Transfer("download", "m", 2_000_000, 0)
    assert (bar(transfer), line(transfer, 0)) == ("", "fetching m:  2.0 MB")


@pytest.mark.parametrize(
    ("left", "words"), [(59, "59 s left"), (61, "1 min 01 s left"), (7260, "2 h 01 min left")]
)
def test_the_time_left_reads_well(left: int, words: str) -> None:
    assert line(Transfer("download", "m", 1, left + 1), 1.0).endswith(words)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (98_362_432, "98.4 MB"),
        (999_999, "1.0 MB"),
        (3_300_000_000, "3.3 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes_for_people(count: int, text: str) -> None:
    assert size(count) == text
