"""Who decides a setting, where the value came from, and what a mistake costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from edgeomni.errors import UsageError
from edgeomni.settings import DEFAULT, KEYS, MAX_FILE_BYTES, Setting, Settings, load, origins

Load = Callable[..., Settings]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Loads settings from texts of the two files, variables and flags."""

    def call(
        project: str | bytes = "",
        user: str | bytes = "",
        env: Mapping[str, str] | None = None,
        **flags: object,
    ) -> Settings:
        for name, text in (("edgeomni.toml", project), ("config.toml", user)):
            raw = text.encode() if isinstance(text, str) else text
            (tmp_path / name).write_bytes(raw)
        return load(
            flags,
            env=env or {},
            project_file=tmp_path / "edgeomni.toml",
            user_file=tmp_path / "config.toml",
        )

    return call


NO_KEYS = {"notices", "watching"}
"""What the program itself finds out."""


def test_every_setting_has_a_key_and_every_key_a_setting() -> None:
    assert {key.field for key in KEYS} == {part.name for part in fields(Settings)} - NO_KEYS


def test_without_any_layer_everything_is_default(tmp_path: Path) -> None:
    none = tmp_path / "nothing.toml"
    assert load({}, env={}, project_file=none, user_file=none) == Settings()
    assert {origin for _, _, origin in origins(Settings())} == {DEFAULT}


def test_each_layer_wins_over_the_one_below(loaded: Load, tmp_path: Path) -> None:
    layers: dict[str, object] = {"user": "seed = 1"}
    assert loaded(**layers).seed == Setting(1, str(tmp_path / "config.toml"))
    layers["project"] = "seed = 2"
    assert loaded(**layers).seed == Setting(2, str(tmp_path / "edgeomni.toml"))
    layers["env"] = {"EDGEOMNI_SEED": "3"}
    assert loaded(**layers).seed == Setting(3, "EDGEOMNI_SEED")
    assert loaded(**layers, seed=4).seed == Setting(4, "--seed")


def test_a_flag_that_was_not_given_decides_nothing(loaded: Load) -> None:
    assert loaded(user="seed = 1", seed=None).seed.value == 1


@pytest.mark.parametrize(
    ("toml", "variable", "text", "field", "value"),
    [
        ('model = "x"', "EDGEOMNI_MODEL", "x", "model", "x"),
        ("require_gpu = true", "EDGEOMNI_REQUIRE_GPU", "1", "require_gpu", True),
        ("offline = false", "EDGEOMNI_OFFLINE", "no", "offline", False),
        ("context = 8192", "EDGEOMNI_CONTEXT", "8192", "context", 8192),
        ("temperature = 0", "EDGEOMNI_TEMPERATURE", "0", "temperature", 0.0),
        ('device = "cuda"', "EDGEOMNI_DEVICE", "cuda", "device", "cuda"),
        (
            'engine.base_url = "http://h:1/v1"',
            "EDGEOMNI_ENGINE_BASE_URL",
            "http://h:1/v1",
            "base_url",
            "http://h:1/v1",
        ),
    ],
)
def test_files_and_variables_say_the_same(
    toml: str, variable: str, text: str, field: str, value: object, loaded: Load
) -> None:
    assert getattr(loaded(user=toml), field).value == value
    assert getattr(loaded(env={variable: text}), field).value == value


