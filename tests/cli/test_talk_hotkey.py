"""The key to talk that works in any window, and what becomes of a talk without it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.build import Home
from edgeomni.cli import talk_hotkey
from edgeomni.cli.talk_hotkey import Reach, heard_everywhere
from edgeomni.cli.talk_keys import Hands, explained
from edgeomni.errors import DeviceError, EdgeomniError, WorkerDied
from edgeomni.hotkey.names import Combination
from edgeomni.speech.talk import TalkWish
from edgeomni.talk_events import Ready, Trouble
from tests.cli.conftest import Cli
from tests.fakes import EchoEngine, factories
from tests.loops.doubles import PATIENCE, ScriptedTalk

pytestmark = pytest.mark.usefixtures("errors_of_threads")

HINDRANCE = talk_hotkey.hindrance
KEYS = Combination(("ctrl", "alt", "space"))
READY = Ready(0.0, "mic", "speaker", "by key", False)
GONE = DeviceError("The hotkey does not work: no server.", remedy="Log in.")


class ScriptedHotkey:
    """Implements ``Hotkey``: tells what is in its script, raises errors in it, then waits."""

    def __init__(self, *script: str | EdgeomniError) -> None:
        self._script = script
        self._over: queue.Queue[None] = queue.Queue()
        self.done: queue.Queue[None] = queue.Queue()
        self.closed = False

    def moves(self) -> Iterator[str]:
        for step in self._script:
            if isinstance(step, EdgeomniError):
                raise step
            yield step
        self.done.put(None)
        self._over.get(timeout=PATIENCE)

    def close(self) -> None:
        self.closed = True
        self._over.put(None)


@pytest.fixture(autouse=True)
def desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were one."""
    monkeypatch.setattr(talk_hotkey, "hindrance", lambda: None)


class Scene:
    def __init__(self) -> None:
        self.talk = ScriptedTalk()
        self.told: queue.Queue[Trouble] = queue.Queue()
        self.left: queue.Queue[None] = queue.Queue()

    def reach(self, *, other: bool) -> Reach:
        return Reach(self.talk, self.told.put, lambda: self.left.put(None), other)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def assert_soon(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


def make(hotkey: ScriptedHotkey) -> Callable[[Combination], ScriptedHotkey]:
    return lambda keys: hotkey


def test_holding_the_keys_is_talking(scene: Scene) -> None:
    hotkey = ScriptedHotkey("ready", "press", "release")
    with heard_everywhere(make(hotkey), KEYS, scene.reach(other=False)) as works:
        hotkey.done.get(timeout=PATIENCE)
    assert works and hotkey.closed
    assert scene.talk.wishes == ["press", "release"]


def test_where_it_cannot_be_the_space_bar_still_does_and_that_is_one_line(scene: Scene) -> None:
    hotkey = ScriptedHotkey(GONE)
    with heard_everywhere(make(hotkey), KEYS, scene.reach(other=True)) as works:
        assert not works
    told = scene.told.get_nowait()
    assert told.text == (
        "The hotkey does not work: no server. The space bar of this terminal does. Log in."
    )
    assert hotkey.closed


def test_without_any_other_key_it_is_the_error(scene: Scene) -> None:
    with (
        pytest.raises(DeviceError, match="no server"),
        heard_everywhere(make(ScriptedHotkey(GONE)), KEYS, scene.reach(other=False)),
    ):
        pass


def test_a_crash_for_good_is_told_and_the_talk_goes_on(scene: Scene) -> None:
    hotkey = ScriptedHotkey("ready", "press", "release", WorkerDied("It ended 3 times."))
    with heard_everywhere(make(hotkey), KEYS, scene.reach(other=True)):
        told = scene.told.get(timeout=PATIENCE)
    assert told.text == "It ended 3 times. The space bar of this terminal still does."
    assert scene.left.empty()


def test_a_crash_for_good_without_another_key_ends_the_talk(scene: Scene) -> None:
    hotkey = ScriptedHotkey("ready", WorkerDied("It ended 3 times."))
    with (
        pytest.raises(WorkerDied, match="3 times"),
        heard_everywhere(make(hotkey), KEYS, scene.reach(other=False)),
    ):
        scene.left.get(timeout=PATIENCE)
    assert scene.told.empty()
    assert hotkey.closed


@pytest.mark.parametrize(
    ("env", "installed", "why"),
    [
        ({"XDG_SESSION_TYPE": "wayland"}, True, "Under Wayland"),
        ({"DISPLAY": ":0"}, False, "pynput is not installed"),
    ],
)
def test_what_is_in_the_way_is_known_before_it_is_tried(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], installed: bool, why: str
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(talk_hotkey.sys, "platform", "linux")
    monkeypatch.setattr(talk_hotkey, "is_installed", lambda: installed)
    found = HINDRANCE()
    assert found is not None and why in found.happened


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (True, "hold ctrl+alt+space in any window, or the space bar here to talk; Esc"),
        (False, "the space bar here to talk, or tap it before and after; Esc"),
    ],
)
def test_it_is_explained_beside_the_key_of_the_terminal(told: bool, line: str) -> None:
    hands = Hands(ScriptedTalk(), True, lambda: None, str(KEYS))
    assert line in explained(hands, told=told)


