"""Decisions that an LLM took, replayed from its recorded answers: nobody is asked, whatever is changed."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from agents.roles import ROLES
from db.engine import transaction
from db.past import Past
from db.trading_state import TradingState
from desk.bootstrap import Desk, open_desk
from desk.changes import Change, with_limit, with_llm, without_memory, without_role
from desk.difference import difference_of
from desk.mandate_roster import with_roster
from desk.rebuild import Rebuilder
from desk.settings import Settings
from fund.errors import QueryRefusedError
from support.checkout import ROOT
from support.kept_records import Kept, kept_on
from support.rule_server import KEY, LLM, RuleServer, rule_server
from support.started_desks import copy_folder, settings_for
from tools.heard import Heard

pytest_plugins = ["support.desks"]

BLIND, OPEN, PENNILESS, MIXED, PAUSED = 0, 1, 2, 3, 4
"""Places of five sessions: under pseudonyms, with open eyes, without a budget, with some roles given to the
rules, and with trading paused."""
RULED = ("quant_researcher", "risk_officer")


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as serving:
        yield serving


@pytest.fixture(scope="module")
def asking(
    first_start: Path, small_bundle: Path, server: RuleServer, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The settings of a desk whose committee is a server on the loopback."""
    return settings_for(
        copy_folder(first_start, tmp_path_factory.mktemp("llm") / "desk"),
        small_bundle,
        provider="compatible",
        compatible_base_url=f"{server.url}/v1",
        compatible_llm=LLM,
        compatible_api_key=KEY,
    )


