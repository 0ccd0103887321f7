"""What pictures will cost: said before anything is encoded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.program import png, program
from tests.fakes import EchoEngine
from tests.tiny.build import TinyModel


@dataclass
class Counting(EchoEngine):
    """A picture takes a hundred tokens for each of its pixels."""

    def media_tokens(self, sizes: Sequence[tuple[int, int]]) -> list[int] | None:
        return [100 * width * height for width, height in sizes]


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path) -> None:
    for name in ("1.png", "2.png", "a.pdf"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.png").write_bytes(b"")


def test_every_file_has_a_line_and_the_sum_is_set_against_the_budget(cli: Cli) -> None:
    result = cli("tokens", "1.png", "2.png", engine=Counting())
    assert [line.split() for line in result.out.splitlines()] == [
        ["1.png", "100", "1x1"],
        ["2.png", "100", "1x1"],
    ]
    assert "200 tokens together; pictures may take 2048 of the context of 4096: fits." in result.err
    assert result.code == 0


def test_beyond_the_budget_captions_are_announced(cli: Cli) -> None:
    result = cli("tokens", "1.png", "2.png", "--picture-tokens", "150", engine=Counting())
    assert "captions will stand for the oldest" in result.err


def test_a_document_costs_its_pages_and_its_text(cli: Cli) -> None:
    (found,) = cli("tokens", "a.pdf", "--json", engine=Counting()).objects
    assert found["tokens"] == 200
    assert found["pictures"][0] == {"width": 1, "height": 1, "tokens": 100}
    assert found["characters"] > len("Dear reader")


def test_of_a_folder_clips_count_too(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    for name in ("1.png", "2.mp4"):
        (tmp_path / "seen" / name).write_bytes(b"x")
    found = cli("tokens", "seen", "--json", engine=Counting()).objects
    assert [(Path(line["file"]).name, line["tokens"]) for line in found] == [
        *(("1.png", 100), ("2.mp4", 300))
    ]


def test_a_bad_file_is_named_and_the_others_are_counted(cli: Cli) -> None:
    result = cli("tokens", "empty.png", "1.png", "--json", engine=Counting())
    assert [found["error"] and found["error"]["code"] for found in result.objects] == [
        *("bad-media", None)
    ]
    assert result.code == 3


def test_a_server_does_not_tell(cli: Cli) -> None:
    result = cli("tokens", "1.png", engine=EchoEngine())
    assert "The server does not tell what a picture costs." in result.err
    assert result.code == 2


@pytest.mark.engine
@pytest.mark.slow
def test_detail_decides_how_many_tokens_a_picture_gets(
    tiny: Callable[[str], TinyModel], tmp_path: Path
) -> None:
    model = tiny("qwen25vl")
    png(tmp_path / "photo.png", 780, 480)
    chosen = ("-m", str(model.model), "--mmproj", str(model.mmproj), "--json")
    costs = []
    for detail in ("low", "auto", "high"):
        done = program("tokens", "photo.png", *chosen, "--detail", detail, folder=tmp_path)
        costs.append(json.loads(done.stdout)["tokens"])
    low, usual, high = costs
    assert low <= 258 < usual < 1024 <= high


def test_where_nothing_can_be_counted_nothing_fits(cli: Cli) -> None:
    result = cli("tokens", "empty.png", engine=Counting())
    assert result.code == 3
    assert "together" not in result.err


def test_a_file_that_is_named_twice_is_counted_twice(cli: Cli) -> None:
    result = cli("tokens", "1.png", "1.png", "--json", engine=Counting())
    assert [found["tokens"] for found in result.objects] == [100, 100]
