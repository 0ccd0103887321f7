"""A camera that speaks RTSP, on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Image
from edgeomni.watch_events import Back, Look, Lost, Opened
from tests.vision.live.conftest import Watch
from tests.vision.live.rtsp import SIZE, RtspCamera

pytestmark = pytest.mark.slow


@pytest.fixture
def rtsp() -> Iterator[RtspCamera]:
    with RtspCamera() as made:
        yield made


def level(image: Image) -> float:
    return float(np.frombuffer(image.pixels, np.uint8).mean())


def test_a_stream_is_opened_with_credentials_that_are_seen_nowhere(
    watch: Watch, rtsp: RtspCamera, tmp_path: Path
) -> None:
    rtsp.login = "watcher:hunter2"
    seen = watch(f"rtsp://watcher:hunter2@{rtsp.host}/main")
    opened, look = seen.wait(Opened), seen.wait(Look)
    assert (opened.source, opened.width, opened.height) == (f"rtsp://{rtsp.host}/main", *SIZE)
    assert level(look.image) == pytest.approx(60, abs=4)
    assert "hunter2" not in look.image.name + (tmp_path / "sight.log").read_text()


def test_wrong_credentials_are_said_and_never_printed(watch: Watch, rtsp: RtspCamera) -> None:
    rtsp.login = "watcher:other"
    error = watch(f"rtsp://watcher:hunter2@{rtsp.host}/main").end()
    assert isinstance(error, MediaError)
    assert error.code == "wrong-credentials"
    assert "hunter2" not in error.happened + error.remedy


def test_a_stream_that_is_cut_comes_back(watch: Watch, rtsp: RtspCamera) -> None:
    seen = watch(f"rtsp://{rtsp.host}/main")
    seen.wait(Look)
    rtsp.level = 200
    rtsp.hang_up.set()
    assert seen.wait(Lost).code == "cut"
    seen.wait(Back)
    assert level(seen.newest().image) == pytest.approx(200, abs=4)
