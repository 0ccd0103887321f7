"""Notifications, by the program of each system."""

from __future__ import annotations

import pytest

from edgeomni.errors import UsageError
from edgeomni.loops.acts.desktop import need_desktop, notification

HOSTILE = "<b>$(reboot)</b>\x1b]0;owned\x07 -e 'quit'"


def test_linux_shows_markup_as_it_is_written() -> None:
    *words, title, text = notification("a & b", HOSTILE, "linux").words
    assert words == ["notify-send", "--app-name=edgeomni", "--"]
    assert title == "a & b"
    assert text.startswith("&lt;b&gt;$(reboot)&lt;/b&gt;␛]0;owned␇")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_what_was_seen_is_no_part_of_a_script(platform: str) -> None:
    one, other = (notification("title", text, platform) for text in (HOSTILE, "a cat"))
    scripts = [
        [w for w in each.words if "reboot" not in w and w != "a cat"] for each in (one, other)
    ]
    assert scripts[0] == scripts[1]
    assert "reboot" in " ".join([*one.words, *one.env.values()])


def test_a_long_text_is_cut() -> None:
    text = notification("title", "word " * 400, "linux").words[-1]
    assert len(text) == 240 and text.endswith("…")


@pytest.mark.parametrize(
    ("platform", "program"),
    [("linux", "notify-send"), ("darwin", "osascript"), ("win32", "powershell")],
)
def test_where_nothing_shows_notifications_one_sentence_says_so(
    platform: str, program: str
) -> None:
    with pytest.raises(UsageError, match=f"needs the program {program}, which is not here"):
        need_desktop(platform, lambda name: None)


def test_where_something_does_nothing_is_said() -> None:
    need_desktop("linux", lambda name: f"/usr/bin/{name}")
