"""Settings: what a deployment may say, and the one sentence it gets when it says something else."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langsmith.utils import get_env_var, tracing_is_enabled
from pydantic import SecretStr

from desk.eval_night import runs_at_night
from desk.setting_groups import CHECKOUT
from desk.settings import TRACING, Settings, publish, setting_names
from fund.errors import ConfigError
from support.mandates import a_mandate


def load(**overrides: object) -> Settings:
    return Settings.load(env_file=None, **overrides)


def refusal(*, env_file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.load(env_file=env_file)
    assert caught.value.__cause__ is None, "a pydantic traceback would reach the user"
    return str(caught.value)


def test_nothing_has_to_be_set() -> None:
    settings = load()
    assert settings.host == "127.0.0.1"
    assert settings.port == 8000
    assert settings.database_url is None
    assert settings.chosen_provider == "offline"
    assert settings.replay.unplayed_sessions == 40
    assert settings.replay.sessions is None


def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.data_dir == CHECKOUT / ".desk"
    assert settings.mandate == CHECKOUT / "mandate.toml"
    assert settings.bundle == CHECKOUT / "data" / "bundle"


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DESK_DATA_DIR", "~/books")
    assert load().data_dir == tmp_path.resolve() / "books"


def test_the_environment_wins_over_the_file_and_a_flag_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DESK_PORT=8001\nDESK_HOST=::1\nPOSTGRES_PASSWORD=of-another-program\n")
    assert Settings.load(env_file=env_file).port == 8001
    monkeypatch.setenv("DESK_PORT", "8002")
    settings = Settings.load(env_file=env_file)
    assert (settings.port, settings.host) == (8002, "::1")
    assert Settings.load(env_file=env_file, port=8003).port == 8003
    assert Settings.load(env_file=env_file, port=None).port == 8002, (
        "a flag that was not given changes nothing"
    )


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert Settings.load(env_file=tmp_path / ".env") == load()


def test_a_variable_set_to_nothing_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_ANTHROPIC_API_KEY", "")
    monkeypatch.setenv("DESK_PORT", "")
    assert load().anthropic_api_key is None
    assert load().port == 8000


def test_nested_groups_are_written_with_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_REPLAY__UNPLAYED_SESSIONS", "12")
    monkeypatch.setenv("DESK_REPLAY__SESSIONS", "30")
    assert (load().replay.unplayed_sessions, load().replay.sessions) == (12, 30)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DESK_POTR", "DESK_PORT"),
        ("DESK_DATABASE", "DESK_DATABASE_URL"),
        ("desk_log_levle", "DESK_LOG_LEVEL"),
        ("DESK_REPLAY_UNPLAYED_SESSIONS", "DESK_REPLAY__UNPLAYED_SESSIONS"),
        ("DESK_REPLAY__UNPLAYED", "DESK_REPLAY__UNPLAYED_SESSIONS"),
        ("DESK_ANTHROPIC_KEY", "DESK_ANTHROPIC_API_KEY"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(
    name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    assert refusal() == f"unknown setting {name!r} in the environment; the nearest one is {nearest}"


def test_an_unknown_name_in_the_file_names_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DESK_POTR=8001\n")
    assert refusal(env_file=env_file) == (
        f"unknown setting 'DESK_POTR' in {env_file}; the nearest one is DESK_PORT"
    )


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"DESK_PORT=\xff\xfe\n")
    assert refusal(env_file=env_file).startswith(f"{env_file} is not a readable UTF-8 file")


def test_a_group_cannot_be_set_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_REPLAY", '{"sessions": 3}')
    assert "unknown setting 'DESK_REPLAY'" in refusal()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DESK_PORT", "http", "expected a valid integer"),
        ("DESK_PORT", "0", "expected greater than or equal to 1"),
        ("DESK_PORT", "65536", "expected less than or equal to 65535"),
        ("DESK_HOST", "http://a/b", "expected a host name or address"),
        ("DESK_LOG_LEVEL", "loud", "expected 'debug', 'info', 'warning' or 'error'"),
        ("DESK_PROVIDER", "oracle", "expected"),
        ("DESK_REPLAY__UNPLAYED_SESSIONS", "-1", "expected greater than or equal to 0"),
        ("DESK_REPLAY__SESSIONS", "0", "expected greater than or equal to 1"),
        ("DESK_COMPATIBLE_BASE_URL", "localhost:11434", "expected an address such as"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_was_expected_and_found(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    sentence = refusal()
    assert sentence.startswith(f"{name}: {expected}"), sentence
    assert sentence.endswith(f"found {value!r}"), sentence


def test_every_value_that_does_not_fit_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PORT", "x")
    monkeypatch.setenv("DESK_LOG_LEVEL", "y")
    sentence = refusal()
    assert "DESK_PORT" in sentence
    assert "DESK_LOG_LEVEL" in sentence


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_url_of_any_spelling_names_the_driver(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", f"{scheme}://desk:word@db.example:5432/desk?sslmode=require")
    url = load().database_url
    assert url is not None
    assert url.get_secret_value() == "postgresql+psycopg://desk:word@db.example:5432/desk?sslmode=require"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///x.db",
        "mysql://u:hush@h/d",
        "postgresql+asyncpg://u:hush@h/d",
        "postgresql://u:hush@h",
        "hush",
    ],
)
def test_another_database_is_refused_without_repeating_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_DATABASE_URL", url)
    sentence = refusal()
    assert sentence.startswith("DESK_DATABASE_URL: expected a URL")
    assert "hush" not in sentence
    assert sentence.endswith("found a value that is not shown")


@given(st.text(min_size=1, max_size=80).filter(lambda text: "\0" not in text))
def test_any_database_url_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        url = load(database_url=SecretStr(text)).database_url
    except ConfigError as refused:
        assert str(refused).startswith("DESK_DATABASE_URL: ")  # noqa: PT017 - both outcomes are right
    else:
        assert url is not None
        assert url.get_secret_value().startswith("postgresql+psycopg://")


@pytest.mark.parametrize(
    ("variables", "provider"),
    [
        ({}, "offline"),
        ({"DESK_OPENAI_API_KEY": "k"}, "openai"),
        ({"DESK_OPENAI_API_KEY": "k", "DESK_ANTHROPIC_API_KEY": "k"}, "anthropic"),
        (
            {"DESK_COMPATIBLE_BASE_URL": "http://127.0.0.1:11434/v1", "DESK_COMPATIBLE_LLM": "qwen"},
            "compatible",
        ),
        ({"DESK_COMPATIBLE_BASE_URL": "http://127.0.0.1:11434/v1"}, "offline"),
        ({"DESK_PROVIDER": "offline", "DESK_OPENAI_API_KEY": "k"}, "offline"),
        ({"DESK_PROVIDER": "OpenAI", "DESK_OPENAI_API_KEY": "k", "DESK_ANTHROPIC_API_KEY": "k"}, "openai"),
    ],
)
def test_the_provider_follows_from_the_keys_unless_it_is_named(
    variables: dict[str, str], provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load().chosen_provider == provider


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("anthropic", "DESK_ANTHROPIC_API_KEY"),
        ("openai", "DESK_OPENAI_API_KEY"),
        ("compatible", "DESK_COMPATIBLE_BASE_URL"),
    ],
)
def test_a_provider_named_without_access_says_what_is_missing(
    provider: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PROVIDER", provider)
    assert f"needs {missing}, which is not set" in refusal()


@pytest.mark.parametrize(
    ("variables", "scorer"),
    [
        ({}, "lexicon"),
        ({"DESK_ANTHROPIC_API_KEY": "k"}, "llm"),
        ({"DESK_ANTHROPIC_API_KEY": "k", "DESK_PROVIDER": "offline"}, "lexicon"),
        ({"DESK_ANTHROPIC_API_KEY": "k", "DESK_SENTIMENT__SCORER": "Lexicon"}, "lexicon"),
        ({"DESK_SENTIMENT__CLASSIFIER": "finbert"}, "classifier"),
        ({"DESK_SENTIMENT__CLASSIFIER": "finbert", "DESK_ANTHROPIC_API_KEY": "k"}, "llm"),
        ({"DESK_SENTIMENT__CLASSIFIER": "finbert", "DESK_SENTIMENT__SCORER": "lexicon"}, "lexicon"),
        (
            {
                "DESK_SENTIMENT__CLASSIFIER": "finbert",
                "DESK_SENTIMENT__SCORER": "classifier",
                "DESK_ANTHROPIC_API_KEY": "k",
            },
            "classifier",
        ),
    ],
)
def test_who_reads_the_news_follows_from_the_keys_unless_it_is_named(
    variables: dict[str, str], scorer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load().chosen_scorer == scorer


@pytest.mark.parametrize(
    ("scorer", "said"),
    [
        ("llm", "DESK_SENTIMENT__SCORER=llm needs a provider with a key"),
        ("classifier", "needs a folder in DESK_SENTIMENT__CLASSIFIER"),
        ("finbert", "DESK_SENTIMENT__SCORER: expected"),
    ],
)
def test_a_reader_without_what_it_needs_is_refused(
    scorer: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SENTIMENT__SCORER", scorer)
    assert said in refusal()


def test_a_key_never_shows_in_what_settings_print() -> None:
    settings = load(anthropic_api_key="sk-very-secret", database_url="postgresql://u:hidden@h/d")
    assert (
        "sk-very-secret"
        not in f"{settings!r} {settings} {settings.model_dump()!r} {settings.model_dump_json()}"
    )
    assert "hidden" not in f"{settings!r} {settings.model_dump_json()}"


def test_settings_do_not_change_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 9000  # type: ignore[misc]


def test_a_misspelt_override_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="potr"):
        load(potr=1)


def test_a_foreign_database_url_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/chat")
    publish(load().variables_for_libraries())
    assert "DATABASE_URL" not in os.environ  # noqa: TID251


@pytest.mark.parametrize("name", TRACING)
def test_no_variable_of_a_library_starts_tracing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (*TRACING, "LANGSMITH_API_KEY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("LANGSMITH_API_KEY", "somebody-elses")
    monkeypatch.setenv(name, "true")
    get_env_var.cache_clear()
    assert tracing_is_enabled()
    publish(load(langsmith_api_key="ls-key").variables_for_libraries())
    get_env_var.cache_clear()
    assert not tracing_is_enabled()
    assert "LANGSMITH_API_KEY" not in os.environ  # noqa: TID251 - a key to publish with traces nothing


def test_tracing_is_on_where_it_is_asked_for_and_has_a_key() -> None:
    asked = load(
        langsmith_api_key="ls-key", langsmith_tracing=True, langsmith_endpoint="https://own.example/api/"
    ).variables_for_libraries()
    assert {asked[name] for name in TRACING} == {"true"}
    assert (asked["LANGSMITH_API_KEY"], asked["LANGSMITH_PROJECT"]) == ("ls-key", "conclave")
    assert asked["LANGSMITH_ENDPOINT"] == "https://own.example/api"


@pytest.mark.parametrize("name", ["NIGHTS", "TRACING"])
def test_langsmith_needs_its_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DESK_LANGSMITH_{name}", "true")
    assert f"DESK_LANGSMITH_{name}=true needs DESK_LANGSMITH_API_KEY" in refusal()


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://eu.smith.example", True),
        ("http://127.0.0.1:1984", True),
        ("http://localhost:1984/api", True),
        ("http://smith.example", False),
        ("http://127.0.0.1.smith.example", False),
        ("ftp://smith.example", False),
    ],
)
def test_a_key_is_sent_over_tls_but_on_this_machine(
    address: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_LANGSMITH_ENDPOINT", address)
    if fits:
        assert load().langsmith_endpoint == address
    else:
        assert "DESK_LANGSMITH_ENDPOINT" in refusal()


def test_every_setting_can_be_given_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        with monkeypatch.context() as only:
            only.setenv(name, "\x7f:/@ no such value")
            try:
                changed = load() != Settings.model_construct()
            except ConfigError as refused:
                changed = name in str(refused)
            assert changed, name


def test_the_example_file_lists_every_setting_and_changes_nothing(checkout: Path) -> None:
    example = checkout / ".env.example"
    text = example.read_text(encoding="utf-8")
    missing = [name for name in setting_names() if f"{name}=" not in text]
    assert not missing
    assert Settings.load(env_file=example) == load()


def test_vendors_make_a_desk_live_and_a_folder_beside_them_is_refused(tmp_path: Path) -> None:
    assert Settings.load(env_file=None, feeds={"live": True}).is_live
    assert not Settings.load(env_file=None, feeds={"order": "yahoo"}).is_live
    with pytest.raises(ConfigError, match="DESK_FEED and DESK_FEEDS__LIVE both say"):
        Settings.load(env_file=None, feeds={"live": True}, feed=tmp_path)


@pytest.mark.parametrize(
    ("evals", "provider", "runs"),
    [
        ("auto", "offline", True),
        ("auto", "openai", False),
        ("on", "openai", True),
        ("On", "offline", True),
        ("off", "offline", False),
    ],
)
def test_a_night_is_evaluated_by_itself_only_where_no_llm_decides(
    evals: str, provider: str, runs: bool
) -> None:
    settings = load(provider=provider, openai_api_key="a-key", schedule={"evals": evals})
    assert runs_at_night(settings, a_mandate()) is runs


def test_another_word_for_the_nights_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SCHEDULE__EVALS", "sometimes")
    assert "DESK_SCHEDULE__EVALS: expected 'auto', 'on' or 'off'; found 'sometimes'" in refusal()
