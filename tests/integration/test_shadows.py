"""Shadows beside the committee in force: the same evidence, no trade, no trace in what decides."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest

from agents.llm_spec import OFFLINE_LABEL
from db.engine import in_transaction, transaction
from db.llm_calls import LLMCalls
from db.record_codec import to_json
from db.shadow_tables import shadow_calls
from db.shadows import IN_FORCE, ShadowDecision, Shadows, ShadowView
from desk import shadowing as shadowing_module
from desk.bootstrap import Desk, open_desk
from desk.shadow_field import shadow_field
from desk.shadow_keeper import ShadowKeeper, shadow_keepers
from desk.shadow_returns import fill_shadow_returns
from desk.shadowing import TOO_LATE, Shadowing
from desk.talk import shadow_tools
from support.kept_records import Kept, kept_on
from support.rule_server import RuleServer, rule_server
from support.shadow_desks import SECOND, shadowed_settings

pytest_plugins = ["support.desks"]
EVERYBODY = [IN_FORCE, SECOND, OFFLINE_LABEL]


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as serving:
        yield serving


@pytest.fixture(scope="module")
def desk(
    first_start: Path, small_bundle: Path, server: RuleServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """A desk that has played sessions of its own, up to one on whose close something is ordered."""
    settings = shadowed_settings(first_start, small_bundle, tmp_path_factory.mktemp("shadowed"), server)
    with closing(open_desk(settings)) as opened:
        while not opened.play(opened.unplayed()[0]).record.orders:
            pass
        yield opened


@pytest.fixture
def shadowing(desk: Desk) -> Iterator[Shadowing]:
    with closing(Shadowing(desk, shadow_field(desk.settings, desk.mandate))) as opened:
        yield opened


def kept_by(desk: Desk) -> Kept:
    return kept_on(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1))


def last_cycle(desk: Desk) -> str:
    return f"daily-{desk.player.last_session()}"


def played(desk: Desk) -> list[date]:
    """The sessions the committee in force has decided; what was before is the rules' replay."""
    last = desk.player.last_session()
    sessions = desk.history.panel.sessions
    return [each for each in sessions if last is not None and desk.last_replayed < each <= last]


def decisions(desk: Desk, cycle_id: str) -> dict[str, ShadowDecision]:
    kept = in_transaction(desk.engine, lambda connection: Shadows(connection).decisions())
    return {each.shadow: each for each in kept if each.cycle_id == cycle_id}


def views(desk: Desk, cycle_id: str, shadow: str) -> list[ShadowView]:
    kept = in_transaction(desk.engine, lambda connection: Shadows(connection).views())
    return [each for each in kept if (each.cycle_id, each.shadow) == (cycle_id, shadow)]


def test_the_rules_in_the_shadow_of_the_rules_decide_the_same_byte_for_byte(
    desk: Desk, shadowing: Shadowing
) -> None:
    recorded = shadowing.recorded(last_cycle(desk))
    assert recorded.then.orders, "a decision that does something"
    assert to_json(shadowing.decided(recorded, OFFLINE_LABEL)) == recorded.stored.text


def test_where_the_committee_was_silent_the_same_evidence_is_gathered_again(
    desk: Desk, shadowing: Shadowing
) -> None:
    recorded = shadowing.recorded(last_cycle(desk))
    silent = replace(recorded, then=replace(recorded.then, status="held", cause="x", proposal=None))
    assert to_json(shadowing.decided(silent, OFFLINE_LABEL)) == recorded.stored.text


def test_everybody_is_asked_once_and_nothing_that_decides_sees_it(
    desk: Desk, shadowing: Shadowing, server: RuleServer
) -> None:
    before = kept_by(desk)
    waiting = len(played(desk))
    assert shadowing.ask_waiting() == 3 * waiting
    cycle_id, asked = last_cycle(desk), len(server.asked)
    assert sorted(decisions(desk, cycle_id)) == sorted(EVERYBODY), "who has no key is skipped, without a row"
    assert asked >= 5 * waiting
    assert not any("2016-" in prompt for _, prompt in server.asked), "the past is shown under pseudonyms"
    assert shadowing.ask_waiting() == 0
    assert len(server.asked) == asked
    assert kept_by(desk) == before, "no order, no memory, no event, no call of the desk's own"
    with transaction(desk.engine) as connection:
        today = desk.clock.now().date()
        assert LLMCalls(connection).committed(today) == 0
        assert LLMCalls(connection, shadow_calls).committed(today) > 0


def test_the_committee_in_force_is_measured_as_its_shadows_are(desk: Desk) -> None:
    cycle_id = last_cycle(desk)
    made = decisions(desk, cycle_id)
    force, rules, second = made[IN_FORCE], made[OFFLINE_LABEL], made[SECOND]
    assert (force.in_force, rules.in_force, second.in_force) == (True, False, False)
    assert force.speaker == rules.speaker == OFFLINE_LABEL
    assert second.speaker == SECOND
    assert {each.status for each in made.values()} == {"decided"}
    assert (force.calls, rules.calls, second.calls >= 5) == (rules.calls, force.calls, True)
    assert (force.cost_usd, rules.cost_usd, second.cost_usd > 0) == (0, 0, True)
    assert (force.input_tokens, rules.input_tokens) == (None, None), "nobody read tokens"
    assert (second.input_tokens or 0) > 0
    assert all(each.milliseconds is not None for each in made.values())
    own = views(desk, cycle_id, IN_FORCE)
    assert [replace(each, shadow=IN_FORCE) for each in views(desk, cycle_id, OFFLINE_LABEL)] == own
    assert {each.side for each in own} >= {0, 1}
    assert views(desk, cycle_id, SECOND) != own
    assert all(each.allowed <= desk.mandate.limits.max_position for each in views(desk, cycle_id, SECOND))


