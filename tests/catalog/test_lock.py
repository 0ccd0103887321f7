"""The list of pulled models under several hands."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edgeomni.catalog import lock
from edgeomni.catalog.lock import Entry, Held
from edgeomni.errors import DownloadError


def _entry(key: str) -> Entry:
    file = Held("model", f"{key}/m.gguf", 4, "0" * 64, 123)
    return Entry(key, "wheel", "pkg==1", "", "Q4_0", "MIT", "2026-01-01T00:00:00+00:00", (file,))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    lock.change(tmp_path, lambda entries: entries.update({"a": _entry("a")}))
    assert lock.read(tmp_path) == {"a": _entry("a")}


def test_no_entry_is_lost_between_writers(tmp_path: Path) -> None:
    def add(key: str) -> None:
        lock.change(tmp_path, lambda entries: entries.update({key: _entry(key)}))

    keys = [f"m{n}" for n in range(12)]
    threads = [threading.Thread(target=add, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lock.read(tmp_path)) == sorted(keys)


def test_a_store_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(DownloadError, match="Nothing can be written") as caught:
        lock.change(tmp_path, lambda entries: None)
    assert "EDGEOMNI_MODELS_DIR" in caught.value.remedy
