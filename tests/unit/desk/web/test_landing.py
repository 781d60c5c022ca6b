"""The landing page shows the owner what the desk states, and nobody else a figure."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from db.trading_state import TradingStatus
from desk.web.face import HealthItem, TrackRecord
from desk.web.landing import closed_page, day, money, open_page, percent, refused_page, sparkline
from fund.risk.resumption import Evidence
from support.fake_desk import a_status
from tools.breaker import BreakerStanding

VOID = {"meta", "link", "img", "source", "br"}


class Structure(HTMLParser):
    """Checks that every element is closed, and collects addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [
            value or "" for name, value in attrs if name in {"href", "src", "srcset", "action"}
        ]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> Structure:
    structure = Structure()
    structure.feed(page)
    assert structure.open == []
    return structure


def text_of(page: str) -> str:
    return " ".join(" ".join(read(page).words).split())


@pytest.mark.parametrize(
    "page", [closed_page("replay"), closed_page("live"), refused_page(), open_page(a_status())]
)
def test_every_page_is_whole_and_asks_no_other_host(page: str) -> None:
    assert all(re.match(r"/(?!/)", address) for address in read(page).addresses)
    assert "<script" not in page
    assert '<html lang="en">' in page


def test_without_a_login_there_is_the_name_the_mode_and_the_way_in() -> None:
    page = closed_page("replay")
    assert "Replay mode" in text_of(page)
    assert "/chat/login" in read(page).addresses
    assert not re.search(r"[$%]\s?\d|\d\s?%", text_of(page))


def test_the_owner_is_one_click_from_the_chat() -> None:
    assert "/chat/" in read(open_page(a_status())).addresses


def test_the_owner_sees_clock_book_and_who_thinks() -> None:
    text = text_of(open_page(a_status()))
    for expected in (
        "Replay mode",
        "The desk's clock stands at Tue 31 Jan 2017",
        "$1,041,234.56",
        "$203,411.10",
        "Wed 1 Feb 2017",
        "Sessions left to play 40",
        "offline rules, no LLM",
        "Trading running",
    ):
        assert expected in text


def test_a_return_is_never_shown_without_its_sessions_and_the_benchmarks() -> None:
    text = text_of(open_page(a_status()))
    told = "+4.12 % over 120 sessions, after costs, net of deposits; SPY +3.05 % over the same sessions."
    assert told in text


def test_an_unknown_benchmark_is_said_and_not_drawn() -> None:
    record = TrackRecord(
        return_fraction=-0.01, benchmark="SPY", benchmark_fraction=None, sessions=1, equity=(100.0, 99.0)
    )
    page = open_page(a_status(record=record))
    told = "−1.00 % over 1 session, after costs, net of deposits; SPY is not known over the same sessions."
    assert told in text_of(page)
    assert page.count("<path") == 1


def test_what_is_not_known_is_said_and_never_a_zero() -> None:
    empty = a_status(
        session=None,
        next_session=None,
        unplayed_sessions=None,
        equity=None,
        cash=None,
        positions=0,
        record=None,
        health=(),
    )
    text = text_of(open_page(empty))
    assert "has not played a session yet" in text
    assert "Equity unknown" in text
    assert "$0" not in text
    assert "there is no return to show" in text
    assert "Sessions left" not in text


def test_paused_trading_and_failing_parts_are_said_in_words() -> None:
    broken = HealthItem(name="database", ok=False, detail="no connection since 12:00")
    text = text_of(open_page(a_status(trading="paused", health=(broken,))))
    assert "Trading paused" in text
    assert "Failing database: no connection since 12:00" in text


def test_live_mode_speaks_of_the_present() -> None:
    text = text_of(open_page(a_status(mode="live")))
    assert "The desk's clock is at the session of Tue 31 Jan 2017" in text
    assert "Live mode" in text


def test_live_mode_says_what_the_next_session_waits_for() -> None:
    waits_for = "waiting for the bars of 2017-02-01: 12 of 503 names"
    assert f"It is {waits_for}." in text_of(open_page(a_status(mode="live", waits_for=waits_for)))
    assert "It is" not in text_of(open_page(a_status(mode="live")))


def test_nothing_the_desk_says_becomes_markup() -> None:
    hostile = "<script>alert(1)</script>\"'"
    item = HealthItem(name=hostile, ok=True, detail=hostile)
    record = TrackRecord(
        return_fraction=0.0, benchmark=hostile, benchmark_fraction=0.0, sessions=2, equity=(1.0, 2.0)
    )
    page = open_page(a_status(provider=hostile, health=(item,), record=record))
    assert "<script" not in page
    assert hostile in "".join(read(page).words)


def test_the_lines_share_one_scale_and_run_from_edge_to_edge() -> None:
    high, low = sparkline([[1.0, 3.0], [2.0, 1.0]])
    assert high == "M4.0 116.0L636.0 4.0"
    assert low == "M4.0 60.0L636.0 116.0"


@pytest.mark.parametrize(
    ("series", "drawn"), [([[], []], 0), ([[5.0]], 1), ([[2.0, 2.0], []], 1), ([[1.0], [2.0]], 2)]
)
def test_flat_short_and_missing_lines_are_drawn_without_dividing_by_zero(
    series: list[list[float]], drawn: int
) -> None:
    assert len(sparkline(series)) == drawn


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.0, "0.00 %"), (0.12345, "+12.35 %"), (-0.001, "−0.10 %"), (-0.00001, "0.00 %")]
)
def test_percentages_carry_a_sign_only_when_they_are_not_zero(fraction: float, shown: str) -> None:
    assert percent(fraction) == shown


def test_money_and_days_are_written_unmistakably() -> None:
    assert money(Decimal("-1234.5")) == "−$1,234.50"
    assert day(date(2017, 2, 3)) == "Fri 3 Feb 2017"
    assert day(None) == "unknown"


def test_the_breaker_is_shown_plainly_with_every_level_for_a_resume() -> None:
    status = TradingStatus(
        state="open",
        cause="daily_loss",
        version=1,
        since=datetime(2016, 6, 24, 20, 30, tzinfo=UTC),
        changed_by="desk",
        reason="the book lost <3.10%>",
    )
    told = "2 of 7 sessions <are> there."
    level = Evidence(name="sharpe", value=None, level=0.3, n=2, met=False, sentence=told)
    standing = BreakerStanding(status=status, session=None, evidence=(level,), proposed=False)
    shown = text_of(open_page(a_status(trading="halted", breaker=standing)))
    assert "Trading halted, breaker open" in shown
    assert "Circuit breaker open" in shown
    assert "The daily loss: the book lost <3.10%>. Set by desk at 2016-06-24 20:30 UTC." in shown
    assert "2 of 7 sessions <are> there." in shown
    assert "Only a person resumes" in shown
    assert "The desk proposes to resume" in text_of(
        open_page(a_status(trading="reducing", breaker=replace(standing, proposed=True)))
    )
    assert "Circuit breaker" not in text_of(open_page(a_status()))
