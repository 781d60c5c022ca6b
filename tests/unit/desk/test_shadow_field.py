"""Who shadows the committee: whom the mandate names, less those who cannot be asked, each with its reason."""

from decimal import Decimal

from pydantic import SecretStr

from agents.llm_spec import OFFLINE_LABEL
from desk.settings import Settings
from desk.shadow_field import shadow_field
from fund.mandate import LLMPrice, Mandate
from support.llms import KEY
from support.mandates import a_mandate

FREE = LLMPrice(llm_id="compatible:qwen3", input=Decimal(0), output=Decimal(0))


def shadowed(*names: str, **changes: object) -> Mandate:
    return a_mandate(shadows=names, **changes)


def test_nobody_is_asked_where_nobody_is_named() -> None:
    found = shadow_field(Settings(), a_mandate())
    assert (dict(found.rosters), dict(found.skipped)) == ({}, {})


def test_a_shadow_without_a_key_is_skipped_with_the_setting_that_is_missing() -> None:
    found = shadow_field(Settings(), shadowed("offline", "openai:gpt-5.4", "anthropic:x", "compatible:y"))
    assert list(found.rosters) == [OFFLINE_LABEL]
    assert found.skipped == {
        "openai:gpt-5.4": "no key: DESK_OPENAI_API_KEY is not set",
        "anthropic:x": "no key: DESK_ANTHROPIC_API_KEY is not set",
        "compatible:y": "no key: DESK_COMPATIBLE_BASE_URL is not set",
    }


def test_a_server_of_ones_own_is_asked_for_whichever_of_its_llms_is_named() -> None:
    settings = Settings(compatible_base_url="http://127.0.0.1:11434/v1", compatible_llm="another")
    found = shadow_field(settings, shadowed("compatible:qwen3", llm_prices=(FREE,)))
    (roster,) = found.rosters.values()
    assert roster.seats[0].spec.llm_id == "compatible:qwen3"
    assert roster.seats[0].spec.base_url == "http://127.0.0.1:11434/v1"


def test_one_that_the_budget_could_never_pay_is_skipped_and_says_what_it_needs() -> None:
    settings = Settings(openai_api_key=SecretStr(KEY))
    found = shadow_field(settings, shadowed("openai:gpt-99", shadow_budget_usd=Decimal(1)))
    assert dict(found.rosters) == {}
    assert found.skipped["openai:gpt-99"].startswith("no money: its two researchers may cost ")
    assert found.skipped["openai:gpt-99"].endswith("and llm.shadow_budget_usd is 1")
    assert (
        "openai:gpt-99"
        in shadow_field(settings, shadowed("openai:gpt-99", shadow_budget_usd=Decimal(50))).rosters
    )


def test_an_address_that_is_none_skips_the_shadow_and_stops_nothing() -> None:
    settings = Settings(compatible_base_url="http://user:word@127.0.0.1/v1")
    found = shadow_field(settings, shadowed("compatible:qwen3", "offline"))
    assert list(found.rosters) == [OFFLINE_LABEL]
    assert "without a password" in found.skipped["compatible:qwen3"]
    assert "word@" not in found.skipped["compatible:qwen3"]
