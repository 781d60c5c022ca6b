"""What headlines scored, by who read them: a reading that cost something is never paid for twice."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from db.engine import in_transaction
from db.ledger_rows import aware
from db.news_tables import headline_sentiments as table
from fund.clock import Clock
from fund.news.sentiment import Sentiment


class HeadlineSentiments:
    """Kept scores, each under the scorer's name and the headline's id; a kept one never changes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def of(self, scorer: str, headline_ids: Sequence[str]) -> dict[str, Sentiment]:
        """Return the scores of these headlines by this scorer that are kept."""
        wanted = select(table).where(table.c.scorer == scorer, table.c.headline_id.in_(headline_ids))
        rows = in_transaction(self._engine, lambda connection: connection.execute(wanted).all())
        return {
            row.headline_id: Sentiment(score=row.score, confidence=row.confidence, n=row.n) for row in rows
        }

    def keep(self, scorer: str, scores: Mapping[str, Sentiment]) -> None:
        """Keep scores; one that is kept already stays as it is."""
        at = aware(self._clock.now())
        rows = [
            {
                "scorer": scorer,
                "headline_id": headline_id,
                "score": sentiment.score,
                "confidence": sentiment.confidence,
                "n": sentiment.n,
                "scored_at": at,
            }
            for headline_id, sentiment in scores.items()
        ]
        if rows:
            once = insert(table).on_conflict_do_nothing()
            in_transaction(self._engine, lambda connection: connection.execute(once, rows))