@pytest.fixture(scope="module")
def played(asking: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Five sessions: two that an LLM decided, one with the rules, one held for want of money, one halted."""
    poor, mixed = (tmp_path_factory.mktemp(name) / "mandate.toml" for name in ("poor", "mixed"))
    text = (ROOT / "mandate.toml").read_text(encoding="utf-8")
    mixed.write_text(with_roster(text, dict.fromkeys(RULED, "offline")), encoding="utf-8")
    assert "daily_budget_usd = 2" in text
    poor.write_text(text.replace("daily_budget_usd = 2", "daily_budget_usd = 0"), encoding="utf-8")
    ids = []
    for settings, blind in (
        (asking, True),
        (asking, False),
        (asking.model_copy(update={"mandate": poor}), True),
        (asking.model_copy(update={"mandate": mixed}), True),
    ):
        with closing(open_desk(settings, blind=blind)) as desk:
            ids.append(desk.play(desk.unplayed()[0]).record.cycle_id)
    with closing(open_desk(asking)) as desk:
        with transaction(desk.engine) as connection:
            TradingState(connection).pause(by="owner", reason="a rest", at=desk.clock.now())
        ids.append(desk.play(desk.unplayed()[0]).record.cycle_id)
    return tuple(ids)


@pytest.fixture(scope="module")
def desk(asking: Settings, played: tuple[str, ...]) -> Iterator[Desk]:
    rules = asking.model_copy(update={"provider": "offline"})
    with closing(open_desk(rules, trained=False)) as opened:
        yield opened


@pytest.fixture
def rebuilder(desk: Desk, asking: Settings, server: RuleServer) -> Iterator[Rebuilder]:
    server.asked.clear()
    with Rebuilder(desk, asking) as opened:
        yield opened


def kept_by(desk: Desk) -> Kept:
    return kept_on(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1))


@pytest.mark.parametrize("place", [BLIND, OPEN, PENNILESS, MIXED, PAUSED])
def test_what_an_llm_decided_is_replayed_byte_for_byte_without_asking_it(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...], place: int
) -> None:
    before = kept_by(desk)
    rebuilt = rebuilder.rebuild(played[place])
    assert difference_of(rebuilt).paths == ()
    assert rebuilt.same
    assert rebuilt.then.strategy == f"committee/compatible{'+offline' if place == MIXED else ''}"
    assert server.asked == []
    assert kept_by(desk) == before
    held = "a role was silent, so the book is held (Macro researcher: budget: " in (rebuilt.then.cause or "")
    assert held == (place == PENNILESS)
    assert bool(rebuilt.then.orders) == (place in (BLIND, OPEN, MIXED))
    assert (rebuilt.then.status == "halted") == (place == PAUSED)


def test_every_role_speaks_by_its_own_name_on_every_record(
    desk: Desk, asking: Settings, rebuilder: Rebuilder, played: tuple[str, ...]
) -> None:
    cycle = rebuilder.rebuild(played[MIXED]).then
    assert cycle.proposal is not None
    speakers = {role: "offline rules, no LLM" if role in RULED else f"compatible:{LLM}" for role in ROLES}
    assert cycle.proposal.evidence["speakers"] == speakers
    with transaction(desk.engine) as connection:
        heard = Past(connection).heard(played[MIXED])
        told = connection.exec_driver_sql(
            "SELECT DISTINCT role, speaker FROM desk.cycle_signals WHERE cycle_id = %s", (played[MIXED],)
        ).all()
    assert {role: [llm for _, llm in llms] for role, llms in heard.items()} == {
        role: ["rules" if role in RULED else LLM] for role in ROLES
    }
    assert set(told) <= set(speakers.items())
    assert {role for role, _ in told} >= {"quant_researcher", "portfolio_manager"}
    assert {word.role: word.speaker for word in Heard(cycle).summaries} == speakers


@pytest.mark.parametrize("place", [BLIND, OPEN])
def test_a_limit_and_the_last_role_can_be_changed_without_asking_anybody(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...], place: int
) -> None:
    limited = difference_of(rebuilder.rebuild(played[place], with_limit("max_position=0.01")))
    assert {path.split(".")[0].split("[")[0] for path in limited.paths} <= {"review", "orders", "marks"}
    assert "max_position" in {clamp.limit for clamp in limited.clamps_new}
    unshrunk = rebuilder.rebuild(played[place], without_role("risk_officer")).now
    assert unshrunk.proposal is not None
    targets = dict(unshrunk.proposal.evidence)["answers"]["portfolio_manager"]["targets"]  # type: ignore[index]
    assert {t["ticker"]: Decimal(str(t["weight"])) for t in targets} == dict(unshrunk.proposal.weights)
    assert server.asked == []


@pytest.mark.parametrize(
    "change", [without_memory(), without_role("macro_researcher"), without_role("validator")]
)
def test_a_change_that_alters_what_it_was_told_is_refused_and_not_asked(
    rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...], change: Change
) -> None:
    said = r"the answer of \w+ on record was given to another question: the change \(without .* asks nobody"
    with pytest.raises(QueryRefusedError, match=said):
        rebuilder.rebuild(played[OPEN], change)
    assert server.asked == []


def test_an_answer_that_is_not_on_record_is_named_and_not_asked_for(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...]
) -> None:
    renamed = "UPDATE desk.llm_calls SET cycle_id = '{cycle}', call_id = '{to}' WHERE call_id = '{was}'"
    with transaction(desk.engine) as connection:
        (call,) = connection.exec_driver_sql(
            f"SELECT call_id FROM desk.llm_calls WHERE cycle_id = '{played[OPEN]}' AND role = 'validator'"
        ).scalars()
        connection.exec_driver_sql(renamed.format(cycle="nobody", to="lost", was=call))
    with pytest.raises(
        QueryRefusedError, match="the answer of validator is not on record; a replay asks nobody"
    ):
        rebuilder.rebuild(played[OPEN])
    with transaction(desk.engine) as connection:
        connection.exec_driver_sql(renamed.format(cycle=played[OPEN], to=call, was="lost"))
    assert rebuilder.rebuild(played[OPEN]).same
    assert server.asked == []


def test_the_rules_can_be_asked_in_the_llms_place_for_nothing(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...]
) -> None:
    before = kept_by(desk)
    rebuilt = rebuilder.rebuild(played[OPEN], with_llm("offline"))
    assert rebuilt.now.strategy == "committee/offline"
    assert rebuilt.now.status == "decided"
    assert server.asked == []
    assert kept_by(desk) == before


def test_another_llm_is_really_asked_and_leaves_calls_alone_under_an_id_of_its_own(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...]
) -> None:
    before = kept_by(desk)
    first = rebuilder.rebuild(played[BLIND], with_llm("compatible:another"))
    asked = len(server.asked)
    assert first.now.status == "decided"
    assert asked >= 5
    assert not any(candidate in prompt for _, prompt in server.asked for candidate in ("Apple", "2016-"))
    assert rebuilder.rebuild(played[BLIND], with_llm("compatible:another")).text == first.text
    assert len(server.asked) == asked, "asked again, it is read from the record"
    after = kept_by(desk)
    assert after.tables == before.tables
    assert len(after.calls) == len(before.calls) + asked
    with transaction(desk.engine) as connection:
        assert len(Past(connection).heard(f"replay-{played[BLIND]}")) == 5
    assert rebuilder.rebuild(played[BLIND]).same
