"""One explanation of trees, rules and nets: five reasons, what they add up to, which sessions mattered."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.explaining import gradients
from fund.forecasting.explaining.attention import attention_map
from fund.forecasting.explaining.explanation import Explanation, explain
from fund.forecasting.explaining.gradients import integrated_gradients
from fund.forecasting.explaining.window import MOST_BARS, bars, window_of
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.families.nearest import NearestForecaster
from support.forecasters import A_GBM, small_samples
from support.nets import STEPS, a_fitted_net, made_samples

DAYS = [date(2016, 11, 1) + timedelta(days=each) for each in range(30)]


def of_net(family: str, name: int = 2, **changed: object) -> Explanation | None:
    table = made_samples(12, 20, seed=5).table
    fitted = a_fitted_net(family)
    for key, value in changed.items():
        setattr(fitted, key, value)
    return explain(fitted, table.values, name, features=table.names, sessions=table.sessions)


@pytest.mark.parametrize("forecaster", [A_GBM, RidgeForecaster()], ids=lambda each: each.name)
def test_trees_and_rules_are_told_exactly(forecaster) -> None:
    samples = small_samples()
    table, fitted = samples.table, forecaster.fit(samples, range(60, 160))
    names = np.flatnonzero(np.isfinite(fitted.score(table.values[170])))[:6]
    for name in names.tolist():
        found = explain(fitted, table.values[:171], name, features=table.names, sessions=table.sessions[:171])
        assert found is not None
        assert found.score == fitted.score(table.values[170, [name]])[0]
        whole = found.start + sum(each.added for each in found.reasons) + found.others_added
        assert whole == pytest.approx(found.score, abs=1e-9)
        assert abs(found.gap) < 1e-9
        sizes = [abs(each.added) for each in found.reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert 1 <= len(sizes) <= 5
        assert (found.method, found.window) == ("exact contributions", None)
        assert f", the {len(sizes)} largest " in found.told
        assert found.told.endswith(" (exact contributions).")


@pytest.mark.parametrize("family", ["gru", "attention", "patchtst", "tcn"])
def test_a_net_is_told_by_its_gradients_with_the_sessions_that_mattered(family: str) -> None:
    table, fitted = made_samples(12, 20, seed=5).table, a_fitted_net(family)
    found = of_net(family)
    assert found is not None
    assert found.window is not None
    direct = integrated_gradients(fitted, table.values, 2)
    assert found.score == pytest.approx(fitted.score(table.values)[-1, 2], abs=1e-6)
    assert {each.feature: each.added for each in found.reasons} == {
        table.names[at]: direct.by_feature[at] for at in np.argsort(-np.abs(direct.by_feature))[:5]
    }
    assert found.others == len(table.names) - 5
    assert abs(found.gap) <= 0.02 * max(abs(found.score - found.start), 0.01)
    assert found.window.sessions == table.sessions[-STEPS:]
    assert found.window.added == pytest.approx(direct.by_session)
    looked = attention_map(fitted, table.values, 2).tolist() if fitted.attends else None
    assert found.window.attention == (None if looked is None else pytest.approx(looked))
    assert (len(found.window.words), len(found.window.pictures)) == ((1, 1) if looked is None else (2, 2))
    assert found.told.endswith(" apart (integrated gradients).")


def test_who_has_no_view_has_no_explanation_and_who_cannot_be_told_apart_says_so() -> None:
    samples = small_samples()
    table, fitted = samples.table, A_GBM.fit(samples, range(60, 160))
    values = table.values[:171].copy()
    values[-1, 3] = np.nan
    asked = {"features": table.names, "sessions": table.sessions[:171]}
    assert explain(fitted, values, 3, **asked) is None
    near = NearestForecaster(neighbours=30).fit(samples, range(60, 160))
    with pytest.raises(DataError, match="'FittedNearest'; ask for its permutation importance"):
        explain(near, values, 4, **asked)

    made = made_samples(12, 20, seed=5).table
    values = made.values.copy()
    values[-1, 7] = np.nan
    net, asked = a_fitted_net("gru"), {"features": made.names, "sessions": made.sessions}
    assert explain(net, values, 7, **asked) is None
    assert explain(net, values[-STEPS + 1 :], 0, **asked) is None, (
        "its window begins before the first session"
    )
    with pytest.raises(DataError, match="ranked features, found shape"):
        explain(net, values[:, :, 1:], 0, **asked)


def test_parts_that_miss_the_score_by_more_than_the_method_may_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def off(*given):
        found = integrated_gradients(*given)
        return replace(found, cells=found.cells * 1.2)

    monkeypatch.setattr(gradients, "integrated_gradients", off)
    with pytest.raises(DataError, match="expected contributions that add up to the score"):
        of_net("gru")


def test_what_rounds_to_nothing_has_no_minus() -> None:
    found = explain(
        Tiny(), np.zeros((1, 1, 2), dtype=np.float32), 0, features=("ROC5", "GAP"), sessions=DAYS[:1]
    )
    assert found is not None
    assert found.told == "Start +0.000, the 1 largest +0.000: score +0.000 (exact contributions)."


class Tiny:
    """Says next to nothing of everybody."""

    def score(self, values):
        return np.full(len(values), -0.0003)

    def contributions(self, values):
        return np.tile([-0.0001, 0.0, -0.0002], (len(values), 1))


def test_a_window_is_told_by_its_three_largest_sessions_and_drawn() -> None:
    window = window_of(DAYS[:8], [0.0, 0.01, -0.03, 0.0, 0.0, 0.02, 0.0, 0.04])
    assert window.words == (
        "Of its 8 sessions these moved the score most: 2016-11-08 (+0.040), 2016-11-03 (-0.030), 2016-11-06 "
        "(+0.020); the last 5 have 60% of all movement.",
    )
    assert window.pictures == ("▁▃▆▁▁▅▁█ movement by session, oldest first",)
    looked = window_of(DAYS[:4], [0.0] * 4, [0.1, 0.2, 0.3, 0.4])
    assert looked.words == (
        "None of its 4 sessions moved the score.",
        "It looked most at 2016-11-04 (40.0%), 2016-11-03 (30.0%), 2016-11-02 (20.0%); an even look gives "
        "each 25.0%.",
    )
    assert looked.pictures[1] == "▃▅▆█ attention by session, oldest first"


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=90))
def test_bars_fit_a_phone_and_the_tallest_is_full(amounts: list[float]) -> None:
    drawn = bars(amounts)
    assert len(drawn) == min(len(amounts), MOST_BARS)
    assert ("█" in drawn) == (max(amounts) > 0)


def test_neighbours_share_a_bar_where_there_are_more_sessions_than_bars() -> None:
    assert bars([1.0, 0.0, 0.0] * 19 + [0.0, 0.0, 2.0]) == "▅" * 19 + "█"
