"""Who is asked, in which order, at what price: read strictly from what the owner wrote."""

import re
import subprocess
import sys
from decimal import Decimal

import pytest
from pydantic import SecretStr

from agents.llm_spec import OFFLINE_LABEL, is_llm_id, parse_spec
from agents.prices import Price, price_of
from agents.roles import ROLES
from agents.roster import Keys, Roster
from fund.errors import ConfigError
from support.llms import KEY

KEYS = Keys(anthropic=SecretStr(KEY), openai=SecretStr(KEY))


def test_specs_name_provider_llm_and_address() -> None:
    spec = parse_spec("anthropic:claude-sonnet-5")
    assert (spec.provider, spec.llm, spec.base_url) == (
        "anthropic",
        "claude-sonnet-5",
        "https://api.anthropic.com",
    )
    local = parse_spec("compatible:qwen3:8b@http://127.0.0.1:11434/v1/")
    assert (local.llm, local.base_url) == ("qwen3:8b", "http://127.0.0.1:11434/v1")
    assert parse_spec("offline").llm_id == "offline:rules"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "claude",
        "anthropic:",
        "anthropic: claude",
        "gemini:pro",
        "offline:other",
        "compatible:qwen3",
        "compatible:qwen3@ftp://host",
        "compatible:@http://host",
        "openai:gpt@https://user:secret@host/v1",
        "openai:gpt@https://:secret@host/v1",
        "compatible:qwen3@http://[::1/v1",
        "compatible:qwen3@http://host:port/v1",
        "compatible:qwen3@http://host:99999/v1",
        "compatible:qwen3@http://host:0/v1",
    ],
)
def test_an_unreadable_spec_is_refused_with_the_forms_that_work(text: str) -> None:
    with pytest.raises(ConfigError, match="roster: expected") as refused:
        parse_spec(text)
    assert "secret" not in str(refused.value)


def test_a_roster_keeps_its_order() -> None:
    roster = Roster.of(["openai:gpt-5.1", "anthropic:claude-sonnet-5", "offline"], KEYS)
    assert [seat.spec.llm_id for seat in roster.seats] == [
        "openai:gpt-5.1",
        "anthropic:claude-sonnet-5",
        "offline:rules",
    ]
    assert roster.seats[-1].label == OFFLINE_LABEL


@pytest.mark.parametrize("keys", [Keys(), Keys(anthropic=SecretStr("  "))])
def test_a_provider_without_a_key_is_not_configured(keys: Keys) -> None:
    with pytest.raises(ConfigError, match="needs a key of anthropic"):
        Roster.of(["anthropic:claude-sonnet-5"], keys)


def test_an_empty_roster_is_refused() -> None:
    with pytest.raises(ConfigError, match="offline"):
        Roster.of([])


def test_a_server_of_ones_own_needs_no_key() -> None:
    (seat,) = Roster.of(["compatible:qwen3@http://127.0.0.1:11434/v1"]).seats
    assert seat.secrets == ()
    assert seat.client().schema_in_prompt


def test_no_key_shows_in_the_representation_of_a_roster() -> None:
    assert KEY not in repr(Roster.of(["anthropic:claude-sonnet-5"], KEYS))


def test_listed_prices_hold_for_dated_versions_too() -> None:
    price = price_of("anthropic", "claude-sonnet-5-20260629")
    assert (price.input, price.output, price.known) == (Decimal("2.0"), Decimal("10.0"), True)
    assert price_of("openai", "gpt-5.1-2025-11-13") == price_of("openai", "gpt-5.1")


def test_an_unlisted_llm_costs_at_least_as_much_as_every_listed_one() -> None:
    guess = price_of("openai", "gpt-99")
    assert not guess.known
    assert guess == price_of("anthropic", "claude-99")
    for provider, llm in (
        ("anthropic", "claude-fable-5"),
        ("openai", "gpt-5.5"),
        ("anthropic", "claude-opus-5"),
    ):
        listed = price_of(provider, llm)
        assert listed.known
        assert (guess.input, guess.output) >= (listed.input, listed.output)


