"""What a model writes is split into answer, reasoning and tool calls, however it is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeomni.engine.reply.formats import ReplyFormat, detect_format
from edgeomni.engine.reply.parser import reply_parser
from edgeomni.engine.reply.tools import GENERIC, TOOL_FORMATS
from edgeomni.values import TextDelta, ThoughtDelta, Tool, ToolCall

WEATHER = Tool(
    "weather",
    "The weather at a place.",
    {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
)
HERMES = next(f for f in TOOL_FORMATS if f.name == "hermes")
LLAMA3 = next(f for f in TOOL_FORMATS if f.name == "llama3")
HARMONY = detect_format("{% if tools %}<|start|>assistant<|channel|>analysis<|message|>")
FUNCTIONARY = detect_format("{% if tools %}>>>all\\n")


def split(form, text, *, tools=(WEATHER,), cuts=None, **more):
    """(answer, thought, calls) of a text that arrives in pieces, by default one character each."""
    parser = reply_parser(form, tools, **more)
    borders = range(len(text) + 1) if cuts is None else sorted({*cuts, 0, len(text)})
    events = [e for a, b in pairwise(borders) for e in parser.feed(text[a:b])] + parser.finish()
    return (
        "".join(e.text for e in events if isinstance(e, TextDelta)),
        "".join(e.text for e in events if isinstance(e, ThoughtDelta)),
        [e for e in events if isinstance(e, ToolCall)],
    )


# ── reasoning ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("<think></think>", "<think>\nHm.\n</think>\n\nYes."),
        ("<thinking></thinking>", "<thinking>Hm.</thinking>Yes."),
        ("<seed:think></seed:think>", "<seed:think>Hm.</seed:think>Yes."),
        ("[THINK][/THINK]", "[THINK]Hm.[/THINK]Yes."),
        ("'<|channel>thought\\n' '<channel|>'", "<|channel>thought\nHm.\n<channel|>Yes."),
        (
            "<|START_THINKING|> <|END_THINKING|> <|START_RESPONSE|>",
            "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>",
        ),
        (
            "between <think></think> and between <response></response>",
            "<think>Hm.</think>\n<response>Yes.</response>",
        ),
        (
            "<|start|> <|channel|> <|message|>",
            "<|channel|>analysis<|message|>Hm.<|end|>"
            "<|start|>assistant<|channel|>final<|message|>Yes.",
        ),
    ],
)
def test_reasoning_is_told_apart_in_the_template_s_own_tags(template, written):
    assert split(detect_format(template), written) == ("Yes.", "Hm.", [])


def test_a_prompt_that_opens_the_thought_makes_the_answer_begin_inside():
    form = ReplyFormat().after("<|im_start|>assistant\n<think>\n")
    assert split(form, "Hm.\n</think>\n\nYes.") == ("Yes.", "Hm.", [])


def test_a_prompt_with_a_closed_thought_does_not():
    form = ReplyFormat().after("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert split(form, "Yes.") == ("Yes.", "", [])


def test_a_model_that_repeats_the_opening_tag_is_not_quoted():
    assert split(ReplyFormat(opened="<think>"), "<think>Hm.</think>Yes.") == ("Yes.", "Hm.", [])


def test_a_lone_closing_tag_is_not_shown():
    assert split(ReplyFormat(), "Hm.\n</think>\nYes.")[0] == "Hm.Yes."


def test_reasoning_that_never_ends_stays_reasoning():
    assert split(ReplyFormat(), "<think>Hm. Wait") == ("", "Hm. Wait", [])


def test_tags_quoted_in_a_sentence_are_text():
    written = "Write <think> and then </think> around it."
    form = ReplyFormat()
    assert split(form, "<think>x</think>" + written) == (written, "x", [])


def test_reasoning_streams_while_it_is_written():
    parser = reply_parser(ReplyFormat())
    assert parser.feed("<think>The sea") == [ThoughtDelta("The sea")]
    assert parser.feed(" is wide</th") == [ThoughtDelta(" is wide")]
    assert parser.feed("ink>It is") == [TextDelta("It is")]


def test_only_what_may_become_a_tag_is_held_back():
    parser = reply_parser(ReplyFormat())
    assert parser.feed("a <thin") == [TextDelta("a")]
    assert parser.feed("g") == [TextDelta(" <thing")]


def test_white_space_of_a_plain_answer_is_kept():
    assert split(ReplyFormat(), "  a \n\n b \n", tools=()) == ("  a \n\n b \n", "", [])


tagged = st.lists(
    st.sampled_from(
        [
            *("<think>", "</think>", "<tool_call>", "</tool_call>", " a", "\n", "<", "th", "b. "),
            '{"name": "weather", "arguments": {"city": "Rome"}}',
        ]
    ),
    max_size=12,
).map("".join)


@given(tagged, st.lists(st.integers(0, 150), max_size=10))
def test_the_cuts_of_the_stream_do_not_matter(written, cuts):
    form = ReplyFormat(tools=HERMES)
    inside = [cut for cut in cuts if cut < len(written)]
    assert split(form, written, cuts=inside) == split(form, written)


@given(st.text("<>think/ab \n", max_size=40))
def test_nothing_but_tags_and_white_space_is_ever_lost(written):
    answer, thought, _ = split(ReplyFormat(), written)
    bare = written.replace("<think>", "").replace("</think>", "")
    kept = (answer + thought).replace("<think>", "").replace("</think>", "")
    assert sorted("".join(kept.split())) == sorted("".join(bare.split()))


# ── tool calls ───────────────────────────────────────────────────────────────────────────────────

ROME = ToolCall("call_1", "weather", {"city": "Rome", "days": 2})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "hermes",
            '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome", "days": 2}}\n'
            "</tool_call>",
        ),
        ("llama3", '{"name": "weather", "parameters": {"city": "Rome", "days": 2}}'),
        (
            "llama3",
            '{"type": "function", "name": "weather", "parameters": {"city": "Rome", "days": 2}}',
        ),
        ("llama3", '<|python_tag|>{"name": "weather", "parameters": {"city": "Rome", "days": 2}}'),
        ("llama3", '<|python_tag|>weather.call(city="Rome", days=2)'),
        ("mistral", '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Rome", "days": 2}}]'),
        ("mistral", '[TOOL_CALLS]weather[ARGS]{"city": "Rome", "days": 2}'),
        ("mistral", '[TOOL_CALLS]weather[CALL_ID]abcdef123[ARGS]{"city": "Rome", "days": 2}'),
        ("lfm2", '<|tool_call_start|>[weather(city="Rome", days=2)]<|tool_call_end|>'),
        ("tool-code", '```tool_code\nprint(default_api.weather(city="Rome", days=2))\n```'),
        ("gemma", '<|tool_call>call:weather{city:<|"|>Rome<|"|>,days:2}<tool_call|>'),
        (
            "qwen-coder",
            "<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n"
            "<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>",
        ),
        (
            "seed",
            "<seed:tool_call><function=weather><parameter=city>Rome</parameter>"
            "<parameter=days>2</parameter></function></seed:tool_call>",
        ),
        (
            "glm",
            "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n"
            "<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        ),
        ("functionary", '<function=weather>{"city": "Rome", "days": 2}</function>'),
        (
            "minicpm",
            '<function name="weather"><param name="city">Rome</param>'
            '<param name="days">2</param></function>',
        ),
        (
            "minimax",
            '<minimax:tool_call>\n<invoke name="weather">\n'
            '<parameter name="city">Rome</parameter>\n'
            '<parameter name="days">2</parameter>\n</invoke>\n</minimax:tool_call>',
        ),
        (
            "dsml",
            '<｜DSML｜function_calls>\n<｜DSML｜invoke name="weather">\n'
            '<｜DSML｜parameter name="city" string="true">Rome</｜DSML｜parameter>\n'
            '<｜DSML｜parameter name="days" string="false">2</｜DSML｜parameter>\n'
            "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        ),
        (
            "deepseek",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
            '{"city": "Rome", "days": 2}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        ),
        (
            "deepseek",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>"
            '{"city": "Rome", "days": 2}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        ),
        (
            "kimi",
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0"
            '<|tool_call_argument_begin|>{"city": "Rome", "days": 2}<|tool_call_end|>'
            "<|tool_calls_section_end|>",
        ),
        (
            "cohere",
            '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "weather", '
            '"parameters": {"city": "Rome", "days": 2}}]<|END_ACTION|>',
        ),
        ("granite", '<|tool_call|>[{"name": "weather", "arguments": {"city": "Rome", "days": 2}}]'),
        (
            "nemotron",
            '<TOOLCALL>[{"name": "weather", "arguments": {"city": "Rome", "days": 2}}]</TOOLCALL>',
        ),
        ("apertus", '<|tools_prefix|>[{"weather": {"city": "Rome", "days": 2}}]<|tools_suffix|>'),
        (
            "firefunction",
            'functools[{"name": "weather", "arguments": {"city": "Rome", "days": 2}}]',
        ),
    ],
)
def test_a_call_is_read_in_the_notation_of_its_family(name, written):
    for form in (f for f in TOOL_FORMATS if f.name == name):
        assert split(ReplyFormat(tools=form), written) == ("", "", [ROME])


def test_a_call_in_a_channel_goes_to_the_tool_in_its_header():
    written = (
        "<|channel|>analysis<|message|>Ask.<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.weather <|constrain|>json<|message|>{"city": "Rome", "days": 2}<|call|>'
    )
    assert split(HARMONY, written) == ("", "Ask.", [ROME])


def test_a_channel_header_may_name_the_tool_first():
    written = (
        ' to=functions.weather<|channel|>commentary json<|message|>{"city": "Rome", "days": 2}'
    )
    assert split(HARMONY, written) == ("", "", [ROME])


def test_functionary_names_the_recipient_on_a_line_of_its_own():
    written = 'all\nLet me look.>>>weather\n{"city": "Rome", "days": 2}'
    assert split(FUNCTIONARY, written) == ("Let me look.", "", [ROME])


def test_an_answer_without_a_header_is_an_answer():
    assert split(HARMONY, "Hello, there.") == ("Hello, there.", "", [])
    assert split(FUNCTIONARY, "Hello, there.") == ("Hello, there.", "", [])


def test_text_around_calls_is_kept_and_calls_are_numbered_on():
    call = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>'
    answer, _, calls = split(
        ReplyFormat(tools=HERMES), f"Let me see.\n{call}\n{call}\nDone.", calls_before=3
    )
    assert answer == "Let me see.Done."
    assert [c.id for c in calls] == ["call_4", "call_5"]


def test_a_call_that_the_end_of_the_answer_completes_is_read():
    written = '<tool_call>{"name": "weather", "arguments": {"city": "Rome", "days": 2}}'
    assert split(ReplyFormat(tools=HERMES), written) == ("", "", [ROME])


@pytest.mark.parametrize(
    "written",
    [
        '<tool_call>{"name": "weather", "arguments": {"city": </tool_call> so',
        "<tool_call>not at all</tool_call>",
        '<tool_call>{"name": 3}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": "[1"}</tool_call>',
        "<tool_call>" + "[" * 5000 + "</tool_call>",
        "<tool_call></tool_call>",
        'I see <tool_call>{"name": "weather"',
    ],
)
def test_a_damaged_call_stays_text(written):
    assert split(ReplyFormat(tools=HERMES), written) == (written, "", [])


@pytest.mark.parametrize(
    "written",
    [
        "<|tool_call_start|>[weather(city=open('/etc/passwd').read())]<|tool_call_end|>",
        "<|tool_call_start|>[weather(**{'city': 1})]<|tool_call_end|>",
        "<|tool_call_start|>[(lambda: 1)()]<|tool_call_end|>",
        "<|tool_call_start|>[weather(city=" + "(" * 3000 + ")]<|tool_call_end|>",
    ],
)
def test_python_notation_takes_literals_and_evaluates_nothing(written):
    lfm2 = next(f for f in TOOL_FORMATS if f.name == "lfm2")
    assert split(ReplyFormat(tools=lfm2), written) == (written, "", [])


def test_python_notation_understands_the_words_of_json_and_positions():
    lfm2 = next(f for f in TOOL_FORMATS if f.name == "lfm2")
    written = '<|tool_call_start|>[weather("Rome", days=null), f(x=[true, -1])]<|tool_call_end|>'
    _, _, calls = split(ReplyFormat(tools=lfm2), written)
    assert [dict(c.arguments) for c in calls] == [{"city": "Rome", "days": None}, {"x": [True, -1]}]


def test_a_string_parameter_that_looks_like_a_number_stays_a_string():
    form = ReplyFormat(tools=next(f for f in TOOL_FORMATS if f.name == "qwen-coder"))
    written = (
        "<tool_call><function=weather><parameter=city>\n2\n</parameter></function></tool_call>"
    )
    assert split(form, written)[2][0].arguments == {"city": "2"}


def test_without_offered_tools_a_call_is_text():
    written = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>'
    assert split(ReplyFormat(tools=HERMES), written, tools=()) == (written, "", [])


@pytest.mark.parametrize(
    "written",
    ['{"name": "Ada", "born": 1815}', '{"answer": 42}', "{", "{x}", '{"name": "weather"} ?'],
)
def test_json_that_calls_no_offered_tool_is_an_answer(written):
    assert split(ReplyFormat(tools=LLAMA3), written) == (written, "", [])


def test_json_that_cannot_become_a_call_streams():
    parser = reply_parser(ReplyFormat(tools=GENERIC), (WEATHER,))
    assert parser.feed('{"ans') == [TextDelta('{"ans')]


def test_an_answer_that_breaks_off_in_a_header_shows_no_scaffolding():
    assert split(HARMONY, "<|channel|>fin") == ("", "", [])
