"""From an empty machine to a running desk: the commands, the hooks and CI say the same."""

import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import yaml

from support.checkout import ROOT, project, tracked_files

TARGETS = {"help", "up", "test", "check", "bench", "soak", "e2e", "fmt", "clean"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def parsed(name: str) -> Mapping[str, Any]:
    table = yaml.safe_load(read(name))
    assert isinstance(table, dict)
    return table


def recipe(*targets: str) -> str:
    """What make would run, were everything installed already."""
    command = ["make", "--no-print-directory", "-n", "-o", ".venv/.dev", "-o", ".venv/.runtime", *targets]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout


def test_help_names_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    assert set(re.findall(r"^  make (\w+)", shown, re.MULTILINE)) == TARGETS
    phony = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == TARGETS


def test_a_bare_make_only_helps() -> None:
    assert recipe() == recipe("help")


def test_make_up_starts_the_desk() -> None:
    assert recipe("up").strip().endswith(".venv/bin/python -m desk up")


def test_make_check_is_format_lint_types_contracts_and_unit_tests() -> None:
    commands = recipe("check").splitlines()
    for tool in ("ruff format --check", "ruff check", "mypy", "lint-imports", "pytest tests/unit"):
        assert [command for command in commands if tool in command], tool


def test_make_check_types_every_room() -> None:
    (line,) = [line for line in recipe("check").splitlines() if "mypy agents" in line]
    for room in project()["tool"]["importlinter"]["root_packages"]:
        assert f" {room}" in line


def test_ci_runs_what_the_readme_says() -> None:
    script = read(".ci/run")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.index("make check") < script.index("make test")
    assert "make up" in read("README.md")
    assert "make test" in read("README.md")


def test_the_script_of_ci_is_valid_bash() -> None:
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)


def test_the_workflow_only_calls_the_script_and_may_only_read() -> None:
    workflow = parsed(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"] <= 25
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    (python,) = [step["with"] for step in job["steps"] if "setup-python" in step.get("uses", "")]
    assert f">={python['python-version']}" == project()["project"]["requires-python"]


def test_the_nightly_workflow_runs_the_gate_without_a_key_and_keeps_the_report() -> None:
    workflow = parsed(".github/workflows/evals.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}, "YAML reads `on` as a truth value"
    ((line,),) = (each.values() for each in workflow[True]["schedule"])
    assert re.fullmatch(r"\d+ \d+ \* \* \*", line)
    (job,) = workflow["jobs"].values()
    assert job["env"] == {"DESK_PROVIDER": "offline"}
    runs = [step["run"] for step in job["steps"] if "run" in step]
    desk = ".venv/bin/python -m desk"
    commands = [f"{desk} {each}" for each in ("ask status", "evals gate", "evals gate --chat")]
    assert runs == ["make .venv/.dev", *commands]
    (kept,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept["if"] == "always()"
    assert kept["with"]["include-hidden-files"] is True
    assert ".desk/evals/*/report.html" in kept["with"]["path"]
    assert "secrets." not in read(".github/workflows/evals.yml")


def test_hooks_run_the_tools_of_the_environment() -> None:
    (repository,) = parsed(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = [hook["entry"] for hook in repository["hooks"]]
    assert all(".venv/bin/" in entry for entry in entries)
    assert any("ruff check" in entry for entry in entries)
    assert any("lint-imports" in entry for entry in entries)


def test_the_licence_is_apache_and_names_us() -> None:
    text = read("LICENSE")
    assert "Apache License\n                           Version 2.0" in text
    assert "the Conclave authors" in text
    assert project()["project"]["license"] == "Apache-2.0"


def test_the_bundle_travels_with_its_licences() -> None:
    bundle = {path.name for path in tracked_files() if "bundle" in path.parts}
    assert {"README.md", "LICENSES.md", "LICENSE-Apache-2.0.txt", "LICENSE-OpenMDW-1.0.txt"} <= bundle


def test_no_setting_secret_or_book_is_tracked() -> None:
    tracked = {path.relative_to(ROOT).as_posix() for path in tracked_files()}
    assert not [name for name in tracked if name == ".env" or name.startswith((".desk/", ".venv/"))]
    assert {".env", ".desk/", ".venv/"} <= set(read(".gitignore").split())


def test_the_changelog_knows_this_version() -> None:
    assert f"## {project()['project']['version']}" in read("CHANGELOG.md")


def test_the_mandate_is_exact_and_keeps_its_own_limits() -> None:
    mandate = tomllib.loads(read("mandate.toml"), parse_float=Decimal)
    limits = mandate["limits"]
    assert limits["max_position"] <= limits["max_sector"] <= limits["max_gross"]
    assert limits["max_net"] <= limits["max_gross"]
    assert limits["max_gross"] + limits["min_cash"] <= Decimal("1.05"), "no leverage unless the owner says so"
    assert mandate["account"]["min_trade"] < limits["max_position"]
    assert mandate["llm"]["daily_budget_usd"] == 2


@pytest.mark.parametrize("section", ["universe", "account", "limits", "costs", "llm"])
def test_every_figure_of_the_mandate_is_a_number_a_flag_or_a_name(section: str) -> None:
    mandate = tomllib.loads(read("mandate.toml"), parse_float=Decimal)
    for name, value in mandate[section].items():
        assert isinstance(value, bool | int | Decimal | str), name
