"""Any OpenAI-compatible server is an engine; a bad one is a clear error, and the key stays ours."""

from __future__ import annotations

import array
import io
import json
import subprocess
import sys
import threading
import time
import wave
import zlib
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.remote.answer import ChatAnswer
from edgeomni.engine.remote.engine import RemoteEngine
from edgeomni.engine.remote.media_files import png, wav
from edgeomni.engine.remote.servers import Server, identify
from edgeomni.engine.remote.sse import MAX_EVENT, EventTooLong, SseStream
from edgeomni.errors import (
    AbilityMissing,
    ContextFull,
    EngineError,
    RemoteError,
    UsageError,
)
from edgeomni.ports import Cancel
from edgeomni.values import (
    AudioClip,
    Finished,
    Image,
    Message,
    Notice,
    Options,
    Receipt,
    TextDelta,
    ThoughtDelta,
    Tool,
    ToolCall,
    conversation,
)
from tests.engine.scripted import DONE, ScriptedServer, delta, event, says
from tests.llama_server import LlamaServer, ServerSpec

HELLO = conversation(("user", "Hello"))
KEY = "sk-very-secret-0123456789"
SQUARE = Image(bytes(range(48)), 4, 4)
TONE = AudioClip(array.array("f", [0.0, 0.5, -0.5, 2.0]).tobytes(), 16000)
WEATHER = Tool("weather", "The weather at a place.", {"type": "object", "properties": {}})
MODELS = {"data": [{"id": "m", "owned_by": "someone"}]}


def lists_models(asked):
    asked.says(MODELS)


def llama_models(asked):
    asked.says({"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 512}}]})


def vllm_models(asked):
    asked.says({"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 8192}]})


def serving(chat, models=lists_models, **more):
    return ScriptedServer({"/v1/models": models, "/v1/chat/completions": chat, **more})


def streaming(*pieces):
    return lambda asked: asked.streams(*pieces)


def refusing(status, answer):
    return lambda asked: asked.says(answer, status=status)


def run(server, messages=HELLO, options=None, *, key=KEY, model="", **more):
    engine = RemoteEngine(server.url + "/v1", key, model)
    return list(engine.stream(messages, options or Options(), **more))


def text(events):
    return "".join(e.text for e in events if isinstance(e, TextDelta))


# ── an answer ────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_streams_and_ends_with_a_receipt():
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 5},
    }
    chat = streaming(says("Hi "), says("there", "stop"), event(choices=[], usage=usage), DONE)
    with serving(chat) as server:
        *events, finished = run(server)
    assert text(events) == "Hi there"
    receipt = finished.receipt
    assert (receipt.prompt_tokens, receipt.cached_tokens, receipt.completion_tokens) == (9, 5, 2)
    assert receipt.finish_reason == "stop"
    assert receipt.first_token_ms > 0


def test_a_server_that_counts_nothing_gives_no_invented_counts():
    with serving(streaming(says("Hi", "length"), DONE)) as server:
        receipt = run(server)[-1].receipt
    assert (receipt.prompt_tokens, receipt.completion_tokens) == (0, 0)
    assert (receipt.tokens_per_second, receipt.finish_reason) == (0.0, "length")


def test_reasoning_comes_apart_under_each_of_its_names_and_tags():
    chat = streaming(
        delta(reasoning_content="a"), delta(reasoning="b"), says("<think>c</think>d", "stop"), DONE
    )
    with serving(chat) as server:
        events = run(server)
    assert "".join(e.text for e in events if isinstance(e, ThoughtDelta)) == "abc"
    assert text(events) == "d"


def test_a_tool_call_is_gathered_from_its_pieces():
    def piece(index, **function):
        return {"index": index, "function": function}

    chat = streaming(
        delta(tool_calls=[{**piece(0, name="weather", arguments=""), "id": "a"}]),
        delta(tool_calls=[piece(0, arguments='{"city": "Ro')]),
        delta(tool_calls=[piece(0, arguments='me"}')]),
        delta(tool_calls=[{**piece(1, name="weather", arguments="{}"), "id": "b"}]),
        delta(reason="tool_calls"),
        DONE,
    )
    with serving(chat) as server:
        *calls, finished = run(server, options=Options(tools=(WEATHER,)))
    assert calls == [
        ToolCall("a", "weather", {"city": "Rome"}),
        ToolCall("b", "weather", {}),
    ]
    assert finished.receipt.finish_reason == "tool_calls"


def test_a_damaged_tool_call_is_text():
    answer = ChatAnswer()
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":'}}
    answer.feed({"choices": [{"delta": {"tool_calls": [call]}}]})
    assert answer.finish() == [TextDelta('f({"x":)')]


def test_a_server_that_does_not_stream_is_read_all_the_same():
    whole = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    with serving(lambda asked: asked.says(whole)) as server:
        assert text(run(server)) == "Hi"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            [
                *("choices", "delta", "message", "content", "tool_calls", "function", "arguments"),
                *("usage", "timings", "finish_reason", "name", "id", "index"),
            ]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "timings"]), json_values)))