def test_an_unlisted_llm_of_a_server_of_ones_own_costs_as_much_as_the_dear_ones_others_serve() -> None:
    guess = price_of("compatible", "claude-sonnet-5")
    assert (guess.input, guess.output, guess.known) == (Decimal(5), Decimal(25), False)
    assert str(guess) == "5.0 / 25.0 USD per million tokens"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("anthropic:claude-sonnet-5", True),
        ("compatible:qwen3:8b", True),
        ("compatible:qwen3@http://127.0.0.1/v1", False),
        ("compatible:", False),
        ("compatible: qwen3", False),
        ("qwen3", False),
        ("offline:rules", False),
        ("gemini:pro", False),
        ("", False),
    ],
)
def test_what_has_a_price_is_named_by_provider_and_without_an_address(text: str, is_one: bool) -> None:
    assert is_llm_id(text) is is_one


def test_another_llm_with_a_listed_beginning_is_not_taken_for_it() -> None:
    assert not price_of("openai", "gpt-5-pro").known


def test_the_owner_may_state_a_price() -> None:
    own = Price(input=Decimal(0), output=Decimal(0), known=True)
    roster = Roster.of(["compatible:qwen3@http://127.0.0.1:1/v1"], prices={"compatible:qwen3": own})
    assert roster.seats[0].price == own


def test_the_worst_case_counts_bytes_so_that_no_script_is_cheap() -> None:
    price = Price(input=Decimal(1), output=Decimal(10), known=True)
    assert price.worst_case("a" * 2500, 100) == Decimal("0.002")
    assert price.worst_case("字" * 2500, 100) == Decimal("0.004")
    assert price.cost(1, 0) == Decimal("0.000001")


def test_naming_providers_does_not_import_them() -> None:
    code = """
import sys
from pydantic import SecretStr
from agents.roles import ROLES
from agents.roster import Keys, Roster
Roster.of(["anthropic:a", "openai:b", "offline"], Keys(anthropic=SecretStr("k"), openai=SecretStr("k")))
import agents.llm, agents.offline, agents.roles
heavy = ("anthropic", "openai", "langchain_anthropic", "langchain_openai", "torch", "pandas")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_role_may_have_an_llm_of_its_own_and_the_same_llm_is_one_seat() -> None:
    own = {"validator": "openai:b", "risk_officer": "openai:b", "scout": "offline"}
    roster = Roster.of(["anthropic:a"], KEYS, by_role=own)
    assert [seat.label for seat in roster.seats_for("macro_researcher")] == ["anthropic:a"]
    assert roster.seats_for("validator") == roster.seats_for("risk_officer")
    assert [seat.label for seat in roster.everybody] == ["anthropic:a", "openai:b", OFFLINE_LABEL]
    assert [seat.label for seat in roster.committee] == ["anthropic:a", "openai:b"]
    assert roster.rule_roles == {"scout"}
    assert roster.providers == "anthropic+openai"
    assert roster.label == (
        "anthropic:a (macro researcher, quant researcher, portfolio manager); "
        "openai:b (validator, risk officer)"
    )


def test_one_speaker_for_all_is_called_by_its_name_alone() -> None:
    assert Roster.of(["anthropic:a"], KEYS).label == "anthropic:a"
    assert Roster.of(["anthropic:a"], KEYS, by_role={"validator": "anthropic:a"}).label == "anthropic:a"
    everybody = {role: "offline" for role in ROLES}
    roster = Roster.of(["anthropic:a"], KEYS, by_role=everybody)
    assert (roster.label, roster.providers) == (OFFLINE_LABEL, "offline")
    assert roster.rule_roles == set(ROLES), "the scout is asked of the deployment's LLM"


@pytest.mark.parametrize(
    ("llm", "said"),
    [
        ("openai:b", "llm.roster.validator: openai:b needs a key of openai, found none"),
        ("gpt", "llm.roster.validator: expected anthropic:<llm>"),
        ("compatible:qwen3", "llm.roster.validator: expected compatible:<llm>@<base_url>"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_role(llm: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}"):
        Roster.of(["offline"], Keys(), by_role={"validator": llm})


@pytest.mark.parametrize(
    "text", ["anthropic:a", "openai:b@http://127.0.0.1:1/v1", "compatible:c@http://127.0.0.1:1/v1", "offline"]
)
def test_a_spec_is_written_as_it_is_read(text: str) -> None:
    spec = parse_spec(text)
    assert parse_spec(spec.written) == spec
