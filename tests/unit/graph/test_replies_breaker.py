"""What the chat says of the breaker: state, cause, and every level with value and sample."""

from datetime import UTC, date, datetime

from db.trading_state import TradingStatus
from fund.risk.resumption import Evidence
from graph.chat_events import Table
from graph.replies.breaker import breaker_reply, evidence_table
from support.talk import text_of
from tools.breaker import BreakerStanding

DAY = date(2016, 6, 24)
EVIDENCE = (
    Evidence(name="drawdown", value=0.031, level=0.04, n=112, met=True, sentence="met."),
    Evidence(name="winning_sessions", value=None, level=3.0, n=0, met=False, sentence="not met."),
    Evidence(name="sharpe", value=-0.251, level=0.3, n=7, met=False, sentence="not met."),
)
OPEN = TradingStatus(
    state="open",
    cause="daily_loss",
    version=1,
    session=DAY,
    since=datetime(2016, 6, 24, 20, 30, tzinfo=UTC),
    changed_by="desk",
    reason="the book lost 3.10% <b>",
)


def told(status: TradingStatus, *evidence: Evidence, proposed: bool = False) -> str:
    standing = BreakerStanding(status=status, session=DAY, evidence=evidence, proposed=proposed)
    return text_of(breaker_reply(standing))


def test_a_closed_breaker_is_said_in_one_sentence() -> None:
    assert told(TradingStatus()) == ("The circuit breaker is closed: trading runs, nothing is to be resumed.")
    since = TradingStatus(version=2, since=OPEN.since, changed_by="replay")
    assert "since 2016-06-24 20:30 UTC; it was resumed by replay" in told(since)


def test_an_open_one_says_since_when_why_and_who() -> None:
    text = told(OPEN, *EVIDENCE)
    assert "The circuit breaker is open since 2016-06-24 20:30 UTC, so nothing is planned." in text
    assert "the daily loss (the book lost 3.10% \\<b\\>), set by desk." in text
    assert "1 of the 3 levels for a resume is met." in text
    assert "only when you say *resume trading* and confirm" in text


def test_a_reducing_one_says_what_still_passes_and_a_proposal_is_called_one() -> None:
    reducing = TradingStatus(state="reducing", cause="drawdown", since=OPEN.since, changed_by="desk")
    assert "so positions may only shrink" in told(reducing)
    assert "so the desk proposes to resume" in told(OPEN, *EVIDENCE, proposed=True)


def test_each_level_has_its_value_its_bound_and_its_sample() -> None:
    (table,) = evidence_table(EVIDENCE)
    assert isinstance(table, Table)
    assert table.rows == (
        ("Below the peak", "3.10%", "less than 4.00%", 112, "yes"),
        ("Winning sessions in a row", "n/a", "at least 3", 0, "no"),
        ("Sharpe ratio", "-0.25", "more than 0.30", 7, "no"),
    )
    assert list(evidence_table(())) == []
