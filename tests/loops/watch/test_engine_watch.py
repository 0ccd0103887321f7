"""A watch with a real engine over a tiny model that is shown several pictures at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgeomni.assistant import Assistant
from edgeomni.engine.client import LlamaEngine
from edgeomni.engine.config import EngineConfig
from edgeomni.loops.watch.loop import WatchLoop
from edgeomni.loops.watch.plan import WatchPlan
from edgeomni.loops.watch.telling import Telling
from edgeomni.loops.watch.yielding import YieldingEngine
from edgeomni.values import Options
from tests.loops.watch.doubles import OPENED, RememberingFace, ScriptedSight, Step, look, picture
from tests.tiny.build import TinyModel

pytestmark = pytest.mark.engine
SCHEMA = {
    "type": "object",
    "properties": {"people": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["people"],
}


@pytest.fixture
def engine(tiny: Callable[[str], TinyModel], tmp_path: Path) -> Iterator[YieldingEngine]:
    files = tiny("gemma3")
    lanes = ("chat", "watch")
    config = EngineConfig(files.model, files.mmproj, device="cpu", threads=1, lanes=lanes)
    made = YieldingEngine(LlamaEngine(config, tmp_path / "engine.log"))
    yield made
    made.close()


def watched(engine: YieldingEngine, plan: WatchPlan, *steps: Step) -> RememberingFace:
    face = RememberingFace()
    paced: list[Step] = []
    for count, step in enumerate(steps, 1):
        paced += [step, face.until("caption", count)]
    sight = ScriptedSight(OPENED, *paced)
    WatchLoop(sight, engine, Assistant(engine), Options(), face, plan).run()
    assert face.errors == []
    return face


def test_the_picture_before_stands_beside_the_new_one_and_is_not_encoded_again(engine) -> None:
    face = watched(engine, WatchPlan(), *(look(at, picture(at)) for at in range(3)))
    receipts = [caption.receipt for caption in face.captions]
    assert [receipt.media_items for receipt in receipts] == [1, 2, 2]
    assert [receipt.media_encodes for receipt in receipts] == [1, 1, 1]


def test_fields_and_conditions_are_whole_whatever_the_model_says(engine) -> None:
    plan = WatchPlan(Telling(schema=SCHEMA), conditions=["a parcel at the door"])
    face = watched(engine, plan, look(0), look(1))
    for caption in face.captions:
        assert caption.fields is not None
        assert 0 <= caption.fields["people"] <= 9


def test_several_questions_about_one_look_encode_it_once(engine) -> None:
    plan = WatchPlan(Telling(), conditions=["a cat", "a dog"], max_latency=60.0)
    face = watched(engine, plan, look(0))
    assert face.captions[0].receipt.media_encodes == 0
    assert face.paces[0].look > 0


def test_a_look_is_no_part_of_the_conversation_nor_of_its_cache(engine) -> None:
    chat = Assistant(engine)
    [*_, first] = chat.reply(["hello"], Options(max_tokens=4))
    watched(engine, WatchPlan(), *(look(at, picture(at)) for at in range(12)))
    [*_, second] = chat.reply(["and then?"], Options(max_tokens=4))
    before = first.receipt.prompt_tokens + first.receipt.completion_tokens - 1
    assert second.receipt.cached_tokens >= before
