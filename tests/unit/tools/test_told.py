"""One decision told whole: the session, the roles, the weights, the cuts, the orders."""

from dataclasses import replace
from decimal import Decimal

from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import MONDAY, a_fill, an_order
from support.instruments import an_instrument
from support.records import a_cycle_record
from support.views import a_view
from tools.told import explain, orders_seen, summarise

VIEW = a_view(AAPL=100)
CUT = Clamp(
    limit="max_position", ticker="AAPL", before=Decimal("0.2"), after=Decimal("0.1"), reason="too large"
)


def test_a_decision_carries_the_way_from_held_to_proposed_to_allowed() -> None:
    record = a_cycle_record(
        weights_before={"AAPL": Decimal("0.03")},
        proposal=Proposal(weights={"AAPL": Decimal("0.2")}, reasons={"AAPL": "cheap"}),
        review=RiskReview(weights={"AAPL": Decimal("0.1")}, clamps=(CUT,)),
    )
    told = explain(record, an_instrument(), VIEW)
    assert (told.weight_before, told.proposed, told.weight_after) == (
        Decimal("0.03"),
        Decimal("0.2"),
        Decimal("0.1"),
    )
    assert (told.reason, told.clamps, told.session) == ("cheap", (CUT,), MONDAY)


def test_a_name_without_target_has_none_and_not_zero() -> None:
    told = explain(a_cycle_record(), an_instrument("MSFT", "Microsoft"), VIEW)
    assert (told.proposed, told.weight_after, told.weight_before) == (None, None, 0)
    assert told.clamps == ()


def test_a_cycle_without_evidence_has_seen_nothing() -> None:
    told = explain(a_cycle_record(proposal=Proposal(weights={})), an_instrument(), VIEW)
    assert told.seen is None
    assert told.words == ()


def test_a_name_outside_the_index_is_said_to_be_outside() -> None:
    record = a_cycle_record(proposal=Proposal(weights={}), orders=())
    told = explain(record, an_instrument("MSFT", "Microsoft"), VIEW)
    assert told.verdict.sentence.endswith(
        "it was not a tradable member of the index, so it was not in the universe."
    )


def test_a_member_that_was_no_candidate_is_told_by_its_rank() -> None:
    record = a_cycle_record(proposal=Proposal(weights={}), orders=())
    told = explain(record, an_instrument(), VIEW, place=(212, 480))
    assert told.verdict.sentence.endswith(
        "Its forecast ranked number 212 of 480, too low to be looked at; "
        "names already held are looked at whatever their rank."
    )


def test_a_rank_is_no_reason_where_there_is_a_better_one() -> None:
    told = explain(a_cycle_record(), an_instrument(), VIEW, place=(1, 480))
    assert "ranked" not in told.verdict.sentence
    assert told.forecast_place == (1, 480)


def test_the_orders_of_a_name_come_with_their_own_fills() -> None:
    order = an_order("AAPL")
    mine = a_fill("AAPL", order_id=order.order_id)
    other = a_fill("AAPL", order_id="ord-of-another-cycle", fill_id="f2")
    seen = orders_seen([(order, "filled", None), (an_order("MSFT"), "pending", None)], [mine, other], "AAPL")
    assert len(seen) == 1
    assert seen[0].fills == (mine,)
    assert (seen[0].status, seen[0].reason) == ("filled", None)


def test_an_order_that_lapsed_keeps_its_reason() -> None:
    seen = orders_seen([(an_order("AAPL"), "expired", "suspect_open")], [], "AAPL")
    assert (seen[0].status, seen[0].reason, seen[0].fills) == ("expired", "suspect_open", ())


def test_a_whole_cycle_is_told_by_its_targets_and_cuts() -> None:
    summary = summarise(a_cycle_record(tickers=("AAPL", "MSFT")))
    assert [target.ticker for target in summary.targets] == ["AAPL", "MSFT"]
    assert [target.ordered for target in summary.targets] == ["buy 10", "buy 10"]
    assert (summary.orders, len(summary.clamps), summary.candidates) == (2, 1, 0)


