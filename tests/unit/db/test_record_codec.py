"""Records survive the way to JSON and back, exactly, whatever is in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.record_codec import from_json, from_plain, to_json, to_plain
from fund.cycle import CycleRecord
from fund.errors import DataError
from fund.execution.orders import Order
from fund.forecasting.forecast import ForecasterCard, Interval
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.records import a_card, a_cycle_record

names = st.text(max_size=6)
money = st.decimals(allow_nan=False, allow_infinity=False, places=6)
any_decimal = st.one_of(
    st.decimals(allow_nan=False),
    st.sampled_from([Decimal("1E+30"), Decimal("-0"), Decimal("0.000"), Decimal("1E-18")]),
)
moments = st.datetimes(timezones=st.just(UTC))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
weights = st.dictionaries(names, any_decimal, max_size=4)
clamps = st.builds(Clamp, limit=names, ticker=names, before=money, after=money, reason=names)
orders = st.builds(
    Order,
    order_id=names,
    cycle_id=names,
    ticker=names,
    side=st.sampled_from(["buy", "sell"]),
    quantity=money,
    reference_price=money,
    decided_at=moments,
)
records = st.builds(
    CycleRecord,
    cycle_id=names,
    session=st.dates(),
    as_of=moments,
    strategy=names,
    status=st.sampled_from(["decided", "held", "halted"]),
    cause=st.none() | st.text(),
    equity=any_decimal,
    cash=any_decimal,
    marks=weights,
    stale=st.lists(names, max_size=3).map(tuple),
    weights_before=weights,
    proposal=st.none()
    | st.builds(
        Proposal,
        weights=weights,
        reasons=st.dictionaries(names, st.text(), max_size=3),
        evidence=st.dictionaries(st.text(), plain, max_size=3),
    ),
    review=st.none() | st.builds(RiskReview, weights=weights, clamps=st.lists(clamps, max_size=3).map(tuple)),
    orders=st.lists(orders, max_size=3).map(tuple),
    inputs=st.dictionaries(names, names, max_size=3),
)


def exact(value: object) -> object:
    """Spell a value so that 1.0 and 1, -0 and 0 differ; the order of a mapping does not count."""
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return repr(value)


def spelled(record: CycleRecord) -> object:
    return {name: exact(to_plain(getattr(record, name))) for name in CycleRecord.__dataclass_fields__}


@given(records)
def test_a_decision_round_trips_exactly(record: CycleRecord) -> None:
    text = to_json(record)
    back = from_json(CycleRecord, text)
    assert back == record
    assert spelled(back) == spelled(record)
    assert to_json(back) == text


@given(records)
def test_the_text_is_plain_ascii_json_that_any_reader_takes(record: CycleRecord) -> None:
    text = to_json(record)
    assert text.isascii()
    assert "\x00" not in text
    strict = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert strict["cycle_id"] == record.cycle_id


def test_a_not_a_number_weight_is_kept_as_it_was_said() -> None:
    record = a_cycle_record(proposal=Proposal(weights={"AAPL": Decimal("NaN"), "XOM": Decimal("-Infinity")}))
    back = from_json(CycleRecord, to_json(record))
    assert back.proposal is not None
    assert str(back.proposal.weights) == str(dict(record.proposal.weights))  # type: ignore[union-attr]


def test_types_come_back_not_only_values() -> None:
    back = from_json(CycleRecord, to_json(a_cycle_record()))
    assert type(back.equity) is Decimal
    assert str(back.equity) == "100000.00"
    assert type(back.session) is date
    assert type(back.orders) is tuple
    assert back.as_of.tzinfo is not None


def test_a_time_of_another_zone_is_the_same_moment_in_utc() -> None:
    east = datetime(2016, 3, 7, 23, 30, tzinfo=timezone(timedelta(hours=2)))
    back = from_json(CycleRecord, to_json(a_cycle_record(as_of=east)))
    assert back.as_of == east
    assert back.as_of.isoformat() == "2016-03-07T21:30:00+00:00"


def test_a_card_round_trips_with_its_nested_figures() -> None:
    card = a_card(test_first=date(2016, 2, 10), calibration=((0.1, 0.2, 3),))
    back = from_json(ForecasterCard, to_json(card))
    assert repr(back) == repr(card)
    assert isinstance(back.baseline_rank_ic["momentum"], Interval)


def test_an_older_record_without_a_later_field_is_read_with_its_default() -> None:
    data = json.loads(to_json(a_cycle_record()))
    del data["inputs"]
    assert from_plain(CycleRecord, data).inputs == {}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"surplus": 1}, "unknown fields"),
        ({"equity": "ten"}, "ConversionSyntax|InvalidOperation"),
        ({"session": "yesterday"}, "isoformat"),
        ({"orders": [{"order_id": "1"}]}, "missing"),
        ({"orders": 7}, "not iterable"),
    ],
)
def test_json_of_another_kind_is_refused_with_what_was_found(change: dict[str, object], problem: str) -> None:
    data = json.loads(to_json(a_cycle_record())) | change
    with pytest.raises(DataError, match="expected the JSON of a CycleRecord") as refused:
        from_plain(CycleRecord, data)
    assert any(word in str(refused.value) for word in problem.split("|"))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "{}"])
def test_text_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected the JSON of a Clamp"):
        from_json(Clamp, text)


@pytest.mark.parametrize(
    ("evidence", "problem"),
    [
        ({"ic": float("nan")}, "must be finite, was nan"),
        ({"ic": float("inf")}, "must be finite, was inf"),
        ({1: "a"}, "expected text as the key"),
        ({"when": datetime(2016, 3, 7)}, "timezone-aware"),  # noqa: DTZ001 - the bad input itself
        ({"raw": b"bytes"}, "expected a plain value"),
        ({"kind": Interval}, "expected a plain value"),
    ],
)
def test_what_json_cannot_say_is_refused_before_it_is_written(
    evidence: dict[str, object], problem: str
) -> None:
    record = a_cycle_record(proposal=Proposal(weights={}, evidence=evidence))
    with pytest.raises(DataError, match=problem):
        to_json(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A record of kinds that no record of the house has yet."""

    pair: tuple[int, Decimal]
    either: int | str | None
    listed: list[date]
    unknown: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """A record that JSON could not tell apart again."""

    either: Decimal | date


def test_pairs_unions_and_lists_round_trip() -> None:
    odd = Odd(pair=(1, Decimal("2.50")), either="7", listed=[date(2016, 3, 7)], unknown={"a": [1]})
    assert from_json(Odd, to_json(odd)) == odd
    with pytest.raises(DataError, match="expected the JSON of a Odd"):
        from_plain(Odd, {"pair": [1], "either": None, "listed": []})


def test_a_union_that_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(DataError, match="optional or a plain union"):
        from_json(Impossible, '{"either": "1"}')
