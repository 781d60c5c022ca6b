"""Who is asked in an evaluation, what it may cost, and an experiment that goes on where it was."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.llm import LLMDoor
from agents.re_identification import RE_IDENTIFICATION
from desk.eval_night import runs_at_night
from desk.evaluating import (
    Asked,
    Field,
    deciding_field,
    entries_of,
    experiment_of,
    field_of,
    most_usd,
    run_experiment,
)
from desk.settings import Settings
from evals.experiment import CALLS, trials_text
from evals.recordings import Recordings
from fund.clock import SystemClock
from fund.errors import ConfigError, QueryRefusedError
from fund.mandate import RosterEntry
from support.llms import KEY
from support.mandates import a_mandate

RULES = "offline rules, no LLM"
ASKED = Asked(datasets=("risk_management",), trials=2, budget_usd=Decimal(5))


def alone() -> Field:
    return field_of(Settings(provider="offline"), a_mandate())


def test_without_a_key_the_rules_take_part_and_the_others_are_skipped_with_the_setting_named() -> None:
    field = alone()
    assert list(field.rosters) == [RULES]
    assert field.skipped == {
        "anthropic": "no key: DESK_ANTHROPIC_API_KEY is not set",
        "openai": "no key: DESK_OPENAI_API_KEY is not set",
        "compatible": "no key: DESK_COMPATIBLE_BASE_URL and DESK_COMPATIBLE_LLM is not set",
    }


def test_with_keys_everybody_takes_part_and_more_llms_of_one_provider_too() -> None:
    settings = Settings(
        anthropic_api_key=SecretStr(KEY),
        anthropic_llm="one",
        compatible_base_url="http://127.0.0.1:9/v1",
        compatible_llm="own",
    )
    field = field_of(settings, a_mandate(), ["anthropic:two", "anthropic:one"])
    assert list(field.rosters) == ["anthropic:one", "compatible:own", RULES, "anthropic:two"]
    assert list(field.skipped) == ["openai"]


def test_an_llm_without_a_key_that_was_asked_for_by_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="openai:some needs a key of openai"):
        field_of(Settings(provider="offline"), a_mandate(), ["openai:some"])


def test_the_rules_cost_nothing_and_an_llm_at_most_the_budget() -> None:
    assert most_usd(ASKED, alone()) == 0
    settings = Settings(openai_api_key=SecretStr(KEY), openai_llm="gpt-99")
    field = field_of(settings, a_mandate())
    assert most_usd(ASKED, field) == Decimal(5)
    assert most_usd(replace(ASKED, budget_usd=Decimal(10**6)), field) > Decimal(5)


def test_an_experiment_is_kept_goes_on_and_is_replayed_byte_for_byte(tmp_path: Path) -> None:
    def ran(**named: object):  # type: ignore[no-untyped-def]
        return run_experiment("run", ASKED, alone(), root=tmp_path, clock=SystemClock(), **named)

    first = ran()
    seen: list[tuple[int, int]] = []
    again = ran(progress=lambda label, done, total: seen.append((done, total)))
    assert again == first
    assert seen == [(len(first.trials), len(first.trials))]
    replayed = ran(replayed=first.folder / CALLS)
    assert trials_text(replayed.trials) == trials_text(first.trials)
    assert {path.name for path in first.folder.iterdir()} == {
        "calls.jsonl",
        "calls.jsonl.lock",
        "experiment.json",
        "trials.jsonl",
        "trials.jsonl.lock",
    }


def test_a_replay_of_calls_that_are_not_there_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / CALLS).write_text("")
    with pytest.raises(QueryRefusedError, match="record it anew"):
        run_experiment("run", ASKED, alone(), root=tmp_path, clock=SystemClock(), replayed=tmp_path / CALLS)


def test_another_occasion_is_another_experiment(tmp_path: Path) -> None:
    one, other = (
        run_experiment(
            "night", replace(ASKED, trials=1, occasion=day), alone(), root=tmp_path, clock=SystemClock()
        )
        for day in ("2026-11-28", "2026-11-29")
    )
    assert one.folder != other.folder
    assert trials_text(one.trials) != ""


def test_the_probe_asks_llms_once_a_case_and_its_prompt_is_part_of_the_experiment(tmp_path: Path) -> None:
    controls = replace(ASKED, datasets=("signal_quality",), trials=1, controls=True)
    assert (
        experiment_of("run", controls, alone()).prompts["re_identification"] == RE_IDENTIFICATION.prompt_hash
    )
    assert "re_identification" not in experiment_of("run", ASKED, alone()).prompts
    field = field_of(Settings(openai_api_key=SecretStr(KEY), openai_llm="gpt-99"), a_mandate())
    log = Recordings(tmp_path / CALLS)
    doors = {
        name: LLMDoor(roster=roster, log=log, clock=SystemClock()) for name, roster in field.rosters.items()
    }
    views, probe = entries_of(controls, doors, log)
    assert [each.name for each in probe.contestants] == ["openai:gpt-99 (probed)"]
    assert (probe.dataset.name, probe.trials) == ("re_identification", 1)
    shown = {each.name for each in views.contestants}
    assert {"openai:gpt-99 (reordered)", f"{RULES} (reordered)"} <= shown
    rules_alone = {RULES: doors[RULES]}
    assert [each.dataset.name for each in entries_of(controls, rules_alone, log)] == ["signal_quality"]
    assert [each.dataset.name for each in entries_of(ASKED, doors, log)] == ["risk_management"]
    log.close()


ROSTER = (
    RosterEntry(role="validator", llm="anthropic:argues"),
    RosterEntry(role="risk_officer", llm="offline"),
)


def test_whom_the_mandate_names_takes_part_and_is_skipped_without_a_key() -> None:
    mandate = a_mandate(llm_roster=ROSTER)
    field = field_of(Settings(provider="auto"), mandate)
    assert list(field.rosters) == [RULES]
    assert field.skipped["anthropic:argues"].startswith("roster: anthropic:argues needs a key of anthropic")
    keyed = field_of(Settings(anthropic_api_key=SecretStr(KEY), anthropic_llm="own"), mandate)
    assert list(keyed.rosters) == ["anthropic:own", RULES, "anthropic:argues"]


def test_the_desk_as_it_is_set_is_one_contestant_each_role_by_its_own() -> None:
    settings = Settings(anthropic_api_key=SecretStr(KEY), anthropic_llm="own")
    field = deciding_field(settings, a_mandate(llm_roster=ROSTER))
    rules, mixed = field.rosters
    assert rules == RULES
    assert mixed == (
        "anthropic:own (macro researcher, quant researcher, portfolio manager); "
        f"anthropic:argues (validator); {RULES} (risk officer)"
    )
    assert list(deciding_field(settings, a_mandate()).rosters) == [RULES, "anthropic:own"]
    told = experiment_of("night", ASKED, field).contestants[mixed]
    assert [each.partition(" at ")[0] for each in told.split("; ")] == [
        "anthropic:own",
        "anthropic:argues",
        "offline:rules",
    ]
    assert most_usd(ASKED, field) == 0, "the risk officer is the rules'"
    assert most_usd(replace(ASKED, datasets=("validator_patterns",)), field) == ASKED.budget_usd


def test_a_night_runs_by_itself_only_where_no_role_is_an_llms() -> None:
    settings = Settings(provider="auto", anthropic_api_key=None)
    assert runs_at_night(settings, a_mandate())
    keyed = settings.model_copy(update={"anthropic_api_key": SecretStr(KEY), "provider": "offline"})
    assert runs_at_night(keyed, a_mandate(llm_roster=ROSTER))
    auto = settings.model_copy(update={"compatible_base_url": "http://127.0.0.1:9/v1"})
    own = (RosterEntry(role="validator", llm="compatible:own"),)
    assert not runs_at_night(auto, a_mandate(llm_roster=own))