@pytest.mark.parametrize(
    ("flags", "env", "message"),
    [
        ({"temperature": "hot"}, {}, "--temperature must be a number from 0 to 10, not 'hot'."),
        ({"temperature": "nan"}, {}, "--temperature must be a number"),
        ({"max_tokens": "0"}, {}, "--max-tokens must be a whole number from 1"),
        ({"seed": "1.5"}, {}, "--seed must be a whole number"),
        ({"seed": "9" * 5000}, {}, "--seed must be a whole number"),
        ({}, {"EDGEOMNI_DEVICE": "tpu"}, "EDGEOMNI_DEVICE must be one of auto, cpu"),
        ({}, {"EDGEOMNI_OFFLINE": "perhaps"}, "EDGEOMNI_OFFLINE must be true or false"),
        ({}, {"EDGEOMNI_ENGINE_BASE_URL": "file:///x"}, "begins with http"),
        ({}, {"EDGEOMNI_ENGINE_BASE_URL": "http://[::1"}, "begins with http"),
        ({}, {"EDGEOMNI_ENGINE_BASE_URL": "http://localhost:99999"}, "begins with http"),
    ],
)
def test_a_wrong_flag_or_variable_is_an_error(
    flags: dict[str, object], env: dict[str, str], message: str, loaded: Load
) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(env=env, **flags)
    assert message in caught.value.happened


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("seed = 1\ntemprature = 0.1\n", 2, "'temprature' is not known; did you mean temperature?"),
        ("\n\n[engine]\nbase_ulr = 'x'\n", 4, "did you mean engine.base_url?"),
        ("zzz = 1\n", 1, "the setting 'zzz' is not known."),
        ("seed = 'x'\n", 1, "seed must be a whole number"),
        ("# a comment\nrequire_gpu = 3\n", 2, "require_gpu must be true or false"),
        ("model = ['a']\n", 1, "model must be a text in quotes"),
        ("seed = true\n", 1, "seed must be a whole number"),
        ("model = {a = 1}\n", 1, "model must be a text in quotes"),
    ],
)
def test_a_mistake_in_a_file_names_the_place_and_locks_nobody_out(
    text: str, line: int, message: str, loaded: Load, tmp_path: Path
) -> None:
    chosen = loaded(project=text + "[other]\n", user="threads = 2")
    assert f"{tmp_path}/edgeomni.toml:{line}: " in chosen.notices[0]
    assert message in chosen.notices[0]
    assert chosen.threads.value == 2


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"seed = = 1", "not valid TOML and is left out: Invalid value (at line 1, column 8)"),
        (b"seed = 1\n\xff", "not UTF-8 (byte 9)"),
        (b"#" * (MAX_FILE_BYTES + 1), "larger than 1 MiB"),
        (b"a = " + b"[" * 5000, "not valid TOML"),
    ],
)
def test_an_unreadable_file_is_left_out_as_a_whole(raw: bytes, message: str, loaded: Load) -> None:
    chosen = loaded(project=raw, user="seed = 5")
    assert message in chosen.notices[0]
    assert chosen.seed.value == 5


def test_a_folder_in_the_place_of_a_file_is_left_out(tmp_path: Path) -> None:
    chosen = load({}, env={}, project_file=tmp_path, user_file=tmp_path / "none")
    assert "cannot be read and is left out" in chosen.notices[0]


def test_a_variable_with_a_typing_error_is_pointed_at(loaded: Load) -> None:
    chosen = loaded(env={"EDGEOMNI_TEMPRATURE": "1", "EDGEOMNI_HOME": "/x"})
    assert chosen.notices == (
        "The variable EDGEOMNI_TEMPRATURE is not known; did you mean EDGEOMNI_TEMPERATURE?",
    )


def test_an_empty_variable_counts_as_not_set(loaded: Load) -> None:
    assert loaded(env={"EDGEOMNI_SEED": ""}).seed == Setting(None)


def test_the_api_key_is_never_shown(loaded: Load) -> None:
    chosen = loaded(env={"EDGEOMNI_ENGINE_API_KEY": "sk-secret"})
    shown = repr(chosen) + str(list(origins(chosen)))
    assert chosen.api_key.value == "sk-secret"
    assert "secret" not in shown


