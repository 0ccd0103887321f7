"""A conversation on disk: everything comes back, and nothing foreign gets in."""

from __future__ import annotations

import base64
import json
import stat
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeomni import conversation
from edgeomni.errors import InputError
from edgeomni.values import AudioClip, Image, Message, ToolCall

PICTURE = Image(bytes(range(18)), 3, 2, name="stairs.png")
SOUND = AudioClip(struct.pack("=3f", 0.0, 0.5, -1.0), 16_000, name="click.wav")
HISTORY = (
    Message("user", (PICTURE, "What is this?", SOUND)),
    Message("assistant", ("Stairs.",), thought="I see steps.", tool_calls=(
        ToolCall("c1", "look_up", {"word": "stairs", "n": 2}),
    )),
    Message("tool", ("a flight of steps",), tool_call_id="c1"),
    Message("user", ("\ud83d lone, \u202e turned, 日本\x00",)),
)  # fmt: skip


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    conversation.write(path, HISTORY, system="Be brief.")
    assert conversation.read(path) == ("Be brief.", HISTORY)


@given(said=st.lists(st.text(st.characters(codec=None), max_size=20), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back(said: list[str], tmp_path: Path) -> None:
    history = tuple(Message("user", (text,)) for text in said)
    conversation.write(tmp_path / "t.json", history, system="")
    assert conversation.read(tmp_path / "t.json") == ("", history)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    conversation.write(tmp_path / "t.json", HISTORY, system="")
    assert stat.S_IMODE((tmp_path / "t.json").stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "t.json").mkdir()
    with pytest.raises(InputError, match="could not be written"):
        conversation.write(tmp_path / "t.json", HISTORY, system="")
    assert [path.name for path in tmp_path.iterdir()] == ["t.json"]


def test_both_frames_of_a_film_come_back(tmp_path: Path) -> None:
    pair = Image(b"\1\2\3", 1, 1, "a film", b"\4\5\6")
    conversation.write(tmp_path / "t.json", [Message("user", (pair,))], system="")
    _, (message,) = conversation.read(tmp_path / "t.json")
    assert message.parts == (pair,)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        conversation.write(tmp_path / "no" / "t.json", HISTORY, system="")


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


def whole(*parts: Any, **more: Any) -> dict[str, Any]:
    return {
        "edgeomni": 1,
        "system": "",
        "messages": [{"role": "user", "parts": list(parts)}],
        **more,
    }


BOMB = {"image": "", "width": 30_000, "height": 30_000, "pixels": packed(bytes(1000))}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        whole(edgeomni=2),
        whole(system=3),
        whole(messages=[{"role": "root", "parts": []}]),
        whole(messages=[{"role": "user"}]),
        whole(messages=[7]),
        whole({"text": 3}),
        whole({"video": "x"}),
        whole({"image": "", "width": 1, "height": 1, "pixels": "!!"}),
        whole({"image": "", "width": 1, "height": 1, "pixels": packed(b"12")}),
        whole({"image": "", "width": 1, "height": 1, "pixels": packed(b"1234")}),
        whole({"image": "", "width": -1, "height": -1, "pixels": packed(b"123")}),
        whole({"image": "", "width": True, "height": 1, "pixels": packed(b"123")}),
        whole(BOMB),
        whole({"audio": "", "rate": 0, "samples": packed(bytes(4))}),
        whole({"audio": "", "rate": 16_000, "samples": packed(bytes(5))}),
    ],
)
def test_what_is_no_conversation_is_refused(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(InputError, match="is not a conversation"):
        conversation.read(path)


def test_many_media_may_not_unpack_into_all_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "MAX_ALL_BYTES", 1 << 20)
    half = {"audio": "", "rate": 16_000, "samples": packed(bytes(1 << 19))}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(whole(half, half)))
    assert len(conversation.read(path)[1][0].media) == 2
    path.write_text(json.dumps(whole(half, half, half)))
    with pytest.raises(InputError, match="need more than 1 MiB"):
        conversation.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        conversation.read(tmp_path / "none.json")