def test_no_json_breaks_the_reading_of_an_answer(chunks):
    answer = ChatAnswer()
    for chunk in chunks:
        answer.feed(chunk)
    answer.finish()
    assert isinstance(answer.receipt(1, 1, 0), Receipt)


@given(json_values, json_values)
def test_no_json_breaks_the_identification_of_a_server(models, props):
    assert isinstance(identify(models, props), Server)


# ── server-sent events ───────────────────────────────────────────────────────────────────────────

STREAM = ": hello\r\n\r\ndata: één\r\n\r\nid: 3\ndata:two\ndata: lines\n\nretry: 5\n\ndata: {}\n\n"


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_events_are_the_same_however_the_bytes_are_cut(cuts):
    data, stream = STREAM.encode(), SseStream()
    borders = sorted({*cuts, 0, len(data)})
    events = [e for a, b in pairwise(borders) for e in stream.feed(data[a:b])]
    assert events + stream.finish() == ["één", "two\nlines", "{}"]


def test_the_last_event_may_lack_its_empty_line():
    stream = SseStream()
    assert stream.feed(b"data: a") == []
    assert stream.finish() == ["a"]


def test_an_event_without_end_is_not_kept():
    stream = SseStream()
    with pytest.raises(EventTooLong):
        for _ in range(MAX_EVENT // 65536 + 1):
            stream.feed(b"x" * 65536)


# ── the request ──────────────────────────────────────────────────────────────────────────────────


def asked_for(options=None, messages=HELLO, models=lists_models, props=None, **more):
    routes = {"/props": lambda asked: asked.says(props)} if props else {}
    with serving(streaming(says("Hi", "stop"), DONE), models, **routes) as server:
        run(server, messages, options, **more)
        return server.bodies()[0]


def test_a_strange_server_is_asked_in_plain_protocol_only():
    body = asked_for(Options(seed=7, stop=("END",), top_k=3, min_p=0.5, repeat_penalty=1.1))
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 1024,
        "temperature": 0.7,
        "top_p": 0.95,
        "seed": 7,
        "stop": ["END"],
    }


def test_a_server_that_knows_more_is_told_more():
    options = Options(top_k=0, min_p=0.5, repeat_penalty=1.1, thinking=False)
    vllm, llama = (asked_for(options, models=models) for models in (vllm_models, llama_models))
    assert (vllm["top_k"], vllm["repetition_penalty"]) == (-1, 1.1)
    assert (llama["top_k"], llama["repeat_penalty"], llama["min_p"]) == (0, 1.1, 0.5)
    assert vllm["chat_template_kwargs"] == {"enable_thinking": False}


def test_media_go_as_files_between_their_texts():
    message = Message("user", ("What is", SQUARE, "and", TONE))
    parts = asked_for(messages=[message])["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url", "text", "input_audio"]
    assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert parts[3]["input_audio"]["format"] == "wav"


