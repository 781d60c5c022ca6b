"""Who leads, from the chat: the terminal's rules, a ticket with both records, and the owner's name on record.

And why a decision was made: the reasons of the version that spoke then, told again.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from db.commands import Commands
from db.cross_check import cross_check
from db.engine import transaction
from db.events import Events
from db.forecasters import Forecasters
from db.promotions import Promotions
from desk import decision_reasons, promoting
from desk import learning as learnings
from desk.decision_reasons import DecisionReasons
from desk.learning import CHAMPION, INPUT, Learning
from desk.market import Market
from desk.promoting import Leads
from fund.clock import FixedClock
from fund.cycle import CycleRecord
from fund.errors import QueryRefusedError
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.forecast import Forecast
from fund.forecasting.registry import Registry
from fund.forecasting.validation import Schedule
from support.committee import small_history
from support.grounds import Stands, a_ground
from support.mandates import a_mandate
from support.records import a_cycle_record
from support.tool_results import a_seen_forecast, a_seen_ticker
from tools.control import ControlTools
from tools.heard import SeenTicker

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = (MomentumForecaster(), ReversalForecaster())
TRAINED, LAST = 560, 570


@pytest.fixture(scope="module")
def learning(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learning]:
    """Two rules in use and a ridge as a silent challenger, ten sessions ago."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (learnings, promoting, decision_reasons):
            patch.setattr(module, "FORECASTERS", OWN)
        made = Learning(
            engine=engine,
            registry=Registry(tmp_path_factory.mktemp("forecasters")),
            market=Market(small_history()),
            benchmark="SPY",
            schedule=Schedule(refit_sessions=63),
            clock=FixedClock(NOW),
        )
        sessions = small_history().panel.sessions
        made.train(sessions[TRAINED])
        made.challenge([RidgeForecaster()], 5, sessions[TRAINED])
        yield made


@pytest.fixture(scope="module")
def control(learning: Learning) -> ControlTools:
    ground = a_ground(small_history(), a_mandate(), Stands, leading=Leads(learning))
    return ControlTools(learning.engine, FixedClock(NOW), ground, may_act=lambda name: name == "owner")


def version(learning: Learning, name: str) -> str:
    with transaction(learning.engine) as connection:
        return next(row.version for row in Forecasters(connection).all() if row.name == name)


def champion(learning: Learning) -> str:
    with transaction(learning.engine) as connection:
        leader = Forecasters(connection).champion(5)
    assert leader is not None
    return leader.name


def ask(control: ControlTools, said: str, horizon: int | None = None, why: str = "", user: str = "owner"):  # type: ignore[no-untyped-def]
    return control.propose("promote_forecaster", horizon, user, "thread", about=[said], why=why)


def back(control: ControlTools, horizon: int | None = None):  # type: ignore[no-untyped-def]
    return control.propose("roll_back_forecaster", horizon, "owner", "thread")


def test_a_promotion_is_asked_for_in_the_chat_shown_whole_confirmed_and_taken_back(
    learning: Learning, control: ControlTools
) -> None:
    ridge, momentum = version(learning, "ridge"), version(learning, "momentum")
    pending = ask(control, "ridge 1", 5, "a try")
    assert pending.sentence == (
        f"Promote {ridge} (version 1 of ridge): it leads over 5 sessions in place of {momentum}."
    )
    first, own, other, _, undone = pending.consequences
    assert first == f"{ridge} leads over 5 sessions in place of {momentum}, from the next decision on."
    assert own.startswith("Out of sample it has ")
    assert other.startswith(f"{momentum} has ")
    for told in (own, other):
        assert "rank IC" in told
        assert "hit rate" in told
        assert "n = " in told
    assert 'The reason on record: "a try"' in pending.consequences
    assert "; 1 configuration of this name over this horizon and " in own
    assert undone == 'Undone by "roll back the champion at 5 sessions".'
    assert champion(learning) == "momentum", "nothing is done by a proposal"

    done = control.confirm(pending.command_id, "owner")
    assert done.sentence == (
        f"{ridge} leads over 5 sessions in place of {momentum} from the next decision on."
    )
    assert champion(learning) == "ridge"
    with pytest.raises(QueryRefusedError, match="already"):
        control.confirm(pending.command_id, "owner")
    with pytest.raises(QueryRefusedError, match="leads over 5 sessions already"):
        ask(control, ridge)

    taken = back(control)
    assert taken.sentence == f"Roll back over 5 sessions: {momentum} leads again in place of {ridge}."
    assert taken.consequences[-1] == f'Undone by "promote {ridge}".'
    control.confirm(taken.command_id, "owner")
    assert champion(learning) == "momentum"
    with transaction(learning.engine) as connection:
        made = Promotions(connection).latest(limit=2)
        told_events = [each.event for each in Events(connection).latest(limit=2)]
        kept = Commands(connection).get(pending.command_id)
        assert list(cross_check(connection, set())) == [], "the audit finds every command with its event"
    assert [(each.kind, each.by, each.why, each.command_id) for each in made] == [
        ("rolled_back", "owner", "no reason was given", taken.command_id),
        ("promoted", "owner", "a try", pending.command_id),
    ]
    assert [(each.kind, each.data["by"]) for each in told_events] == [
        ("forecaster_rolled_back", "owner"),
        ("forecaster_promoted", "owner"),
    ]
    assert kept is not None
    assert (kept.status, kept.args["why"], kept.result) == ("executed", "a try", {"done": done.sentence})


