"""Which of the last frames is the newest that a question may be about."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from edgeomni.values import Fit
from edgeomni.vision.live.kept import Kept, Sighting
from edgeomni.vision.live.shot import Shot


def kept(*frames: tuple[float, str]) -> Kept:
    """Frames that came at these seconds, and what the gate said of them; four are kept."""
    made = Kept("camera", 4)
    picture = VideoFrame.from_ndarray(np.zeros((36, 64, 3), np.uint8), "rgb24")
    for number, (came, state) in enumerate(frames, 1):
        made.add(Sighting(Shot(picture, None, number), came, came, number, state))
    return made


def newest(made: Kept, now: float, *, holds: bool = False) -> int | None:
    found = made.newest(now, holds=holds)
    return found.number if found else None


def test_the_last_frame_is_the_newest_where_it_stands_still() -> None:
    assert newest(kept((1.0, "still"), (1.1, "still")), 1.2) == 2


def test_one_that_stood_still_a_moment_ago_is_preferred_to_one_that_moves() -> None:
    assert newest(kept((1.0, "still"), (1.1, "moving"), (1.2, "moving")), 1.2) == 1


def test_in_a_long_motion_the_last_frame_will_do() -> None:
    assert newest(kept((1.0, "still"), (1.9, "moving"), (2.1, "moving")), 2.1) == 3


def test_a_frame_of_long_ago_is_none_of_the_present() -> None:
    assert newest(kept((1.0, "still")), 4.1) is None


def test_a_picture_that_stays_until_the_next_one_is_of_the_present() -> None:
    assert newest(kept((1.0, "still")), 99.0, holds=True) == 1


def test_what_was_lost_is_forgotten() -> None:
    made = kept((1.0, "still"))
    made.forget()
    assert newest(made, 1.0) is None


def test_a_frame_of_some_frames_ago_is_found_as_far_as_it_is_kept() -> None:
    made = kept(*((float(n), "still") for n in range(6)))
    assert [made.before(back).number for back in (0, 1, 3, 9)] == [6, 5, 3, 3]


def test_a_picture_is_made_as_large_as_it_is_wanted_and_named_by_its_time() -> None:
    made = kept((65.0, "still"))
    image = made.image(made.before(0), Fit(side=32))
    assert (image.width, image.height, image.name) == (32, 18, "camera [1:05]")
