"""Keys that are held on a real X server, while another window has the focus."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgeomni.errors import DeviceError, EdgeomniError
from edgeomni.hotkey.client import HotkeyWorker
from edgeomni.hotkey.names import parsed
from edgeomni.process.worker import WorkerSpec
from tests.hotkey.desktop import Desktop, desktop, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.usefixtures("errors_of_threads"),
]

PATIENCE = 10.0
"""Seconds until a test that waits in vain gives up."""


@pytest.fixture
def screen() -> Iterator[Desktop]:
    with desktop() as made:
        made.focus_a_window()
        yield made


class Listener:
    """Follows a hotkey on a thread of its own, as a conversation does."""

    def __init__(self, hotkey: HotkeyWorker) -> None:
        self.hotkey = hotkey
        self._told: queue.Queue[str | EdgeomniError] = queue.Queue()
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def _follow(self) -> None:
        try:
            for move in self.hotkey.moves():
                self._told.put(move)
        except EdgeomniError as error:
            self._told.put(error)
        self._told.put("over")

    def next(self) -> str | EdgeomniError:
        return self._told.get(timeout=PATIENCE)

    def close(self) -> list[str | EdgeomniError]:
        """What was told that nobody asked for."""
        self.hotkey.close()
        self._thread.join(PATIENCE)
        rest = [self._told.get_nowait() for _ in range(self._told.qsize())]
        return [told for told in rest if told != "over"]


Listen = Callable[..., Listener]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Listen]:
    made: list[Listener] = []

    def call(display: str, keys: str = "ctrl+alt+space", **env: str) -> Listener:
        spec = WorkerSpec("hotkey", tmp_path / "hotkey.log", {"DISPLAY": display, **env})
        made.append(Listener(HotkeyWorker(spec, parsed(keys, sys.platform))))
        return made[-1]

    yield call
    for listener in made:
        listener.close()


HELD = ("Control_L", "Alt_L", "space")


def test_keys_that_another_window_gets_are_heard(screen: Desktop, listen: Listen) -> None:
    listener = listen(screen.name)
    assert listener.next() == "ready"
    screen.down(*HELD)
    assert listener.next() == "press"
    screen.up("space")
    assert listener.next() == "release"
    screen.up("Control_L", "Alt_L")
    assert listener.close() == []


def test_a_held_key_that_repeats_is_pressed_once(screen: Desktop, listen: Listen) -> None:
    listener = listen(screen.name)
    assert listener.next() == "ready"
    screen.down(*HELD)
    screen.await_presses("space", 6)
    screen.up(*HELD)
    assert [listener.next(), listener.next()] == ["press", "release"]
    assert listener.close() == []


def test_other_keys_are_nothing(screen: Desktop, listen: Listen) -> None:
    listener = listen(screen.name)
    assert listener.next() == "ready"
    for key in ("a", "space", "Control_L", "F9"):
        screen.down(key)
        screen.up(key)
    screen.down(*HELD)
    assert listener.next() == "press"
    assert listener.close() == []


@pytest.mark.parametrize(
    ("keys", "pressed"),
    [
        ("f9", ["F9"]),
        ("right ctrl", ["Control_R"]),
        ("pause", ["Pause"]),
        ("ctrl+shift+k", ["Control_L", "Shift_L", "k"]),
        ("cmd+space", ["Super_L", "space"]),
    ],
)
def test_keys_are_known_by_their_names(
    screen: Desktop, listen: Listen, keys: str, pressed: list[str]
) -> None:
    listener = listen(screen.name, keys)
    assert listener.next() == "ready"
    screen.down(*pressed)
    assert listener.next() == "press"
    screen.up(*pressed)
    assert listener.next() == "release"


def test_a_worker_that_crashes_lets_go_and_is_started_again(
    screen: Desktop, listen: Listen
) -> None:
    listener = listen(screen.name, EDGEOMNI_FAULTS="hotkey.move:abort@name=release")
    for _ in range(2):
        assert listener.next() == "ready"
        screen.down(*HELD)
        assert listener.next() == "press"
        screen.up(*HELD)
        assert listener.next() == "release"


def test_without_an_x_server_that_is_the_reason(listen: Listen) -> None:
    told = listen(":4711").next()
    assert isinstance(told, DeviceError)
    assert told.happened == "The hotkey does not work: the X display :4711 cannot be reached."


def test_a_desktop_that_goes_away_lets_go_and_is_told(screen: Desktop, listen: Listen) -> None:
    listener = listen(screen.name)
    assert listener.next() == "ready"
    screen.down(*HELD)
    assert listener.next() == "press"
    screen.crash()
    assert listener.next() == "release"
    told = listener.next()
    assert isinstance(told, DeviceError)
    assert "The hotkey does not work" in told.happened
