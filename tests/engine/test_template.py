"""A model's own template, in a sandbox: what it may say, and what it may not do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeomni.engine.prompt import sandbox
from edgeomni.engine.prompt.spellings import Spellings
from edgeomni.engine.prompt.template import Answer, ChatTemplate, Segment, Slot, Text
from edgeomni.errors import InputError, ModelError
from edgeomni.values import Message, Tool, conversation
from tests.engine.samples import assistant, dialogue, picture, user
from tests.tiny import templates

CONTROL = Spellings(("<|im_start|>", "<|im_end|>", "<start_of_turn>", "<end_of_turn>", "<bos>"))


def made(source: str) -> ChatTemplate:
    return ChatTemplate(source, "<bos>", "<eos>", CONTROL)


def whole(segments: list[Segment]) -> str:
    """The prompt as one string."""
    return "".join("[medium]" if isinstance(each, Slot) else each.text for each in segments)


def rendered(source: str, messages: list[Message], **options) -> str:
    return whole(made(source).render(messages, **options))


# ── what templates are like ──────────────────────────────────────────────────────────────────────


def test_a_template_is_rendered_as_its_model_was_trained():
    assert rendered(templates.CHATML, dialogue("hi", "yes", "more")) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyes<|im_end|>\n"
        "<|im_start|>user\nmore<|im_end|>\n<|im_start|>assistant\n"
    )


def test_without_a_system_role_its_text_leads_the_first_question():
    no_system = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
        "{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    )
    assert not made(no_system).style.system
    messages = [Message("system", ("be kind",)), *dialogue("hi", "yes", "more")]
    assert rendered(no_system, messages) == "[user]be kind\n\nhi[assistant]yes[user]more"


def test_a_template_that_silently_drops_the_system_message_counts_as_one_without():
    dropping = (
        "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    )
    messages = [Message("system", ("be kind",)), *dialogue("hi")]
    assert rendered(dropping, messages) == "[user]be kind\n\nhi"


@pytest.mark.parametrize("source", [templates.IDEFICS, templates.CHATML_TYPED, templates.GEMMA])
def test_content_is_given_in_the_form_that_the_template_takes(source):
    prompt = rendered(source, [user("see ", picture(), " this"), assistant("yes"), user("more")])
    assert "see [medium] this" in prompt
    assert "yes" in prompt and "more" in prompt


def test_typed_parts_are_used_only_where_nothing_else_is_taken():
    assert made(templates.IDEFICS).style.typed
    assert not made(templates.CHATML_TYPED).style.typed


def test_marks_for_training_are_transparent():
    marked = (
        "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<{{ m.content }}>"
        "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}"
    )
    assert rendered(marked, dialogue("hi", "yes", "more")) == "hi<yes>more"


def test_loop_controls_json_and_dates_are_known():
    source = (
        "{{ strftime_now('%Y') }}{% for m in messages %}{% if loop.index > 1 %}{% break %}"
        "{% endif %}{{ m.content | tojson }}{% endfor %}"
    )
    prompt = rendered(source, dialogue("a <b> & 'ü'", "no", "no"))
    assert prompt[:2] == "20"
    assert prompt[4:] == "\"a <b> & 'ü'\""


def test_tools_reach_the_template():
    source = "{% for t in tools or [] %}{{ t.function.name }} {% endfor %}{{ messages[0].content }}"
    tools = (Tool("look", "looks", {"type": "object"}), Tool("go", "goes", {}))
    assert rendered(source, dialogue("hi"), tools=tools) == "look go hi"


def test_switches_reach_the_template():
    source = "{{ messages[0].content }}{% if enable_thinking is false %} quickly{% endif %}"
    assert rendered(source, dialogue("hi"), switches={"enable_thinking": False}) == "hi quickly"


def test_an_open_end_is_right_behind_what_was_said_last():
    messages = dialogue("hi", "yes", "so far")
    assert rendered(templates.CHATML, messages, open_ended=True).endswith("user\nso far")


def test_an_open_end_keeps_a_picture_at_the_end():
    assert rendered(templates.GEMMA, [user("see", picture())], open_ended=True).endswith("[medium]")


@pytest.mark.parametrize("source", [templates.GEMMA, templates.LLAMA3, templates.CHATML])
@pytest.mark.parametrize("text", ["  two  ", "\nline\n", "<|im_end|>  ", "  <|im_end|>"])
def test_trimming_templates_trim_what_they_would_trim(source, text):
    """A text that is kept apart is trimmed like one that is not."""
    honest = rendered(source, [user(text.replace("<|im_end|>", "harmless"))])
    assert rendered(source, [user(text)]).replace("<|im_end|>", "harmless", -1).count(
        "harmless"
    ) == honest.replace("<|im_end|>", "harmless").count("harmless")
    assert rendered(source, [user(text)]) == honest.replace("harmless", "<|im_end|>")


# ── what is scaffolding and what is not ──────────────────────────────────────────────────────────


def content(segments: list[Segment]) -> list[Segment]:
    return [each for each in segments if not (isinstance(each, Text) and each.trusted)]


def test_content_that_could_be_scaffolding_is_kept_apart():
    segments = made(templates.CHATML).render([user("hi <|im_end|> you")])
    assert content(segments) == [Text("hi <|im_end|> you", trusted=False)]


@pytest.mark.parametrize("parts", [("<|im_", "end|>"), ("<", "|im_end|>"), ("<|im_end|", ">")])
def test_content_that_together_could_be_scaffolding_is_kept_apart(parts):
    segments = made(templates.CHATML).render([user(*parts)])
    scaffolding = [each.text for each in segments if isinstance(each, Text) and each.trusted]
    assert sum(text.count("<|im_end|>") for text in scaffolding) == 2  # the system's, the user's


def test_a_known_answer_is_named_not_spelt():
    segments = made(templates.CHATML).render(
        dialogue("hi", "yes", "more"), known=lambda text: text == "yes"
    )
    assert content(segments) == [Answer("yes")]


def test_the_words_that_stand_for_content_cannot_be_guessed():
    segments = made(templates.CHATML).render([user("Q0123456789abcdefx0z", picture())])
    assert len(content(segments)) == 1


def test_media_come_back_in_their_order():
    cat, dog = picture(seed=1), picture(seed=2)
    segments = made(templates.CHATML).render([user(cat, "and", dog), assistant("a"), user(cat)])
    assert content(segments) == [Slot(cat), Slot(dog), Slot(cat)]


# ── templates that are no use ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "no-template"),
        ("  \n", "no-template"),
        ("{% if %}", "bad-model"),
        ("{{ messages", "bad-model"),
        ("{% include 'x' %}", "template-refused"),
        ("the same to everybody", "template-refused"),
        ("{{ raise_exception('not today') }}", "template-refused"),
        ("{{ messages[0].content }}{{ nothing.at.all }}", "template-refused"),
        ("{{ messages[0].content }}{{ 1 // 0 }}", "template-refused"),
        ("{{ messages[0].content }}{{ [1][7:][0] + 1 }}", "template-refused"),
        ("{{ messages[0].content }}{{ 'a' * -1 + 1 }}", "template-refused"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}{{ messages[0].content }}",) * 1
        + ("template-refused",),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}{{ messages[0].content }}", "bad-model"),
        ("{{ messages[0].content }}{% for i in range(10 ** 9) %}{% endfor %}", "template-refused"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_in_words(source, code):
    with pytest.raises(ModelError) as caught:
        made(source)
    assert caught.value.code == code
    assert caught.value.remedy


def test_what_a_template_forbids_is_told():
    with pytest.raises(ModelError, match="must alternate"):
        made(templates.GEMMA).render([user("one"), user("two")])


def test_no_message_is_refused():
    with pytest.raises(InputError):
        made(templates.CHATML).render([])


# ── templates that mean harm ─────────────────────────────────────────────────────────────────────

GADGETS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.system('true') }}",
    "{{ joiner.__init__.__globals__['os'].popen('true').read() }}",
    "{{ lipsum.__globals__['os'].system('true') }}",
    "{{ namespace.__init__.__globals__.__builtins__.open('/etc/passwd').read() }}",
    "{{ raise_exception.__globals__['__builtins__']['open']('/etc/passwd').read() }}",
    "{{ strftime_now.__self__.__class__.__base__.__subclasses__() }}",
    "{{ (messages|attr('__class__')).__mro__ }}",
    "{{ ''|attr('__class__')|attr('__mro__')|last|attr('__subclasses__')() }}",
    "{{ ('{0.__class__.__mro__}').format(messages) }}",
    "{{ '{m.__class__}'.format_map({'m': 1}) }}",
    "{{ messages[0].update({'role': 'system'}) }}",
    "{{ messages.append({'role': 'system', 'content': 'x'}) }}",
    "{{ self._TemplateReference__context.eval_ctx.environment.loader }}",
    "{{ self.__init__.__globals__ }}",
    "{% set x = ''|map(attribute='__class__')|list %}{{ x[0].__mro__ }}",
    "{{ [messages]|map('attr', '__class__')|list|first|attr('mro')() }}",
    "{% import 'os' as os %}{{ os.system('true') }}",
    "{{ url_for.__globals__ }}{{ config.items() }}{{ request.application.__globals__ }}",
    "{{ messages[0].content.__init__.__globals__ }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ range.__class__.__base__.__subclasses__() }}",
    "{{ caller.__globals__ }}{{ varargs.__class__ }}",
    "{{ (1).__class__.__base__.__subclasses__() }}",
    "{{ strftime_now.__call__.__globals__ }}",
)

AUDIT = """
import sys, json
from edgeomni.engine.prompt.spellings import Spellings
from edgeomni.engine.prompt.template import ChatTemplate
from edgeomni.errors import ModelError
from edgeomni.values import conversation

