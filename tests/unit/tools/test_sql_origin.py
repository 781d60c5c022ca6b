"""A column that only says what the question has said is told from one of the records."""

import pytest

from db.ask import AskColumn, AskView
from tools.sql_guard import SqlGuard

COLUMNS = tuple(AskColumn(name=name, type="text", comment="") for name in ("ticker", "price", "session"))
GUARD = SqlGuard([AskView(name="fills", comment="", columns=COLUMNS)])


@pytest.mark.parametrize(
    ("sql", "made_up"),
    [
        ("select 47.3 as r, ticker from fills", {"r"}),
        ("select '47.3 %' as r", {"r"}),
        ("select 40 + 7.3 as r, price * 2 as p from fills", {"r"}),
        ("select * from (values (47.3, 1)) as v(r, n)", {"r", "n"}),
        ("with a as (select 47.3 as r, ticker from fills) select r as x, ticker from a", {"x"}),
        ("with a(x, t) as (select 47.3, ticker from fills) select x, t from a", {"x"}),
        ("select s.r, s.ticker from (select 47.3 as r, ticker from fills) as s", {"r"}),
        ("select count(*) as n from generate_series(1, 9876543) as g", {"n"}),
        ("select g + 1 as n from generate_series(1, 3) as g", {"n"}),
        ("select u from unnest(array[47.3]) as u", {"u"}),
        ("select (select 47.3) as r, (select max(price) from fills) as p", {"r"}),
        ("select price from fills union all select 47.3", {"price"}),
        ("select count(*) as n, sum(1) as s from fills", {"s"}),
        ("select x.r, f.ticker from fills f cross join lateral (select 47.3 as r) x", {"r"}),
        ("select x.p from fills f cross join lateral (select f.price as p) x", set()),
        ("select row_number() over (order by price) as place, ticker from fills", set()),
        ("select case when price > 1 then 1 else 0 end as big, price from fills", set()),
    ],
)
def test_what_no_view_has_a_part_in_is_named(sql: str, made_up: set[str]) -> None:
    assert GUARD.understood(sql).made_up == made_up
