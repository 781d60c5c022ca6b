"""Flaws planted into made proposals: each takes a sound draft and makes exactly one thing of it wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Literal

from agents.answers import LONGEST_TEXT, MacroAnswer, ManagerAnswer, QuantAnswer, TargetWeight
from agents.brief import CandidateEvidence, Evidence
from agents.briefs import Earlier
from agents.offline import RULES
from agents.offline_brief import Brief, share
from agents.replies import AnswerT
from agents.roles import ROLES
from evals.making.draw import Name, changed, drawn, held, names_at
from evals.making.past import Holding, Past
from graph.committee import MACRO, QUANT

BOOK, ADDED, SPARE = 6, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A proposal with its flaw."""

    evidence: Evidence
    earlier: Earlier
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sound proposal over a made book of one session, before anything is planted."""

    past: Past
    session: date
    chance: Random
    names: Sequence[Name]
    book: tuple[Holding, ...]
    added: tuple[Name, ...]
    spare: tuple[Name, ...]

    @classmethod
    def of(cls, past: Past, session: date, chance: Random) -> "Draft | None":
        """Return a draft of a session; None where it has too few names."""
        names = names_at(past, session, past.view(session))
        chosen = drawn(names, chance, BOOK + ADDED + SPARE, lambda _: True)
        if len(chosen) < BOOK + ADDED + SPARE - 1:
            return None
        return cls(
            past=past,
            session=session,
            chance=chance,
            names=names,
            book=held(chosen[:BOOK], chance, 0.05, 0.07),
            added=chosen[BOOK : BOOK + ADDED],
            spare=chosen[BOOK + ADDED :],
        )

    def evidence(self, *more: Name) -> Evidence:
        """Return the evidence of all names of the draft, sound: those to be added rank well and won."""
        tickers = [n.ticker for n in (*self.added, *self.spare, *more)]
        evidence = self.past.evidence(self.session, self.book, tickers)
        for name in (*self.added, *more):
            evidence = praised(evidence, name.ticker, self.chance)
        return evidence

    def planted(
        self,
        evidence: Evidence,
        tickers: Sequence[str],
        *,
        targets: Mapping[str, float] | None = None,
        convictions: Mapping[str, float] | None = None,
        macro: MacroAnswer | None = None,
    ) -> Planted:
        """Return the proposal with its flaw: as drafted where nothing else is said.

        The words are the rules' own and in their manner, so that no style tells a flawed proposal.
        """
        wanted = dict(targets) if targets is not None else self.additions()
        told = dict(convictions or {})
        quant = said(QUANT, QuantAnswer, evidence)
        views = [
            view.model_copy(update={"conviction": told.get(t, 0.4 if wanted.get(t) else 0.15)})
            for view in quant.views
            for t in (view.ticker,)
        ]
        reasons = {view.ticker: f"conviction {view.conviction:+.2f}. {view.reason}" for view in views}
        made = [
            TargetWeight(
                ticker=ticker,
                weight=weight,
                reason=f"{'Buy' if weight else 'Close'}: {reasons.get(ticker, 'no view')}"[:LONGEST_TEXT],
            )
            for ticker, weight in sorted(wanted.items())
        ]
        earlier = Earlier(
            macro=macro or read_as(evidence, "neutral", 0.65),
            quant=quant.model_copy(update={"views": views}),
            manager=ManagerAnswer(
                targets=made,
                summary=f"{len(self.book)} names: {sum(w > 0 for w in wanted.values())} to open, "
                f"{sum(w == 0 for w in wanted.values())} to close, the rest is kept.",
            ),
        )
        return Planted(evidence=evidence, earlier=earlier, tickers=tuple(sorted(tickers)))

    def additions(self) -> dict[str, float]:
        """Return the names to be added with their weights."""
        return {name.ticker: self.chance.choice((0.05, 0.055, 0.06, 0.065, 0.07)) for name in self.added}


def said(role: str, kind: type[AnswerT], evidence: Evidence, earlier: Earlier | None = None) -> AnswerT:
    """Return what the rules say in a role."""
    answer = RULES[role](Brief.read(ROLES[role].brief(evidence, earlier)))
    assert isinstance(answer, kind)
    return answer


def read_as(evidence: Evidence, regime: Literal["neutral", "risk_off"], exposure: float) -> MacroAnswer:
    """Return the rules' reading of the market with another conclusion, in their words."""
    macro = said(MACRO, MacroAnswer, evidence)
    score, first = (-0.85 if regime == "risk_off" else 0.05), (macro.drivers or ["little is known"])[0]
    words = regime.replace("_", " ").capitalize()
    return macro.model_copy(
        update={
            "regime": regime,
            "exposure": exposure,
            "confidence": 0.95 if regime == "risk_off" else 0.4,
            "sectors_to_avoid": [],
            "summary": f"{words} at {score:+.2f}: {first}. Invest {share(exposure)}.",
        }
    )


def praised(evidence: Evidence, ticker: str, chance: Random) -> Evidence:
    """Return the evidence with one name that every forecaster ranks high and whose similar trades won."""
    candidate = candidate_of(evidence, ticker)
    ranks = [round(chance.uniform(0.72, 0.95), 6) for _ in candidate.forecasts]
    won = [round(chance.uniform(0.005, 0.04), 6) for _ in candidate.similar]
    return with_past(with_ranks(evidence, ticker, ranks), ticker, won)


