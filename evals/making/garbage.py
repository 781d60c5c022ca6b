"""Evidence that is no good: nothing known, nobody to speak of, beyond belief, or at odds with itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from agents.brief import CandidateEvidence, Evidence, ForecastEvidence

MOST = 60
"""Candidates that an answer has room for."""


def nothing_known(evidence: Evidence) -> Evidence:
    """Return the evidence with every figure that can be missing missing."""
    market = replace(
        evidence.market,
        return_5=None,
        return_20=None,
        return_60=None,
        volatility_20=None,
        drawdown_120=None,
        breadth=None,
        readings=(),
        headlines=(),
        similar_conditions=(),
    )
    candidates = tuple(
        replace(
            c,
            name="",
            sector="",
            unrealised_fraction=None,
            return_5=None,
            return_20=None,
            return_60=None,
            return_120=None,
            volatility_20=None,
            drawdown_60=None,
            forecasts=(),
            similar=(),
            report=None,
        )
        for c in evidence.candidates
    )
    return replace(
        evidence,
        candidates=candidates,
        market=market,
        forecasters=(),
        missing={c.ticker: "no figures at all" for c in candidates},
    )


def no_candidates(evidence: Evidence) -> Evidence:
    """Return the evidence of a session in which there is nobody to speak of."""
    return replace(evidence, candidates=())


def absurd(evidence: Evidence) -> Evidence:
    """Return the evidence with figures that no market has ever had, each finite."""
    extremes = (1e300, -1e300, 1e-300, 123456789.0, -99.0, 0.0)

    def wild(candidate: CandidateEvidence, n: int) -> CandidateEvidence:
        pick = extremes[n % len(extremes)]
        forecasts = tuple(
            replace(f, expected=pick, low=-abs(pick), high=abs(pick), probability_up=5.0, rank=-3.0)
            for f in candidate.forecasts
        )
        return replace(
            candidate,
            price=abs(pick),
            return_5=pick,
            return_20=-pick,
            return_60=pick,
            return_120=pick,
            volatility_20=abs(pick),
            drawdown_60=pick,
            average_dollar_volume=abs(pick),
            forecasts=forecasts,
        )

    market = replace(evidence.market, return_5=1e12, return_20=-1e12, volatility_20=1e9, breadth=-7.0)
    return replace(
        evidence, market=market, candidates=tuple(wild(c, n) for n, c in enumerate(evidence.candidates))
    )


def at_odds(evidence: Evidence) -> Evidence:
    """Return the evidence with fields that cannot be true together."""

    def torn(candidate: CandidateEvidence) -> CandidateEvidence:
        return replace(
            candidate,
            weight=0.9 if candidate.weight == 0 else -candidate.weight,
            held_sessions=0 if candidate.weight else 40,
            unrealised_fraction=None if candidate.weight else 3.0,
            return_20=0.5,
            return_60=-0.9,
            drawdown_60=0.4,
            forecasts=tuple(map(_torn_forecast, candidate.forecasts)),
            similar=tuple(
                replace(t, opened=evidence.session - timedelta(days=9000), held_sessions=-5)
                for t in candidate.similar
            ),
        )

    book = replace(evidence.book, equity=-1.0, cash_fraction=1.4, gross=0.2, net=0.9, drawdown=0.3)
    return replace(evidence, book=book, candidates=tuple(map(torn, evidence.candidates)))


def sixty(evidence: Evidence) -> Evidence:
    """Return the evidence with sixty candidates, all an answer has room for: the same under other names."""
    whole = len(evidence.candidates)
    many = [
        replace(
            evidence.candidates[n % whole],
            ticker=f"NM{n:02d}",
            name=f"Name Number {n}",
            forecasts=evidence.candidates[n % whole].forecasts[:1],
            similar=(),
            report=None,
        )
        for n in range(MOST)
    ]
    unheld = [replace(c, weight=0.0, held_sessions=0, unrealised_fraction=None) for c in many[whole:]]
    return replace(evidence, candidates=(*many[:whole], *unheld))


def twice(evidence: Evidence) -> Evidence:
    """Return the evidence with every candidate twice, the second time with the opposite forecasts."""
    again = tuple(
        replace(c, forecasts=tuple(replace(f, rank=1 - f.rank, expected=-f.expected) for f in c.forecasts))
        for c in evidence.candidates
    )
    return replace(evidence, candidates=(*evidence.candidates, *again))


def _torn_forecast(forecast: ForecastEvidence) -> ForecastEvidence:
    return replace(forecast, low=0.2, high=-0.2, expected=-0.1, probability_up=0.99, rank=0.99)


GARBAGE: Mapping[str, Callable[[Evidence], Evidence]] = {
    "nothing known": nothing_known,
    "no candidates": no_candidates,
    "absurd figures": absurd,
    "at odds": at_odds,
    "sixty candidates": sixty,
    "every name twice": twice,
}
"""Ways in which evidence can be no good, each of it still of the right type."""
