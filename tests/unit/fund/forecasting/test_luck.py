"""What was tried before a claim is believed, and that the best of many worthless ones is not believed."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from fund.errors import DataError
from fund.forecasting.book_figures import BookFigures, NetFigure
from fund.forecasting.card import card_from_json, card_to_json
from fund.forecasting.card_page import card_page
from fund.forecasting.edge import edge_of
from fund.forecasting.luck import (
    ALONE,
    Tried,
    claims_of,
    luck_among,
    luck_of,
    trial_of,
    trials_until,
    tried_of,
)
from fund.forecasting.superiority import LEAST, superiority_of
from fund.forecasting.trials import GENESIS, Trial, trial_hash
from fund.metrics.deflated_sharpe import deflated_interval
from fund.metrics.inference import mean_interval
from fund.metrics.overfitting import Overfitting, Superiority
from support.forecaster_lives import a_trial
from support.forecasters import a_card, an_interval
from support.standings import a_table

AT = datetime(2020, 1, 2, 12, tzinfo=UTC)
SHARPE = an_interval(0.5)
BOOK = BookFigures(
    book="long-short",
    turnover=an_interval(2.0),
    net=(NetFigure(cost_bps=5.0, mean=an_interval(0.03), sharpe=replace(SHARPE, low=-0.3, high=1.3)),),
)


def again(trial: Trial, data_version: str) -> Trial:
    about = ("family", "parameters", "features", "horizon_sessions")
    return a_trial(data_version=data_version, **{name: getattr(trial, name) for name in about})


def test_newer_data_is_another_trial_and_the_same_claim() -> None:
    one, other, far = a_trial(1), a_trial(2), a_trial(1, horizon_sessions=20)
    chain = (one, other, far, replace(again(one, "made-2"), sharpe=0.4))
    found = tried_of(chain, chain[-1])
    assert (found.of_name, found.total, found.claims, found.ratios) == (3, 4, 3, ())
    assert tried_of(chain, other).ratios == (0.4,), "the newest judgement of each claim counts"
    assert tried_of((), one) == replace(ALONE)
    assert list(claims_of(chain).values()) == [chain[-1], other, far]


def test_searched_sizes_are_trials_of_the_tuned_name_and_no_claims() -> None:
    plain, tuned = a_trial(9), a_trial(10, family="gbm-tuned")
    searched = tuple(replace(a_trial(n), search="gbm-abc") for n in range(4))
    elsewhere = replace(a_trial(5, horizon_sessions=20), search="gbm-def")
    chain = (plain, *searched, elsewhere, tuned)
    found = tried_of(chain, tuned)
    assert (found.of_name, found.total, found.claims) == (5, 7, 2)
    assert tried_of(chain, plain).of_name == 1


def test_what_was_tried_later_has_no_say_in_what_was_heard_before() -> None:
    chain = tuple(a_trial(n) for n in range(5))
    assert trials_until(chain, [chain[2], chain[1]]) == chain[:3]
    assert trials_until(chain, [a_trial(77)]) == ()


def test_a_trial_with_a_search_is_pinned_by_the_chain_and_one_without_keeps_its_hash() -> None:
    trial = a_trial(1)
    assert trial_hash(GENESIS, trial) == ("8d4444145660dd24b1199c183f83d7368d80b5b89286cad500fa756c7c2681c9")
    assert trial_hash(GENESIS, replace(trial, search="x")) != trial_hash(GENESIS, trial)


def test_a_training_is_a_trial_by_what_decides_it_alone() -> None:
    card = a_card(books=(BOOK,), parameters={"trees": 60, "fit_gbm": "60 trees", "feature_version": "1-abc"})
    trial = trial_of(card, AT)
    assert (trial.family, trial.features, trial.sharpe, trial.search) == ("gbm", "1-abc", 0.5, "")
    assert trial_of(replace(card, parameters={**card.parameters, "fit_gbm": "9"}), AT) == trial
    assert trial_of(replace(card, seed=8), AT).trial_id != trial.trial_id
    assert trial_of(a_card(), AT).sharpe is None


def test_the_card_and_its_page_say_how_much_is_luck() -> None:
    overfitting = Overfitting(probability=0.31, loss=0.2, strategies=12, halves=70, n=240)
    superiority = Superiority(best=1, value=0.001, p_value=0.42, strategies=4, n=180)
    card = a_card(books=(BOOK,), overfitting=overfitting, superiority=superiority)
    assert card_from_json(card_to_json(card)) == card
    luck = luck_of(card, Tried(of_name=3, total=41, claims=7, ratios=(0.1, -0.2)))
    assert luck.deflated is not None
    assert (luck.deflated.trials, luck.deflated.n) == (7, 250)
    assert 0 < luck.deflated.expected_best < 1
    made = np.random.default_rng(1).normal(size=(40, 8))
    text = card_page(card, a_table(made, made, 5), luck)["card.md"]
    section = text.partition("## How much of this is luck")[2].partition("| year |")[0]
    for said in ("3 configurations of this name", "41 in all", "7 claims", "n sessions", "0.31 (12 sizes"):
        assert said.replace("n sessions", "over 250 sessions") in section
    assert "the 3 baselines beside it" in section
    assert "p = 0.420 over 180 sessions; a baseline stands out most" in section
    bare = " ".join(luck_of(a_card(), ALONE).told)
    for said in ("no long-short book", "no choice among several sizes", "no book could be made"):
        assert said in bare


def test_a_ratio_is_deflated_by_how_many_there_were_and_how_far_apart() -> None:
    found = replace(SHARPE, low=-0.3, high=1.3)
    one, six = (deflated_interval(found, [0.5], trials=n, lag=5) for n in (1, 6))
    apart = deflated_interval(found, [0.5, 3.0, -3.0], trials=6, lag=5)
    assert one is not None
    assert six is not None
    assert apart is not None
    assert one.expected_best == 0 < six.expected_best < apart.expected_best
    assert one.probability > six.probability > apart.probability
    assert deflated_interval(replace(SHARPE, low=0.5, high=0.5), [0.5], trials=1, lag=5) is None
    with pytest.raises(DataError, match="expected 1 to 1 known ratios of 1 trials, found 2"):
        deflated_interval(found, [0.1, 0.2], trials=1, lag=5)


CLAIMS, SESSIONS, HORIZON, RUNS = 10, 250, 5, 300
MOST = 24
"""98.7 % of a binomial of 300 at 5 %."""


def noise(seed: int) -> np.ndarray:
    """Daily figures of worthless claims over overlapping outcomes, [sessions, claims]."""
    drawn = np.random.default_rng(seed).normal(size=(SESSIONS + HORIZON - 1, CLAIMS))
    return np.stack([np.convolve(each, np.ones(HORIZON), mode="valid") for each in drawn.T], axis=1)


def test_of_many_worthless_claims_the_best_is_no_edge_and_its_ratio_is_luck() -> None:
    alone = among = above = 0
    for seed in range(RUNS):
        found = [mean_interval(each, lag=HORIZON) for each in noise(seed).T]
        ratios = [each.value for each in found if each is not None]
        best = found[int(np.argmax(ratios))]
        assert best is not None
        alone += edge_of(best, horizon_sessions=HORIZON).worth == "edge"
        among += edge_of(best, horizon_sessions=HORIZON, claims=CLAIMS).worth == "edge"
        deflated = deflated_interval(best, ratios, trials=CLAIMS, lag=HORIZON)
        assert deflated is not None
        above += deflated.probability > 0.95
    assert alone > 2 * MOST, "looked at alone, the best of ten is called an edge far too often"
    assert among <= MOST
    assert above <= MOST


def test_an_edge_that_is_there_is_found_among_all_claims() -> None:
    figures = noise(1)[:, 0] / np.std(noise(1)) * 0.1 + 0.08
    edge = edge_of(mean_interval(figures, lag=HORIZON), horizon_sessions=HORIZON, claims=CLAIMS)
    assert edge.worth == "edge"
    assert edge.corrected is not None
    assert f"p = {edge.corrected:.3f} among 10 claims" in edge.told


def test_the_baselines_beside_it_are_held_against_the_equal_weight_without_overlap() -> None:
    rng = np.random.default_rng(3)
    realised = rng.normal(scale=0.02, size=(LEAST * 2, 40))
    blind, seeing = rng.normal(size=realised.shape), realised + rng.normal(scale=0.02, size=realised.shape)
    found = superiority_of([blind, seeing], realised, 2)
    assert found is not None
    assert (found.best, found.strategies, found.n) == (1, 2, LEAST)
    assert found.p_value < 0.01
    nothing = superiority_of([blind, blind[::-1]], realised, 2)
    assert nothing is not None
    assert nothing.p_value > 0.05
    assert superiority_of([blind[2:]], realised[2:], 2) is None, "a book too few"


def test_among_the_trials_of_a_chain_a_card_sees_its_own_once() -> None:
    card = a_card(books=(BOOK,))
    own = trial_of(card, AT)
    luck = luck_among(card, (a_trial(1), own, a_trial(2)), AT)
    assert (luck.tried.claims, luck.tried.total) == (3, 3)
    assert luck.edge.claims == 3
