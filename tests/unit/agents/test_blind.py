"""Blind evidence: an LLM that knows the past cannot tell which past it is in."""

import re
from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.answers import CandidateView, MacroAnswer, ManagerAnswer, QuantAnswer, TargetWeight
from agents.blind import blind
from agents.brief import Evidence
from agents.briefs import BLIND_SESSION, Earlier
from agents.offline import rule_answer
from agents.roles import PORTFOLIO_MANAGER, QUANT_RESEARCHER, ROLES
from agents.strict import parse_answer
from support.evidence import a_book, a_candidate, a_full_evidence, a_trade, an_evidence

NAMES = (
    ("AAPL", "Apple Inc."),
    ("MSFT", "Microsoft Corporation"),
    ("CB-201601", "Chubb Corporation"),
    ("T", "AT&T"),
)


def real_evidence() -> Evidence:
    """Return evidence full of things that would give the story away."""
    report = {
        "doc_type": "10-Q",
        "end_date": "2016-03-26",
        "revenue": 50557.0,
        "net_income": 10516.0,
        "eps_diluted": 1.9,
    }
    trade = a_trade(0.02, ticker="NFLX", memory_id="trade-NFLX-20150715", opened=date(2015, 7, 15))
    candidates = [
        a_candidate(
            ticker,
            name=name,
            price=93.64 + n,
            average_dollar_volume=3.1337e9 + n,
            report=report,
            similar=(trade,),
        )
        for n, (ticker, name) in enumerate(NAMES)
    ]
    full = a_full_evidence(2)
    return replace(
        full,
        candidates=tuple(candidates),
        book=a_book(equity=1_012_345.67),
        missing={"NEE": "no bars since 2016-06-09"},
    )


def spoken(evidence: Evidence) -> Earlier:
    tickers = [c.ticker for c in evidence.candidates]
    return Earlier(
        macro=MacroAnswer(
            regime="neutral", exposure=0.6, confidence=0.5, drivers=[], sectors_to_avoid=[], summary="Mixed."
        ),
        quant=QuantAnswer(
            views=[CandidateView(ticker=t, conviction=0.3, reason=f"{t} has momentum") for t in tickers],
            summary="s",
        ),
        manager=ManagerAnswer(
            targets=[TargetWeight(ticker=t, weight=0.05, reason=f"like {t}") for t in tickers], summary="s"
        ),
    )


def all_briefs(evidence: Evidence) -> str:
    """Return every role's brief, with the earlier answers hidden as the graph hides them."""
    hidden, names = blind(evidence, seed=7)
    earlier = spoken(evidence)
    assert earlier.macro is not None
    assert earlier.quant is not None
    assert earlier.manager is not None
    masked = Earlier(
        macro=names.hide(earlier.macro), quant=names.hide(earlier.quant), manager=names.hide(earlier.manager)
    )
    return "\n".join(role.brief(hidden, masked) for role in ROLES.values())


def test_no_ticker_name_date_price_or_headline_is_in_any_blind_brief() -> None:
    text = all_briefs(real_evidence())
    for ticker in [ticker for ticker, _ in NAMES if len(ticker) > 1] + ["NFLX", "NEE", "SPY"]:
        assert ticker not in text
    assert '"T"' not in text
    for word in ("Apple", "Microsoft", "Chubb", "AT&T", "jump", "wire", "gbm-7f3a", "10-Q"):
        assert word not in text
    assert not re.search(r"\b(19|20)\d\d-\d\d-\d\d\b", text)
    assert not re.search(r"\b20\d{6}\b", text)
    for level in (
        "93.64",
        "94.64",
        "14.68",
        "1012000",
        "1012345",
        "3134000000",
        "50560",
        "50557",
        "10516",
        "10520",
    ):
        assert level not in text


def test_the_same_words_are_all_there_when_the_brief_is_not_blind() -> None:
    evidence = real_evidence()
    text = "\n".join(role.brief(evidence, spoken(evidence)) for role in ROLES.values())
    for word in ("AAPL", "NFLX", "SPY", "Apple Inc.", "2016-05-02", "14.68", "jump", "1012000", "3134000000"):
        assert word in text


def test_every_date_in_blind_evidence_keeps_its_distance_only() -> None:
    evidence = real_evidence()
    hidden, _ = blind(evidence, seed=1)
    assert hidden.session == BLIND_SESSION
    (trade,) = hidden.candidates[0].similar
    assert (hidden.session - trade.opened).days == (evidence.session - date(2015, 7, 15)).days
    assert all(day.year > 9000 for day in _dates(hidden))


