"""The blind sheet in the chat: one decision at a time, kept under the rater's name, told at its end."""

from dataclasses import replace
from pathlib import Path
from secrets import randbelow
from threading import Lock

from desk.kept_sheets import KeptSheets, agreements
from evals.sheet import RATINGS, Rating, Sheet, begun_ratings, by_contestant
from fund.errors import DataError, QueryRefusedError
from graph.chat_events import BlindDecision, DecisionRated
from graph.ratings import RatedContestant, RatingStanding

SEEDS = 1_000_000
ENOUGH_RATERS = 2
"""So many rate the same decisions before new ones are drawn: from then on it is told how far they agree."""
NOTHING_TO_RATE = (
    "there are no decisions to rate yet: they are drawn from an ended bakeoff or evaluation over "
    'signal_quality; say "run a bakeoff of signal quality"'
)
NO_SHEET = 'you have no blind sheet under way; say "rate decisions blind"'


class BlindRatings:
    """Hands out decisions to raters and keeps what they say of them."""

    def __init__(self, root: Path) -> None:
        self._sheets = KeptSheets(root)
        self._one_at_a_time = Lock()

    def begin(self, rater: str, seed: int | None = None) -> RatingStanding:
        """Go on with the rater's sheet; else take one that somebody else has rated, else draw a new one."""
        with self._one_at_a_time:
            found = self._open(rater, seed) or self._shared(rater, seed) or self._new(seed)
            experiment, drawn = found
            # Written each time: it is the sheet the rater is at, whatever else they have begun.
            self._keep(experiment, drawn, rater, self._said(experiment, drawn, rater))
            return self._standing(experiment, drawn, rater)

    def rate(self, rater: str, row: str, rating: str) -> RatingStanding:
        """Keep what a rater says of a decision, once."""
        with self._one_at_a_time:
            found = self._open(rater)
            if found is None:
                raise QueryRefusedError(NO_SHEET)
            sheet, ratings = self._sheets.sheet(*found), self._said(*found, rater)
            if row not in sheet.key:
                raise QueryRefusedError(f"decision {row!r} is not on the sheet you are at; {NO_SHEET}")
            if row in ratings:
                raise QueryRefusedError(f"you have rated this decision already: {ratings[row].rating}")
            if rating not in RATINGS:
                raise QueryRefusedError(f"a decision is rated {', '.join(RATINGS)}, found {rating!r}")
            self._keep(*found, rater, {**ratings, row: Rating(row=row, rating=rating, remark="")})
            just = DecisionRated(
                row=row,
                place=1 + [each.row for each in sheet.rows].index(row),
                rating=rating,
                ratings=RATINGS,
            )
            return replace(self._standing(*found, rater), just=just)

    def open_decision(self, rater: str) -> BlindDecision | None:
        """Return the decision that a rater's unfinished sheet is at, None without one."""
        with self._one_at_a_time:
            found = self._open(rater)
            return None if found is None else self._standing(*found, rater).following

    def finished(self, rater: str) -> RatingStanding:
        """Return what came of the last sheet that a rater has finished."""
        with self._one_at_a_time:
            for draw in self._sheets.begun(rater):
                if rater in self._whole(*draw):
                    return self._standing(*draw, rater)
        raise QueryRefusedError('you have rated no sheet to its end; say "rate decisions blind"')

    def _open(self, rater: str, seed: int | None = None) -> tuple[str, int] | None:
        """Return the sheet a rater has begun and not finished, the one they were at last."""
        for draw in self._sheets.begun(rater):
            if seed in (None, draw[1]) and len(self._said(*draw, rater)) < len(
                self._sheets.sheet(*draw).rows
            ):
                return draw
        return None

    def _shared(self, rater: str, seed: int | None) -> tuple[str, int] | None:
        """Return the newest sheet that waits for another rater, or the one of a seed."""
        for draw in self._sheets.draws():
            raters = self._sheets.texts(*draw)
            if draw[1] == seed or (seed is None and rater not in raters and len(raters) < ENOUGH_RATERS):
                return draw
        return None

    def _new(self, seed: int | None) -> tuple[str, int]:
        drawn = randbelow(SEEDS) if seed is None else seed
        for experiment in self._sheets.whole():
            try:
                self._sheets.sheet(experiment, drawn)
            except DataError:
                continue
            return experiment, drawn
        raise QueryRefusedError(NOTHING_TO_RATE)

    def _said(self, experiment: str, seed: int, rater: str) -> dict[str, Rating]:
        text = self._sheets.texts(experiment, seed).get(rater)
        return {} if text is None else begun_ratings(text, self._sheets.sheet(experiment, seed))

    def _keep(self, experiment: str, seed: int, rater: str, ratings: dict[str, Rating]) -> None:
        self._sheets.keep(experiment, seed, rater, self._sheets.sheet(experiment, seed).csv(ratings))

    def _whole(self, experiment: str, seed: int) -> dict[str, tuple[Rating, ...]]:
        """Return the ratings of everybody who has rated a whole sheet."""
        sheet, found = self._sheets.sheet(experiment, seed), {}
        for rater, text in self._sheets.texts(experiment, seed).items():
            said = begun_ratings(text, sheet)
            if len(said) == len(sheet.rows):
                found[rater] = tuple(said[each.row] for each in sheet.rows)
        return found

    def _standing(self, experiment: str, seed: int, rater: str) -> RatingStanding:
        sheet, said = self._sheets.sheet(experiment, seed), self._said(experiment, seed, rater)
        following = _following(sheet, said)
        if following is not None:
            return RatingStanding(
                experiment=experiment, seed=seed, rated=len(said), of=len(sheet.rows), following=following
            )
        whole = self._whole(experiment, seed)
        counts = by_contestant(sheet, [rating for ratings in whole.values() for rating in ratings])
        return RatingStanding(
            experiment=experiment,
            seed=seed,
            rated=len(said),
            of=len(sheet.rows),
            following=None,
            raters=tuple(whole),
            contestants=tuple(
                RatedContestant(contestant=name, counts=tuple(found.items()))
                for name, found in counts.items()
            ),
            agreement=agreements(whole),
        )


def _following(sheet: Sheet, said: dict[str, Rating]) -> BlindDecision | None:
    """Return the first decision that is not rated, as a rater sees it."""
    for place, each in enumerate(sheet.rows, 1):
        if each.row not in said:
            return BlindDecision(
                row=each.row,
                place=place,
                of=len(sheet.rows),
                situation=each.situation,
                decision=each.decision,
                reasons=each.reasons,
                ratings=RATINGS,
            )
    return None
