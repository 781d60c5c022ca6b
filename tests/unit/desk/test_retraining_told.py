"""What calls for a training, how it is told, and when the job waits; no database."""

from datetime import date
from pathlib import Path

import pytest

from db.forecasters import RegisteredForecaster
from db.live_scores import DriftState
from db.retrainings import Retraining
from desk.pinning import is_older
from desk.retraining import _causes, _event, _told
from desk.shown_forecasters import forecasters_tables, retrained
from desk.training_lock import LOCK, is_training, training, training_alone
from fund.errors import DataError, TradingHaltedError
from graph.chat_events import Table
from graph.replies.forecasters import PINNED, forecasters_reply
from support.forecasters import a_card
from support.records import NOON
from support.standings import DAY, a_standing
from tools.forecasters import ForecastersReport


def a_step(status: str = "made", **changes: object) -> Retraining:
    made = {"version": "gbm-2", "trial_id": "t", "train_first": DAY, "train_last": DAY}
    return Retraining(
        name="gbm",
        horizon_sessions=5,
        session=DAY,
        cause="drift",
        because_of="gbm-1",
        why="its rank IC | fell",
        status=status,  # type: ignore[arg-type]
        said="no space left" if status == "failed" else "out of sample it has no edge",
        at=NOON,
        **(made if status == "made" else {}),  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )


def a_report(*steps: Retraining, pinned: bool = False) -> ForecastersReport:
    leader = a_standing(role="champion", pinned=pinned)
    return ForecastersReport(session=DAY, forecasters=(leader,), retired=0, promotions=(), retrainings=steps)


def a_state(state: str, *causes: str) -> DriftState:
    reasons = [{"cause": cause, "told": f"{cause} {place}"} for place, cause in enumerate(causes)]
    return DriftState(
        version="gbm-1",
        session=DAY,
        state=state,  # type: ignore[arg-type]
        reasons=(),
        figures={"reasons": reasons},
        at=NOON,
    )


@pytest.mark.parametrize(
    ("state", "causes", "expected"),
    [
        ("drifting", ("errors", "errors", "decay"), {"drift": "errors 0; errors 1", "decay": "decay 2"}),
        ("drifting", ("inputs", "decay", "age"), {"decay": "decay 1"}),
        ("watch", ("inputs", "age"), {}),
        ("unknown", ("errors",), {}),
        ("steady", (), {}),
    ],
)
def test_grown_errors_and_a_worn_worth_call_and_other_inputs_do_not(
    state: str, causes: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert _causes(a_state(state, *causes)) == expected


def test_an_event_says_what_was_made_on_what_for_which_cause_and_that_nobody_hears_it() -> None:
    made, failed = a_step(), a_step("failed")
    event = _event(made, _told(made))
    assert (event.kind, event.severity, event.event_id) == (
        "forecaster_retrained",
        "info",
        f"retraining-made-gbm-5-{DAY}",
    )
    assert event.text == (
        f"gbm was trained anew over 5 sessions on {DAY} to {DAY}: gbm-2, a challenger that nobody hears "
        "until it is promoted; out of sample it has no edge. It was called for by drift of gbm-1: "
        "its rank IC | fell"
    )
    assert event.data["trial_id"] == "t"
    lost = _event(failed, _told(failed))
    assert (lost.kind, lost.severity) == ("forecaster_retraining_failed", "warning")
    assert lost.text.startswith("gbm was not trained anew over 5 sessions: no space left. It was called for")


def test_at_the_terminal_a_pin_stands_at_the_role_and_every_training_is_a_sentence() -> None:
    parts = forecasters_tables(a_report(a_step(), a_step("failed"), a_step("stopped"), pinned=True))
    said = [each for each in parts if isinstance(each, str)]
    assert said[0].endswith(f"{retrained(a_step())}")
    assert (
        "became the challenger gbm-2: out of sample it has no edge. Called for by drift of gbm-1" in said[0]
    )
    assert "gbm was not trained anew over 5 sessions: no space left." in said[1]
    assert "the training of gbm over 5 sessions was stopped" in said[2]
    column = parts[0].columns[0]._cells  # type: ignore[union-attr]
    assert "champion, pinned, 5 ahead" in column[0]


def test_in_the_chat_a_pin_is_said_and_what_was_trained_is_a_table_that_nothing_breaks_out_of() -> None:
    events = list(forecasters_reply(a_report(a_step(), a_step("failed"), pinned=True)))
    assert PINNED.strip() in "".join(getattr(each, "text", "") for each in events)
    anew = next(each for each in events if isinstance(each, Table) and each.title == "Trained anew by itself")
    assert anew.rows[0][1:6] == ("gbm", 5, "drift of gbm-1", f"{DAY} to {DAY}", "gbm-2")
    assert anew.rows[1][5] == "failed: no space left"
    assert "fell" in str(anew.rows[0][6])
    bare = list(forecasters_reply(a_report()))
    assert PINNED.strip() not in "".join(getattr(each, "text", "") for each in bare)
    assert not any(isinstance(each, Table) and each.title == "Trained anew by itself" for each in bare)


def test_many_may_train_on_a_word_and_what_trains_by_itself_is_alone(tmp_path: Path) -> None:
    with training(tmp_path), training(tmp_path):
        assert is_training(tmp_path)
        with pytest.raises(TradingHaltedError, match="somebody is training"), training_alone(tmp_path):
            pass
    with training_alone(tmp_path):
        assert is_training(tmp_path)
        with training(tmp_path):
            assert is_training(tmp_path), "the owner does not wait"
    assert not is_training(tmp_path)


def test_a_lock_that_cannot_be_made_is_said_to_whoever_trains(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    assert not is_training(tmp_path)
    for way in (training, training_alone):
        with pytest.raises(DataError, match="free space or fix its permissions"), way(tmp_path):
            pass


@pytest.mark.parametrize(
    ("learned", "expected"),
    [((1, 2), True), ((2, 1), False), ((1, 1), False)],
    ids=["old", "new", "same"],
)
def test_older_is_who_has_learned_less(learned: tuple[int, int], expected: bool) -> None:
    chosen, other = (a_learner(f"gbm-{n}", day) for n, day in enumerate(learned))
    assert is_older(chosen, [chosen, other]) is expected
    assert not is_older(chosen, [chosen, a_learner("ridge-1", 9, name="ridge")])
    assert not is_older(chosen, [chosen, a_learner("gbm-h", 9, horizon_sessions=20)])


def a_learner(version: str, day: int, **changes: object) -> RegisteredForecaster:
    card = a_card(version=version, test_last=date(2016, 1, day))
    plain = {"name": "gbm", "horizon_sessions": 5, "active": False, "role": "challenger"}
    return RegisteredForecaster(
        version=version,
        card=card,
        manifest_sha256="a" * 64,
        registered_at=NOON,
        **(plain | changes),  # type: ignore[arg-type]
    )
