"""What the nights' evaluations came to, in schema `desk`: a row a night, and one a score."""

from sqlalchemy import CheckConstraint, Column, Date, Float, ForeignKey, Integer, Numeric, Table, Text

from db.column_types import AnyText, PlainJSON
from db.tables import SCHEMA, Moment, metadata

eval_nights = Table(
    "eval_nights",
    metadata,
    Column("day", Date, primary_key=True),
    Column("experiment_id", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("colour", Text, nullable=False),
    Column("reasons", PlainJSON, nullable=False),
    Column("baseline_id", Text),
    Column("commit_id", Text, nullable=False),
    Column("prompts", Text, nullable=False),
    Column("cost_usd", Numeric, nullable=False),
    Column("worst", PlainJSON, nullable=False),
    CheckConstraint("colour IN ('green', 'amber', 'block')", name="colour_known"),
    CheckConstraint("cost_usd >= 0", name="cost_not_negative"),
)
eval_scores = Table(
    "eval_scores",
    metadata,
    Column("day", Date, ForeignKey(f"{SCHEMA}.eval_nights.day"), primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("contestant", AnyText, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("cases", Integer, nullable=False),
    Column("baseline", Float),
    Column("over_baseline", Float),
    Column("over_last", Float),
    CheckConstraint("cases >= 0", name="cases_counted"),
    CheckConstraint("(low IS NULL) = (high IS NULL) AND low <= high", name="interval_whole"),
)
APPEND_ONLY_OF_EVALS = (eval_nights, eval_scores)
"""Tables that the application role can neither update nor delete from."""
