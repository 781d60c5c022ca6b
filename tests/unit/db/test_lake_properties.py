"""Whatever facts arrive in whatever order and portions, the lake holds each of them once."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import lake_tables
from db.lake import Batch, Lake
from db.lake_files import Entry, LakeFiles
from db.lake_tables import FactTable, bar_frame, bar_table, merged
from fund.errors import DataError
from fund.market.bars import Bar
from fund.market.facts import (
    CorporateAction,
    Headline,
    Instrument,
    MacroSeries,
    Observation,
    Report,
    Telling,
)
from fund.market.membership import MembershipChange
from fund.market.quality import BarTable
from support.facts import a_bar, a_calendar, a_headline, a_report, an_observation
from support.stored_bars import stored_bars

DAYS = a_calendar().sessions(a_calendar().first, a_calendar().last)
few = settings(max_examples=25)
texts = st.text(max_size=5)
figures = st.floats(allow_nan=False)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(fold=0)
)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
decimals = st.decimals(allow_nan=False, allow_infinity=False)
FACTS: dict[FactTable[Any], st.SearchStrategy[Any]] = {
    lake_tables.INSTRUMENTS: st.builds(
        Instrument, ticker=texts, name=texts, asset_class=st.sampled_from(["equity", "etf"]), sector=texts
    ),
    lake_tables.SERIES: st.builds(
        MacroSeries, series_id=texts, name=texts, units=texts, frequency=texts, revised=st.booleans()
    ),
    lake_tables.MEMBERSHIP: st.builds(MembershipChange, ticker=texts, day=days, joined=st.booleans()),
    lake_tables.ACTIONS: st.builds(
        CorporateAction,
        ticker=texts,
        ex_date=days,
        kind=st.sampled_from(["split", "dividend"]),
        value=decimals,
        detail=texts,
    ),
    lake_tables.MACRO: st.builds(Observation, series_id=texts, day=days, value=figures, known_at=moments),
    lake_tables.HEADLINES: st.builds(
        Headline,
        headline_id=texts,
        tickers=st.lists(texts, max_size=3).map(tuple),
        title=texts,
        source=texts,
        known_at=moments,
    ),
    lake_tables.TELLINGS: st.builds(
        Telling, headline_id=texts, told_as=texts, source=texts, url=texts, known_at=moments
    ),
    lake_tables.REPORTS: st.builds(
        Report,
        ticker=texts,
        doc_type=texts,
        end_date=days,
        known_at=moments,
        **dict.fromkeys(
            ("revenue", "net_income", "eps_diluted", "equity", "assets", "cash"), st.none() | figures
        ),
    ),
}


@contextmanager
def a_lake() -> Iterator[Lake]:
    with tempfile.TemporaryDirectory() as folder:
        yield Lake(Path(folder) / "lake")


def bars(rows: Sequence[Bar]) -> Batch:
    return Batch(bars={"1d": BarTable.of(rows)})


@pytest.mark.parametrize("table", list(FACTS), ids=lambda table: table.name)
@given(data=st.data())
@few
def test_facts_of_every_kind_come_back_to_the_last_digit(table: FactTable[Any], data: st.DataObject) -> None:
    facts = tuple(data.draw(st.lists(FACTS[table], max_size=4)))
    with tempfile.TemporaryFile() as file:
        table.frame(facts).write_parquet(file)
        file.seek(0)
        back = table.facts(pl.read_parquet(file))
    assert back == facts
    assert repr(back) == repr(facts)


def test_every_table_of_the_lake_is_tried_here() -> None:
    assert set(FACTS) == {each for each in vars(lake_tables).values() if isinstance(each, FactTable)}
    for table in FACTS:
        assert set(table.key) <= set(table.frame(()).columns)


cells = st.tuples(st.sampled_from("ABC"), st.sampled_from(DAYS[:6]))
portions = st.lists(st.lists(cells, max_size=6, unique=True), max_size=5)


def price_of(ticker: str, day: date) -> float:
    return 10 + "ABC".index(ticker) + DAYS.index(day) / 8


@given(portions)
@few
def test_bars_in_any_portions_are_the_bars_at_once(parts: list[list[tuple[str, date]]]) -> None:
    everything = sorted({cell for part in parts for cell in part})
    seen: set[tuple[str, date]] = set()
    with a_lake() as lake:
        for part in parts:
            news = lake.append(bars([a_bar(*cell, price_of(*cell)) for cell in part]))
            assert sum(news.values()) == len(set(part) - seen)
            seen |= set(part)
        assert sum(lake.rows().values()) == len(everything)
        if everything:
            table = stored_bars(lake, "1d")
            tickers = [table.tickers[column] for column in table.column]
            assert sorted(zip(tickers, table.session.tolist(), strict=True)) == everything
            for ticker, day, close in zip(tickers, table.session.tolist(), table.close, strict=True):
                assert close == price_of(ticker, day)


@given(portions.filter(lambda parts: any(parts)), st.data())
@few
def test_the_order_of_the_portions_leaves_the_same_files(
    parts: list[list[tuple[str, date]]], data: st.DataObject
) -> None:
    with a_lake() as one, a_lake() as other:
        for lake, order in ((one, parts), (other, data.draw(st.permutations(parts)))):
            for part in order:
                lake.append(bars([a_bar(*cell, price_of(*cell)) for cell in part]))
        assert one.rows() == other.rows()
        files = [LakeFiles(lake.root).manifest() for lake in (one, other)]
        assert files[0] == files[1]


@given(cells, st.sampled_from(["open", "high", "low", "close", "volume"]))
@few
def test_a_bar_with_any_one_other_figure_is_refused_and_leaves_no_trace(
    cell: tuple[str, date], field: str
) -> None:
    with a_lake() as lake:
        lake.append(bars([a_bar(*cell)]))
        before = LakeFiles(lake.root).manifest()
        other = replace(a_bar(*cell), **{field: 7 if field == "volume" else Decimal("10.25")})
        with pytest.raises(DataError, match="to be appended only"):
            lake.append(replace(bars([other]), headlines=(a_headline(),)))
        assert LakeFiles(lake.root).manifest() == before
        lake.verify()


def test_a_table_of_bars_is_its_rows_and_back_in_any_order() -> None:
    rows = [a_bar(ticker, day, price_of(ticker, day)) for ticker in "CAB" for day in DAYS[:3]]
    table = BarTable.of(rows)
    back = bar_table(bar_frame(table).reverse())
    assert back.tickers == ("A", "B", "C")
    assert sorted(zip(back.column, back.close, strict=True)) == sorted(
        (["A", "B", "C"].index(row.ticker), float(row.close)) for row in rows
    )
    assert back.volume.dtype == np.float64


def test_merging_nothing_changes_nothing() -> None:
    table = lake_tables.MACRO
    frame = table.frame([an_observation()])
    rows, news = merged("macro", frame, frame.clear(), table.key)
    assert (rows.height, news) == (1, 0)
    rows, news = merged("macro", None, frame, table.key)
    assert (rows.height, news) == (1, 1)


def test_a_contradiction_shows_both_rows_and_their_key() -> None:
    table = lake_tables.MACRO
    one, other = (table.frame([an_observation(value=value)]) for value in (15.0, 16.0))
    with pytest.raises(DataError) as refused:
        merged("macro", one, other, table.key)
    said = str(refused.value)
    assert "'value': 15.0" in said
    assert "'value': 16.0" in said
    assert "(series_id, day, known_at)" in said


def test_a_figure_that_is_missing_is_the_same_fact_again_and_no_zero() -> None:
    table = lake_tables.REPORTS
    frame = table.frame([a_report(revenue=None)])
    assert merged("reports", frame, frame, table.key)[1] == 0
    with pytest.raises(DataError, match="'revenue': None"):
        merged("reports", frame, table.frame([a_report(revenue=0.0)]), table.key)


@given(st.binary(max_size=200), st.binary(max_size=200))
@few
def test_a_file_is_named_by_its_content_and_read_back_whole(one: bytes, other: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = LakeFiles(Path(folder))
        first, second = files.stage("bars/1d/2016", one, 1), files.stage("bars/1d/2016", other, 1)
        assert (first.path == second.path) == (one == other)
        assert files.read(first) == one
        assert files.manifest() == {}, "what is only staged counts for nothing"


def test_a_commit_keeps_one_file_before_for_readers_that_are_under_way(tmp_path: Path) -> None:
    files = LakeFiles(tmp_path)
    entries: list[Entry] = []
    for content in (b"first", b"second", b"third"):
        entries.append(files.stage("macro", content, 1))
        files.commit(files.manifest(), {"macro": entries[-1]})
    assert files.read(entries[1]) == b"second"
    with pytest.raises(DataError, match=entries[0].path):
        files.read(entries[0])
    assert files.manifest() == {"macro": entries[2]}
    assert not list(tmp_path.rglob("*.draft"))


def test_a_draft_of_a_process_that_died_is_swept_away_by_the_next_commit(tmp_path: Path) -> None:
    files = LakeFiles(tmp_path)
    (tmp_path / "macro.0123.parquet.draft").write_bytes(b"half")
    (tmp_path / "macro.4567.parquet").write_bytes(b"never committed")
    files.commit(files.manifest(), {"macro": files.stage("macro", b"whole", 1)})
    assert [path.name.count("parquet") for path in tmp_path.glob("macro*")] == [1]
    assert len(list(tmp_path.glob("macro*"))) == 1
