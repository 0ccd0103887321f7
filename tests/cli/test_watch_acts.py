"""What follows from what is seen: files, commands, notifications, a voice."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edgeomni.cli.watch_acts import Acts, ActsWish, Means
from edgeomni.errors import InputError
from edgeomni.loops.acts import errands
from edgeomni.loops.acts.errands import Errand
from edgeomni.values import Image
from edgeomni.watch_events import Back, Lost
from tests.cli.told import HOSTILE, OPENED, STILL, answered, caption, glass, match, noon
from tests.fakes import HummingMouth

pytestmark = pytest.mark.usefixtures("errors_of_threads")

KEEP = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"
FULL = Path("/dev/full")


class Scene:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.mouth = HummingMouth()

    def acts(self, **wish: Any) -> Acts:
        means = Means(self.told.append, lambda image: image.pixels, lambda: self.mouth)
        return Acts(glass()[0], ActsWish(**wish), means, noon())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def keeper(file: Path) -> Sequence[str]:
    """A command that appends its input to a file."""
    return [sys.executable, "-c", KEEP, str(file)]


def objects(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def see_all(acts: Acts) -> None:
    acts.event(OPENED)
    acts.event(STILL)
    acts.caption(caption())
    acts.caption(caption("", whole=False))
    acts.match(match())
    acts.answered(answered())
    acts.event(Lost(5.0, "cut", "It is gone."))
    acts.event(Back(6.0))


def test_the_log_has_every_event_as_json(scene: Scene, tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with scene.acts(log=log) as acts:
        see_all(acts)
    names = ["opened", "caption", "change", "match", "answer", "lost", "back"]
    assert [found["event"] for found in objects(log)] == names


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_once_and_the_watch_goes_on(scene: Scene) -> None:
    with scene.acts(log=FULL) as acts:
        see_all(acts)
    assert len(scene.told) == 1 and "No space left on device" in scene.told[0]


def test_a_log_that_cannot_be_written_to_is_refused_and_leaves_no_thread(
    scene: Scene, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot be written to"):
        scene.acts(log=tmp_path / "no" / "log", command=["x"], speak=True)


def test_the_command_gets_each_caption_that_says_something_as_json(
    scene: Scene, tmp_path: Path
) -> None:
    with scene.acts(command=keeper(tmp_path / "seen")) as acts:
        acts.caption(caption(HOSTILE))
        acts.caption(caption("", whole=False))
    (told,) = objects(tmp_path / "seen")
    assert (told["event"], told["text"]) == ("caption", HOSTILE)
    assert scene.told == []


def test_with_something_to_wait_for_it_gets_matches_alone(scene: Scene, tmp_path: Path) -> None:
    with scene.acts(command=keeper(tmp_path / "seen"), waits=True) as acts:
        see_all(acts)
    (told,) = objects(tmp_path / "seen")
    assert (told["event"], told["condition"]) == ("match", "a parcel")


def test_no_shell_reads_the_command(scene: Scene, tmp_path: Path) -> None:
    with scene.acts(command=[*keeper(tmp_path / "$HOME; date")]) as acts:
        acts.match(match())
    assert [file.name for file in tmp_path.iterdir()] == ["$HOME; date"]


def test_a_command_that_fails_is_told_and_harms_nothing(scene: Scene, tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with scene.acts(command=[sys.executable, "-c", "exit('no bell')"], log=log) as acts:
        acts.match(match())
        acts.match(match())
    assert scene.told == ["The command failed with exit code 1: no bell. The watch goes on."]
    assert len(objects(log)) == 2


def test_notifications_tell_of_matches_losses_and_returns(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Errand] = []

    def show(errand: Errand, limit: float) -> str:
        shown.append(errand)
        return ""

    monkeypatch.setattr(errands, "failure", show)
    monkeypatch.setattr(sys, "platform", "linux")
    with scene.acts(notify=True, waits=True) as acts:
        see_all(acts)
    assert [errand.words[-2:] for errand in shown] == [
        ["a parcel", "A brown box."],
        ["edgeomni watch: lost", "It is gone."],
        ["edgeomni watch: back", "There are pictures again."],
    ]


def test_frames_are_saved_under_their_time_and_hash(scene: Scene, tmp_path: Path) -> None:
    with scene.acts(frames=tmp_path) as acts:
        see_all(acts)
    digest = caption().image.digest[:8]
    assert sorted(os.listdir(tmp_path)) == [
        f"20260314-120002.000-caption-{digest}.png",
        f"20260314-120003.000-match-{digest}.png",
    ]


def test_nothing_is_kept_unless_it_was_asked_for(scene: Scene, tmp_path: Path) -> None:
    with scene.acts() as acts:
        see_all(acts)
    assert list(tmp_path.iterdir()) == [] and scene.told == [] and scene.mouth.asked == []


def test_what_is_seen_and_answered_is_read_aloud(scene: Scene) -> None:
    said = []
    for tell in (
        lambda acts: acts.caption(caption()),
        lambda acts: acts.match(match()),
        lambda acts: acts.answered(answered()),
    ):
        with scene.acts(speak=True, voice="heart", rate=1.5) as acts:
            tell(acts)
            acts.finish()
        said.append(scene.mouth.asked[-1])
    assert said == [
        ("A desk.", "heart", 1.5),
        ("a parcel: A brown box.", "heart", 1.5),
        ("It is red.", "heart", 1.5),
    ]


def test_an_encoder_of_pictures_is_asked_on_another_thread(scene: Scene, tmp_path: Path) -> None:
    threads: list[str] = []

    def encode(image: Image) -> bytes:
        threads.append(threading.current_thread().name)
        return b"png"

    means = Means(scene.told.append, encode, lambda: scene.mouth)
    with Acts(glass()[0], ActsWish(frames=tmp_path), means, noon()) as acts:
        acts.caption(caption())
    assert threads == ["stills"]