def test_two_frames_in_one_go_as_two_pictures():
    pair = replace(SQUARE, later=bytes(len(SQUARE.pixels)))
    parts = asked_for(messages=[Message("user", (pair, "What moves?"))])["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["image_url", "image_url", "text"]
    assert parts[0] != parts[1]


def test_tools_their_calls_and_their_results_are_told():
    call = ToolCall("call_1", "weather", {"city": "Köln"})
    messages = [
        *HELLO,
        Message("assistant", (), tool_calls=(call,)),
        Message("tool", ("sunny",), tool_call_id="call_1"),
    ]
    body = asked_for(Options(tools=(WEATHER,)), messages)
    assert body["tools"][0]["function"]["name"] == "weather"
    function = body["messages"][1]["tool_calls"][0]["function"]
    assert json.loads(function["arguments"]) == {"city": "Köln"}
    assert body["messages"][2] == {
        "role": "tool",
        "content": "sunny",
        "tool_call_id": "call_1",
    }


def test_a_schema_goes_as_response_format():
    schema = {"type": "object"}
    sent = asked_for(Options(schema=schema))["response_format"]
    assert (sent["type"], sent["json_schema"]["schema"]) == ("json_schema", schema)


def test_a_grammar_goes_to_llama_cpp_only():
    grammar = 'root ::= "a"'
    assert asked_for(Options(grammar=grammar), models=llama_models)["grammar"] == grammar
    with pytest.raises(AbilityMissing, match="cannot take a grammar"):
        asked_for(Options(grammar=grammar))


def test_an_answer_already_begun_goes_where_it_can_be_continued():
    body = asked_for(Options(continuation="I am"), models=vllm_models)
    assert body["messages"][-1] == {"role": "assistant", "content": "I am"}
    assert body["continue_final_message"] is True
    with pytest.raises(AbilityMissing, match="go on with"):
        asked_for(Options(continuation="I am"))


def test_what_llama_cpp_says_of_its_model_is_believed():
    props = {"modalities": {"vision": False, "audio": True}, "default_generation_settings": {}}
    with pytest.raises(AbilityMissing, match="cannot see"):
        asked_for(None, [Message("user", (SQUARE,))], llama_models, props)
    assert asked_for(None, [Message("user", (TONE,))], llama_models, props)


def test_lanes_are_slots_where_there_are_several():
    props = {"default_generation_settings": {"n_ctx": 512}, "total_slots": 2}
    assert asked_for(models=llama_models, props=props, lane="watch")["id_slot"] == 1
    assert "id_slot" not in asked_for(models=llama_models, lane="watch")


def test_a_png_holds_the_pixels():
    file = png(SQUARE)
    length = int.from_bytes(file[33:37], "big")
    rows = zlib.decompress(file[41 : 41 + length])
    assert (file[16:24], file[24:26]) == (b"\0\0\0\4\0\0\0\4", b"\x08\x02")
    assert b"".join(rows[i + 1 : i + 13] for i in range(0, 52, 13)) == SQUARE.pixels


def test_a_png_is_read_by_pillow(tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    with pillow.open(io.BytesIO(png(SQUARE))) as image:
        assert image.convert("RGB").tobytes() == SQUARE.pixels


def test_a_wav_holds_the_samples_and_nothing_beyond_full_scale():
    with wave.open(io.BytesIO(wav(TONE))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        assert array.array("h", file.readframes(9)).tolist() == [0, 16384, -16384, 32767]


# ── what the server says of itself ───────────────────────────────────────────────────────────────


def test_abilities_are_asked_once():
    with serving(streaming(says("Hi", "stop"), DONE), vllm_models) as server:
        engine = RemoteEngine(server.url + "/v1")
        able = engine.abilities()
        list(engine.stream(HELLO, Options()))
        assert [asked.path for asked in server.asked] == ["/v1/models", "/v1/chat/completions"]
    assert (able.model, able.context, able.device) == ("m", 8192, "remote")
    assert able.rung.startswith("vLLM at 127.0.0.1:")


def test_the_room_for_a_picture_is_not_known_of_a_server():
    with serving(streaming()) as server:
        assert RemoteEngine(server.url + "/v1").media_tokens([(640, 480)]) is None


def test_a_context_given_by_hand_counts_where_the_server_does_not_say():
    with serving(streaming()) as server:
        assert RemoteEngine(server.url + "/v1", context=99).abilities().context == 99


def test_a_server_without_a_list_of_models_works_with_a_name():
    with ScriptedServer({"/v1/chat/completions": streaming(says("Hi", "stop"), DONE)}) as server:
        assert text(run(server, model="mine")) == "Hi"
        assert server.bodies()[0]["model"] == "mine"


def test_a_missing_v1_is_named():
    with serving(streaming()) as server:
        with pytest.raises(RemoteError, match="under /v1 only") as caught:
            RemoteEngine(server.url).abilities()
        assert caught.value.remedy == f"Set engine.base_url to {server.url}/v1."


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────


def fails(server, kind=RemoteError, **more):
    with pytest.raises(kind) as caught:
        run(server, **more)
    assert caught.value.remedy
    assert KEY not in str(caught.value) + caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "refused the key"),
        (403, {}, "refused the key"),
        (404, {"error": {"message": "model 'm' not found"}}, "model 'm' not found"),
        (429, {"error": "slow down"}, "no capacity for us at the moment. It says: slow down"),
        (413, b"<html>too big</html>", "finds the request too large"),
        (422, {"detail": [{"loc": ["body"], "msg": "bad"}]}, "did not understand the request"),
        (500, b"oops", "failed"),
        (503, {"error": {"message": "Loading model"}}, "failed. It says: Loading model"),
        (504, b"", "took too long"),
    ],
)
def test_a_refusal_says_what_happened_and_what_to_do(status, answer, told):
    with serving(refusing(status, answer)) as server:
        assert told in fails(server).happened