def test_what_is_cut_off_goes_on_and_asks_nobody_twice(desk: Desk, server: RuleServer) -> None:
    desk.play(desk.unplayed()[0])
    server.asked.clear()
    cut = Shadowing(desk, shadow_field(desk.settings, desk.mandate))
    keeper = ShadowKeeper(desk, cut, lambda: False)
    with server.holding("portfolio_manager"):
        keeper.start()
        assert server.held.wait(30)
        keeper.close()
    assert SECOND not in decisions(desk, last_cycle(desk)), "half an answer is none"
    with closing(Shadowing(desk, shadow_field(desk.settings, desk.mandate))) as again:
        again.ask_waiting()
    assert set(decisions(desk, last_cycle(desk))) == set(EVERYBODY)
    times = server.times_asked()
    assert (times["macro_researcher"], times["quant_researcher"]) == (1, 1)
    assert times["portfolio_manager"] == 3, "the one that was cut off, again, and sent back once"


def test_two_processes_ask_once_between_them(desk: Desk, server: RuleServer, shadowing: Shadowing) -> None:
    desk.play(desk.unplayed()[0])
    server.asked.clear()
    with closing(Shadowing(desk, shadow_field(desk.settings, desk.mandate))) as other:
        with server.holding("macro_researcher"):
            first = Thread(target=other.ask_waiting)
            first.start()
            assert server.held.wait(30)
            shadowing.ask_waiting()
        first.join()
    assert set(decisions(desk, last_cycle(desk))) == set(EVERYBODY)
    assert server.times_asked()["macro_researcher"] == 1


def test_what_nobody_asked_in_time_is_given_up_and_counts_as_no_decision(
    desk: Desk, shadowing: Shadowing, server: RuleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.play(desk.unplayed()[0])
    server.asked.clear()
    monkeypatch.setattr(shadowing_module, "GIVEN_UP_AFTER", timedelta(0))
    shadowing.ask_waiting()
    made = decisions(desk, last_cycle(desk))
    assert [(made[name].status, made[name].cause) for name in (SECOND, OFFLINE_LABEL)] == [
        ("absent", TOO_LATE),
        ("absent", TOO_LATE),
    ]
    assert made[IN_FORCE].status == "decided"
    assert server.asked == []
    assert views(desk, last_cycle(desk), SECOND) == []


def test_a_refused_key_or_an_outage_is_absent_and_stops_nothing(
    desk: Desk, shadowing: Shadowing, server: RuleServer
) -> None:
    server.refused_key = True
    try:
        desk.play(desk.unplayed()[0])
        shadowing.ask_waiting()
    finally:
        server.refused_key = False
    second = decisions(desk, last_cycle(desk))[SECOND]
    assert second.status == "absent"
    assert "unavailable" in (second.cause or "")
    assert decisions(desk, last_cycle(desk))[OFFLINE_LABEL].status == "decided"


def test_what_came_of_it_is_filled_once_it_is_over_and_told_with_its_numbers(desk: Desk) -> None:
    filled = fill_shadow_returns(desk)
    assert filled > 0
    assert fill_shadow_returns(desk) == 0
    last = desk.player.last_session()
    with transaction(desk.engine) as connection:
        known = Shadows(connection).returns(1, known_by=desk.history.last_session)
    assert all(each.exit_session <= last for each in known.values() if last), "nothing of the future"
    report = shadow_tools(desk).performance(1)
    scores = {score.shadow: score for score in report.scores}
    assert next(iter(scores)) == IN_FORCE
    assert report.skipped == {"openai:gpt-5.4": "no key: DESK_OPENAI_API_KEY is not set"}
    force, rules, second = (scores[name] for name in (IN_FORCE, OFFLINE_LABEL, SECOND))
    n = len(played(desk))
    assert (force.decided, rules.decided, rules.absent, second.absent) == (n, n - 1, 1, 2)
    assert rules.beside is not None
    assert rules.beside.value == 0, "the rules beside the rules"
    assert rules.beside.n > 0
    assert {each.verdict for each in report.scores} == {"", "too few to tell"}
    assert "too few" in second.sharpe.note
    assert second.cost_per_decision_usd is not None
    assert second.cost_usd >= second.cost_per_decision_usd > 0


def test_who_would_have_traded_what_is_told_beside_what_was_done(desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        seen = Shadows(connection).views()
    session = next(date.fromisoformat(each.cycle_id[-10:]) for each in seen if each.side)
    day = shadow_tools(desk).decisions(session)
    assert [each.shadow for each in day.decisions] == EVERYBODY
    force, second, rules = day.decisions
    assert rules.trades == force.trades
    assert (force.shared, rules.shared) == (None, len(force.trades))
    assert second.trades != force.trades


def test_the_health_names_who_is_asked_who_is_skipped_and_what_it_cost(desk: Desk) -> None:
    (keeper,) = shadow_keepers(desk, lambda: False)
    told = keeper.health()
    keeper.close()
    assert told.ok
    assert told.detail.startswith(f"{OFFLINE_LABEL}, {SECOND}; ")
    assert "of 5.00 USD today; skipped: openai:gpt-5.4 (no key: " in told.detail


def test_decisions_are_the_same_byte_for_byte_with_and_without_shadows(
    desk: Desk,
    first_start: Path,
    small_bundle: Path,
    server: RuleServer,
    tmp_path: Path,
) -> None:
    settings = shadowed_settings(first_start, small_bundle, tmp_path, server)
    asked = kept_by(desk)
    with closing(open_desk(settings)) as alone:
        for session in played(desk):
            alone.play(session)
        assert kept_by(alone) == asked
