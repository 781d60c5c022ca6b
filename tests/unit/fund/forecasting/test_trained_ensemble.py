"""A trained ensemble says live what it said before, and nothing once a member is not what it was."""

import json
import shutil
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from db.record_codec import from_json, to_json
from fund.errors import DataError, NoDataError
from fund.forecasting.artifact import read_artifact
from fund.forecasting.card import card_from_json, card_to_json
from fund.forecasting.ensemble.members import apart
from fund.forecasting.ensemble.stacked import ensemble_of
from fund.forecasting.ensemble.trained_ensemble import TrainedEnsemble, with_members
from fund.forecasting.ensemble.training import Pinned, ranks_said
from fund.forecasting.ensemble.weights import Stacking
from fund.forecasting.families.baseline import Linear
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.recent import recent_features
from fund.forecasting.samples import make_samples
from fund.forecasting.serving.served import ServedForecaster, Unavailable
from fund.forecasting.serving.shelf import Shelf
from support.ensembles import (
    a_kept_ensemble,
    an_ensemble,
    members_of_days,
    pinned,
    universe_of,
)
from support.forecasters import A_SCHEDULE

MEMBERS = members_of_days()
ENSEMBLE = an_ensemble(pinned(MEMBERS))
ALIKE = an_ensemble(pinned(MEMBERS), way="equal")
NEWEST = recent_features(universe_of(), 5)
EARLIER = 200


@pytest.fixture
def kept(tmp_path):
    return a_kept_ensemble(tmp_path / "forecasters")


def calibrated_sessions(trained):
    return [t for t in range(len(trained.table.sessions)) if trained.table.calibrated[t].any()]