def test_a_folder_chooses_no_server_and_no_account(loaded: Load) -> None:
    chosen = loaded(
        project='[engine]\nbase_url = "http://elsewhere/v1"\napi_key = "sk-theirs"',
        user='engine.api_key = "sk-mine"',
    )
    assert (chosen.base_url.value, chosen.api_key.value) == ("", "sk-mine")
    server, account = chosen.notices
    assert "edgeomni.toml may not choose engine.base_url" in server
    for way in ("--base-url", "EDGEOMNI_ENGINE_BASE_URL", "config.toml"):
        assert way in server
    assert "EDGEOMNI_ENGINE_API_KEY" in account and "sk-theirs" not in account


def test_a_server_of_the_user_stands_although_the_folder_names_another(loaded: Load) -> None:
    theirs = 'engine.base_url = "http://elsewhere/v1"'
    chosen = loaded(project=theirs, user='engine.base_url = "http://mine/v1"')
    assert chosen.base_url.value == "http://mine/v1"


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000], ids=["decimal", "hex"])
def test_a_number_of_thousands_of_digits_locks_nobody_out(number: str, loaded: Load) -> None:
    chosen = loaded(project=f"seed = {number}", user="threads = 2")
    assert (chosen.seed.value, chosen.threads.value) == (None, 2)
    assert len(chosen.notices) == 1 and len(chosen.notices[0]) < 500


def test_what_a_folder_chooses_is_said(loaded: Load) -> None:
    chosen = loaded(project='model = "theirs/model"\nsystem = "Lie."\nseed = 1')
    assert "edgeomni.toml chooses: model, system." in chosen.notices[0]


def test_a_variable_without_its_section_is_explained(loaded: Load) -> None:
    (notice,) = loaded(env={"EDGEOMNI_BASE_URL": "http://h/v1"}).notices
    assert "did you mean EDGEOMNI_ENGINE_BASE_URL?" in notice


def test_a_folder_may_forbid_the_network_but_not_allow_it(loaded: Load) -> None:
    assert loaded(project="offline = true").offline.value
    chosen = loaded(project="offline = false", user="offline = true")
    assert chosen.offline.value
    assert "may not allow the network" in chosen.notices[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:1", "127.9.9.9"])
def test_offline_a_server_on_this_machine_may_answer(host: str, loaded: Load) -> None:
    url = f"http://{host}/v1"
    assert loaded(offline=True, base_url=url).base_url.value == url


@pytest.mark.parametrize(
    "host",
    ["example.org", "10.0.0.2", "localhost.example.org", "localhost@example.org", "[::2]"],
)
def test_offline_a_server_elsewhere_is_refused(host: str, loaded: Load) -> None:
    with pytest.raises(UsageError, match="offline by EDGEOMNI_OFFLINE"):
        loaded(env={"EDGEOMNI_OFFLINE": "1"}, base_url=f"http://{host}/v1")


def test_a_key_beside_its_server_is_used(loaded: Load) -> None:
    chosen = loaded(user='[engine]\nbase_url = "http://mine/v1"\napi_key = "sk-1"')
    assert (chosen.api_key.value, chosen.notices) == ("sk-1", ())


@given(raw=st.binary(max_size=200))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_whatsoever_raises(raw: bytes, loaded: Load) -> None:
    assert isinstance(loaded(project=raw), Settings)


@given(
    flags=st.dictionaries(
        st.sampled_from([key.field for key in KEYS]),
        st.one_of(st.booleans(), st.integers(), st.floats(), st.text("ab\x00é", max_size=5)),
        max_size=4,
    )
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flag_is_read_or_refused_and_nothing_else(flags: dict[str, object], loaded: Load) -> None:
    try:
        chosen = loaded(**flags)
    except UsageError as error:
        assert "must be" in error.happened
    else:
        assert all(getattr(chosen, name).origin.startswith("--") for name in flags)


def test_a_model_cards_advice_holds_where_nobody_has_chosen(loaded: Load) -> None:
    chosen = loaded(temperature=1.5).advised({"temperature": 0.2, "top_p": 0.9}, "the card of x")
    assert (chosen.temperature.value, chosen.top_p.value) == (1.5, 0.9)
    assert chosen.top_p.origin == "the card of x"
