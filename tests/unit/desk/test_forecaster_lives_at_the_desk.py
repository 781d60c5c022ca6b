"""How the desk joins records, names inputs, words changes and chooses where to work; no database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from db.forecasters import Placed, RegisteredForecaster
from db.promotions import Promotion
from desk import places
from desk.cli import _plain_console
from desk.forecaster_watch import record_of, told
from desk.learning import named_inputs
from desk.live_scoring import LiveScoring, _ends, learned_by
from desk.promoting import _change, _event
from desk.shown_forecasters import forecasters_tables
from fund.errors import ConfigError
from fund.forecasting.executing import INLINE, Threads
from fund.forecasting.life.live_score import LiveScore
from fund.forecasting.luck import configured
from support import standings
from support.forecaster_lives import a_live_score
from support.forecasters import a_card, a_trained_forecaster, an_interval
from support.markets import bundle_history
from support.records import NOON
from tools.forecasters import ForecastersReport, Standing

DAYS = tuple(date(2016, 1, 4) + timedelta(days=n) for n in range(60))


def a_row(version: str, *, learned: date, role: str = "challenger", **changes: Any) -> RegisteredForecaster:
    name = version.partition("-")[0]
    card = a_card(forecaster=name, version=version, test_last=learned, train_last=learned, **changes)
    return RegisteredForecaster(
        version=version,
        name=name,
        horizon_sessions=card.horizon_sessions,
        card=card,
        manifest_sha256="a" * 64,
        active=False,
        role=role,  # type: ignore[arg-type]
        registered_at=NOON,
    )


def live(*changes: Mapping[str, Any]) -> tuple[LiveScore, ...]:
    after = a_trained_forecaster().table.sessions[-1] + timedelta(days=1)
    return tuple(
        replace(a_live_score(session=after + timedelta(days=n), rank_ic=0.5 + n), **each)
        for n, each in enumerate(changes)
    )


def test_a_record_joins_what_was_known_and_what_came_and_invents_neither() -> None:
    trained = a_trained_forecaster()
    known = np.flatnonzero(np.isfinite(trained.table.daily_rank_ic))
    bare = record_of(trained, ())
    assert bare.sessions == tuple(trained.table.sessions[t] for t in known)
    assert bare.rank_ic.tobytes() == trained.table.daily_rank_ic[known].tobytes()
    assert bare.live == 0
    absent = {"rank_ic": None, "ic": None, "why": "late"}
    joined = record_of(trained, live({}, absent, {"residual": None}))
    assert joined.live == 2, "a session without a score is none"
    assert joined.rank_ic[-2:].tolist() == [0.5, 2.5]
    assert joined.residual[-2] == 0.31
    assert np.isnan(joined.residual[-1]), "what is not known is no 0"


def test_a_session_scored_twice_keeps_what_the_training_said_and_the_order_is_that_of_time() -> None:
    trained = a_trained_forecaster()
    bare = record_of(trained, ())
    again = a_live_score(session=bare.sessions[-1], rank_ic=9.0)
    assert record_of(trained, [again]).rank_ic.tobytes() == bare.rank_ic.tobytes()
    turned = record_of(trained, live({}, {}, {})[::-1])
    assert list(turned.sessions) == sorted(turned.sessions)
    assert turned.rank_ic[-3:].tolist() == [0.5, 1.5, 2.5]


def test_a_training_that_knew_nothing_has_a_record_of_what_came() -> None:
    trained = a_trained_forecaster()
    table = trained.table
    blank = replace(
        trained,
        table=replace(table, **{n: np.full(table.scores.shape, np.nan) for n in ("scores", "realised")}),
    )
    assert record_of(blank, ()).sessions == ()
    assert record_of(blank, ()).rank_ic.shape == (0,)
    assert record_of(blank, live({}, {})).live == 2


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "no version to look at"),
        (("steady",), "1 versions looked at: 1 steady"),
        (
            ("steady", "drifting", "watch", "unknown", "drifting"),
            "5 versions looked at: 2 drifting, 1 watch, 1 steady, 1 unknown",
        ),
    ],
    ids=["none", "one", "all kinds"],
)
def test_how_many_fare_how_is_said_the_gravest_first(states: tuple[str, ...], said: str) -> None:
    assert told([SimpleNamespace(state=each) for each in states]) == said  # type: ignore[misc]


def test_inputs_name_who_led_only_where_it_was_not_the_desk_s_own() -> None:
    speaking = [("ridge", "ridge-1"), ("gbm", "gbm-1")]
    plain = {"forecaster_ridge": "ridge-1", "forecaster_gbm": "gbm-1"}
    assert named_inputs(speaking, "gbm") == named_inputs(speaking, "") == plain
    assert named_inputs(speaking, "ridge") == plain | {"champion": "ridge"}
    assert named_inputs([], "") == {}


def test_what_a_fit_chose_is_no_part_of_what_was_asked() -> None:
    card = a_card(parameters={"trees": 60, "fit_epochs": 7, "fitted": 1, "refit_sessions": 21})
    assert configured(card) == {"trees": 60, "fitted": 1, "refit_sessions": 21}
    assert card.parameters["fit_epochs"] == 7, "the card itself is left as it is"


def test_a_retired_version_ends_where_the_next_of_its_name_and_horizon_has_learned() -> None:
    rows = [
        a_row("gbm-1", learned=DAYS[0], role="retired"),
        a_row("gbm-3", learned=DAYS[20], role="champion"),
        a_row("gbm-2", learned=DAYS[10], role="retired"),
        a_row("gbm-h", learned=DAYS[5], role="challenger", horizon_sessions=20),
        a_row("ridge-1", learned=DAYS[2], role="retired"),
    ]
    expected = {"gbm-1": DAYS[10], "gbm-2": DAYS[20], "ridge-1": DAYS[2]}
    assert _ends(rows) == _ends(rows[::-1]) == expected
    assert _ends([]) == {}
    assert learned_by(replace(rows[0], card=replace(rows[0].card, test_last=None))) == DAYS[0]


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_scored_sessions_are_those_whose_outcome_the_training_did_not_know_and_the_desk_does(
    horizon: int,
) -> None:
    sessions = bundle_history().panel.sessions
    learning = SimpleNamespace(market=SimpleNamespace(history=bundle_history()))
    scoring = LiveScoring(learning)  # type: ignore[arg-type]
    row = a_row("gbm-1", learned=sessions[300], horizon_sessions=horizon)
    last = sessions[350]
    found = scoring._sessions(row, last, last)
    ahead = horizon + 1
    slow = tuple(each for t, each in enumerate(sessions) if t + ahead > 300 and t + ahead <= 350)
    assert found == slow
    assert scoring._sessions(row, sessions[310], last) == tuple(s for s in slow if s <= sessions[310])
    assert scoring._sessions(row, sessions[300], sessions[300]) == (), "nothing has followed yet"


def a_rows_change(explained: tuple[str, ...] = ()) -> tuple[str, ...]:
    chosen = a_row("ridge-1", learned=DAYS[0], rank_ic=None)
    leader = a_row("gbm-1", learned=DAYS[0], role="champion", rank_ic=an_interval(0.05))
    return _change(chosen, leader, explained, ()).consequences


def test_a_change_is_shown_with_both_records_and_every_doubt() -> None:
    first, own, other = a_rows_change()
    assert first == "ridge-1 leads over 5 sessions in place of gbm-1, from the next decision on"
    assert own.startswith("out of sample it has unknown: too few sessions with a known outcome; hit rate ")
    assert other.startswith("gbm-1 has an edge: rank IC +0.050 [+0.030, +0.070] over 250 sessions")
    assert "; hit rate 51.0% [49.0%, 53.0%], n = 250; " in other
    assert own.endswith(
        "of this name over this horizon and 1 in all were judged, 1 claim of them out of sample"
    )
    assert (
        a_rows_change(("hit rate is 60.0%",))[-1] == "its card looks too good to believe: hit rate is 60.0%"
    )
    alone = _change(a_row("gbm-1", learned=DAYS[0]), None, (), ())
    assert "where nobody did" in alone.consequences[0]
    assert (alone.previous, len(alone.consequences), alone.alarms) == (None, 2, ())
    pinned = _change(a_row("gbm-1", learned=DAYS[0]), None, (), (), pins=True)
    assert pinned.consequences[-1].startswith("it is pinned: gbm that is trained later is a challenger")


def a_promotion(kind: str, previous: str | None, explanation: str) -> Promotion:
    return Promotion(
        seq=1,
        version="ridge-1",
        name="ridge",
        horizon_sessions=5,
        kind=kind,  # type: ignore[arg-type]
        role="champion",
        previous=previous,
        by="me",
        why="a try",
        explanation=explanation,
        command_id="c-1",
        at=NOON,
    )


@pytest.mark.parametrize(
    ("kind", "previous", "explanation", "text"),
    [
        ("promoted", "gbm-1", "", "ridge-1 was promoted over 5 sessions in place of gbm-1 by me: a try"),
        (
            "promoted",
            None,
            "ten names",
            "ridge-1 was promoted over 5 sessions by me: a try; explained: ten names",
        ),
        ("rolled_back", "gbm-1", "", "ridge-1 leads again over 5 sessions in place of gbm-1 by me: a try"),
    ],
    ids=["promoted", "explained", "rolled back"],
)
def test_an_event_tells_whose_place_was_taken_by_whom_and_why(
    kind: str, previous: str | None, explanation: str, text: str
) -> None:
    made = a_promotion(kind, previous, explanation)
    placed = Placed(version="ridge-1", name="ridge", horizon_sessions=5, role="champion", previous=previous)
    command = SimpleNamespace(command_id="c-1", action="promote_forecaster", args_hash="h", user_id="me")
    event = _event(made, placed, command)  # type: ignore[arg-type]
    assert (event.text, event.kind, event.event_id) == (text, f"forecaster_{kind}", "command-c-1")
    assert event.data["previous"] == previous
    assert isinstance(event.at, datetime)


def a_standing(row: RegisteredForecaster) -> Standing:
    return standings.a_standing(
        row.version, role="champion", rank_ic=None, worth="unknown", edge="", unavailable="expected [/] whole"
    )


def test_a_reason_of_a_person_is_shown_as_text_and_not_as_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    made = replace(a_promotion("promoted", None, "[/] all of it"), why="[red]better[/red]")
    standing = a_standing(a_row("gbm-1", learned=DAYS[0]))
    report = ForecastersReport(session=DAYS[0], forecasters=(standing,), retired=1, promotions=(made,))
    console = _plain_console()
    for part in forecasters_tables(report):
        console.print(part)
    said = " ".join(capsys.readouterr().out.split())
    assert "[red]better[/red]; explained: [/] all of it" in said
    assert "gbm-1 is unavailable: expected [/] whole" in said
    assert "too few sessions unknown" in said
    assert "Out of sample" in said
    assert "None" not in said, "what is not known has a word of its own"


def test_where_work_runs_is_given_only_where_it_was_asked_for() -> None:
    with places.executing(None) as nothing:
        assert nothing is None
    with places.executing("inline") as here:
        assert here is INLINE
    with places.executing("threads") as threads:
        assert isinstance(threads, Threads)
        assert threads.workers == places.WORKERS
    with pytest.raises(ConfigError, match="found 'elsewhere'"), places.executing("elsewhere"):
        pass
    with pytest.raises(ZeroDivisionError), places.executing("threads"):
        raise ZeroDivisionError
