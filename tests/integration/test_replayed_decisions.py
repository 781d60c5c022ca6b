"""Past decisions taken again from what is on record: byte for byte, or with exactly one thing changed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from db.engine import transaction
from db.events import Events
from db.heads import chain_heads
from db.ledger import Ledger
from db.past import Past
from db.tables import cycles, events
from desk.bootstrap import Desk
from desk.changes import Change, with_limit, with_llm, without_memory, without_news, without_role
from desk.difference import Difference, difference_of
from desk.rebuild import Rebuilder
from fund.errors import LedgerError, QueryRefusedError
from graph.left_out import ABSENT
from graph.research import HEADLINES
from support.kept_records import kept_on
from support.started_desks import REPLAYED

pytest_plugins = ["support.desks"]


@pytest.fixture(scope="module")
def rebuilder(desk: Desk) -> Iterator[Rebuilder]:
    with Rebuilder(desk, desk.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def cycle_ids(desk: Desk) -> tuple[str, ...]:
    with transaction(desk.engine) as connection:
        return Past(connection).cycle_ids()


def kept_by(desk: Desk) -> object:
    """Return every table of the desk that is a record, the calls of the rules among them."""
    kept = kept_on(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1))
    with transaction(desk.engine) as connection:
        calls = connection.exec_driver_sql("SELECT count(*), max(started_at) FROM desk.llm_calls").all()
        mandates = connection.exec_driver_sql("SELECT * FROM desk.mandates").all()
    return kept, calls, mandates


def test_every_decision_of_a_first_start_is_rebuilt_byte_for_byte_and_nothing_is_written(
    desk: Desk, rebuilder: Rebuilder, cycle_ids: tuple[str, ...]
) -> None:
    before = kept_by(desk)
    again = [rebuilder.rebuild(cycle_id) for cycle_id in cycle_ids]
    assert len(again) == REPLAYED
    assert [each.stored.cycle_id for each in again if not each.same] == []
    assert sum(bool(each.then.orders) for each in again) > REPLAYED / 2, "decisions that decided something"
    assert all(difference_of(each).inputs == () for each in again)
    assert kept_by(desk) == before


def changed(rebuilder: Rebuilder, cycle_id: str, change: Change) -> Difference:
    return difference_of(rebuilder.rebuild(cycle_id, change))


def sections(difference: Difference, depth: int = 1) -> set[str]:
    """Return the parts of the record that differ."""
    return {".".join(path.replace("[", ".").split(".")[:depth]) for path in difference.paths}


@pytest.fixture(scope="module")
def busy(rebuilder: Rebuilder, cycle_ids: tuple[str, ...]) -> str:
    """A decision with purchases, similar trades and headlines."""
    for cycle_id in reversed(cycle_ids):
        then = rebuilder.rebuild(cycle_id).then
        text = json.dumps(then.proposal.evidence if then.proposal else {}, default=str)
        if any(order.side == "buy" for order in then.orders) and '"similar": [{' in text:
            return cycle_id
    raise AssertionError("expected a decision that bought with memories at hand")


def test_a_lower_limit_changes_the_review_and_the_orders_alone_and_its_clamps_say_so(
    desk: Desk, rebuilder: Rebuilder, busy: str
) -> None:
    before = kept_by(desk)
    difference = changed(rebuilder, busy, with_limit("max_position=0.02"))
    assert not difference.same
    assert sections(difference) <= {"review", "orders", "marks"}
    assert {clamp.limit for clamp in difference.clamps_new} >= {"max_position"}
    cut = {clamp.ticker for clamp in difference.clamps_new} | {
        clamp.ticker for clamp in difference.clamps_gone
    }
    assert {each.ticker for each in difference.tickers if each.changed} <= cut
    assert all(each.then.proposed == each.now.proposed for each in difference.tickers)
    assert all((each.now.allowed or 0) <= Decimal("0.02") for each in difference.tickers)
    assert kept_by(desk) == before


def test_a_limit_that_binds_nowhere_changes_no_byte(rebuilder: Rebuilder, busy: str) -> None:
    assert changed(rebuilder, busy, with_limit("max_names=60")).same


def test_without_memory_the_committee_sees_everything_but_what_it_remembers(
    rebuilder: Rebuilder, busy: str
) -> None:
    rebuilt = rebuilder.rebuild(busy, without_memory())
    assert rebuilt.then.proposal is not None
    assert rebuilt.now.proposal is not None
    then, now = (dict(record.proposal.evidence["evidence"]) for record in (rebuilt.then, rebuilt.now))  # type: ignore[union-attr,call-overload]
    assert any(candidate["similar"] for candidate in then["candidates"])
    assert not any(candidate["similar"] for candidate in now["candidates"])
    assert now["market"]["similar_conditions"] == []
    forgotten = {"similar": [], "similar_conditions": []}
    assert [c | {"similar": []} for c in then["candidates"]] == now["candidates"]
    assert then["market"] | {"similar_conditions": forgotten["similar_conditions"]} == now["market"]
    assert not {"equity", "cash", "weights_before", "inputs"} & sections(difference_of(rebuilt))


def test_a_dropped_headline_is_the_only_one_missing(desk: Desk, rebuilder: Rebuilder, busy: str) -> None:
    then = rebuilder.rebuild(busy).then
    shown = desk.history.view(then.as_of).headlines(HEADLINES)
    rebuilt = rebuilder.rebuild(busy, without_news(shown[1].headline_id))
    told = [
        [h["title"] for h in dict(record.proposal.evidence["evidence"])["market"]["headlines"]]  # type: ignore[union-attr,call-overload]
        for record in (rebuilt.then, rebuilt.now)
    ]
    assert told[0] == [headline.title for headline in shown]
    assert told[1] == [headline.title for headline in shown if headline is not shown[1]]
    with pytest.raises(QueryRefusedError, match=f"was 'h-0'; there were: {shown[0].headline_id}, "):
        rebuilder.rebuild(busy, without_news("h-0"))


@pytest.mark.parametrize("role", ["macro_researcher", "quant_researcher", "validator", "risk_officer"])
def test_a_role_that_is_left_out_says_nothing_and_nobody_hears_of_it(
    rebuilder: Rebuilder, busy: str, role: str
) -> None:
    now = rebuilder.rebuild(busy, without_role(role)).now
    assert now.proposal is not None
    evidence = dict(now.proposal.evidence)
    assert evidence["answers"][role]["summary"] == ABSENT  # type: ignore[index]
    assert evidence["speakers"][role] == ABSENT  # type: ignore[index]
    assert evidence["revisions"] == 0 or role != "validator"
    if role == "risk_officer":
        assert sections(changed(rebuilder, busy, without_role(role))) <= {
            "proposal",
            "review",
            "orders",
            "marks",
        }
        targets = evidence["answers"]["portfolio_manager"]["targets"]  # type: ignore[index]
        assert {t["ticker"]: Decimal(str(t["weight"])) for t in targets} == dict(now.proposal.weights)
    if role == "macro_researcher":
        assert "no macro view" in evidence["answers"]["portfolio_manager"]["summary"]  # type: ignore[index]


def test_the_rules_asked_again_as_another_llm_decide_the_same(rebuilder: Rebuilder, busy: str) -> None:
    assert changed(rebuilder, busy, with_llm("offline")).same


def test_a_cycle_is_named_by_id_by_session_or_as_the_last(
    rebuilder: Rebuilder, cycle_ids: tuple[str, ...]
) -> None:
    last = cycle_ids[-1]
    assert rebuilder.rebuild("last").stored.cycle_id == last
    assert rebuilder.rebuild(last.removeprefix("daily-")).stored.cycle_id == last
    with pytest.raises(QueryRefusedError, match=f"was 'daly-{last[6:]}'; nearest: {last}"):
        rebuilder.rebuild(f"daly-{last[6:]}")
    with pytest.raises(
        QueryRefusedError, match="expected a cycle on record, was '1999-01-04'; nearest: daily-"
    ):
        rebuilder.rebuild(date(1999, 1, 4).isoformat())


def as_owner(desk: Desk, *statements: str) -> None:
    """Do to the database what the application's role is not allowed to."""
    with psycopg.connect(desk.stores.url.replace("postgresql+psycopg", "postgresql", 1)) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