def test_what_looks_too_good_leads_only_with_a_reason_that_is_written_on_its_card(
    learning: Learning, control: ControlTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    ridge = version(learning, "ridge")
    monkeypatch.setattr("fund.forecasting.card.MAX_PLAUSIBLE_IC", 1e-6)
    with pytest.raises(
        QueryRefusedError, match=rf"looks like a leak.*in the chat by .promote {ridge} because"
    ):
        ask(control, "ridge")
    pending = ask(control, "ridge", why="  the bound of this test\nis nothing ")
    alarms = [line for line in pending.consequences if line.startswith("Its card looks too good to believe")]
    assert alarms
    why = "the bound of this test is nothing"
    assert f'Your explanation is written on its card: "{why}"' in pending.consequences
    control.confirm(pending.command_id, "owner")
    with transaction(learning.engine) as connection:
        assert Forecasters(connection).known(ridge).card.explanation == why
        assert Promotions(connection).latest(limit=1)[0].explanation == why
    control.confirm(back(control).command_id, "owner")


def test_what_is_not_as_it_was_shown_is_not_done(learning: Learning, control: ControlTools) -> None:
    stale, other = ask(control, "ridge"), ask(control, "reversal")
    control.confirm(other.command_id, "owner")
    with pytest.raises(QueryRefusedError, match="no longer what would happen"):
        control.confirm(stale.command_id, "owner")
    assert champion(learning) == "reversal"
    control.confirm(back(control).command_id, "owner")


@pytest.mark.parametrize(
    ("said", "horizon", "why", "problem"),
    [
        ("oracle", None, "", r"expected a forecaster or one of its versions, found \"oracle\"; there are"),
        ("ridge 2", 5, "", r"expected a version of ridge over 5 sessions \(1 is ridge-\w+\), found \"2\""),
        ("ridge", 20, "", "ridge does not forecast 20 sessions ahead; it does 5"),
        ("ridge", None, "x" * 501, "a reason of at most 500 characters, found 501"),
        ("", None, "", "expected a forecaster or one of its versions"),
    ],
)
def test_who_is_not_there_is_refused_with_who_is(
    control: ControlTools, said: str, horizon: int | None, why: str, problem: str
) -> None:
    with pytest.raises(QueryRefusedError, match=problem):
        ask(control, said, horizon, why)


def test_a_damaged_version_a_viewer_and_a_desk_without_a_register_are_refused(
    learning: Learning, control: ControlTools
) -> None:
    with pytest.raises(QueryRefusedError, match="only the owner of the desk"):
        ask(control, "ridge", user="viewer")
    with pytest.raises(QueryRefusedError, match="nothing to roll back over 20 sessions"):
        back(control, 20)
    card = learning.registry._root / version(learning, "ridge") / "card.json"
    whole = card.read_text()
    card.write_text(whole + " ")
    try:
        with pytest.raises(QueryRefusedError, match=r"ridge-\w+ cannot lead: expected hash"):
            ask(control, "ridge")
    finally:
        card.write_text(whole)
    bare = ControlTools(
        learning.engine,
        FixedClock(NOW),
        a_ground(small_history(), a_mandate(), Stands),
        may_act=lambda _: True,
    )
    with pytest.raises(QueryRefusedError, match="keeps no register"):
        ask(bare, "ridge")


def decided(learning: Learning, at: int, *, leader: str = "momentum") -> tuple[CycleRecord, Forecast]:
    """Return the record of a decision of a session, and what its leader said of AAPL then."""
    session: date = small_history().panel.sessions[at]
    named = {f"{INPUT}{leader}": version(learning, leader)}
    record = a_cycle_record(
        session=session, inputs=named if leader == "momentum" else named | {CHAMPION: leader}
    )
    source = learning.source(learning.kept(version(learning, leader)))
    return record, next(each for each in source.at(session) if each.ticker == "AAPL")


def candidate(said: Forecast, **changes: object) -> SeenTicker:
    shown = {key: value for key, value in asdict(said).items() if key not in ("ticker", "session", "version")}
    return a_seen_ticker(forecasts=(replace(a_seen_forecast(**shown), **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize("at", [TRAINED - 20, LAST], ids=["in the walk-forward", "live"])
def test_reasons_are_those_of_the_version_that_spoke_whoever_leads_now(
    learning: Learning, control: ControlTools, at: int
) -> None:
    told = DecisionReasons(learning)
    record, said = decided(learning, at, leader="ridge")
    found = told(record, "AAPL", candidate(said))
    assert (found.forecaster, found.version, found.missing) == ("ridge", version(learning, "ridge"), "")
    assert found.explanation is not None
    assert 1 <= len(found.explanation.reasons) <= 5
    assert champion(learning) == "momentum"
    own, of_own = decided(learning, at)
    assert told(own, "AAPL", candidate(of_own)).forecaster == "momentum"
    assert told(record, "AAPL", None) == found, "a name that was no candidate has them too"


def test_a_decision_whose_reasons_cannot_be_told_says_why(learning: Learning) -> None:
    told = DecisionReasons(learning)
    record, said = decided(learning, LAST, leader="ridge")
    for other, seen, missing in (
        (replace(record, inputs={}), candidate(said), "its record does not name the version"),
        (
            replace(record, inputs={f"{INPUT}momentum": "momentum-0000"}),
            None,
            "found none of version 'momentum-0000'",
        ),
        (record, candidate(said, rank=said.rank + 0.01), "comes out otherwise now than the committee saw it"),
        (record, candidate(said, expected=None), "comes out otherwise now"),
        (record, candidate(said, forecaster="reversal"), "the committee saw no forecast of ridge for it"),
    ):
        found = told(other, "AAPL", seen)
        assert found.explanation is None
        assert missing in found.missing
    assert "had no view of NOPE" in told(record, "NOPE", None).missing
