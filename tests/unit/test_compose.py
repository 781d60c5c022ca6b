"""The image and the compose file, checked by reading them: ports, users, versions, settings."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from desk.cli import _parser
from desk.settings import Settings, setting_names
from support.checkout import ROOT


def compose() -> Mapping[str, Any]:
    table = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(table, dict)
    return table


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile in order, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def said(word: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == word]


def image_variables() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in said("ENV") for pair in rest.split())


def compose_variables() -> dict[str, str]:
    environment = compose()["services"]["desk"]["environment"]
    assert isinstance(environment, dict)
    return environment


def test_the_image_says_which_python_it_is() -> None:
    bases = {base.removesuffix(" AS build") for base in said("FROM")}
    assert len(bases) == 1, "what is built is built for what runs it"
    assert re.fullmatch(r"python:3\.11-slim-\w+", bases.pop())


def test_the_image_carries_what_was_built_and_not_what_built_it() -> None:
    assert [base.endswith(" AS build") for base in said("FROM")] == [True, False]
    assert "--from=build /opt/desk /opt/desk" in said("COPY")
    order = [word for word, _ in instructions()]
    last = len(order) - 1 - order[::-1].index("FROM")
    assert not [rest for word, rest in instructions()[last:] if word == "RUN" and "pip install" in rest]
    assert all(variables["PATH"].startswith("/opt/desk/bin:") for variables in (image_variables(),))


def test_the_image_runs_as_a_user_without_rights() -> None:
    assert said("USER") == ["desk"]
    order = [word for word, _ in instructions()]
    assert order.index("USER") < order.index("CMD")
    assert any("useradd --uid 10001" in run for run in said("RUN"))


def test_the_image_installs_what_is_pinned() -> None:
    (install,) = [run for run in said("RUN") if "pip install" in run]
    assert "-c constraints.txt" in install
    assert "--only-binary" not in install, "three small libraries come as source"


def test_the_image_carries_no_secret() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", ".desk/", ".git/", ".venv/"} <= set(ignored)
    assert not [name for name in image_variables() if "KEY" in name or "PASSWORD" in name]


def test_the_image_keeps_what_the_desk_needs() -> None:
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    for needed in ("data/", "data/bundle/", "mandate.toml", "chat-ui/", "agents/", "*.md", "**/*.md"):
        assert needed not in ignored


def test_the_image_is_asked_for_its_health() -> None:
    (check,) = said("HEALTHCHECK")
    assert "127.0.0.1:8000/healthz" in check


def test_the_image_stops_on_the_signal_the_desk_ends_cleanly_on() -> None:
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert said("CMD") == ['["python", "-m", "desk", "up"]'], (
        "no shell stands between the signal and the desk"
    )


def test_every_setting_of_the_image_and_of_compose_is_one_the_desk_knows() -> None:
    given = {*image_variables(), *compose_variables()}
    assert {name for name in given if name.startswith("DESK_")} <= set(setting_names())


OF_THE_IMAGE = {"DESK_DATA_DIR", "DESK_HOST", "DESK_PORT"}
MOUNTED = {"DESK_BUNDLE", "DESK_FEED", "DESK_FEEDS__FOLDER", "DESK_MANDATE", "DESK_SENTIMENT__CLASSIFIER"}
"""Places that a container sees only once something is mounted there: an override names both."""


def test_what_is_set_in_env_reaches_the_desk_and_the_monitor() -> None:
    monitor = compose()["services"]["monitor"]["environment"]
    own = {name for name in setting_names() if name.startswith("DESK_MONITOR__")}
    assert set(setting_names()) - compose_variables().keys() == OF_THE_IMAGE | MOUNTED | own
    assert own <= monitor.keys()
    asks = {name for name in setting_names() if name.startswith("DESK_FEEDS__")} - MOUNTED
    assert asks | {"DESK_SCHEDULE__CALENDAR", "DESK_LOG_FORMAT"} <= monitor.keys()


def test_the_settings_of_the_image_and_of_compose_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**image_variables(), **compose_variables()}.items():
        if name.startswith("DESK_"):
            monkeypatch.setenv(
                name, re.sub(r"\$\{\w+(?::-(.*?))?\}", lambda m: "word" if m[1] is None else m[1], value)
            )
    settings = Settings.load(env_file=None)
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://desk:word@database:5432/desk"
    assert settings.chosen_provider == "offline"
    assert str(settings.data_dir) == "/data"


def test_the_desk_waits_for_a_healthy_database_with_vectors() -> None:
    services = compose()["services"]
    assert services["database"]["image"] == "pgvector/pgvector:pg18"
    assert "pg_isready" in services["database"]["healthcheck"]["test"]
    healthy = {"database": {"condition": "service_healthy"}}
    assert services["migrate"]["depends_on"] == healthy
    ready = {"migrate": {"condition": "service_completed_successfully"}}
    assert services["desk"]["depends_on"] == {**healthy, **ready}
    assert services["migrate"]["restart"] == "no"


def test_no_image_is_whatever_is_newest() -> None:
    for service in compose()["services"].values():
        assert re.search(r":[\w.-]+$", service["image"])
        assert not service["image"].endswith(":latest")


def test_only_this_machine_reaches_the_desk_and_nobody_the_database() -> None:
    services = compose()["services"]
    assert "ports" not in services["database"]
    assert services["desk"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_database_password_has_no_default() -> None:
    password = compose()["services"]["database"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${POSTGRES_PASSWORD:?")


def test_what_must_outlive_a_container_is_in_volumes() -> None:
    services = compose()["services"]
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql"]
    assert services["desk"]["volumes"] == [f"desk:{said('VOLUME')[0]}"]
    assert set(compose()["volumes"]) == {"database", "desk"}


def test_the_desk_gives_up_every_right_it_does_not_need() -> None:
    for name in ("desk", "migrate"):
        service = compose()["services"][name]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_command_is_one_that_the_desk_has() -> None:
    for service in compose()["services"].values():
        if "command" in service:
            python, flag, room, *arguments = service["command"]
            assert (python, flag, room) == ("python", "-m", "desk")
            assert callable(_parser().parse_args(arguments).run)


def test_one_process_has_the_worker_and_serves() -> None:
    ours = [name for name, each in compose()["services"].items() if each["image"].startswith("conclave-desk")]
    assert [name for name in ours if "command" not in compose()["services"][name]] == ["desk"]
