"""Datasets cut from a started desk: the same twice, blind to the future, and none without a past."""

import os
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from desk.bootstrap import Desk, open_desk
from desk.evals_make import MAKERS, make_datasets, past_of
from desk.setting_groups import Replay
from evals.leaks import dated_later, figures_of_label
from evals.making.end_to_end import frozen_evidence
from evals.making.past import Holding, made_book
from evals.making.strata import regime_of
from evals.shelf import keep, kept
from evals.suite import BOOKS, SUITE
from fund.errors import ConfigError, NoDataError
from fund.portfolio.book import check_identity
from support.datasets import NAMES, dataset
from support.started_desks import Run, settings_for

pytest_plugins = ["support.desks"]


def test_the_same_past_gives_the_same_bytes_and_the_command_tells_base_rates(
    desk: Desk, run: Run, tmp_path: Path
) -> None:
    steps: list[tuple[str, int, int]] = []
    (made,) = make_datasets(desk, tmp_path / "one", lambda *step: steps.append(step), only=["signal_quality"])
    code, out, _ = run("evals", "make", "--dataset", "signal_quality", "--out", str(tmp_path / "two"))
    assert code == os.EX_OK
    assert f"n = {len(made.cases)}" in out
    assert "everybody is at chance" in out
    first, second = (tmp_path / each / "signal_quality.jsonl.gz" for each in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert kept("signal_quality", tmp_path / "one") == made
    assert steps[-1][1:] == (1, 1)
    assert len(made.cases) == len(past_of(desk).played)


def test_a_planted_leak_refuses_the_dataset_by_name_and_the_shelf_stays(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second of two datasets knows tomorrow: the first is not written either."""
    leaky = dataset("risk_management").cases[0]
    given = deepcopy(dict(leaky.given))
    given["evidence"]["occasion"] = f"Prices of {leaky.label['next_open']} are in."
    planted = replace(dataset("risk_management"), cases=(replace(leaky, given=given),))
    monkeypatch.setitem(MAKERS, "signal_quality", lambda past: dataset("signal_quality"))  # type: ignore[arg-type]
    monkeypatch.setitem(MAKERS, "risk_management", lambda past: planted)  # type: ignore[arg-type]
    keep(dataset("robustness"), tmp_path)
    old = keep(replace(dataset("risk_management"), about="The old one."), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    asked = ("--dataset", "signal_quality", "--dataset", "risk_management", "--out", str(tmp_path))
    code, out, err = run("evals", "make", *asked)
    told = f"risk_management: 1 ({leaky.case_id}, evidence/occasion: {leaky.label['next_open']} is after"
    assert code != os.EX_OK
    assert told in out + err
    assert old.name in before
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.setitem(MAKERS, "risk_management", lambda past: dataset("risk_management"))  # type: ignore[arg-type]
    assert run("evals", "make", *asked)[0] == os.EX_OK
    assert {path.name for path in tmp_path.iterdir()} == {*before, "signal_quality.jsonl.gz"}
    assert kept("risk_management", tmp_path) == dataset("risk_management")


def test_what_is_made_knows_nothing_of_the_future(desk: Desk) -> None:
    for case in MAKERS["signal_quality"](past_of(desk)).cases:
        assert not [*dated_later(case), *figures_of_label(case)]


def test_evidence_is_the_same_where_the_future_is_not_there(desk: Desk) -> None:
    past = past_of(desk)
    for session in past.played[::6]:
        view = past.view(session)
        names = sorted(view.members())[:5]
        book = (Holding(ticker=names[0], weight=Decimal("0.05"), held_sessions=9),)
        blind = replace(past, history=past.history.truncated(view.as_of))
        assert blind.evidence(session, book, names) == past.evidence(session, book, names)
        assert frozen_evidence(blind, session, names) == frozen_evidence(past, session, names)
        benchmark = past.mandate.benchmark
        assert regime_of(blind.view(session), benchmark) == regime_of(view, benchmark)


def test_a_made_book_adds_up_and_shows_what_was_asked_for(desk: Desk) -> None:
    past = past_of(desk)
    session, equity = past.played[-1], Decimal(1_000_000)
    view = past.view(session)
    names = sorted(view.members())[:6]
    holdings = [Holding(ticker=t, weight=Decimal("0.06"), held_sessions=9 + n) for n, t in enumerate(names)]
    book = made_book(view, holdings, equity)
    marks = {t: view.mark(t).price for t in names}
    assert book.equity(marks) == equity
    check_identity(book, marks)
    for holding in holdings:
        assert 0.055 < book.weights(marks)[holding.ticker] <= 0.06
    evidence = past.evidence(session, holdings, ())
    assert [c.held_sessions for c in evidence.candidates] == [h.held_sessions for h in holdings]
    assert evidence.book.gross == pytest.approx(0.36, abs=0.01)


def test_the_evidence_on_record_is_that_of_the_sessions_played(desk: Desk) -> None:
    past = past_of(desk)
    assert [evidence.session for evidence in past.recorded] == list(past.played)
    assert past.played[-1] == desk.last_replayed


def test_the_makers_are_those_of_the_shelf() -> None:
    assert tuple(MAKERS) == (*NAMES, BOOKS) == tuple(SUITE)


def test_an_unknown_dataset_is_refused_by_name(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="horoscopes"):
        make_datasets(desk, tmp_path, only=["horoscopes"])


def test_too_short_a_past_is_said(desk: Desk, tmp_path: Path) -> None:
    """A small bundle has giants alone, so that no position in one of them takes days to leave."""
    with pytest.raises(NoDataError, match="liquidity"):
        make_datasets(desk, tmp_path, only=["risk_management"])
    with pytest.raises(NoDataError, match="play a longer past"):
        make_datasets(desk, tmp_path, only=[BOOKS])
    assert not list(tmp_path.iterdir())


def test_a_desk_without_a_past_is_told_what_to_do(small_bundle: Path, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "desk", small_bundle, replay=Replay(sessions=1, unplayed_sessions=40))
    with closing(open_desk(settings, trained=False)) as fresh, pytest.raises(NoDataError, match="desk up"):
        past_of(fresh)
