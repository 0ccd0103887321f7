"""Which objects come of which settings, and when things happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgeomni.build import Home, build, engine_config
from edgeomni.catalog import ModelFiles
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.remote.engine import RemoteEngine
from edgeomni.errors import AbilityMissing, EngineError, ModelNotFound
from edgeomni.looking import Look
from edgeomni.loops.watch.yielding import YieldingEngine
from edgeomni.settings import Setting, Settings
from edgeomni.values import Abilities, AudioClip
from tests.fakes import ECHO, EchoEngine, factories
from tests.tiny.build import TinyModel


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEOMNI_HOME", str(tmp_path))
    monkeypatch.setenv("EDGEOMNI_OFFLINE", "1")


def home(engine: EchoEngine) -> Home:
    return build(Settings(), factories=factories(engine))


def test_a_server_in_the_settings_is_asked_instead_of_this_machine() -> None:
    with build(Settings(base_url=Setting("http://localhost:1/v1", "--base-url"))) as remote:
        assert isinstance(remote.engine, RemoteEngine)


def test_a_server_chooses_its_model_unless_the_user_does() -> None:
    server = Setting("http://localhost:1/v1", "x")
    assert Settings(base_url=server).asked_model == ""
    assert Settings(base_url=server, model=Setting("big", "--model")).asked_model == "big"
    assert Settings().asked_model == "nano"


def test_a_file_becomes_an_engine_that_has_not_loaded_yet(
    tiny: Callable[[str], TinyModel],
) -> None:
    seeing = tiny("gemma3")
    chosen = Settings(
        model=Setting(str(seeing.model)),
        mmproj=Setting(str(seeing.mmproj)),
        context=Setting(512),
        device=Setting("cpu"),
    )
    with build(chosen) as local:
        assert isinstance(local.engine, LlamaEngine)
        config = local.engine.config
        assert (config.model, config.mmproj) == (seeing.model, seeing.mmproj)
        assert (config.context, config.device) == (512, "cpu")


def test_a_model_that_is_not_there_is_said_before_anything_is_wired() -> None:
    with pytest.raises(ModelNotFound):
        build(Settings(model=Setting("nothing.gguf")))


def test_eyes_are_opened_only_when_there_is_something_to_see(tmp_path: Path) -> None:
    made = build(Settings(), factories=factories(EchoEngine()))
    opened: list[int] = []
    make = made.make_eyes
    made.make_eyes = lambda: opened.append(1) or make()  # type: ignore[func-returns-value]
    assert opened == []
    (tmp_path / "a.png").write_bytes(b"x")
    made.show("image", tmp_path / "a.png", Look())
    made.show("image", tmp_path / "a.png", Look())
    assert opened == [1]


def test_sounds_come_at_the_rate_that_the_model_hears(tmp_path: Path) -> None:
    (clip,) = home(EchoEngine()).show("audio", tmp_path / "a.wav", Look())
    assert isinstance(clip, AudioClip)
    assert clip.rate == ECHO.audio_rate


def test_a_head_start_tells_its_failure_to_whoever_waits() -> None:
    class Broken(EchoEngine):
        def abilities(self) -> Abilities:
            raise EngineError("It does not load.")

    made = home(Broken())
    made.load_ahead()
    with pytest.raises(EngineError, match="It does not load"):
        made.ready()
    made.ready()  # said once, not for ever


def test_a_deaf_model_is_named(tmp_path: Path) -> None:
    class Deaf(EchoEngine):
        def abilities(self) -> Abilities:
            return Abilities("deaf", True, False, 0, False, False, 1, "cpu", "cpu")

    with pytest.raises(AbilityMissing, match="deaf cannot hear"):
        home(Deaf()).show("audio", tmp_path / "a.wav", Look())


def test_leaving_closes_the_engine() -> None:
    engine = EchoEngine()
    with home(engine):
        assert not engine.closed
    assert engine.closed


def test_only_who_watches_pays_for_a_second_lane(tiny: Callable[[str], TinyModel]) -> None:
    seeing = tiny("gemma3")
    chosen = Settings(model=Setting(str(seeing.model)), mmproj=Setting(str(seeing.mmproj)))
    files = ModelFiles("tiny", "Tiny", seeing.model, seeing.mmproj, None, "file")
    assert engine_config(chosen, files).lanes == ("chat",)
    assert engine_config(replace(chosen, watching=True), files).lanes == ("chat", "watch")


def test_who_watches_shares_the_engine_between_looks_and_questions() -> None:
    chosen = Settings(watching=True)
    with build(chosen, factories=factories(EchoEngine())) as watching:
        assert isinstance(watching.engine, YieldingEngine)


def test_the_card_of_a_model_says_how_it_is_to_be_asked() -> None:
    server = Setting("http://localhost:1/v1", "--base-url")
    for chosen, plain in (
        (Settings(), True),
        (Settings(model=Setting("gemma-3-4b")), False),
        (Settings(base_url=server), False),
    ):
        with build(chosen, factories=factories(EchoEngine())) as made:
            assert made.plain is plain