def test_a_server_s_words_do_not_drive_the_terminal():
    with serving(refusing(500, {"error": {"message": "a\x1b[2J\nb\u202e" + "x" * 999}})) as server:
        said = fails(server).happened
    assert said.isprintable()
    assert len(said) < 400


@pytest.mark.parametrize(
    "error",
    [
        {"code": 400, "type": "exceed_context_size_error", "message": "too much"},
        {"code": "context_length_exceeded", "message": "too much"},
        {"message": "This model's maximum context length is 10 tokens."},
    ],
)
def test_a_full_context_is_told_as_one(error):
    with serving(refusing(400, {"error": error})) as server:
        fails(server, ContextFull, options=Options(overflow="refuse"))
        fails(server, ContextFull)  # a single turn cannot be shortened


def test_what_does_not_fit_is_trimmed_openly_oldest_first():
    def chat(asked):
        if len(asked.body["messages"]) > 3:
            asked.says({"error": {"type": "exceed_context_size_error"}}, status=400)
        else:
            asked.streams(says("Hi", "stop"), DONE)

    turns = [(role, f"{role} {n}") for n in range(4) for role in ("user", "assistant")]
    messages = conversation(("system", "S"), *turns, ("user", "last"))
    with serving(chat) as server:
        events = run(server, messages)
        kept = [message["content"] for message in server.bodies()[-1]["messages"]]
    notices = [e for e in events if isinstance(e, Notice)]
    assert notices[-1].code == "history-trimmed"
    assert (kept[0], kept[-1], len(kept)) == ("S", "last", 2)


def test_nobody_at_the_address_is_said():
    with serving(streaming()) as server:
        url = server.url
    with pytest.raises(RemoteError, match="There is no server at 127"):
        RemoteEngine(url + "/v1").abilities()


@pytest.mark.parametrize(
    ("chat", "told"),
    [
        (streaming(says("Hi")), "broke off in the middle"),
        (streaming(says("Hi"), event(error={"message": "out of memory", "code": 500})), "failed"),
        (streaming(b'error: {"message": "gone"}\n\n'), "It says: gone"),
        (streaming(b"data: <html>\n\n"), "sent what is no chat answer: <html>"),
        (streaming(b"data: [1]\n\n"), "sent what is no chat answer: [1]"),
        (lambda asked: asked.says(b"<html>", kind="text/html"), "sent what is no chat answer"),
        (lambda asked: asked.says(b"", kind="text/html"), "sent what is no chat answer"),
        (lambda asked: asked.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "connection to 127.0.0.1"),
        (streaming(b"data: " + b"x" * (MAX_EVENT + 9)), "an event without end"),
    ],
)
def test_a_broken_answer_is_a_clear_error(chat, told):
    with serving(chat) as server:
        assert told in fails(server).happened