def test_live_it_says_what_it_said_in_the_walk_forward_to_the_bit():
    told = calibrated_sessions(ENSEMBLE)
    for at in (told[0], told[len(told) // 2], told[-1]):
        recent = recent_features(universe_of().rows(0, at + 1), 5)
        assert ENSEMBLE.forecast(recent) == ENSEMBLE.at(recent.session) != ()


def test_it_is_the_combination_of_the_members_tables_and_calibrated_alike():
    volatility = make_samples(universe_of(), 5).volatility
    found = ensemble_of([each.table for each in MEMBERS], volatility, A_SCHEDULE, Stacking())
    for name in ("scores", "expected", "low", "high", "probability_up"):
        np.testing.assert_allclose(getattr(ENSEMBLE.table, name), getattr(found.table, name), atol=1e-6)
    figures, apart_from_ties = ENSEMBLE.card.ensemble, 0.002
    assert figures.best == found.against_best.best
    assert figures.verdicts[0] == found.against_best.verdict
    assert figures.less_equal.value == pytest.approx(
        found.against_best.beyond_equal.value, abs=apart_from_ties
    )


def test_what_comes_later_changes_nothing_that_was_said_before():
    before = an_ensemble(pinned(members_of_days(EARLIER)), EARLIER)
    for name in ("scores", "expected", "low", "high", "probability_up"):
        np.testing.assert_array_equal(getattr(before.table, name), getattr(ENSEMBLE.table, name)[:EARLIER])


def test_members_of_different_days_are_cut_to_where_all_spoke_and_go_on_as_they_do_live():
    ridge, reversal, _ = MEMBERS
    older = next(each for each in members_of_days(EARLIER) if each.card.forecaster == "momentum")
    made = an_ensemble(pinned((ridge, reversal, older)))
    assert made.table.sessions == universe_of().panel.sessions
    assert made.at(NEWEST.session) == made.forecast(NEWEST) != ()
    said = ranks_said(older, universe_of(), lambda version: make_samples(universe_of(), 5).table)
    recent = recent_features(universe_of().rows(0, EARLIER + 6), 5)
    np.testing.assert_array_equal(np.argsort(said[EARLIER + 5]), np.argsort(older.scores(recent)[0]))
    with pytest.raises(DataError, match="sessions and tickers for momentum-"):
        ranks_said(older, universe_of(), lambda version: make_samples(universe_of(EARLIER), 5).table)
    with pytest.raises(DataError, match=r"learned no later than .*, found 'ridge-.* choose others"):
        an_ensemble(pinned(MEMBERS), EARLIER)


def test_the_card_names_members_weights_and_whether_it_was_worth_it(kept):
    card, figures = ENSEMBLE.card, ENSEMBLE.card.ensemble
    assert [each.version for each in figures.members] == [each.card.version for each in MEMBERS]
    assert sum(each.weight for each in figures.members) == pytest.approx(1.0)
    assert all(each.weight_low <= each.weight <= each.weight_high for each in figures.members)
    assert set(card.baseline_rank_ic) == {"ridge", "reversal", "momentum", "plain mean of the members"}
    assert {each.n for each in card.baseline_rank_ic.values()} == {card.rank_ic.n}
    assert figures.less_best.value == pytest.approx(figures.rank_ic.value - figures.best_rank_ic.value)
    assert figures.less_equal.value == pytest.approx(figures.rank_ic.value - figures.equal_rank_ic.value)
    assert figures.less_best.n == figures.rank_ic.n == figures.less_equal.n
    assert "it does not beat its best member" in figures.verdicts[0]
    assert "it does not beat its members' plain mean" in figures.verdicts[1]
    assert card_from_json(card_to_json(card)) == card == from_json(ForecasterCard, to_json(card))
    page = (kept[1].folder / "card.md").read_text()
    for part in figures.members:
        assert f"| {part.forecaster} | {part.version} | {part.weight:.1%} |" in page
    assert f"- It does not beat its best member: {figures.less_best.value:+.4f}" in page
    assert f"| ensemble less plain mean, paired | {figures.less_equal.value:+.4f}" in page


def test_what_pins_it_is_part_of_its_version():
    others = [
        an_ensemble(pinned(MEMBERS, "1")),
        an_ensemble(pinned(MEMBERS[::-1])),
        an_ensemble(pinned(MEMBERS), by_regime=False),
        ALIKE,
    ]
    versions = {each.card.version for each in (ENSEMBLE, *others)}
    assert len(versions) == 5
    assert an_ensemble(pinned(MEMBERS)).card == ENSEMBLE.card
    alike = ALIKE.card.ensemble
    assert [each.weight for each in alike.members] == pytest.approx([1 / 3] * 3)
    assert alike.less_equal.value == pytest.approx(0.0, abs=1e-12)


def test_reasons_are_what_members_add_by_their_weight_and_sum_to_the_score():
    told = ALIKE.explanations(NEWEST, ["N003", "N007", "SPY"])
    assert set(told) == {"N003", "N007"}
    scores = ALIKE.table.scores[-1]
    for ticker, explanation in told.items():
        reasons = explanation.reasons
        assert (explanation.start, explanation.others, explanation.method) == (0.0, 0, "weighted members")
        assert explanation.gap == pytest.approx(0.0, abs=1e-6)
        assert sum(each.added for each in reasons) == pytest.approx(
            scores[NEWEST.table.tickers.index(ticker)], abs=1e-6
        )
        assert {each.feature for each in reasons} == {"ridge", "reversal", "momentum"}
        assert [abs(each.added) for each in reasons] == sorted(
            (abs(each.added) for each in reasons), reverse=True
        )
        for each in reasons:
            assert f"{each.feature}, 33 % of the weight, ranks it " in each.words
            assert each.words.endswith(f" of names: {each.added:+.3f}")
            assert (each.rank > 0.5) == (each.added > 0.0)


def test_disagreement_is_told_by_name_and_a_lone_forecaster_has_none():
    found = ENSEMBLE.apart(NEWEST)
    ranks = np.stack([each.table.rank[-1:] for each in MEMBERS])
    (by_hand,) = apart(ranks)
    assert set(found) == {f"N{k:03d}" for k in range(40)}
    for at, ticker in enumerate(NEWEST.table.tickers):
        assert ticker == "SPY" or found[ticker] == pytest.approx(by_hand[at], abs=1e-6)
    assert MEMBERS[0].apart(NEWEST) == {}


def test_it_is_kept_and_found_again_with_its_members(kept):
    registry, artifact, made = kept
    loaded = registry.load(artifact.version, sha256=artifact.sha256)
    assert isinstance(loaded, TrainedEnsemble)
    assert loaded.card == replace(made.card, explanation="made data")
    assert loaded.forecast(NEWEST) == made.forecast(NEWEST) == made.at(NEWEST.session) != ()
    assert loaded.reads == {MEMBERS[0].feature_version: 1}
    assert [each.card.version for each in loaded.members()] == [each.card.version for each in MEMBERS]
    shutil.rmtree(artifact.folder.parent / MEMBERS[1].card.version)
    assert loaded.forecast(NEWEST) != (), "what was read stays in its hands"
    with pytest.raises(DataError, match="a register to find the members"):
        read_artifact(artifact.folder)


@pytest.mark.parametrize("harm", ["missing", "damaged", "another"])
def test_a_member_that_is_not_what_it_was_silences_it_and_says_whose_fault_it_is(kept, harm):
    registry, artifact, _ = kept
    member = MEMBERS[1].card.version
    folder = artifact.folder.parent / member
    if harm == "missing":
        shutil.rmtree(folder)
    elif harm == "damaged":
        (folder / "fold-000.json").write_text("{}")
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=f"its member {member} cannot be heard: expected"):
        registry.load(artifact.version)
    served = ServedForecaster(
        "ensemble", artifact.version, artifact.sha256, Shelf(registry, cap_megabytes=100), deadline_seconds=60
    )
    answer = served.forecast(NEWEST)
    assert isinstance(answer, Unavailable)
    assert (answer.cause, member in answer.reason) == ("damaged", True)


def test_members_lie_on_the_shelf_beside_it_and_all_keep_to_the_cap(kept):
    registry, artifact, made = kept
    shelf = Shelf(registry, cap_megabytes=100)
    found = shelf.get(artifact.version, artifact.sha256)
    versions = {each.card.version for each in MEMBERS}
    assert set(shelf.versions) == versions | {artifact.version}
    assert found.members()[0] is shelf.get(*[getattr(found.parts[0], name) for name in ("version", "sha256")])
    narrow = Shelf(registry, cap_megabytes=shelf.bytes / 2 / 1e6)
    ensemble = narrow.get(artifact.version, artifact.sha256)
    assert ensemble.forecast(NEWEST) == made.forecast(NEWEST) != ()
    assert narrow.bytes <= shelf.bytes / 2
    shutil.rmtree(artifact.folder.parent / MEMBERS[0].card.version)
    tight = Shelf(registry, cap_megabytes=1e-6)
    with pytest.raises(DataError, match="its member ridge-"):
        tight.get(artifact.version, artifact.sha256)


def test_the_deadline_is_for_members_and_ensemble_together(kept, monkeypatch):
    registry, artifact, _ = kept
    release, usual = Event(), Linear.score

    def hung(self, values):
        release.wait(30)
        return usual(self, values)

    monkeypatch.setattr(Linear, "score", hung)
    shelf = Shelf(registry, cap_megabytes=100)
    served = ServedForecaster("ensemble", artifact.version, artifact.sha256, shelf, deadline_seconds=0.05)
    answer = served.forecast(NEWEST)
    release.set()
    assert isinstance(answer, Unavailable)
    assert answer.cause == "late"


def test_a_member_of_other_features_makes_it_unfit_by_name():
    other = replace(NEWEST, table=replace(NEWEST.table, version="1-000000000000"))
    with pytest.raises(DataError, match=r"its member ridge-.* cannot be heard: expected features"):
        ENSEMBLE.forecast(other)
    beside = replace(other, beside=(NEWEST,))
    assert ENSEMBLE.forecast(beside) == ENSEMBLE.forecast(NEWEST)
    with pytest.raises(DataError, match="expected the benchmark's returns"):
        ENSEMBLE.forecast(replace(NEWEST, market=None))
    with pytest.raises(NoDataError, match="expected a calibrated fold"):
        ENSEMBLE.forecast(recent_features(universe_of().rows(0, 130), 5))


def test_members_that_do_not_make_an_ensemble_are_refused():
    ridge, reversal, _ = MEMBERS
    longer = replace(reversal, card=replace(reversal.card, horizon_sessions=10))
    for members, said in (
        (pinned((ridge,)), r"at least two members over 5 sessions, found \['ridge'\]"),
        (pinned((ridge, ridge)), r"different names, found \['ridge'\] twice"),
        (pinned((ridge, ENSEMBLE)), "no ensembles, found 'ensemble-"),
        (pinned((ridge, longer)), "over 5 sessions, found 'reversal-.*' over 10"),
    ):
        with pytest.raises(DataError, match=said):
            an_ensemble(members)
    with pytest.raises(DataError, match=r"expected weights by one of .*'stacking'.*found 'votes'"):
        an_ensemble(pinned(MEMBERS), way="votes")
    mute = replace(ridge, table=replace(ridge.table, scores=np.full_like(ridge.table.scores, np.nan)))
    with pytest.raises(DataError, match="every member ranked 10 names, found none in 240 sessions"):
        an_ensemble(pinned((mute, reversal)))


def test_a_card_that_names_others_than_the_weights_is_refused():
    figures = ENSEMBLE.card.ensemble
    held = {each.card.version: each for each in MEMBERS}
    turned = replace(ENSEMBLE.card, ensemble=replace(figures, members=figures.members[::-1]))
    with pytest.raises(DataError, match="found weights of others"):
        with_members(replace(ENSEMBLE, card=turned), lambda version, sha256: held[version])
    nested = Pinned(trained=ENSEMBLE, sha256="0").trained
    with pytest.raises(DataError, match="and no ensemble, found one over 5"):
        with_members(ENSEMBLE, lambda version, sha256: nested)


def test_too_short_a_history_to_compare_says_so_and_is_kept():
    short = an_ensemble(pinned(members_of_days(EARLIER)), EARLIER)
    figures = short.card.ensemble
    assert (figures.less_best, figures.less_equal) == (None, None)
    assert all(each.startswith("too few sessions from ") for each in figures.verdicts)
    assert card_from_json(card_to_json(short.card)) == short.card
    with pytest.raises(DataError, match="expected 20 sessions of known outcome to calibrate on, found fewer"):
        an_ensemble(pinned(members_of_days(160)), 160)
