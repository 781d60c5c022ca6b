"""Whatever the user guide says one may say is understood, as what the guide says it is."""

import re
from pathlib import Path

import pytest

from graph.examples.likeness import Likeness
from graph.intent import Focus, Intent
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from support.questions import TODAY

GUIDE = (Path(__file__).parents[3] / "docs" / "user-guide.md").read_text(encoding="utf-8")
LIKENESS = Likeness()
MEANT = {
    "what do we hold, and why?": "holdings",
    "how are we doing?": "performance",
    "how did we do by month?": "periods",
    "what's our win rate?": "trades",
    "what did we hold on 2016-11-30?": "holdings",
    "how good is the forecaster?": "skill",
    "how is AAPL doing?": "ticker",
    "do we own AAPL?": "ticker",
    "why did you buy AAPL?": "why",
    "why did you skip XOM?": "why",
    "what did the limits cut?": "cuts",
    "what are our limits?": "limits",
    "what is our VaR?": "limits",
    "what was refused?": "refused",
    "stress test": "stress",
    "what if the market falls 10 %?": "stress",
    "what would March 2020 do to us?": "stress",
    "why is trading halted?": "breaker",
    "what would it take to resume?": "breaker",
    "the state of the portfolio on 2016-11-30": "holdings",
    "our exposure by sector": "exposure",
    "where are our stops?": "exposure",
    "performance this quarter": "performance",
    "the drawdowns": "drawdowns",
    "compare with SPY and AAPL": "compare",
    "attribution by ticker, sector, role or forecaster": "attribution",
    "which concerns predicted losses?": "patterns",
    "win rate by conviction": "patterns",
    "best holding period": "patterns",
    "P&L by weekday": "patterns",
    "which limits cost us money?": "patterns",
    "chart of AAPL with our trades": "candles",
    "correlation heat map": "correlation",
    "calibration plot": "calibration",
    "any news about oil?": "search",
    "which warnings came true?": "patterns",
    "what did the validator say about Apple in March?": "search",
    "how many orders were rejected in May?": "sql",
    "orders by status": "sql",
    "the 5 largest fills": "sql",
    "job runs by status": "sql",
    "alerts by channel": "sql",
    "run the next session": "advance",
    "advance 5 days": "advance",
    "advance 20 sessions": "advance",
    "pause trading": "pause",
    "kill switch": "kill",
    "resume trading": "resume",
    "deposit 5000": "deposit",
    "withdraw 5000": "withdraw",
    "close AAPL": "close",
    "close half of AAPL": "close",
    "watch GE": "watch",
    "How volatile is NVDA?": "volatility",
    "how far may AAPL move in 10 sessions?": "volatility",
    "what regime are we in?": "regime",
    "Which pairs are cointegrated?": "pairs",
    "any pairs trades?": "pairs",
    "are KO and PEP cointegrated?": "pairs",
    "what is on the watchlist?": "watchlist",
    "run a cycle now for AAPL and MSFT": "cycle",
}
AFTER = {
    "and last month?": ("how are we doing?", "performance"),
    "by sector": ("what do we hold?", "exposure"),
    "why?": ("how are we doing?", "attribution"),
    "compare with SPY": ("how are we doing?", "compare"),
    "the second one": ("what do we hold?", "ticker"),
}
KEEPING = "Keep AAPL after all"


def understood(ask: str, focus: Focus | None = None) -> Intent:
    return route(ask, bundle_directory(), TODAY, focus or Focus(), LIKENESS)


def said_in_tables() -> list[str]:
    """Return the second column of the tables that say what to say."""
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in GUIDE.splitlines()]
    headed, said = False, list[str]()
    for line, row in zip(GUIDE.splitlines(), rows, strict=True):
        if line.startswith("#"):
            headed = False
        elif len(row) > 1 and row[1] == "say":
            headed = True
        elif headed and line.startswith("|") and not line.startswith("|---"):
            said += row[1].split(" / ")
    return said


def test_the_tables_of_the_guide_are_found() -> None:
    assert len(said_in_tables()) >= len(MEANT) * 3 // 4


def test_whatever_the_guide_says_to_say_is_understood() -> None:
    lost = [ask for ask in said_in_tables() if understood(ask).name == "unknown" or understood(ask).problem]
    assert lost == []


@pytest.mark.parametrize("ask", MEANT)
def test_what_the_guide_says_to_say_is_what_it_is_said_to_be(ask: str) -> None:
    assert ask in GUIDE
    assert (understood(ask).name, understood(ask).problem) == (MEANT[ask], None)


@pytest.mark.parametrize("ask", AFTER)
def test_a_short_follow_up_of_the_guide_changes_one_part(ask: str) -> None:
    first, name = AFTER[ask]
    listed = Focus(listed=("AAPL", "MSFT"))
    focus = focus_after(understood(first), listed)
    assert re.search(rf"\*{re.escape(ask)}\*", GUIDE)
    kept = Focus(intent=focus.intent, span=focus.span, last=focus.last, listed=listed.listed)
    assert understood(ask, kept).name == name


def test_a_close_is_taken_back_in_the_guides_words() -> None:
    assert KEEPING in GUIDE
    assert (understood(KEEPING).name, understood(KEEPING).ticker) == ("keep", "AAPL")
