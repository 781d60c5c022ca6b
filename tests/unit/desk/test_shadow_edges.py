"""Shadows at their edges: who was silent and why, a side whatever the weights, a budget to the cent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from agents.roles import RESEARCHERS, longest_question
from agents.roster import Seat
from db.shadows import Put
from desk.settings import Settings
from desk.shadow_field import _beyond_the_budget, shadow_field
from desk.shadow_rows import absent_row, decision_row, status_of, view_rows
from fund.portfolio.proposal import Proposal
from fund.risk.limits import RiskReview
from support.books import MONDAY, an_order
from support.llms import KEY
from support.mandates import a_mandate
from support.records import a_call, a_cycle_record

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD = "AnswerError: a role was silent, so the book is held"
WEIGHT = st.none() | st.decimals(0, 1, places=4)


@settings(max_examples=80, deadline=None)
@given(
    wanted=WEIGHT,
    held=WEIGHT,
    allowed=WEIGHT,
    side=st.sampled_from(["buy", "sell", None]),
    stop=st.booleans(),
)
def test_a_side_is_an_order_that_the_proposal_wanted_too(
    wanted: Decimal | None, held: Decimal | None, allowed: Decimal | None, side: Any, stop: bool
) -> None:
    def weights(weight: Decimal | None) -> dict[str, Decimal]:
        return {} if weight is None else {"A": weight}

    record = a_cycle_record(
        status="decided",
        cause=None,
        orders=() if side is None else (an_order("A", side=side),),
        exits=(),
        weights_before=weights(held),
        proposal=Proposal(weights=weights(wanted)),
        review=RiskReview(weights=weights(allowed), clamps=()),
    )
    found = {view.ticker: view for view in view_rows(record, "s")}
    assert list(found) == ([] if wanted is held is allowed is None else ["A"])
    for view in found.values():
        was = held or Decimal(0)
        up, down = wanted is not None and wanted > was, wanted is not None and wanted < was
        assert view.side == (1 if side == "buy" and up else -1 if side == "sell" and down else 0)
        assert (view.held, view.allowed) == (was, was if allowed is None else allowed)


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (f"{HELD} (Quant researcher: answer: no JSON; Validator: budget: all is spent)", "absent"),
        (f"{HELD} (Quant researcher: answer: no JSON; Validator: answer: no JSON)", "held"),
        (f"{HELD} (Validator: answer: it says budget: none\nand deadline: never)", "held"),
        (None, "absent"),
        ("", "absent"),
        ("no AnswerError", "absent"),
    ],
)
def test_one_role_that_nobody_could_ask_makes_all_of_it_absent(cause: str | None, status: str) -> None:
    assert status_of(a_cycle_record(status="held", cause=cause)) == status


def test_calls_without_figures_cost_and_take_nothing_and_a_repair_counts_with_its_role() -> None:
    def call(name: str, role: str, ms: float | None, tokens: int | None) -> Any:
        return a_call(
            name,
            role=role,
            provider="openai",
            latency_ms=ms,
            input_tokens=tokens,
            output_tokens=None,
            cost_usd=Decimal("0.001"),
        )

    quant, macro = (role.name for role in RESEARCHERS[::-1])
    calls = [call("1", quant, 400, 10), call("2", quant, 300, None), call("3", macro, 600, 5)]
    calls.append(call("4", "validator", None, None))
    row = decision_row(a_cycle_record(), calls, shadow="s", in_force=False, at=AT)
    assert row.milliseconds == 700, "a first answer and its repair, longer than the other researcher"
    assert (row.input_tokens, row.output_tokens, row.cost_usd) == (15, 0, Decimal("0.004"))
    put = Put(cycle_id="c", session=MONDAY, recorded_at=AT, done=frozenset())
    nobody = absent_row(put, [], shadow="s", why="too late", at=AT)
    assert (nobody.calls, nobody.cost_usd, nobody.milliseconds) == (0, 0, None)


def test_a_budget_that_pays_to_the_last_cent_pays_and_one_below_does_not() -> None:
    settings_ = Settings(openai_api_key=SecretStr(KEY))

    def mandate(budget: Decimal) -> Any:
        return a_mandate(shadows=("openai:gpt-99",), shadow_budget_usd=budget)

    (roster,) = shadow_field(settings_, mandate(Decimal(10_000))).rosters.values()
    seat: Seat = roster.seats[0]
    question = "x" * longest_question(mandate(Decimal(1)).candidates)
    needed = len(RESEARCHERS) * seat.worst_case(question)
    assert _beyond_the_budget(seat, mandate(needed)) == ""
    assert f"{needed:f} USD" in _beyond_the_budget(seat, mandate(needed - Decimal("0.000001")))
    skipped = shadow_field(settings_, mandate(Decimal(0))).skipped
    assert list(skipped) == ["openai:gpt-99"]


def test_an_empty_key_is_no_key_and_stops_nobody_else() -> None:
    found = shadow_field(
        Settings(openai_api_key=SecretStr(""), anthropic_api_key=SecretStr(KEY)),
        a_mandate(shadows=("openai:a", "anthropic:b", "openai:c"), shadow_budget_usd=Decimal(10_000)),
    )
    assert list(found.rosters) == ["anthropic:b"]
    assert list(found.skipped) == ["openai:a", "openai:c"]