def test_what_was_said_before_it_broke_is_kept():
    heard = []
    with serving(streaming(says("Hi "), says("there"))) as server:
        engine = RemoteEngine(server.url + "/v1")
        with pytest.raises(RemoteError):
            for e in engine.stream(HELLO, Options()):
                heard.append(e)
    assert text(heard) == "Hi there"


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere_else():
    with serving(streaming()) as other:
        away = {"location": other.url + "/v1/chat/completions"}
        with serving(lambda asked: asked.says({}, status=307, **away)) as server:
            error = fails(server)
        assert other.asked == []
    assert "sends elsewhere to 127.0.0.1" in error.happened


def test_the_key_goes_to_the_server_only_as_a_header():
    with serving(streaming(says("Hi", "stop"), DONE)) as server:
        run(server)
        assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
        assert KEY not in json.dumps(server.bodies())


def test_without_a_key_the_remedy_is_to_give_one():
    with serving(refusing(401, {})) as server:
        assert fails(server, key="").remedy == "Set engine.api_key."


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("localhost:8080", ""),
        ("ftp://host/v1", ""),
        ("http://", ""),
        ("http://user:secret@host/v1", ""),
        ("http://host/v1", "two\nlines"),
        ("http://host/v1", "schlüssel"),
    ],
)
def test_an_address_or_key_that_cannot_be_one_is_refused_at_once(url, key):
    with pytest.raises(UsageError) as caught:
        RemoteEngine(url, key)
    assert "secret" not in caught.value.happened


def test_a_cache_of_a_server_cannot_be_saved(tmp_path):
    engine = RemoteEngine("http://127.0.0.1:9/v1")
    with pytest.raises(EngineError, match="cannot be saved"):
        engine.save("chat", tmp_path / "kv")
    with pytest.raises(EngineError, match="cannot be saved"):
        engine.restore("chat", tmp_path / "kv")


def test_nothing_is_generated_to_warm_a_server_that_cannot_only_read():
    with serving(streaming()) as server:
        assert RemoteEngine(server.url + "/v1").prefill(HELLO) == Receipt()
        assert server.bodies() == []


# ── cancelling ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("before_headers", [True, False])
def test_cancelling_closes_the_connection_at_once(before_headers):
    cancel, hung_up, reached = Cancel(), threading.Event(), threading.Event()

    def chat(asked):
        if not before_headers:
            asked.streams(says("Hi"))
        reached.set()
        if asked.waits():
            hung_up.set()

    def ask():
        reached.wait(10)
        cancel.ask()

    with serving(chat) as server:
        asking = threading.Thread(target=ask)
        asking.start()
        events = run(server, cancel=cancel)
        ended = time.perf_counter()
        assert hung_up.wait(10)
        asking.join()
    assert isinstance(events[-1], Finished)
    assert events[-1].receipt.finish_reason == "cancelled"
    assert time.perf_counter() - ended < 5


def test_an_answer_that_nobody_reads_on_is_closed():
    hung_up = threading.Event()

    def chat(asked):
        asked.streams(says("Hi"))
        if asked.waits():
            hung_up.set()

    with serving(chat) as server:
        events = RemoteEngine(server.url + "/v1").stream(HELLO, Options())
        assert next(events) == TextDelta("Hi")
        events.close()
        assert hung_up.wait(10)


# ── a real server ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def llama_server(tiny, peers, tmp_path_factory):
    """Starts llama-server on a tiny model, once for each."""
    running = {}

    def give(name):
        if name not in running:
            model = tiny(name)
            log = tmp_path_factory.mktemp("server") / "log"
            program = peers.program("llama-server")
            spec = ServerSpec(program, model.model, model.mmproj, context=1024, extra=("--jinja",))
            running[name] = LlamaServer(spec, log).__enter__()
        return RemoteEngine(running[name].url + "/v1")

    yield give
    for server in running.values():
        server.stop()


GREEDY = Options(max_tokens=12, temperature=0)


@pytest.mark.peers
@pytest.mark.parametrize(("name", "sees", "hears"), [("llama", 0, 0), ("qwen25omni", 1, 1)])
def test_llama_server_tells_its_abilities(llama_server, name, sees, hears):
    able = llama_server(name).abilities()
    assert (able.vision, able.audio, able.context) == (bool(sees), bool(hears), 1024)
    assert able.rung.startswith("llama.cpp at ")


