"""A day's budget either pays for both researchers at once, or the desk says so before it starts."""

import logging
from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import SecretStr

from agents.prices import Price
from agents.roles import RESEARCHERS, ROLES, longest_question
from agents.roster import Roster
from desk.committee import roster_of
from desk.llm_budget import check_budget, most_of_a_run
from desk.settings import Settings
from fund.errors import ConfigError
from fund.mandate import LLMPrice, Mandate, RosterEntry
from support.llms import KEY, a_script, a_seat
from support.mandates import a_mandate

FREE = LLMPrice(llm_id="compatible:qwen3", input=Decimal(0), output=Decimal(0))


def a_budget(usd: str, **changes: object) -> Mandate:
    return a_mandate(llm_daily_budget_usd=Decimal(usd), **changes)


def unlisted(provider: str, mandate: Mandate) -> Roster:
    settings = Settings(
        provider=provider,
        openai_api_key=SecretStr(KEY),
        openai_llm="gpt-99",
        compatible_base_url="http://127.0.0.1:11434/v1",
        compatible_llm="qwen3",
    )
    return roster_of(settings, mandate)


def test_the_shipped_budget_pays_for_an_unlisted_llm_of_ones_own_server() -> None:
    mandate = a_budget("2")
    check_budget(unlisted("compatible", mandate), mandate)


def test_a_budget_that_cannot_pay_both_researchers_is_refused_with_the_two_ways_out() -> None:
    mandate = a_budget("2.00")
    with pytest.raises(ConfigError) as refused:
        check_budget(unlisted("openai", mandate), mandate)
    sentence = str(refused.value)
    assert sentence.startswith("llm.daily_budget_usd is 2.00, but the two researchers")
    assert "the assumed price of openai:gpt-99, 25.0 / 150.0 USD per million tokens" in sentence
    assert sentence.endswith(
        "raise llm.daily_budget_usd in the mandate, or state the price in its section [llm.prices]"
    )


def test_the_line_is_drawn_at_twice_the_worst_case_to_the_last_digit() -> None:
    seat = a_seat(a_script(), price=Price(input=Decimal(1), output=Decimal(10), known=True))
    enough = len(RESEARCHERS) * seat.worst_case("x" * longest_question(20))
    roster = Roster(seats=(seat,))
    check_budget(roster, a_budget(str(enough)))
    with pytest.raises(ConfigError, match="at the price of anthropic:test-llm, 1 / 10 USD"):
        check_budget(roster, a_budget(str(enough - Decimal("0.000001"))))
    with pytest.raises(ConfigError, match=r"raise llm\.daily_budget_usd"):
        check_budget(roster, a_budget(str(enough), candidates=60))


def test_a_budget_of_nothing_is_a_choice_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        check_budget(unlisted("openai", a_budget("0")), a_budget("0"))
    assert "openai:gpt-99 is never asked: every role is silent and the book is held" in caplog.text


@pytest.mark.parametrize("budget", ["0", "2"])
def test_what_costs_nothing_needs_no_budget(budget: str, caplog: pytest.LogCaptureFixture) -> None:
    stated = a_budget(budget, llm_prices=(FREE,))
    for provider in ("compatible", "offline"):
        check_budget(unlisted(provider, stated), stated)
    assert caplog.text == ""


def test_the_price_the_owner_states_comes_first_and_is_no_guess() -> None:
    dear = LLMPrice(llm_id="openai:gpt-99", input=Decimal(1), output=Decimal("2.5"))
    price = unlisted("openai", a_mandate(llm_prices=(FREE, dear))).seats[0].price
    assert (price.input, price.output, price.known) == (Decimal(1), Decimal("2.5"), True)


DEAR = LLMPrice(llm_id="openai:dear", input=Decimal(50), output=Decimal(250))


def by_role(mandate: Mandate, provider: str = "auto") -> Roster:
    return roster_of(Settings(provider=provider, openai_api_key=SecretStr(KEY), openai_llm="own"), mandate)


def test_a_role_of_its_own_that_the_day_cannot_pay_is_refused_by_name() -> None:
    dear = a_budget(
        "2",
        llm_prices=(DEAR, replace(DEAR, llm_id="openai:own", input=Decimal(0), output=Decimal(0))),
        llm_roster=(RosterEntry(role="validator", llm="openai:dear"),),
    )
    with pytest.raises(ConfigError, match=r"2, but the validator may cost .* of openai:dear, 50 / 250 USD"):
        check_budget(by_role(dear), dear)
    assert by_role(dear).label == (
        "openai:own (macro researcher, quant researcher, portfolio manager, risk officer); "
        "openai:dear (validator)"
    )


def test_researchers_of_two_llms_are_counted_each_at_its_own_price() -> None:
    cheap = LLMPrice(llm_id="openai:own", input=Decimal(1), output=Decimal(10))
    split = RosterEntry(role="quant_researcher", llm="openai:dear")
    mandate = a_budget("2", llm_prices=(DEAR, cheap), llm_roster=(split,))
    with pytest.raises(ConfigError, match=r"of openai:own, 1 / 10 .* and price of openai:dear, 50 / 250"):
        check_budget(by_role(mandate), mandate)
    assert [seat.label for seat in by_role(a_mandate(), "openai").committee] == ["openai:own"]


def test_without_money_one_paid_role_is_enough_to_hold_the_book(caplog: pytest.LogCaptureFixture) -> None:
    rest = tuple(
        RosterEntry(role=role, llm="openai:dear" if role == "validator" else "offline") for role in ROLES
    )
    poor = a_budget("0", llm_prices=(DEAR,), llm_roster=rest)
    with caplog.at_level(logging.WARNING):
        check_budget(by_role(poor), poor)
    assert "openai:dear is never asked: a role is silent and the book is held" in caplog.text


def test_a_deployment_that_asks_nobody_asks_nobody_on_the_roster_either() -> None:
    entry = RosterEntry(role="validator", llm="openai:dear")
    mandate = a_budget("2", llm_prices=(DEAR,), llm_roster=(entry,))
    assert by_role(mandate, "offline").label == "offline rules, no LLM"


def test_an_llm_of_the_deployments_own_server_needs_no_address_on_the_roster() -> None:
    mandate = a_budget("2", llm_roster=(RosterEntry(role="validator", llm="compatible:qwen3"),))
    own = Settings(provider="auto", compatible_base_url="http://127.0.0.1:11434/v1")
    (seat,) = roster_of(own, mandate).seats_for("validator")
    assert seat.spec.base_url == "http://127.0.0.1:11434/v1"
    with pytest.raises(ConfigError, match=r"llm\.roster\.validator: expected compatible:<llm>@<base_url>"):
        roster_of(Settings(provider="auto"), mandate)


def test_a_run_may_cost_seven_calls_each_at_the_price_of_its_role() -> None:
    ruled = a_budget("9", llm_prices=(DEAR,), llm_roster=(RosterEntry(role="validator", llm="offline"),))
    settings = Settings(provider="openai", openai_api_key=SecretStr(KEY), openai_llm="dear")
    whole, less = (roster_of(settings, mandate) for mandate in (a_budget("9", llm_prices=(DEAR,)), ruled))
    one = whole.seats[0].worst_case("x" * longest_question(20))
    assert most_of_a_run(whole, 20) == 7 * one > 0
    assert most_of_a_run(less, 20) == 5 * one, "the validator may be asked twice, and costs nothing"