def test_pseudonyms_repeat_for_a_seed_and_differ_between_seeds() -> None:
    evidence = a_full_evidence(20)
    assert repr(blind(evidence, seed=1)) == repr(blind(evidence, seed=1))
    assert blind(evidence, seed=1)[1] != blind(evidence, seed=2)[1]


def test_pseudonyms_tell_nothing_by_their_order() -> None:
    _, names = blind(a_full_evidence(20), seed=3)
    assert list(names.by_ticker.values()) != sorted(names.by_ticker.values())


def test_statistics_survive_blinding() -> None:
    evidence = real_evidence()
    hidden, names = blind(evidence, seed=1)
    seen = next(c for c in hidden.candidates if c.ticker == names.by_ticker["AAPL"])
    assert (seen.return_60, seen.volatility_20, seen.forecasts) == (
        0.12,
        0.24,
        evidence.candidates[0].forecasts,
    )
    assert seen.report == {"net_margin": pytest.approx(10516 / 50557)}
    assert [r.z_score for r in hidden.market.readings] == [r.z_score for r in evidence.market.readings]


def test_an_answer_is_restored_in_its_tickers_and_in_its_words() -> None:
    _, names = blind(real_evidence(), seed=5)
    x, y = names.by_ticker["AAPL"], names.by_ticker["CB-201601"]
    answer = ManagerAnswer(
        targets=[TargetWeight(ticker=x, weight=0.05, reason=f"{x}'s trend beats {y}, not {x}0 or A{x}.")],
        summary=f"Long {x}.",
    )
    restored = names.restore(answer)
    assert restored.targets[0].ticker == "AAPL"
    assert restored.targets[0].reason == f"AAPL's trend beats CB-201601, not {x}0 or A{x}."
    assert restored.summary == "Long AAPL."


def test_hiding_undoes_restoring() -> None:
    _, names = blind(a_full_evidence(20), seed=5)
    targets = [
        TargetWeight(ticker=p, weight=0.05, reason=f"{p}, again {p}") for p in sorted(names.by_pseudonym)
    ]
    answer = ManagerAnswer(targets=targets, summary="s")
    assert names.hide(names.restore(answer)) == answer


def test_restored_words_still_fit_the_schema() -> None:
    _, names = blind(real_evidence(), seed=5)
    p = names.by_ticker["CB-201601"]
    answer = ManagerAnswer(targets=[TargetWeight(ticker=p, weight=0.0, reason=f"{p} " * 150)], summary="s")
    assert len(names.restore(answer).targets[0].reason) == 600


def test_the_offline_rules_decide_the_same_blind_or_not() -> None:
    evidence = a_full_evidence(20)
    hidden, names = blind(evidence, seed=11)
    open_views = parse_answer(rule_answer(QUANT_RESEARCHER.brief(evidence)), QuantAnswer)
    blind_views = names.restore(parse_answer(rule_answer(QUANT_RESEARCHER.brief(hidden)), QuantAnswer))
    assert {v.ticker: v.conviction for v in open_views.views} == {
        v.ticker: v.conviction for v in blind_views.views
    }


def test_how_much_of_a_days_trading_the_book_is_survives_blinding() -> None:
    evidence = a_full_evidence(20)
    hidden, names = blind(evidence, seed=1)
    volumes = {candidate.ticker: candidate.average_dollar_volume for candidate in hidden.candidates}
    assert hidden.book.equity != evidence.book.equity
    for candidate in evidence.candidates:
        before = evidence.book.equity / candidate.average_dollar_volume
        assert hidden.book.equity / volumes[names.by_ticker[candidate.ticker]] == pytest.approx(before)


def test_a_blind_brief_says_that_it_is_blind() -> None:
    hidden, _ = blind(an_evidence(), seed=0)
    assert '"session": "T-0d"' in PORTFOLIO_MANAGER.brief(hidden)
    assert "pseudonyms" in PORTFOLIO_MANAGER.brief(hidden)


@given(st.sets(st.from_regex(r"\A[A-Z]{2,5}(-[0-9]{6})?\Z"), min_size=1, max_size=30), st.integers())
def test_any_universe_has_a_way_there_and_back(tickers: set[str], seed: int) -> None:
    _, names = blind(an_evidence(*[a_candidate(t) for t in sorted(tickers)]), seed)
    assert set(names.by_ticker) == tickers
    assert {names.by_pseudonym[p] for p in names.by_ticker.values()} == tickers


def _dates(value: object) -> list[date]:
    if isinstance(value, date):
        return [value]
    if is_dataclass(value):
        return [day for item in fields(value) for day in _dates(getattr(value, item.name))]
    if isinstance(value, tuple):
        return [day for item in value for day in _dates(item)]
    return []
