"""Decisions that an LLM took, replayed from its recorded answers: nobody is asked, whatever is changed."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from db.engine import transaction
from db.past import Past
from db.trading_state import TradingState
from desk.bootstrap import Desk, open_desk
from desk.changes import Change, with_limit, with_llm, without_memory, without_role
from desk.difference import difference_of
from desk.rebuild import Rebuilder
from desk.settings import Settings
from fund.errors import QueryRefusedError
from support.checkout import ROOT
from support.kept_records import Kept, kept_on
from support.rule_server import KEY, LLM, RuleServer, rule_server
from support.started_desks import copy_folder, settings_for

pytest_plugins = ["support.desks"]

BLIND, OPEN, PENNILESS, PAUSED = 0, 1, 2, 3
"""Places of four sessions: under pseudonyms, with open eyes, without a budget, and with trading paused."""


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
    """Four sessions: two that an LLM decided, one held for want of money, one halted by the owner."""
    poor = tmp_path_factory.mktemp("poor") / "mandate.toml"
    text = (ROOT / "mandate.toml").read_text(encoding="utf-8")
    assert "daily_budget_usd = 2" in text
    poor.write_text(text.replace("daily_budget_usd = 2", "daily_budget_usd = 0"), encoding="utf-8")
    ids = []
    for settings, blind in (
        (asking, True),
        (asking, False),
        (asking.model_copy(update={"mandate": poor}), True),
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


@pytest.mark.parametrize("place", [BLIND, OPEN, PENNILESS, PAUSED])
def test_what_an_llm_decided_is_replayed_byte_for_byte_without_asking_it(
    desk: Desk, rebuilder: Rebuilder, server: RuleServer, played: tuple[str, ...], place: int
) -> None:
    before = kept_by(desk)
    rebuilt = rebuilder.rebuild(played[place])
    assert difference_of(rebuilt).paths == ()
    assert rebuilt.same
    assert rebuilt.then.strategy == "committee/compatible"
    assert server.asked == []
    assert kept_by(desk) == before
    held = "a role was silent, so the book is held (Macro researcher: budget: " in (rebuilt.then.cause or "")
    assert held == (place == PENNILESS)
    assert bool(rebuilt.then.orders) == (place in (BLIND, OPEN))
    assert (rebuilt.then.status == "halted") == (place == PAUSED)


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
