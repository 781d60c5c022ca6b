"""What headlines scored, in schema `desk`."""

from sqlalchemy import CheckConstraint, Column, Float, Integer, Table, Text

from db.column_types import AnyText
from db.tables import Moment, metadata

headline_sentiments = Table(
    "headline_sentiments",
    metadata,
    Column("scorer", Text, primary_key=True),
    Column("headline_id", AnyText, primary_key=True),
    Column("score", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("n", Integer, nullable=False),
    Column("scored_at", Moment, nullable=False),
    CheckConstraint("score BETWEEN -1 AND 1", name="score_in_range"),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_in_range"),
)
