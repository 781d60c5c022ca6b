"""Makes `validator_patterns`: proposals with one planted flaw, and sound ones of the rules' own manager."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from random import Random

from agents.answers import MacroAnswer, ManagerAnswer, QuantAnswer
from agents.brief import Evidence
from agents.briefs import Earlier
from db.record_codec import to_plain
from evals.case import Case, Dataset
from evals.making.draw import as_late_roles_see, drawn, held, names_at, only_of, picked
from evals.making.flaws import FAINT, KINDS, PLAIN, flaws_in
from evals.making.past import Past, rounded
from evals.making.planting import PLANTERS, Draft, said
from evals.making.strata import regime_of
from fund.errors import NoDataError
from graph.committee import MACRO, MANAGER, QUANT

SEED = 20163
EACH = 14
MOST_CLEAN = 220
BOOKS = 3
"""Made books tried of every session for sound proposals."""
OTHERS = 3
"""Names shown beside what is held and what is proposed."""
ABOUT = (
    "Proposals as the validator sees them. The flawed ones are made answers over real evidence and a made "
    "book, with one flaw planted far beyond any bound of taste; the sound ones are first proposals of the "
    "rules' own manager, over evidence on record and over made books, in which an independent check finds "
    "not even a faint one. `flaw` is the kind of concern, None for sound; `pattern` the way it was planted; "
    "a concern about any of `tickers` is right. Nothing is said of set-ups between the two, on which people "
    "differ."
)


def validator_patterns(past: Past) -> Dataset:
    """Return the dataset of a past that was played; the same past gives the same cases."""
    cases = [*_flawed(past), *_sound(past)]
    Random(SEED).shuffle(cases)  # noqa: S311 - must repeat, hides nothing
    named = (replace(case, case_id=f"proposal-{number:03}") for number, case in enumerate(cases))
    return Dataset(name="validator_patterns", about=ABOUT, cases=tuple(named))


def _flawed(past: Past) -> Iterator[Case]:
    for pattern in PLANTERS:
        for n in range(EACH):
            chance = Random(f"{SEED} {pattern} {n}")  # noqa: S311 - must repeat, hides nothing
            yield _planted(past, pattern, picked(past.played, n, EACH), chance)


def _planted(past: Past, pattern: str, session: date, chance: Random) -> Case:
    """Return a case of a pattern, of the first session from one on whose names allow for it."""
    begin = past.played.index(session)
    for later in (*past.played[begin:], *past.played[:begin]):
        draft = Draft.of(past, later, chance)
        planted = PLANTERS[pattern](draft) if draft is not None else None
        if planted is None:
            continue
        evidence = as_late_roles_see(planted.evidence, past_trades=True)
        found, faint = flaws_in(evidence, planted.earlier, PLAIN), flaws_in(evidence, planted.earlier, FAINT)
        if found == {pattern: planted.tickers} and faint.keys() == {pattern}:
            return _case(past, later, evidence, planted.earlier, pattern, planted.tickers)
    raise NoDataError(
        f"expected a session whose names and memories allow for {pattern!r}, found none; play a longer past"
    )


def _sound(past: Past) -> Iterator[Case]:
    """Yield sound proposals, evenly over what was tried: evidence on record, then made books."""
    found = [made for session, evidence in _tried(past) if (made := _sound_case(past, session, evidence))]
    most = min(MOST_CLEAN, len(found))
    yield from (found[n * len(found) // most] for n in range(most))


def _tried(past: Past) -> Iterator[tuple[date, Evidence]]:
    for evidence in past.recorded:
        yield evidence.session, rounded(evidence)
    for number, session in product(range(BOOKS), past.played):
        chance = Random(f"{SEED} {session} {number}")  # noqa: S311 - must repeat, hides nothing
        view = past.view(session)
        book = drawn(names_at(past, session, view), chance, chance.randint(0, 5), lambda _: True)
        yield session, past.evidence(session, held(book, chance, 0.04, 0.08), ())


def _sound_case(past: Past, session: date, evidence: Evidence) -> Case | None:
    earlier = first_proposal(evidence)
    assert earlier.manager is not None
    targets = {t.ticker for t in earlier.manager.targets}
    if not targets or flaws_in(evidence, earlier, FAINT):
        return None
    shown = targets | {c.ticker for c in evidence.candidates if c.weight}
    others = [c.ticker for c in evidence.candidates if c.ticker not in shown][:OTHERS]
    cut = as_late_roles_see(only_of(evidence, (*shown, *others)), past_trades=True)
    assert not flaws_in(cut, earlier, FAINT)
    return _case(past, session, cut, earlier, None, ())


def first_proposal(evidence: Evidence) -> Earlier:
    """Return what the rules' researchers and manager say of evidence, before anybody objects."""
    macro = said(MACRO, MacroAnswer, evidence)
    quant = said(QUANT, QuantAnswer, evidence)
    manager = said(MANAGER, ManagerAnswer, evidence, Earlier(macro=macro, quant=quant))
    return Earlier(macro=macro, quant=quant, manager=manager)


def _case(
    past: Past,
    session: date,
    evidence: Evidence,
    earlier: Earlier,
    pattern: str | None,
    tickers: tuple[str, ...],
) -> Case:
    shown = {c.ticker for c in evidence.candidates}
    quant = earlier.quant
    if quant is not None:
        quant = quant.model_copy(update={"views": [v for v in quant.views if v.ticker in shown]})
    answers = {MACRO: earlier.macro, QUANT: quant, MANAGER: earlier.manager}
    regime = regime_of(past.view(session), past.mandate.benchmark)
    flaw = KINDS[pattern] if pattern else None
    return Case(
        case_id="",
        subject="validator",
        given={
            "evidence": to_plain(evidence),
            "earlier": {role: a.model_dump(mode="json") for role, a in answers.items() if a is not None},
        },
        label={
            "flaw": flaw,
            "pattern": pattern,
            "tickers": list(tickers),
            "session": past.history.panel.sessions.index(session),
            "next_open": past.history.calendar.next_session(session).isoformat(),
        },
        strata={
            "flaw": KINDS[pattern] if pattern else "none",
            "regime": regime.volatility,
            "trend": regime.trend,
        },
    )
