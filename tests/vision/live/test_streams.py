"""A camera in the network, on the loopback: cut, stalled, frozen, locked, changing its size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeomni.errors import MediaError
from edgeomni.values import Fit, Image
from edgeomni.watch_events import Back, Look, Lost, Opened, Seen
from tests.vision.live.cameras import SIZE, Camera
from tests.vision.live.conftest import Watch

pytestmark = pytest.mark.slow

SECRET = "s3cret/pass"


def level(image: Image) -> float:
    return float(np.frombuffer(image.pixels, np.uint8).mean())


def test_a_stream_is_opened_looked_at_and_seen(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address, fit=Fit(side=160))
    opened, look = seen.wait(Opened), seen.wait(Look)
    assert (opened.source, opened.width, opened.height) == (camera.address, *SIZE)
    assert (look.why, look.image.width, look.image.height) == ("first", 160, 90)
    assert level(look.image) == pytest.approx(60, abs=3)


def test_what_changes_in_a_stream_becomes_a_look(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address)
    seen.wait(Look)
    camera.level = 200
    look = seen.wait(Look, 2)
    assert (look.why, level(look.image)) == ("change", pytest.approx(200, abs=3))


def test_the_newest_picture_is_the_one_of_now(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address)
    seen.wait(Look)
    camera.level = 200
    seen.wait(Look, 2)
    first, second = seen.newest(Fit(side=80)), seen.newest()
    assert level(first.image) == pytest.approx(200, abs=3)
    assert (first.image.width, second.image.width) == (80, SIZE[0])
    assert second.number >= first.number


def test_a_stream_that_is_cut_ten_times_comes_back_each_time(watch: Watch, camera: Camera) -> None:
    camera.cut_after, camera.cuts = 12, 10
    seen = watch(camera.address)
    seen.wait(Back, 10)
    assert {lost.code for lost in seen.all(Lost)} == {"cut"}
    assert (len(seen.all(Lost)), len(seen.all(Opened)), camera.connections) == (10, 11, 11)


def test_no_picture_of_before_a_cut_is_given_for_one_of_now(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address)
    seen.newest()
    camera.cut_after, camera.cuts, camera.brighter = 12, 3, 40
    for cut in range(1, 4):
        seen.wait(Lost, cut)
        while len(seen.all(Back)) < cut:
            found = seen.sight.newest(Fit())
            assert found is None or level(found.image) == pytest.approx(60 + 40 * cut, abs=3)


def test_a_stream_that_stalls_is_called_blocked_and_taken_up_again(
    watch: Watch, camera: Camera
) -> None:
    seen = watch(camera.address)
    seen.newest()
    camera.answers.clear()
    lost = seen.wait(Lost)
    assert (lost.code, seen.sight.newest(Fit())) == ("blocked", None)
    camera.answers.set()
    seen.wait(Back)
    assert seen.newest().number > 0


def test_a_stream_of_one_frame_for_ever_is_called_frozen_and_stays_lost(
    watch: Watch, camera: Camera
) -> None:
    seen = watch(camera.address)
    seen.newest()
    camera.frozen = True
    lost = seen.wait(Lost)
    assert (lost.code, "frozen" in lost.text) == ("frozen", True)
    opened = camera.connections
    seen.wait(Seen, 1, lambda beat: beat.state == "lost" and camera.connections > opened)
    assert (seen.all(Back), seen.sight.newest(Fit())) == ([], None)
    camera.frozen = False
    seen.wait(Back)
    assert seen.newest().number > 0


def test_a_stream_that_changes_its_size_goes_on(watch: Watch, camera: Camera) -> None:
    seen = watch(camera.address)
    seen.wait(Look)
    camera.size, camera.level = (160, 120), 200
    look = seen.wait(Look, 2)
    assert (look.image.width, look.image.height, seen.all(Lost)) == (160, 120, [])


def test_of_large_frames_looks_and_answers_are_whole(watch: Watch, camera: Camera) -> None:
    camera.size = (1280, 720)
    seen = watch(camera.address)
    opened, look, newest = seen.wait(Opened), seen.wait(Look), seen.newest()
    sizes = {(image.width, image.height) for image in (look.image, newest.image)}
    assert sizes | {(opened.width, opened.height)} == {(1280, 720)}


def test_a_camera_of_single_pictures_is_asked_again_and_again(watch: Watch, camera: Camera) -> None:
    seen = watch(f"http://{camera.host}/still.jpg")
    assert level(seen.wait(Look).image) == pytest.approx(60, abs=3)
    camera.level = 200
    assert level(seen.wait(Look, 2).image) == pytest.approx(200, abs=3)


# ── what cannot be opened ────────────────────────────────────────────────────────────────────────


def refused(watch: Watch, address: str) -> MediaError:
    error = watch(address).end()
    assert isinstance(error, MediaError)
    return error


def test_the_right_credentials_open_a_stream_and_are_seen_nowhere(
    watch: Watch, camera: Camera, tmp_path: Path
) -> None:
    camera.login = f"watcher:{SECRET}"
    seen = watch(f"http://watcher:{SECRET.replace('/', '%2F')}@{camera.host}/live.mjpg")
    opened, look = seen.wait(Opened), seen.wait(Look)
    assert (opened.source, "watcher" in look.image.name) == (camera.address, False)
    assert "s3cret" not in (tmp_path / "sight.log").read_text()


def test_wrong_credentials_are_said_and_never_printed(
    watch: Watch, camera: Camera, tmp_path: Path
) -> None:
    camera.login = "watcher:other"
    error = refused(watch, f"http://watcher:{SECRET.replace('/', '%2F')}@{camera.host}/live.mjpg")
    assert error.code == "wrong-credentials"
    told = repr(error) + error.happened + error.works + error.remedy
    assert not {"s3cret", "watcher"} & {word for word in ("s3cret", "watcher") if word in told}
    assert "s3cret" not in (tmp_path / "sight.log").read_text()


@pytest.mark.parametrize(
    ("path", "code"), [("nothing.mjpg", "not-found"), ("still.jpg?pwd=s3cret", "")]
)
def test_a_path_that_is_not_there_is_said(
    watch: Watch, camera: Camera, path: str, code: str
) -> None:
    address = f"http://{camera.host}/{path}"
    if not code:
        assert "s3cret" not in watch(address).wait(Opened).source
        return
    assert refused(watch, address).code == code


def test_a_host_that_cannot_be_reached_is_said(watch: Watch, camera: Camera) -> None:
    camera.__exit__()
    error = refused(watch, f"http://user:s3cret@{camera.host}/live.mjpg")
    assert (error.code, "s3cret" in str(error)) == ("unreachable", False)
    assert camera.host in error.happened


def test_an_address_that_is_none_is_said(watch: Watch) -> None:
    assert refused(watch, "telescope").code == "unknown-address"
