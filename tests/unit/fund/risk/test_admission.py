"""What of a proposal may be acted on at all, and what no order may touch."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fund.market.bars import Mark
from fund.portfolio.proposal import Proposal
from fund.risk.admission import Admission, admit, review_admitted, untouched
from fund.risk.limits import RiskReview
from support.mandates import some_limits
from support.views import FakeView

D = Decimal
FRIDAY = date(2016, 3, 4)
VIEW = FakeView(
    prices={"AAPL": D(100), "IBM": D(50), "OLD": D(9), "GONE": D(7), "SPY": D(200)},
    stale_since={"OLD": FRIDAY},
    outsiders=frozenset({"GONE", "SPY"}),
    sectors={"AAPL": "Technology"},
    nameless=frozenset({"IBM"}),
)


def admitted(weights: Mapping[str, str], *held: str, funds: frozenset[str] = frozenset()) -> Admission:
    marks = {t: VIEW.mark(t) for t in held}
    return admit(Proposal(weights={t: D(w) for t, w in weights.items()}), VIEW, marks, funds)


def reviewed(
    weights: Mapping[str, str], current: Mapping[str, str], *, min_trade: str = "0"
) -> tuple[Admission, RiskReview]:
    held = {t: D(w) for t, w in current.items()}
    admission = admitted(weights, *held)
    proposal = Proposal(weights={t: D(w) for t, w in weights.items()})
    return admission, review_admitted(proposal, admission, held, some_limits(), min_trade=D(min_trade))


def test_members_with_a_fresh_price_are_admitted_with_it() -> None:
    admission = admitted({"AAPL": "0.1", "IBM": "0"})
    assert admission.asked == {"AAPL": D("0.1"), "IBM": 0}
    assert admission.prices == {"AAPL": 100, "IBM": 50}
    assert admission.sectors == {"AAPL": "Technology", "IBM": ""}
    assert admission.refused == {}


def test_everything_else_is_refused_with_its_reason() -> None:
    assert admitted({"NOPE": "0.1", "OLD": "0.1", "SPY": "0.1", "IBM": "NaN"}).refused == {
        "NOPE": "unknown ticker",
        "OLD": "no price since 2016-03-04",
        "SPY": "not in the universe",
        "IBM": "weight NaN is not a fraction of equity",
    }


def test_what_is_held_may_be_sold_after_it_left_the_universe() -> None:
    admission = admitted({"GONE": "0"}, "GONE")
    assert admission.asked == {"GONE": 0}
    assert admission.reducing == {"GONE": "not in the universe any more"}


def test_a_stale_position_is_refused_even_when_nobody_asks_for_it() -> None:
    assert admitted({}, "OLD").refused == {"OLD": "no price since 2016-03-04"}


def test_funds_of_the_mandate_join_the_universe() -> None:
    admission = admitted({"SPY": "0.2"}, "SPY", funds=frozenset({"SPY"}))
    assert (admission.refused, admission.reducing) == ({}, {})


def test_a_refused_target_is_on_record_with_what_stays() -> None:
    _, review = reviewed({"OLD": "0.5", "NOPE": "0.5"}, {"OLD": "0.09"})
    assert review.weights == {"OLD": D("0.09")}
    assert [(c.limit, c.ticker, c.before, c.after) for c in review.clamps] == [
        ("universe", "NOPE", D("0.5"), D(0)),
        ("untradable", "OLD", D("0.5"), D("0.09")),
    ]


def test_what_nobody_asked_for_and_no_limit_cut_is_not_touched() -> None:
    admission, review = reviewed({"AAPL": "0.2"}, {"AAPL": "0.1", "IBM": "0.05"})
    assert untouched(admission, {"AAPL": D("0.1"), "IBM": D("0.05")}, review) == {"IBM"}


def test_what_a_limit_cut_is_touched_though_nobody_asked() -> None:
    current = {"AAPL": D("0.8"), "IBM": D("0.4")}
    admission, review = reviewed({}, {t: str(w) for t, w in current.items()})
    assert untouched(admission, current, review) == set()


def test_growth_that_a_limit_took_whole_leaves_the_position_alone() -> None:
    current = {"GONE": D("0.09066")}
    admission, review = reviewed({"GONE": "0.2"}, {"GONE": "0.09066"})
    assert review.weights == {"GONE": D("0.0906")}
    assert untouched(admission, current, review) == {"GONE"}


def test_a_close_of_less_than_a_basis_point_is_still_a_close() -> None:
    current = {"AAPL": D("0.00004"), "IBM": D("0.00004")}
    admission, review = reviewed({"AAPL": "0"}, {t: str(w) for t, w in current.items()}, min_trade="0.005")
    assert untouched(admission, current, review) == {"IBM"}


def test_a_change_that_is_not_worth_its_costs_is_none() -> None:
    held = {"AAPL": "0.1"}
    for asked, target in {"0.1049": "0.1", "0.0951": "0.1", "0.105": "0.105", "0.095": "0.095"}.items():
        assert reviewed({"AAPL": asked}, held, min_trade="0.005")[1].weights == {"AAPL": D(target)}
    assert reviewed({"IBM": "0.004"}, {}, min_trade="0.005")[1].weights == {"IBM": 0}


@given(
    st.dictionaries(st.sampled_from([*VIEW.prices, "NOPE"]), st.decimals()),
    st.sets(st.sampled_from([*VIEW.prices])),
)
def test_every_ticker_is_either_asked_for_or_refused(weights: dict[str, Decimal], held: set[str]) -> None:
    marks: dict[str, Mark] = {t: VIEW.mark(t) for t in held}
    admission = admit(Proposal(weights=weights), VIEW, marks, frozenset())
    assert admission.asked.keys() | admission.refused.keys() >= weights.keys()
    assert not admission.asked.keys() & admission.refused.keys()
    assert admission.asked.keys() <= admission.prices.keys()
    assert all(weight.is_finite() for weight in admission.asked.values())


def test_a_target_that_is_no_number_takes_no_position_out_of_the_limits() -> None:
    current = {"AAPL": D("0.8")}
    admission = admitted({"AAPL": "NaN"}, "AAPL")
    proposal = Proposal(weights={"AAPL": D("NaN")})
    limits = some_limits(max_position=D("0.5"))
    review = review_admitted(proposal, admission, current, limits, min_trade=D(0))
    assert review.weights == {"AAPL": D("0.5")}
    assert [c.limit for c in review.clamps] == ["untradable", "max_position"]
    assert untouched(admission, current, review) == set()
