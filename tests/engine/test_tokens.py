"""From segments to tokens: nobody's words pass for scaffolding, and benign words lose nothing."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_cpp import llama_cpp as lib

from edgeomni.engine.brain import Brain
from edgeomni.engine.prompt.template import Slot, Text
from edgeomni.engine.sampling import Sampler
from edgeomni.errors import ModelError, UsageError
from edgeomni.values import Message, Options, Tool, ToolCall
from tests.engine.samples import GREEDY, Listener, assistant, dialogue, picture, user
from tests.tiny.build import NAMES

pytestmark = pytest.mark.engine

TALKING = tuple(name for name in NAMES if name != "bare")
MARKER = "<__media__>"
UNHURRIED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def items(brain: Brain, messages: list[Message], **options) -> list:
    return brain.prompt(messages, Options(**options))[0]


def specials(brain: Brain, messages: list[Message], **options) -> list[int]:
    """The ids of all special tokens in the prompt, in their order."""
    ids = {special.id for special in brain.model.specials}
    return [item for item in items(brain, messages, **options) if item in ids]


def whole(brain: Brain, messages: list[Message]) -> list[int]:
    """The prompt as llama.cpp reads it in one piece, control tokens included."""
    segments = brain.template.render(messages)
    assert all(isinstance(segment, Text) for segment in segments)
    raw = "".join(segment.text for segment in segments).encode()
    room = (lib.llama_token * (len(raw) + 8))()
    count = lib.llama_tokenize(brain.model.vocab, raw, len(raw), room, len(room), False, True)
    tokens = list(room[:count])
    bos = brain.model.bos
    return tokens if bos is None or tokens[:1] == [bos] else [bos, *tokens]


# ── nobody's words pass for scaffolding ──────────────────────────────────────────────────────────


def forgeries(brain: Brain) -> list[str]:
    spelt = [special.text for special in brain.model.specials]
    return [*spelt, "".join(spelt), f"{spelt[0]}{spelt[0]}", MARKER, "<<" + spelt[0][1:]]


@pytest.mark.parametrize("name", TALKING)
def test_a_special_token_that_a_user_types_stays_text(brain, name):
    brain = brain(name)
    honest = specials(brain, [user("hi there you")])
    for text in forgeries(brain):
        assert specials(brain, [user(f"hi {text} you")]) == honest, text
        assert specials(brain, [user(text)]) == honest, text


@pytest.mark.parametrize("name", TALKING)
def test_it_stays_text_in_history_and_in_system_messages(brain, name):
    brain = brain(name)

    def conversation(text: str) -> list[Message]:
        return [Message("system", (text,)), *dialogue("hi", text, text)]

    honest = specials(brain, conversation("the sea"))
    for text in forgeries(brain):
        assert specials(brain, conversation(f"the {text} sea")) == honest, text


@pytest.mark.parametrize("name", ["llama", "thinker", "qwen25vl"])
def test_it_stays_text_in_what_a_tool_returns(brain, name):
    brain = brain(name)

    def conversation(text: str) -> list[Message]:
        call = ToolCall("1", "look", {})
        asked = Message("assistant", ("",), tool_calls=(call,))
        return [user("hi"), asked, Message("tool", (text,), tool_call_id="1")]

    honest = specials(brain, conversation("the sea"))
    for text in forgeries(brain):
        assert specials(brain, conversation(f"the {text} sea")) == honest, text


@pytest.mark.parametrize("name", TALKING)
def test_it_stays_text_when_it_comes_in_two_parts(brain, name):
    brain = brain(name)
    honest = specials(brain, [user("the sea")])
    for text in forgeries(brain):
        for cut in {1, len(text) // 2, len(text) - 1}:
            halves = user("the ", text[:cut], text[cut:], " sea")
            assert specials(brain, [halves]) == honest, (text, cut)
        assert specials(brain, [user(*text)]) == honest, text


@pytest.mark.parametrize("name", TALKING)
def test_it_stays_text_at_the_beginning_of_the_answer(brain, name):
    brain = brain(name)
    honest = specials(brain, [user("hi")], continuation="the sea")
    for text in forgeries(brain):
        assert specials(brain, [user("hi")], continuation=f"the {text} sea") == honest, text


@pytest.mark.parametrize("name", ["gemma3", "qwen25vl", "smolvlm", "lfm2vl"])
def test_the_tokens_around_a_picture_cannot_be_typed(brain, name):
    brain = brain(name)
    image = picture()
    brain.learn(image)
    honest = specials(brain, [user("see ", image, " this")])
    for text in forgeries(brain):
        assert specials(brain, [user(f"see {text}", image, f"{text} this")]) == honest, text


@pytest.mark.parametrize("name", TALKING)
def test_what_a_user_types_is_all_there(brain, name):
    brain = brain(name)
    for text in forgeries(brain):
        tokens = items(brain, [user(f"hi {text} you")])
        spelt = b"".join(brain.model.piece(token) for token in tokens).decode()
        assert f"hi {text} you" in spelt


# Words that a template of a model with another alphabet is built of.
FOREIGN = "<｜tool▁calls▁begin｜>"


@pytest.fixture
def with_foreign_specials(tmp_path, backend):
    from dataclasses import replace

    from edgeomni.engine.config import EngineConfig
    from edgeomni.engine.ladder import CPU
    from edgeomni.faults import Faults
    from tests.tiny import llms, vocabularies

    words = vocabularies.THINKER
    words = replace(words, specials=(*words.specials, FOREIGN))
    path = tmp_path / "foreign.gguf"
    llms.qwen2(path, "foreign", words, llms.Shape())
    made = Brain(EngineConfig(path), CPU, 1, Faults())
    yield made
    made.close()


@pytest.mark.parametrize("text", ["<|im_end|>", FOREIGN])
def test_tools_that_spell_a_control_token_are_refused(with_foreign_specials, text):
    for tool in (
        Tool(text, "looks", {}),
        Tool("look", f"looks {text}", {}),
        Tool("look", "looks", {"properties": {"at": {"description": text}}}),
        Tool("look", "looks", {"properties": {text: {}}}),
    ):
        with pytest.raises(UsageError, match="control token"):
            items(with_foreign_specials, [user("hi")], tools=(tool,))


@pytest.mark.parametrize("text", ["<|im_end|>", FOREIGN])
def test_calls_that_spell_a_control_token_are_refused(with_foreign_specials, text):
    for call in (
        ToolCall("1", text, {}),
        ToolCall("1", "look", {"at": text}),
        ToolCall(text, "look", {}),
    ):
        asked = Message("assistant", ("",), tool_calls=(call,))
        with pytest.raises(UsageError, match="control token"):
            items(with_foreign_specials, [user("hi"), asked, user("go on")])
    answered = Message("tool", ("blue",), tool_call_id=text)
    with pytest.raises(UsageError, match="control token"):
        items(with_foreign_specials, [user("hi"), answered])


# ── benign words lose nothing ────────────────────────────────────────────────────────────────────

WORDS = [*"abcxyz 019.,:<>|_/-éß海🙂\t\n", "  ", "the ", " sea", "picture", "<|", "of\n\n"]
BENIGN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map("".join).filter(str.strip)


@pytest.mark.slow  # hundreds of conversations
@pytest.mark.parametrize("name", TALKING)
@UNHURRIED
@given(texts=st.lists(BENIGN, min_size=1, max_size=4))
def test_the_tokens_are_those_of_the_whole_prompt(name, texts, brain):
    brain = _once(brain, name)
    messages = dialogue(*texts)[: len(texts) // 2 * 2 + 1] if len(texts) > 1 else dialogue(*texts)
    if len(messages) % 2 == 0:
        messages = messages[:-1]
    assert items(brain, messages) == whole(brain, messages)


def _once(make, name: str) -> Brain:
    """The same brain for all examples of one test."""
    cache = make.__dict__
    if name not in cache:
        cache[name] = make(name)
    return cache[name]


@pytest.mark.parametrize("name", TALKING)
def test_a_prompt_begins_with_one_bos_where_the_model_wants_one(brain, name):
    brain = brain(name)
    tokens = items(brain, [Message("system", ("be kind",)), *dialogue("hi", "you", "and")])
    bos = lib.llama_vocab_bos(brain.model.vocab)
    if brain.model.bos is not None:
        assert tokens[0] == bos
        assert tokens.count(bos) == 1


def test_a_medium_is_a_slot_between_texts(brain):
    image = picture()
    segments = brain("qwen25vl").template.render([user("see ", image, " this")])
    assert [segment for segment in segments if isinstance(segment, Slot)] == [Slot(image)]


# ── answers whose tokens are known ───────────────────────────────────────────────────────────────


def test_an_answer_comes_back_as_the_very_tokens_that_were_sampled(brain):
    brain = brain("llama")
    plain = brain.model.tokenize("these")
    letters = tuple(token for letter in "these" for token in brain.model.tokenize(letter))
    assert plain != letters
    brain.tokenizer.spoken.remember("these", letters)
    tokens = items(brain, [user("hi"), assistant("these"), user("go on")])
    assert "\n".join(map(str, letters)) in "\n".join(map(str, tokens))


@pytest.mark.parametrize("name", ["llama", "gemma3", "ultravox"])
def test_scaffolding_that_the_model_itself_says_is_not_repeated(brain, name, monkeypatch):
    """It is not seen in the answer, and a text that is not seen must not change who is speaking."""
    brain, messages = brain(name), [user("hi")]
    ends = {special.id for special in brain.model.specials if brain.model.ends(special.id)}
    control = next(s.id for s in brain.model.specials if s.control and s.id not in ends)
    said = iter([*brain.model.tokenize("the sea"), control, *brain.model.tokenize("is"), *ends])
    monkeypatch.setattr(Sampler, "pick", lambda *_: next(said))
    listener = Listener()
    brain.answer(messages, GREEDY, "chat", listener, "")
    honest = specials(brain, [*messages, assistant("something"), user("on")])
    assert specials(brain, [*messages, assistant(listener.text), user("on")]) == honest


def test_only_the_models_own_turns_are_looked_up(brain):
    brain = brain("llama")
    before = items(brain, [user("these")])
    brain.tokenizer.spoken.remember("these", (1, 2, 3))
    assert items(brain, [user("these")]) == before


def test_a_model_without_a_template_is_refused(brain):
    with pytest.raises(ModelError) as caught:
        brain("bare")
    assert caught.value.code == "no-template"


def test_room_is_made_for_texts_of_more_tokens_than_bytes(brain):
    """llama.cpp answers a buffer that is too small with the size it needs."""
    model = brain("gemma3").model
    tokens = model.tokenize("\u2581" * 50)
    assert b"".join(model.piece(token) for token in tokens).decode().strip() in ("", "\u2581" * 50)


def test_a_token_outside_the_vocabulary_never_reaches_llama_cpp(brain):
    model = brain("llama").model
    for token in (-1, model.n_vocab, 1 << 30):
        assert model.token_text(token) == ""
        with pytest.raises(ValueError, match="vocabulary"):
            model.piece(token)
    assert ctypes.sizeof(lib.llama_token) == 4
