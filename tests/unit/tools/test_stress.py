"""Stress answers at the desk's clock: one scenario or all, in words where nothing is held."""

from collections.abc import Iterable
from io import StringIO

import pytest
from rich.console import Console

from desk.shown_stress import stress_table
from fund.errors import QueryRefusedError
from fund.portfolio.book import Book
from fund.risk.stress import SCENARIOS
from graph.chat_events import ChatEvent, Table, TextToken
from graph.replies.stress import stress_reply
from support.books import a_book
from support.views import a_view
from tools.stress import StressReport, stress_report

VIEW = a_view(AAPL=110, SPY=200)
BOOK = a_book({"AAPL": (100, 100)}, cash=9_000)


def report(scenario: str = "all", book: Book = BOOK, percent: float = -10.0) -> StressReport:
    return stress_report(book, VIEW, "SPY", scenario, percent)


def told(events: Iterable[ChatEvent]) -> tuple[str, list[Table]]:
    kept = list(events)
    text = "".join(each.text for each in kept if isinstance(each, TextToken))
    return text, [each for each in kept if isinstance(each, Table)]


def test_every_scenario_is_told_with_its_total() -> None:
    assert [result.scenario for result in report().results] == list(SCENARIOS)
    text, (table,) = told(stress_reply(report()))
    assert "not forecasts" in text
    assert len(table.rows) == len(SCENARIOS)


def test_one_scenario_is_told_by_position_with_its_basis() -> None:
    found = report("market-down", percent=-20.0)
    assert found.results[0].pnl_usd == -2200
    text, (table,) = told(stress_reply(found))
    assert "-$2,200.00" in text
    assert "-11.00%" in text
    assert [row[0] for row in table.rows] == ["AAPL"]
    assert "market" in table.rows[0]


def test_without_positions_the_answer_is_words() -> None:
    text, tables = told(stress_reply(report(book=a_book(cash=500))))
    assert "Nothing is held" in text
    assert not tables


def test_an_unknown_scenario_and_an_account_without_money_are_refused() -> None:
    with pytest.raises(QueryRefusedError, match="known: aug-2015"):
        report("tulips")
    with pytest.raises(QueryRefusedError, match="no money yet"):
        report(book=Book())


@pytest.mark.parametrize(("scenario", "said"), [("all", "mar-2020"), ("market-down", "-1,100.00")])
def test_the_terminal_shows_totals_or_positions(scenario: str, said: str) -> None:
    console = Console(width=200, record=True, quiet=False, file=StringIO())
    console.print(stress_table(report(scenario)))
    assert said in console.export_text()
