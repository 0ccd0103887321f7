"""A hotkey is written as people say it; what cannot be one is refused with a reason."""

from __future__ import annotations

import pytest

from edgeomni.errors import UsageError
from edgeomni.hotkey.names import parsed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ctrl+alt+space", ("ctrl", "alt", "space")),
        ("Ctrl + Alt + Space", ("ctrl", "alt", "space")),
        ("control+option+return", ("ctrl", "alt", "enter")),
        ("super+k", ("cmd", "k")),
        ("ctrl+shift+K", ("ctrl", "shift", "k")),
        ("f9", ("f9",)),
        ("Scroll Lock", ("scroll_lock",)),
        ("page-up", ("page_up",)),
        ("right ctrl", ("right_ctrl",)),
        ("right control", ("right_ctrl",)),
        ("AltGr", ("right_alt",)),
        ("ctrl+ö", ("ctrl", "ö")),
    ],
)
def test_keys_are_known_by_the_names_that_people_use(text: str, names: tuple[str, ...]) -> None:
    assert parsed(text, "linux").names == names


def test_a_combination_is_shown_as_it_is_written() -> None:
    assert str(parsed("CTRL + Page_Up", "linux")) == "ctrl+page up"


@pytest.mark.parametrize(
    ("text", "known_as"),
    [
        ("ctrl+alt+space", [{"ctrl", "ctrl_l", "ctrl_r"}, {"alt", "alt_l", "alt_r"}, {"space"}]),
        ("right ctrl", [{"ctrl_r"}]),
        ("left ctrl", [{"ctrl", "ctrl_l"}]),
        ("right alt", [{"alt_r", "alt_gr"}]),
        ("cmd+k", [{"cmd", "cmd_l", "cmd_r"}, {"k"}]),
    ],
)
def test_a_side_is_meant_only_where_it_is_named(text: str, known_as: list[set[str]]) -> None:
    assert parsed(text, "linux").called == known_as


@pytest.mark.parametrize(
    ("text", "happened", "remedy"),
    [
        ("ctrl+spcae", "There is no key called spcae.", "Did you mean space"),
        ("contrl+space", "There is no key called contrl.", "control"),
        ("f21", "There is no key called f21.", "Did you mean f2"),
        ("right", "right is typed all the time", "ctrl+alt+right"),
        ("ctrl+", "no name between two +", "ctrl+alt+space"),
        ("", "no name between two +", "ctrl+alt+space"),
        ("ctrl+ctrl+space", "names one key twice", "ctrl+alt+space"),
        ("control+ctrl", "names one key twice", "ctrl+alt+space"),
        ("k", "k is typed all the time", '"ctrl+alt+k"'),
        ("space", "space is typed all the time", '"ctrl+alt+space"'),
        ("shift+k", "k is typed all the time", '"ctrl+alt+k"'),
        ("ctrl+shift+1", "Together with shift, the key 1 is another character.", "f9"),
        ("ctrl+\x1b[2J", "There is no key called", "ctrl+alt+space"),
    ],
)
def test_what_is_no_hotkey_is_refused(text: str, happened: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(text, "linux")
    assert happened in caught.value.happened
    assert remedy in caught.value.remedy
    assert "\x1b" not in caught.value.happened


def test_on_macos_option_makes_another_character_of_a_letter() -> None:
    assert parsed("ctrl+alt+k", "linux")
    with pytest.raises(UsageError, match="Together with option, the key k"):
        parsed("ctrl+option+k", "darwin")
