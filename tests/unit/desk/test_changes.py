"""The one thing that is changed about a past decision: a limit as a mandate could have it, and no other."""

from argparse import Namespace
from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.changes import UNCHANGED, change_from, with_limit
from fund.errors import ConfigError
from fund.risk.limits import RiskLimits
from support.mandates import a_mandate

CHOSEN = {"without_memory": False, "drop_news": None, "without_role": None, "limit": None, "llm": None}


@given(st.decimals("0.0001", "1", places=4))
def test_one_limit_is_replaced_and_everything_else_stays(value: Decimal) -> None:
    mandate = a_mandate()
    changed = with_limit(f" max_position = {value} ").mandate(mandate)
    assert changed.limits.max_position == value
    for item in fields(RiskLimits):
        if item.name != "max_position":
            assert getattr(changed.limits, item.name) == getattr(mandate.limits, item.name)


def test_counts_and_flags_are_read_as_what_they_are() -> None:
    assert with_limit("max_names=3").mandate(a_mandate()).limits.max_names == 3
    assert with_limit("allow_short=true").mandate(a_mandate()).limits.allow_short is True


@given(st.text(max_size=30))
def test_any_text_is_a_limit_or_a_refusal_in_a_sentence(text: str) -> None:
    try:
        limits = with_limit(f"max_position={text}").mandate(a_mandate()).limits
    except ConfigError:
        return
    assert 0 <= limits.max_position <= 1


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("max_position", "expected a limit such as max_position=0.05, was 'max_position'"),
        ("=1", "expected a limit such as max_position=0.05, was '=1'"),
        ("max_sectr=1", "did you mean limits.max_sector?"),
        ("max_position=Infinity", "limits.max_position must be a number, was 'Infinity'"),
        ("max_position=-0.1", "limits.max_position must be between 0 and 4"),
        ("max_names=0", "limits.max_names must be at least 1"),
        ("max_sector=0.5", "limits.max_position"),
        ("max_gross=0.5", "limits.max_net"),
        ("allow_short=1", "limits.allow_short must be true or false, was 1"),
    ],
)
def test_a_limit_no_mandate_could_have_is_refused(stated: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        with_limit(stated).mandate(a_mandate())
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("option", "value", "label"),
    [
        ("without_memory", True, "without memory"),
        ("drop_news", "h1", "without the headline h1"),
        ("without_role", "validator", "without the validator"),
        ("limit", "max_names=3", "max_names=3"),
        ("llm", "offline", "asking offline"),
    ],
)
def test_each_option_is_its_own_change(option: str, value: object, label: str) -> None:
    assert change_from(Namespace(**{**CHOSEN, option: value})).label == label


def test_without_an_option_nothing_is_changed() -> None:
    assert change_from(Namespace(**CHOSEN)) is UNCHANGED