@pytest.mark.peers
def test_llama_server_answers_and_keeps_its_cache(llama_server):
    engine = llama_server("llama")
    messages = conversation(("user", "Where does the sea begin?"))
    first, second = (list(engine.stream(messages, GREEDY)) for _ in range(2))
    assert text(first) == text(second) != ""
    assert first[-1].receipt.completion_tokens == 12
    assert second[-1].receipt.cached_tokens > second[-1].receipt.prompt_tokens - 4


@pytest.mark.peers
def test_prefill_warms_llama_server_without_generating(llama_server):
    engine = llama_server("llama")
    messages = conversation(("user", "A question that nobody has asked before."))
    warmed = engine.prefill(messages)
    answered = list(engine.stream(messages, GREEDY))[-1].receipt
    assert (warmed.completion_tokens, warmed.prompt_tokens) == (0, answered.prompt_tokens)
    assert answered.cached_tokens >= answered.prompt_tokens - 1


@pytest.mark.peers
@pytest.mark.parametrize("name", ["qwen25vl", "gemma3"])
def test_llama_server_is_shown_a_picture_and_encodes_it_once(llama_server, name):
    engine = llama_server(name)
    picture = Image(bytes(range(256)) * 12, 32, 32)
    messages = [Message("user", ("What is this?", picture))]
    first, second = (list(engine.stream(messages, GREEDY))[-1].receipt for _ in range(2))
    assert first.media_items == 1
    assert first.completion_tokens > 0
    assert second.cached_tokens > first.cached_tokens


@pytest.mark.peers
def test_llama_server_is_given_sound(llama_server):
    clip = AudioClip(array.array("f", [0.1, -0.1] * 8000).tobytes(), 16000)
    events = list(llama_server("qwen25omni").stream([Message("user", ("Hear", clip))], GREEDY))
    assert events[-1].receipt.prompt_tokens > 100


@pytest.mark.peers
def test_llama_server_keeps_to_grammar_and_schema(llama_server):
    engine = llama_server("llama")
    said = text(engine.stream(HELLO, Options(max_tokens=20, grammar='root ::= "yes" | "no"')))
    assert said in ("yes", "no")
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}
    said = text(engine.stream(HELLO, Options(max_tokens=100, schema=schema)))
    assert json.loads(said)["a"] in (1, 2)


@pytest.mark.peers
def test_llama_server_takes_tools(llama_server):
    events = list(llama_server("llama").stream(HELLO, Options(max_tokens=9, tools=(WEATHER,))))
    assert isinstance(events[-1], Finished)


@pytest.mark.peers
def test_llama_server_goes_on_with_an_answer_and_does_not_repeat_it(llama_server):
    engine = llama_server("llama")
    begun = Options(max_tokens=8, temperature=0, continuation="I am a sea of")
    assert not text(engine.stream(HELLO, begun)).startswith("I am")


@pytest.mark.peers
def test_llama_server_s_full_context_is_trimmed_or_refused(llama_server):
    engine = llama_server("llama")
    turns = [(role, "word " * 150) for _ in range(6) for role in ("user", "assistant")]
    messages = conversation(*turns, ("user", "Hello"))
    assert isinstance(next(engine.stream(messages, GREEDY)), Notice)
    with pytest.raises(ContextFull, match="does not fit"):
        list(engine.stream(messages, Options(overflow="refuse")))


@pytest.mark.peers
def test_llama_server_is_cut_off_when_the_turn_is_cancelled(llama_server):
    engine, cancel = llama_server("llama"), Cancel()
    endless = Options(max_tokens=900, grammar='root ::= "a" "b"{500} "a"*')
    events = engine.stream(HELLO, endless, cancel=cancel)
    next(events)
    cancel.ask()
    asked = time.perf_counter()
    rest = list(events)
    assert rest[-1].receipt.finish_reason == "cancelled"
    assert time.perf_counter() - asked < 0.5


def test_importing_the_room_loads_nothing_heavy():
    code = (
        "import sys, edgeomni.engine.remote.engine, edgeomni.engine.grammar.schema; "
        "import edgeomni.engine.reply.parser; "
        "print(sorted({'httpx', 'numpy', 'llama_cpp', 'jinja2', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
