"""Labels dealt out anew leave everybody at chance, and a control that does not is told."""

from dataclasses import replace

import pytest

from evals.base_rates import BASELINES, HORIZONS
from evals.case import Dataset
from evals.label_control import dealt_anew
from support.datasets import dataset


def knowing() -> Dataset:
    """Return the dataset in which momentum has seen how 5 sessions went."""
    cases = []
    for case in dataset("signal_quality").cases:
        z = case.label["horizons"]["5"]["z"]
        baselines = {**case.label["baselines"], "momentum": (z > 0) - (z < 0)}
        cases.append(replace(case, label={**case.label, "baselines": baselines}))
    return replace(dataset("signal_quality"), cases=tuple(cases))


def test_everybody_is_at_chance_with_labels_of_other_cases() -> None:
    found = dealt_anew(dataset("signal_quality"))
    assert [(c.horizon_sessions, c.baseline) for c in found] == [
        (int(h), b) for h in HORIZONS for b in BASELINES
    ]
    assert found == dealt_anew(dataset("signal_quality"))
    for each in found:
        assert each.at_chance, each
        assert each.dealt.low <= each.dealt.value <= each.dealt.high
        assert (each.dealt.n, each.deals) == (len(dataset("signal_quality").cases), 100)
    spread = {c.baseline: c.dealt.high - c.dealt.low for c in found if c.horizon_sessions == 5}
    assert spread["always_hold"] == 0
    assert spread["momentum"] == pytest.approx(4 / len(dataset("signal_quality").cases) ** 0.5, rel=0.5)


def test_who_has_seen_the_labels_fits_them_and_no_others() -> None:
    (seen,) = (c for c in dealt_anew(knowing()) if (c.baseline, c.horizon_sessions) == ("momentum", 5))
    assert seen.agreement > 0.6 > 0.2 > seen.dealt.high
    assert seen.at_chance


def test_labels_that_are_alike_whoever_gets_them_are_not_at_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deal that deals nothing out: then a fit with other cases' labels is the fit with one's own."""
    monkeypatch.setattr("evals.label_control.shuffled", lambda made, seed: made)
    (seen,) = (c for c in dealt_anew(knowing()) if (c.baseline, c.horizon_sessions) == ("momentum", 5))
    assert seen.dealt.value == pytest.approx(seen.agreement)
    assert not seen.at_chance