# ── as a user types it ───────────────────────────────────────────────────────────────────────────


def test_a_talk_needs_no_terminal_where_there_is_a_hotkey(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Home, "speech_models", lambda *_: (Path("a"), Path("b")))
    monkeypatch.setattr("edgeomni.cli.talk.hindrance", lambda: None)
    wishes: list[TalkWish] = []
    hotkey = ScriptedHotkey("ready", "press", "release")
    talk = ScriptedTalk(READY, lambda: hotkey.done.get(timeout=PATIENCE))

    def begin(wish: TalkWish) -> ScriptedTalk:
        wishes.append(wish)
        return talk

    made = replace(factories(EchoEngine()), talk=begin, hotkey=make(hotkey))
    result = cli("talk", "--hotkey", "Ctrl+Alt+Space", factories=made)
    assert result.code == 0
    assert "hold ctrl+alt+space in any window to talk" in result.err
    assert wishes[0].manners.mode == "push-to-talk"
    assert talk.wishes == ["press", "release"]
    assert talk.closed and hotkey.closed


def test_a_talk_whose_only_key_dies_fails_with_the_reason(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Home, "speech_models", lambda *_: (Path("a"), Path("b")))
    monkeypatch.setattr("edgeomni.cli.talk.hindrance", lambda: None)
    hotkey = ScriptedHotkey("ready", WorkerDied("It ended 3 times.", remedy="Log in."))
    ended = threading.Event()
    talk = ScriptedTalk(READY, lambda: assert_soon(ended))
    monkeypatch.setattr(talk, "end", ended.set)
    made = replace(factories(EchoEngine()), talk=lambda wish: talk, hotkey=make(hotkey))
    result = cli("talk", "--hotkey", "f9", "--input", "question.wav", factories=made)
    assert result.code == WorkerDied.exit_code
    assert "It ended 3 times." in result.err and "Log in." in result.err
    assert "Nothing was understood" not in result.err


@pytest.mark.parametrize(
    ("flags", "happened"),
    [
        (["--hotkey", "ctrl+spcae"], "There is no key called spcae."),
        (["--hotkey", "f9", "--wake", "hey computer"], "--hotkey is a key to talk"),
        (["--hotkey", "f9", "--hands-free"], "--hotkey is a key to talk"),
    ],
)
def test_what_is_no_hotkey_is_refused_before_anything_is_loaded(
    cli: Cli, flags: list[str], happened: str
) -> None:
    result = cli("talk", *flags, factories=factories(EchoEngine()))
    assert result.code == 2
    assert happened in result.err
