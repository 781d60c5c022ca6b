"""How much of what a forecaster shows is luck: what was tried before it is believed, and what that takes off.

A claim is a name with its sizes and its features over one horizon, judged out of sample; on newer data it is
the same claim, and its newest judgement is the one that is heard. Sizes that a search judged inside a
training span are trials and no claims: what is chosen from them is judged on sessions the search never saw.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fund.forecasting.book_figures import CARD_COST_BPS, sharpe_at
from fund.forecasting.catalogue import TUNED, family_of
from fund.forecasting.edge import Edge, edge_of
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.trials import Trial, parameters_hash, trial_id_of, trials_of
from fund.metrics.deflated_sharpe import DeflatedSharpe, deflated_interval
from fund.metrics.overfitting import Overfitting, Superiority

BOOK = "long-short"
"""Whose Sharpe ratio is deflated, net of the card's one cost."""
Claim = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was judged up to some moment, as one claim sees it."""

    of_name: int
    """Configurations of its name over its horizon, on any data; those its sizes were searched among too."""
    total: int
    """Of every name and horizon."""
    claims: int
    """Different claims, its own included."""
    ratios: tuple[float, ...]
    """Yearly Sharpe ratios of the other claims, where one is known."""


ALONE = Tried(of_name=1, total=1, claims=1, ratios=())
"""Of the only claim that was ever made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """What is left of a card's figures when it is known how much was tried."""

    tried: Tried
    edge: Edge
    """Of its rank IC: alone, and among all claims."""
    deflated: DeflatedSharpe | None
    """Of its long-short book net of costs; None where there is none."""
    overfitting: Overfitting | None
    """Of the newest choice of its sizes; None where none were chosen."""
    superiority: Superiority | None
    """Of it and the baselines beside it, over the equal weight; None where no book could be made."""

    @property
    def told(self) -> tuple[str, ...]:
        """Say it in sentences, each figure with its sample size."""
        tried = self.tried
        return (
            f"{_plural(tried.of_name, 'configuration')} of this name over this horizon and "
            f"{tried.total} in all were judged, {_plural(tried.claims, 'claim')} of them out of sample",
            self.edge.told,
            _deflated(self.deflated),
            _overfitting(self.overfitting),
            _superiority(self.superiority),
        )


def claim_of(trial: Trial) -> Claim:
    """Return what a trial is a judgement of, whatever the data."""
    return trial.family, trial.parameters, trial.features, trial.horizon_sessions


def claims_of(trials: Sequence[Trial]) -> dict[Claim, Trial]:
    """Return each claim's newest judgement, of trials in their order."""
    return {claim_of(trial): trial for trial in trials if not trial.search}


def tried_of(trials: Sequence[Trial], own: Trial) -> Tried:
    """Return what was tried as one claim sees it; its own trial need not be among the trials."""
    every = {trial.trial_id: trial for trial in (*trials, own)}
    horizon, tuned = own.horizon_sessions, own.family.endswith(TUNED)
    searched = (each for each in every.values() if tuned and each.search and _is_of(each, own))
    named = trials_of(
        (each for each in every.values() if not each.search), family=own.family, horizon_sessions=horizon
    )
    claims = claims_of((*trials, own))
    others = (trial.sharpe for claim, trial in claims.items() if claim != claim_of(own))
    return Tried(
        of_name=len({each.trial_id for each in (*named, *searched)}),
        total=len(every),
        claims=len(claims),
        ratios=tuple(ratio for ratio in others if ratio is not None),
    )


def _is_of(searched: Trial, own: Trial) -> bool:
    """Tell whether some sizes were judged for a tuned claim; they are on record under their family's name."""
    same = (searched.features, searched.horizon_sessions) == (own.features, own.horizon_sessions)
    return same and family_of(searched.family) == family_of(own.family)


def trials_until(trials: Sequence[Trial], own: Collection[Trial]) -> tuple[Trial, ...]:
    """Return the trials of a chain up to the last of some of them; what came later has no say in those."""
    ids = {trial.trial_id for trial in own}
    last = max((place for place, trial in enumerate(trials) if trial.trial_id in ids), default=-1)
    return tuple(trials[: last + 1])


def luck_among(card: ForecasterCard, trials: Sequence[Trial], at: datetime) -> Luck:
    """Return what is left of a card's figures among the trials of a chain; `at` is when it was trained."""
    return luck_of(card, tried_of(trials, trial_of(card, at)))


def luck_of(card: ForecasterCard, tried: Tried) -> Luck:
    """Return what is left of a card's figures."""
    horizon = card.horizon_sessions
    sharpe = sharpe_at(card.books, BOOK, CARD_COST_BPS)
    return Luck(
        tried=tried,
        edge=edge_of(card.rank_ic, horizon_sessions=horizon, claims=tried.claims),
        deflated=None
        if sharpe is None
        else deflated_interval(sharpe, (*tried.ratios, sharpe.value), trials=tried.claims, lag=horizon),
        overfitting=card.overfitting,
        superiority=card.superiority,
    )


def trial_of(card: ForecasterCard, at: datetime) -> Trial:
    """Return the trial that a training was: its claim, on its data, and what came of it."""
    configuration = {
        "family": card.forecaster,
        "parameters": parameters_hash({**configured(card), "seed": card.seed}),
        "features": str(card.parameters.get("feature_version", "")),
        "data_version": card.data_version,
    }
    sharpe = sharpe_at(card.books, BOOK, CARD_COST_BPS)
    return Trial(
        trial_id=trial_id_of(**configuration, horizon_sessions=card.horizon_sessions),
        **configuration,
        horizon_sessions=card.horizon_sessions,
        rank_ic=card.rank_ic,
        sharpe=None if sharpe is None else sharpe.value,
        sessions=card.rank_ic.n if card.rank_ic else 0,
        at=at,
    )


def configured(card: ForecasterCard) -> dict[str, float | int | str]:
    """Return what a card was trained with, without what its fits chose."""
    return {name: value for name, value in card.parameters.items() if not name.startswith("fit_")}


def _deflated(found: DeflatedSharpe | None) -> str:
    if found is None:
        return "the Sharpe ratio cannot be deflated: no long-short book could be made"
    return (
        f"the {BOOK} book's Sharpe ratio net of {CARD_COST_BPS:g} bp a side is {found.sharpe:+.2f} a year "
        f"over {found.n} sessions; the best of {_plural(found.trials, 'worthless claim')} is expected at "
        f"{found.expected_best:+.2f}, and it is above that with a probability of {found.probability:.2f}"
    )


def _overfitting(found: Overfitting | None) -> str:
    if found is None:
        return "no probability of overfitting: no choice among several sizes came with it"
    return (
        f"the probability that choosing its sizes was overfitting is {found.probability:.2f} ("
        f"{found.strategies} sizes over {found.n} inner sessions, {found.halves} halves; wanted below 0.20)"
    )


def _superiority(found: Superiority | None) -> str:
    if found is None:
        return "it was not held against the equal weight: no book could be made"
    return (
        f"that none of it and the {found.strategies - 1} baselines beside it beats the equal weight net of "
        f"{CARD_COST_BPS:g} bp a side has p = {found.p_value:.3f} over {found.n} sessions; "
        f"{'it' if found.best == 0 else 'a baseline'} stands out most"
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