WATCHED = "open", "os", "subprocess", "socket", "import", "ctypes"
done, watching = [], False
def watch(event, arguments):
    if watching and event.split(".")[0] in WATCHED:
        done.append([event, str(arguments)[:80]])
sys.addaudithook(watch)

results, none = [], Spellings(())
try:
    ChatTemplate("{{ 'a' }}{{ nothing.at.all }}", "", "", none)  # imports what jinja2 imports late
except ModelError:
    pass
for source in json.load(sys.stdin):
    watching = True
    try:
        template = ChatTemplate("{{ messages[0].content }}" + source, "", "", none)
        text = "".join(each.text for each in template.render(conversation(("user", "hi"))))
    except ModelError:
        text = ""
    watching = False
    results.append(text)
print(json.dumps({"done": done, "results": results}))
"""


@pytest.fixture(scope="module")
def audited() -> dict[str, list]:
    import json

    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", AUDIT],
        input=json.dumps(GADGETS),
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    return json.loads(done.stdout)


def test_no_gadget_opens_a_file_a_process_or_a_socket(audited):
    assert audited["done"] == []


@pytest.mark.parametrize("gadget", GADGETS)
def test_no_gadget_reaches_the_inside_of_python(audited, gadget):
    text = audited["results"][GADGETS.index(gadget)]
    assert "<class" not in text and "module" not in text and "root:" not in text
    assert "<function" not in text and "system" not in text


@pytest.mark.slow  # it has to be waited for
def test_a_template_that_takes_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(sandbox, "_RENDER_SECONDS", 1)
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(ModelError, match="longer than 1 s"):
        made("{{ messages[0].content }}" + loop)


@pytest.mark.parametrize(
    "term",
    [
        "{{ 10 ** (10 ** 8) }}",
        "{{ 'a' * 10 ** 12 }}",
        "{{ ['a'] * 10 ** 12 }}",
        "{{ 10 ** 12 * 'a' }}",
        "{% set n = 10 %}{{ n ** (n ** 8) }}",
        "{% set n = 10 ** 12 %}{{ 'a' * n }}",
        "{{ ('x'.ljust(4000000000))|length }}",
        "{{ ('x'.rjust(4000000000))|length }}",
        "{{ ('x'.center(4000000000))|length }}",
        "{{ ('x'.zfill(4000000000))|length }}",
        "{{ ('\t'.expandtabs(4000000000))|length }}",
        "{{ ('\t'.expandtabs(tabsize=4000000000))|length }}",
        "{{ ('%4000000000d' % 1)|length }}",
        "{{ ('%*d' % (4000000000, 1))|length }}",
        "{{ ('%.4000000000f' % 1)|length }}",
        "{{ ('a'|center(4000000000))|length }}",
        "{{ ('%4000000000d'|format(1))|length }}",
        "{{ ('{:4000000000}'.format('a'))|length }}",
        "{{ ('{:{}}'.format('a', 4000000000))|length }}",
        "{{ ('{a:4000000000}'.format_map({'a': 'a'}))|length }}",
        "{{ ('a\nb'|indent(4000000000))|length }}",
        "{{ (['a']|map('center', 4000000000)|first)|length }}",
        "{% set n = 'a' * 30000 %}{{ (n.replace('a', n))|length }}",
        "{% set n = 'a' * 30000 %}{{ (n|replace('a', n))|length }}",
        "{% set n = 'a' * 30000 %}{{ (n.join(n))|length }}",
        "{% set n = 'a' * 30000 %}{{ (n|join(n))|length }}",
        "{{ ([1]|tojson(indent=4000000000))|length }}",
    ],
)
def test_a_term_that_would_fill_the_memory_is_refused(term):
    """Such a term runs in C, where no clock can end it."""
    with pytest.raises(ModelError):
        made("{{ messages[0].content }}" + term)


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("3 * 4", "12"),
        ("10 ** 12 * 7", "7000000000000"),
        ("0.5 * 4", "2.0"),
        ("'-' * 20", "-" * 20),
        ("[1] * 2", "[1, 1]"),
        ("2 ** 10", "1024"),
        ("4 ** 0.5", "2.0"),
        ("7 % 4", "3"),
        ("'%s of %03d 99999999999' % ('a', 10 ** 12)", "a of 1000000000000 99999999999"),
        ("'%(a)s' % {'a': 'b'}", "b"),
        ("'100%%, %s'|format('a')", "100%, a"),
        ("'{0}: {a:>3} {{}}'.format('b', a=1)", "b:   1 {}"),
        ("'x'.ljust(3, '.')", "x.."),
        ("'a'|center(3)", " a "),
        ("'a\\nb'|indent(2)", "a\n  b"),
        ("['a', 'b']|join(', ')", "a, b"),
        ("[1, 2]|map('string')|join('-')", "1-2"),
        ("'aa'.replace('a', 'b', 1)", "ba"),
        ("'aa'|replace('a', 'b')", "bb"),
        ("[1]|tojson", "[1]"),
    ],
)
def test_modest_terms_are_computed(term, value):
    assert rendered("{{ messages[0].content }} {{ " + term + " }}", dialogue("hi")) == f"hi {value}"


def test_a_prompt_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(sandbox, "_LONGEST_PROMPT", 1000)
    with pytest.raises(ModelError, match="without end"):
        made("{{ messages[0].content }}{% for i in range(2000) %}a{% endfor %}")


def test_the_clock_of_others_is_left_as_it_was():
    import signal

    before = signal.getsignal(signal.SIGALRM)
    rendered(templates.CHATML, list(conversation(("user", "hi"))))
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.alarm(0) == 0


# ── answers that begin with a space ──────────────────────────────────────────────────────────────


def test_a_space_that_the_template_and_the_answer_both_have_is_written_once():
    """SmolVLM's template writes it before past answers only; before new ones the model says it."""
    template = made(templates.IDEFICS)
    for known in (False, True):
        segments = template.render(dialogue("hi", " yes", "more"), known=lambda _text, k=known: k)
        assert "Assistant: yes<end" in whole(segments)
        assert whole(segments).endswith("Assistant:")


def test_an_answer_without_a_space_keeps_that_of_the_template():
    assert "Assistant: yes<end" in rendered(templates.IDEFICS, dialogue("hi", "yes", "more"))


def test_spaces_are_kept_where_the_next_answer_is_asked_for_in_the_same_way():
    said = dialogue("hi", " yes", "more")
    assert "assistant\n yes<|im_end|>" in rendered(templates.CHATML, said)
    spaced = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
    assert "assistant:  yes\n" in rendered(spaced, said)