def test_an_order_that_only_a_limit_asked_for_is_among_the_targets() -> None:
    record = a_cycle_record(
        proposal=Proposal(weights={}),
        review=RiskReview(weights={"AAPL": Decimal("0.1")}, clamps=(CUT,)),
        orders=(an_order("AAPL", side="sell", quantity=3),),
    )
    target = summarise(record).targets[0]
    assert (target.ticker, target.proposed, target.ordered) == ("AAPL", None, "sell 3")


def test_a_cycle_that_decided_nothing_keeps_its_cause() -> None:
    summary = summarise(
        a_cycle_record(status="held", cause="no answer", proposal=None, review=None, orders=())
    )
    assert (summary.status, summary.cause, summary.targets) == ("held", "no answer", ())


def test_a_decision_says_which_cycle_of_which_strategy_it_was() -> None:
    record = a_cycle_record("cycle-7", strategy="momentum_12_1")
    told, summary = explain(record, an_instrument(), VIEW, note="Monday"), summarise(record, "Monday")
    for each in (told, summary):
        assert (each.cycle_id, each.strategy, each.note) == ("cycle-7", "momentum_12_1", "Monday")
        assert each.session == MONDAY
    assert (told.as_of, told.name) == (record.as_of, "Apple Inc.")


def test_a_decision_carries_what_was_seen_said_and_ordered() -> None:
    evidence = {
        "evidence": {"candidates": [{"ticker": "AAPL", "price": 110.5}]},
        "answers": {"validator": {"concerns": [{"ticker": "AAPL", "severity": 0.3, "reason": "crowded"}]}},
    }
    record = a_cycle_record(proposal=Proposal(weights={"AAPL": Decimal("0.01")}, evidence=evidence))
    seen = orders_seen([(an_order("AAPL"), "pending", None)], [], "AAPL")
    told = explain(record, an_instrument(), VIEW, orders=seen)
    assert told.seen is not None
    assert (told.seen.price, told.words[0].said, told.orders) == (110.5, "crowded", seen)
    assert (seen[0].side, seen[0].quantity, seen[0].reference_price) == ("buy", 10, 100)


def test_the_cuts_and_weights_of_other_names_stay_out() -> None:
    record = a_cycle_record(
        weights_before={"XOM": Decimal("0.5")},
        review=RiskReview(weights={"XOM": Decimal("0.4")}, clamps=(replace(CUT, ticker="XOM"), CUT)),
    )
    told = explain(record, an_instrument(), VIEW)
    assert (told.weight_before, told.weight_after, told.clamps) == (0, None, (CUT,))


def test_what_is_added_to_a_verdict_leaves_its_outcome() -> None:
    record = a_cycle_record(proposal=Proposal(weights={}), review=None, orders=())
    told = explain(record, an_instrument("MSFT", "Microsoft"), VIEW)
    assert (told.verdict.outcome, told.verdict.cause) == ("not_bought", "not_a_candidate")


def test_a_fund_is_called_a_fund() -> None:
    fund = replace(an_instrument("SPY", "SPDR S&P 500"), asset_class="etf")
    told = explain(a_cycle_record(proposal=Proposal(weights={}), orders=()), fund, VIEW)
    assert told.verdict.sentence.endswith("it was a fund, so it was not in the universe.")


def test_a_line_of_a_session_tells_its_own_name() -> None:
    weights = {"AAPL": Decimal("0.2"), "XOM": Decimal(0)}
    summary = summarise(
        a_cycle_record(
            weights_before={"XOM": Decimal("0.05")},
            proposal=Proposal(weights=weights, reasons={"XOM": "momentum has turned"}),
            review=RiskReview(weights={"AAPL": Decimal("0.1"), "XOM": Decimal(0)}, clamps=(CUT,)),
            orders=(an_order("XOM", "sell", 7),),
        )
    )
    apple, exxon = summary.targets
    assert (apple.before, apple.proposed, apple.after, apple.ordered, apple.reason) == (
        0,
        Decimal("0.2"),
        Decimal("0.1"),
        "",
        "",
    )
    assert (exxon.before, exxon.proposed, exxon.after) == (Decimal("0.05"), 0, 0)
    assert (exxon.ordered, exxon.reason) == ("sell 7", "momentum has turned")
