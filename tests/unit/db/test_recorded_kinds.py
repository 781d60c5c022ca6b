"""Every kind of record there is survives JSON exactly, and JSON of another kind is never taken for it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.record_codec import from_json, from_plain, to_json, to_plain
from fund.cycle import CycleRecord
from fund.errors import DataError
from fund.execution.orders import Order
from fund.forecasting.forecast import Forecast, ForecasterCard, Interval
from fund.portfolio.book import ClosedTrade
from fund.portfolio.fill import Fill
from fund.portfolio.journal import Entry, Transaction
from fund.portfolio.proposal import Proposal
from fund.portfolio.session_mark import MarkedPosition, SessionMark
from fund.risk.limits import Clamp, RiskReview
from support.records import a_card, a_cycle_record

texts = st.text(max_size=5)
finite = st.decimals(-(10**12), 10**12, places=6) | st.sampled_from([Decimal("1E+15"), Decimal("-0.00")])
exact = finite | st.sampled_from([Decimal("Infinity"), Decimal("1E-18")])
figures = st.floats(allow_nan=False, allow_infinity=False)
LEAVES: Mapping[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(),
    float: figures,
    bool: st.booleans(),
    Decimal: exact,
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    type(None): st.none(),
    Any: st.none() | figures | texts | st.lists(texts, max_size=2),
}
KINDS: tuple[type[Any], ...] = (
    Order,
    Fill,
    Clamp,
    ClosedTrade,
    Entry,
    Forecast,
    ForecasterCard,
    Interval,
    MarkedPosition,
    Proposal,
    RiskReview,
    SessionMark,
)


def built(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotated kind, every field of a record given; evidence is any plain JSON."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in LEAVES:
        return LEAVES[kind]
    if is_dataclass(kind):
        return st.builds(kind, **{name: built(hint) for name, hint in get_type_hints(kind).items()})
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (dict, Mapping):
        return st.dictionaries(built(arguments[0]), built(arguments[1]), max_size=3)
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(built(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(built, arguments))
    return st.one_of(*map(built, arguments))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_record_of_any_kind_comes_back_exactly(kind: type[Any], data: st.DataObject) -> None:
    record = data.draw(built(kind))
    text = to_json(record)
    back = from_json(kind, text)
    assert back == record
    assert to_json(back) == text
    for field in fields(kind):
        assert type(getattr(back, field.name)) is type(getattr(record, field.name)), field.name


@given(entries=st.lists(st.tuples(finite, texts, finite), max_size=3))
def test_a_transaction_comes_back_balanced(entries: list[tuple[Decimal, str, Decimal]]) -> None:
    legs = tuple(
        Entry(account=account, amount=signed, ticker=ticker, quantity=quantity)
        for amount, ticker, quantity in entries
        for account, signed in (("cash", amount), ("fees", amount.copy_negate()))
    )
    moment = datetime(2016, 3, 7, 14, 30, tzinfo=UTC)
    whole = Transaction(
        transaction_id="t", kind="fill", session=moment.date(), at=moment, entries=legs, memo=""
    )
    back = from_json(Transaction, to_json(whole))
    assert str(back) == str(whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One of every plain kind."""

    word: str = "w"
    count: int = 1
    share: float = 0.5
    sure: bool = True
    money: Decimal = Decimal("1.50")
    at: datetime = datetime(2016, 3, 7, 21, 30, tzinfo=UTC)
    side: Literal["buy", "sell", 3] = "buy"
    either: int | str | None = None
    figure: float | str = 0.25
    maybe: Decimal | None = None


WRONG: Mapping[str, tuple[Any, ...]] = {
    "word": (1, 1.5, True, None, [], {}),
    "count": ("1", 1.5, True, None, [1]),
    "share": ("0.5", "nan", True, None, [0.5]),
    "sure": (1, 0, "true", None),
    "money": (1, 1.5, True, None, "", "ten", "1,5"),
    "at": (1_457_386_200, "yesterday", "2016-03-07T21:30:00", "2016-03-07", None),
    "side": ("hold", "", None, 4, ["buy"]),
    "either": (1.5, True, [], {}),
    "figure": (True, None, []),
    "maybe": (1, 0.5, "much"),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_value_of_another_kind_is_refused_and_named(name: str, value: object) -> None:
    data = to_plain(Leaf()) | {name: value}
    with pytest.raises(DataError, match="expected the JSON of a Leaf") as refused:
        from_plain(Leaf, data)
    assert str(refused.value).endswith("the row was written by another version or edited")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("share", 1, 1.0),
        ("share", 10**20, 1e20),
        ("either", 7, 7),
        ("either", "7", "7"),
        ("either", None, None),
        ("figure", 3, 3),
        ("figure", "high", "high"),
        ("side", 3, 3),
        ("maybe", None, None),
        ("maybe", "0.10", Decimal("0.10")),
        ("money", "NaN", None),
        ("at", "2016-03-07T23:30:00+02:00", datetime(2016, 3, 7, 21, 30, tzinfo=UTC)),
    ],
)
def test_every_spelling_that_is_meant_is_read(name: str, value: object, read: object) -> None:
    found = getattr(from_plain(Leaf, to_plain(Leaf()) | {name: value}), name)
    assert found == read or (isinstance(found, Decimal) and found.is_nan())
    if name == "share":
        assert type(found) is float
    if name == "maybe" and read is not None:
        assert str(found) == "0.10"


def test_a_moment_is_read_in_utc() -> None:
    assert from_plain(Leaf, to_plain(Leaf()) | {"at": "2016-03-07T23:30:00+02:00"}).at.tzinfo is UTC


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_no_figure(number: str) -> None:
    text = to_json(Leaf()).replace('"share":0.5', f'"share":{number}')
    assert number in text
    with pytest.raises(DataError, match="expected the JSON of a Leaf"):
        from_json(Leaf, text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_figure_comes_back_to_the_last_bit(value: float) -> None:
    back = from_json(Leaf, to_json(Leaf(share=value))).share
    assert math.copysign(1, back) == math.copysign(1, value)
    assert back.hex() == value.hex()


def test_an_order_of_no_side_is_no_order() -> None:
    record = json.loads(to_json(a_cycle_record()))
    record["orders"][0]["side"] = "hold"
    with pytest.raises(DataError, match=r"expected one of \('buy', 'sell'\), found 'hold'"):
        from_plain(CycleRecord, record)


def test_money_as_a_binary_number_is_refused() -> None:
    record = json.loads(to_json(a_cycle_record())) | {"equity": 100000.1}
    with pytest.raises(DataError, match=r"expected str, found 100000\.1"):
        from_plain(CycleRecord, record)


def test_a_parameter_may_be_a_word_or_a_number() -> None:
    card = a_card(parameters={"leaves": 15, "rate": 0.05, "objective": "l2"})
    kept = from_json(ForecasterCard, to_json(card)).parameters
    assert {name: type(value) for name, value in kept.items()} == {
        "leaves": int,
        "rate": float,
        "objective": str,
    }
    with pytest.raises(DataError, match="expected float or int or str"):
        from_json(ForecasterCard, to_json(card).replace('"rate":0.05', '"rate":[0.05]'))