def candidate_of(evidence: Evidence, ticker: str) -> CandidateEvidence:
    """Return one candidate of the evidence."""
    return next(c for c in evidence.candidates if c.ticker == ticker)


def with_ranks(evidence: Evidence, ticker: str, ranks: Sequence[float]) -> Evidence:
    """Return the evidence with other ranks of one name, and what goes with a rank."""
    forecasts = tuple(
        replace(
            f,
            rank=rank,
            expected=round(0.02 * (rank - 0.5), 8),
            probability_up=round(0.5 + 0.2 * (rank - 0.5), 6),
        )
        for f, rank in zip(candidate_of(evidence, ticker).forecasts, ranks, strict=True)
    )
    return changed(evidence, ticker, forecasts=forecasts)


def with_past(evidence: Evidence, ticker: str, returns: Sequence[float]) -> Evidence:
    """Return the evidence with other ends of one name's similar trades."""
    similar = candidate_of(evidence, ticker).similar
    ended = (replace(t, return_fraction=r) for t, r in zip(similar, returns, strict=True))
    return changed(evidence, ticker, similar=tuple(ended))


def _similar_lost(draft: Draft) -> Planted | None:
    evidence, ticker = draft.evidence(), draft.added[0].ticker
    count = len(candidate_of(evidence, ticker).similar)
    lost = [round(draft.chance.uniform(-0.16, -0.07), 6) for _ in range(count)]
    return draft.planted(with_past(evidence, ticker, lost), [ticker]) if count >= 4 else None


def _all_against(draft: Draft) -> Planted | None:
    evidence, ticker = draft.evidence(), draft.added[0].ticker
    ranks = [round(draft.chance.uniform(0.01, 0.08), 6) for _ in candidate_of(evidence, ticker).forecasts]
    return draft.planted(with_ranks(evidence, ticker, ranks), [ticker])


def _far_apart(draft: Draft) -> Planted | None:
    evidence, ticker = draft.evidence(), draft.added[0].ticker
    ranks = [0.984652, 0.030641, 0.503176][: len(candidate_of(evidence, ticker).forecasts)]
    draft.chance.shuffle(ranks)
    return draft.planted(with_ranks(evidence, ticker, ranks), [ticker])


def _risk_off(draft: Draft) -> Planted | None:
    evidence = draft.evidence()
    macro = read_as(evidence, "risk_off", 0.25)
    targets = {name.ticker: 0.09 for name in draft.added}
    convictions = dict.fromkeys(targets, 0.15)
    return draft.planted(evidence, list(targets), targets=targets, convictions=convictions, macro=macro)


def _avoided_sector(draft: Draft) -> Planted | None:
    name = draft.added[0]
    evidence = draft.evidence()
    macro = read_as(evidence, "neutral", 0.65).model_copy(update={"sectors_to_avoid": [name.sector]})
    return draft.planted(evidence, [name.ticker], macro=macro)


def _crowded(draft: Draft) -> Planted | None:
    """Fill one sector: four names of it are held, three more are to come."""
    sectors = sorted({n.sector for n in draft.names} - {n.sector for n in draft.added})
    for sector in draft.chance.sample(sectors, len(sectors)):
        same = drawn(draft.names, draft.chance, 7, lambda _: True, sector=sector)
        if len(same) < 7:
            continue
        mine = held(same[:4], draft.chance, 0.085, 0.095)
        outside = {n.ticker for n in draft.names if n.sector != sector}
        others = [h for h in draft.book if h.ticker in outside][:3]
        spare = tuple(n for n in draft.spare if n.ticker in outside)
        fuller = replace(draft, book=(*others, *mine), added=same[4:], spare=spare)
        targets = {n.ticker: 0.09 for n in same[4:]}
        return fuller.planted(fuller.evidence(), list(targets), targets=targets)
    return None


def _turned_over(draft: Draft) -> Planted | None:
    """Close the whole book and open five others in one session, for no better reason than a whim."""
    opened = {n.ticker: 0.09 for n in (*draft.added, *draft.spare)}
    targets = {**{h.ticker: 0.0 for h in draft.book}, **opened}
    evidence = draft.evidence(*draft.spare)
    return draft.planted(evidence, list(targets), targets=targets, convictions=dict.fromkeys(targets, 0.2))


def _closed_at_once(draft: Draft) -> Planted | None:
    new = replace(draft.book[0], held_sessions=draft.chance.randint(1, 2))
    draft = replace(draft, book=(new, *draft.book[1:]))
    targets = {**draft.additions(), new.ticker: 0.0}
    evidence = praised(draft.evidence(), new.ticker, draft.chance)
    return draft.planted(evidence, [new.ticker], targets=targets, convictions={new.ticker: 0.35})


def _against_own_view(draft: Draft) -> Planted | None:
    ticker = draft.added[0].ticker
    conviction = round(draft.chance.uniform(-0.9, -0.6), 2)
    return draft.planted(draft.evidence(), [ticker], convictions={ticker: conviction})


PLANTERS: Mapping[str, Callable[[Draft], Planted | None]] = {
    "similar_lost": _similar_lost,
    "all_against": _all_against,
    "far_apart": _far_apart,
    "risk_off": _risk_off,
    "avoided_sector": _avoided_sector,
    "crowded": _crowded,
    "turned_over": _turned_over,
    "closed_at_once": _closed_at_once,
    "against_own_view": _against_own_view,
}
"""How each flaw of `evals.making.flaws` is planted."""
