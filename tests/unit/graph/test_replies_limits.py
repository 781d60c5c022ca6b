"""How limits and refusals are told: nearest to the cap first, statistics with their sample."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fund.risk.buckets import BucketLimits
from graph.replies.limits import LIMIT_NAMES, limits_reply, refused_reply
from support.books import MONDAY, a_book
from support.mandates import a_mandate, some_limits
from support.records import a_refusal
from support.talk import tables_of, text_of
from support.tool_results import DAY, a_limits_report, a_use, session_marks
from support.views import a_view
from tools.exposure import Exposure, LimitUse, limits_of
from tools.refused import Refused


@pytest.mark.parametrize(
    ("use", "row"),
    [
        (
            a_use("max_position", "0.1010", "0.1", detail="MSFT"),
            ("largest position (MSFT)", "10.10%", "at most 10.00%", "101%", ""),
        ),
        (a_use("max_gross", "0.45", "0.9"), ("gross exposure", "45.00%", "at most 90.00%", "50%", "")),
        (a_use("min_cash", "0.5", "0.02", kind="least"), ("cash", "50.00%", "at least 2.00%", "4%", "")),
        (a_use("max_names", "7", "14"), ("names held", "7", "at most 14", "50%", "")),
        (
            a_use("max_beta", "0.65", "1.3", detail="SPY", sample=252),
            ("beta of the book held (SPY)", "0.65", "at most 1.30", "50%", "252 sessions"),
        ),
        (
            a_use("max_var", "0.01", "0.025", detail="ewma, 95%", sample=1),
            ("VaR of one session (ewma, 95%)", "1.00%", "at most 2.50%", "40%", "1 session"),
        ),
    ],
)
def test_a_limit_is_a_row_of_use_cap_share_and_sample(use: LimitUse, row: tuple[str, ...]) -> None:
    assert tables_of(limits_reply(a_limits_report(use)))["Limits"].rows == (row,)


def test_a_limit_that_cannot_be_measured_is_said_not_to_be_and_is_no_number() -> None:
    use = replace(a_use("max_var", cap="0.025"), value=None)
    events = list(limits_reply(a_limits_report(use)))
    assert "Not measured, for want of past returns: VaR of one session." in text_of(events)
    assert tables_of(events)["Limits"].rows[0][1:4] == ("n/a", "at most 2.50%", "n/a")


def test_the_nearest_limit_is_named() -> None:
    report = a_limits_report(a_use("max_sector", "0.29", "0.3", detail="Energy"), a_use())
    assert "Nearest to its cap: largest sector (Energy), 29.00% of at most 30.00%." in text_of(
        limits_reply(report)
    )


def test_a_limit_that_is_asked_for_comes_first_with_its_money_and_its_sample() -> None:
    use = a_use("max_var", "0.0123", "0.025", detail="ewma, 95%", sample=252)
    text = text_of(limits_reply(a_limits_report(use), "max_var"))
    assert text.startswith(
        "VaR of one session (ewma, 95%) is 1.23% of equity, $1,230.00, measured on 252 sessions; "
        "the mandate allows at most 2.50%."
    )


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ((), "The mandate sets no limit on beta of the book held, so it is not measured."),
        (
            (replace(a_use("max_beta", cap="1.3"), value=None),),
            "Beta of the book held cannot be measured yet",
        ),
    ],
)
def test_a_limit_that_is_asked_for_and_not_known_is_no_number(uses: tuple[LimitUse, ...], words: str) -> None:
    assert text_of(limits_reply(a_limits_report(*uses), "max_beta")).startswith(words)


def test_a_loss_past_its_level_is_not_put_down_to_the_next_orders() -> None:
    text = text_of(limits_reply(a_limits_report(a_use("drawdown", "0.09", "0.08"))))
    assert "1 figure is past a limit (drawdown, 9.00% against 8.00%)." in text


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (0, "every limit is kept"),
        (1, "moved 1 figure past a limit (gross exposure, 95.00% against 90.00%); the next orders cut back."),
        (2, "prices have moved 2 figures past a limit"),
    ],
)
def test_limits_that_are_passed_are_counted(over: int, words: str) -> None:
    uses = [a_use("max_gross", "0.95" if n < over else "0.5") for n in range(3)]
    assert words in text_of(limits_reply(a_limits_report(*uses)))


@pytest.mark.parametrize(("allowed", "words"), [(True, "are allowed"), (False, "are not allowed")])
def test_shorts_are_said_to_be_allowed_or_not(allowed: bool, words: str) -> None:
    assert f"Short positions {words}." in text_of(limits_reply(a_limits_report(shorts_allowed=allowed)))


def test_the_limits_name_their_day_their_mandate_and_what_is_at_work() -> None:
    text = text_of(limits_reply(a_limits_report(a_use(), mandate="growth")))
    assert f"At the closes of {DAY.isoformat()}" in text
    assert "Gross exposure is 50.00% and cash 50.00% of equity." in text
    assert 'come from the mandate "growth" and cannot be changed from the chat' in text


def test_sectors_are_listed_in_the_order_of_their_weight() -> None:
    exposure = Exposure(
        gross=Decimal("0.5"),
        net=Decimal("0.5"),
        cash=Decimal("0.5"),
        sectors={"Energy": Decimal("0.3"), "Technology": Decimal("0.2")},
    )
    table = tables_of(limits_reply(a_limits_report(exposure=exposure)))["Sectors"]
    assert table.rows == (("Energy", "30.00%"), ("Technology", "20.00%"))


def test_every_limit_that_a_report_shows_has_a_name_that_people_use() -> None:
    tight = Decimal("0.5")
    limits = some_limits(
        max_daily_turnover=tight,
        max_volume_share=tight,
        max_loss_to_stop=tight,
        max_var=tight,
        max_cvar=tight,
        max_beta=tight,
        max_cluster=Decimal(2),
        buckets=BucketLimits(max_core=tight),
    )
    mandate = a_mandate(limits=limits)
    report = limits_of(a_book(), a_view(AAPL=100, SPY=200), mandate, marks=session_marks([1.0, 0.99]))
    assert {use.limit for use in report.limits} == LIMIT_NAMES.keys()


def test_what_was_refused_is_told_with_its_reason() -> None:
    events = list(refused_reply(Refused(session=MONDAY, refusals=(a_refusal(),), earlier=())))
    assert text_of(events) == (
        "1 thing was refused in the session of 2016-03-07; it is in quarantine with its reason, "
        "and in no book."
    )
    (row,) = tables_of(events)["Refused"].rows
    refused = a_refusal()
    assert row[1:4] == (refused.kind, refused.ticker or "", refused.reason.replace("_", " "))


def test_nothing_refused_is_said_and_the_last_refusal_named() -> None:
    earlier = (a_refusal(),)
    events = list(refused_reply(Refused(session=DAY, refusals=(), earlier=earlier)))
    assert text_of(events).startswith(f"Nothing was refused in the session of {DAY}. The last refusal is of ")
    assert tables_of(events).keys() == {"Refused earlier"}
    assert "No session has been played" in text_of(
        refused_reply(Refused(session=None, refusals=(), earlier=()))
    )