@contextmanager
def tampered(desk: Desk, table: str, statement: str) -> Iterator[None]:
    """Change one table behind the desk's back, and put it back at the end."""
    keep = f"CREATE TABLE public.kept AS SELECT * FROM desk.{table}"
    as_owner(desk, keep, statement)
    try:
        yield
    finally:
        back = f"INSERT INTO desk.{table} SELECT * FROM public.kept"
        as_owner(desk, f"DELETE FROM desk.{table}", back, "DROP TABLE public.kept")


class TestWhatIsNotAsItWasRecorded:
    @pytest.fixture(autouse=True)
    def _all_is_well_again(self, rebuilder: Rebuilder) -> Iterator[None]:
        yield
        assert rebuilder.rebuild("last").same

    def test_an_edited_record_is_not_compared_with(self, desk: Desk, rebuilder: Rebuilder) -> None:
        edit = """UPDATE desk.cycles SET record = replace(record, '"decided"', '"held"')"""
        with (
            tampered(desk, "cycles", edit),
            pytest.raises(QueryRefusedError, match=r"the record of daily-.* is not what was recorded"),
        ):
            rebuilder.rebuild("last")

    @pytest.mark.parametrize(
        ("table", "statement", "seen_in"),
        [
            (
                "memories",
                "UPDATE desk.memories SET outcome = jsonb_set(outcome::jsonb, '{next_20}', '0.5') "
                "WHERE kind = 'conditions'",
                "proposal.evidence.evidence.market.similar_conditions[0].next_20",
            ),
            (
                "journal_entries",
                "UPDATE desk.journal_entries SET amount = 1.000001 * amount "
                "WHERE transaction_id = 'deposit-initial'",
                "equity",
            ),
            (
                "equity_daily",
                "UPDATE desk.equity_daily SET drawdown = -0.5",
                "proposal.evidence.evidence.book.drawdown",
            ),
        ],
    )
    def test_an_edited_fact_is_seen_in_the_bytes_where_it_entered(
        self, desk: Desk, rebuilder: Rebuilder, table: str, statement: str, seen_in: str
    ) -> None:
        with tampered(desk, table, statement):
            difference = difference_of(rebuilder.rebuild("last"))
        assert not difference.same
        assert seen_in == difference.paths[0]

    def test_a_journal_that_does_not_balance_is_refused(self, desk: Desk, rebuilder: Rebuilder) -> None:
        edit = "UPDATE desk.journal_entries SET amount = amount + 1 WHERE account = 'cash' AND amount > 0"
        with (
            tampered(desk, "journal_entries", edit),
            pytest.raises(LedgerError, match="entries must sum to 0"),
        ):
            rebuilder.rebuild("last")

    def test_a_close_that_is_gone_is_said(self, desk: Desk, rebuilder: Rebuilder) -> None:
        with (
            tampered(desk, "equity_daily", "DELETE FROM desk.equity_daily"),
            pytest.raises(QueryRefusedError, match=r"the close of .* is not on record"),
        ):
            rebuilder.rebuild("last")

    def test_a_mandate_that_was_edited_where_it_is_kept_is_refused(
        self, desk: Desk, rebuilder: Rebuilder
    ) -> None:
        with (
            tampered(desk, "mandates", "UPDATE desk.mandates SET text = text || '# edited'"),
            pytest.raises(QueryRefusedError, match="is not what was kept, it has the hash"),
        ):
            rebuilder.rebuild("last")

    def test_a_mandate_that_was_never_kept_is_the_present_one_or_refused(
        self, desk: Desk, rebuilder: Rebuilder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with tampered(desk, "mandates", "DELETE FROM desk.mandates"):
            assert rebuilder.rebuild("last").same
            monkeypatch.setattr(desk, "mandate", replace(desk.mandate, mandate_hash="f" * 64))
            with pytest.raises(QueryRefusedError, match="is not kept, and the present one is ffffffffffff"):
                rebuilder.rebuild("last")
        monkeypatch.undo()

    def test_a_forecaster_that_is_gone_or_damaged_is_said_and_not_guessed(
        self, desk: Desk, started_folder: Path
    ) -> None:
        folders = (path for path in (started_folder / "forecasters").iterdir() if path.is_dir())
        version = min(path for path in folders if not path.name.startswith("."))
        aside = version.with_name(".aside")
        version.rename(aside)
        with (
            Rebuilder(desk, desk.settings) as fresh,
            pytest.raises(QueryRefusedError, match=f"not as it was kept: .*{version.name}"),
        ):
            fresh.rebuild("last")
        aside.rename(version)
        file = max(version.iterdir(), key=lambda path: path.stat().st_size)
        whole = file.read_bytes()
        file.write_bytes(whole + b" ")
        with (
            Rebuilder(desk, desk.settings) as fresh,
            pytest.raises(QueryRefusedError, match="a forecaster it heard is not as it was kept"),
        ):
            fresh.rebuild("last")
        file.write_bytes(whole)


def test_what_is_another_today_is_told_with_what_it_means(
    desk: Desk, rebuilder: Rebuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = rebuilder.rebuild("last").then.inputs
    monkeypatch.setattr("desk.cycle.CODE_VERSION", "9.9.9")
    difference = difference_of(rebuilder.rebuild("last"))
    (told,) = difference.inputs
    assert (told.name, told.then, told.today) == ("code_version", then["code_version"], "9.9.9")
    assert told.meaning == "the present one was used, so the bytes can differ"
    assert difference.paths == ("inputs.code_version",)


def test_a_forecaster_that_was_succeeded_still_speaks_for_the_decisions_that_heard_it(
    desk: Desk, rebuilder: Rebuilder
) -> None:
    succeeded = "UPDATE desk.forecasters SET active = false, role = 'retired' WHERE name = 'gbm'"
    with tampered(desk, "forecasters", succeeded):
        rebuilt = rebuilder.rebuild("last")
    (told,) = difference_of(rebuilt).inputs
    assert rebuilt.same
    assert (told.name, told.today) == ("forecaster_gbm", "none")
    assert told.meaning == "the recorded one was used again"


def test_the_day_is_summed_up_with_the_heads_of_the_three_chains(desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        told = [each for each in Events(connection).since(0) if each.event.kind == "daily_summary"]
        rows = {row.seq: row.hash for row in connection.execute(select(events.c.seq, events.c.hash))}
        decisions = connection.execute(select(cycles.c.hash).order_by(cycles.c.seq)).scalars().all()
        curve = Ledger(connection).equity_curve()
        last = chain_heads(connection)
    assert len(told) == REPLAYED
    earned = Decimal(0)
    for summary, decision, mark in zip(told, decisions, curve, strict=True):
        data = summary.event.data
        earned += Decimal(data["profit"])
        assert earned == mark.equity - mark.deposits
        assert (data["equity"], data["session"]) == (str(mark.equity), mark.session.isoformat())
        assert data["heads"]["decisions"] == decision
        assert data["heads"]["events"] == rows[summary.seq - 1]
        assert all(head in summary.event.text for head in data["heads"].values())
    assert told[-1].event.data["heads"]["journal"] == last.journal
    assert last.events == rows[told[-1].seq]
