"""The files a machine of its own is run with: limits, backups, rules and dashboard, by reading them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from desk.cli import _parser
from desk.settings import Settings, setting_names
from support.checkout import ROOT
from support.operations import EXPRESSIONS, OPERATIONS, expressions, names_in

PROD = ROOT / "docker-compose.prod.yml"
OURS = ("migrate", "desk", "monitor", "backup")
OTHERS = ("database", "prometheus", "grafana")


def read(name: str) -> Mapping[str, Any]:
    table = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    assert isinstance(table, dict)
    return table


def merged() -> dict[str, dict[str, Any]]:
    """Return the services as compose merges both files: what the second says wins, tables are joined."""
    base, over = read("docker-compose.yml")["services"], read("docker-compose.prod.yml")["services"]
    return {name: join(base.get(name, {}), over.get(name, {})) for name in {**base, **over}}


def join(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        return {name: join(first.get(name, {}), second.get(name, {})) for name in {**first, **second}}
    return second or first


def test_every_service_has_a_limit_a_bounded_log_and_a_policy_for_its_end() -> None:
    services = merged()
    assert set(services) == {*OURS, *OTHERS}
    for name, service in services.items():
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys(), name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("name", [*OURS, "prometheus", "grafana"])
def test_nothing_but_the_database_may_write_outside_its_volumes(name: str) -> None:
    service = merged()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_what_is_served_is_asked_for_its_health() -> None:
    services = merged()
    for name in ("database", "desk", "prometheus", "grafana"):
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
    assert "/readyz" in " ".join(services["desk"]["healthcheck"]["test"])


def test_only_this_machine_reaches_what_is_published() -> None:
    published = {name: service["ports"] for name, service in merged().items() if "ports" in service}
    assert published == {"desk": ["127.0.0.1:8000:8000"], "grafana": ["127.0.0.1:3000:3000"]}


def test_every_command_of_ours_is_one_that_the_desk_has() -> None:
    for name in OURS:
        command = merged()[name].get("command")
        if command is not None:
            assert command[:3] == ["python", "-m", "desk"]
            assert callable(_parser().parse_args(command[3:]).run)
    made = _parser().parse_args(merged()["backup"]["command"][3:])
    assert (made.keep, made.every_hours) == (14, 24)


def test_every_setting_is_one_the_desk_knows_and_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        given = {k: v for k, v in merged()[name]["environment"].items() if k.startswith("DESK_")}
        assert given.keys() <= set(setting_names())
    for key, value in merged()["desk"]["environment"].items():
        filled = re.sub(r"\$\{(\w+)(?::-(.*?))?\}", lambda m: m[2] if m[2] is not None else "word", value)
        monkeypatch.setenv(key, filled)
    settings = Settings.load(env_file=None)
    assert settings.log_format == "json"
    assert settings.access.more_hosts == {"desk"}, "what Prometheus calls the desk by"


def test_a_password_has_no_default_and_the_key_is_no_variable() -> None:
    environment = merged()["grafana"]["environment"]
    assert environment["GF_SECURITY_ADMIN_PASSWORD"].startswith("${GRAFANA_PASSWORD:?")
    assert (
        read("docker-compose.prod.yml")["secrets"]["metrics_key"]["file"]
        == "${METRICS_KEY_FILE:-./metrics.key}"
    )
    for name in ("metrics.key", ".env"):
        assert name in (ROOT / ".gitignore").read_text().split(), f"{name} is never committed"
        assert name in (ROOT / ".dockerignore").read_text().split(), f"{name} is in no image"


def test_every_file_that_is_mounted_is_there_and_read_only() -> None:
    mounted = [
        volume
        for service in read("docker-compose.prod.yml")["services"].values()
        for volume in service.get("volumes", ())
        if volume.startswith(".")
    ]
    assert len(mounted) == 5
    for volume in mounted:
        source, target, mode = volume.split(":")
        assert (ROOT / source).is_file(), source
        assert (target[0], mode) == ("/", "ro")


def test_every_volume_is_declared_and_backups_leave_the_container() -> None:
    named = {
        volume.partition(":")[0]
        for service in merged().values()
        for volume in service.get("volumes", ())
        if not volume.startswith(".")
    }
    declared = (
        read("docker-compose.yml")["volumes"].keys() | read("docker-compose.prod.yml")["volumes"].keys()
    )
    assert named == declared
    assert "backups:/backups" in merged()["backup"]["volumes"]
    assert "/data /backups" in (ROOT / "Dockerfile").read_text(), "the folder belongs to who writes into it"


def test_no_image_is_whatever_is_newest() -> None:
    for name, service in merged().items():
        assert re.search(r":v?\d[\w.-]*$|:pg18$", service["image"]), name


def test_prometheus_reads_the_desk_with_a_key_from_a_file() -> None:
    config = yaml.safe_load((OPERATIONS / "prometheus.yml").read_text())
    (scraped,) = config["scrape_configs"]
    assert (scraped["metrics_path"], scraped["static_configs"][0]["targets"]) == ("/metrics", ["desk:8000"])
    assert scraped["authorization"]["credentials_file"] == "/run/secrets/metrics_key"
    mounted = {v.split(":")[1] for v in merged()["prometheus"]["volumes"]}
    assert set(config["rule_files"]) <= mounted


def rules() -> Iterator[Mapping[str, Any]]:
    for group in yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"]:
        yield from group["rules"]


@pytest.mark.parametrize("rule", tuple(rules()), ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_is_wrong_how_grave_and_what_to_do(rule: Mapping[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"([A-Z]+[a-z]+)+", rule["alert"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert {"summary", "runbook"} == rule["annotations"].keys()
    labels = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    if "by (" in rule["expr"]:
        assert labels <= set(re.findall(r"by \((\w+)\)", rule["expr"]))


def test_rules_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 10


@pytest.mark.parametrize(("where", "expression"), tuple(expressions()))
def test_an_expression_is_well_formed(where: str, expression: str) -> None:
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing), where
    assert names_in(expression), f"{where}: it reads no figure"
    for function in re.findall(r"(\w+)\s*\(", expression):
        assert function in EXPRESSIONS, f"{where}: {function!r} is no function that is used here"


def test_a_counter_is_never_shown_bare_and_a_gauge_never_as_a_rate() -> None:
    for where, expression in expressions():
        for name in re.findall(r"\w+_total\b", expression):
            assert re.search(rf"(rate|increase)\({name}", expression), where
        for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
            assert name.endswith(("_total", "_bucket", "_sum", "_count")), where


def test_the_dashboard_fits_its_page_and_each_panel_has_its_place() -> None:
    dashboard = json.loads((OPERATIONS / "grafana" / "desk.json").read_text())
    assert (dashboard["uid"], dashboard["timezone"]) == ("conclave-desk", "utc")
    source = yaml.safe_load((OPERATIONS / "grafana" / "datasource.yml").read_text())["datasources"][0]
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, f"{panel['title']} lies over another"
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert {each["datasource"]["uid"] for each in panel["targets"]} == {source["uid"]}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    provider = yaml.safe_load((OPERATIONS / "grafana" / "dashboards.yml").read_text())["providers"][0]
    assert f"{provider['options']['path']}/desk.json" in " ".join(merged()["grafana"]["volumes"])
