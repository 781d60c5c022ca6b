"""What may be wrong or strange with a fact that arrives, one word for each."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

KeptKind = Literal["jump", "split_untold", "gap", "no_volume", "stale", "text_number"]
"""Strange but possible: told, and the fact is kept."""
ToldKind = Literal["revised"]
"""A known fact that came again with other figures: told, and the known one stays."""
RefusedKind = Literal[
    "bad_price",
    "price_order",
    "negative_volume",
    "no_session",
    "duplicate",
    "repeat",
    "absurd_figure",
    "wrong_unit",
    "wrong_currency",
    "adjusted",
    "frozen",
    "shifted_dates",
    "future",
    "running",
    "unasked_name",
    "unasked_day",
    "not_data",
    "schema",
    "not_a_number",
    "thousands_separator",
    "bad_date",
    "nameless",
    "encoding",
    "unknown_kind",
    "bad_value",
    "split_twice",
    "split_unconfirmed",
    "late",
    "undated",
    "too_early",
    "revised_without_vintage",
]
"""No fact: left out, and kept in quarantine with this reason."""
FindingKind = Literal[KeptKind, ToldKind, RefusedKind]
KEPT = frozenset((*get_args(KeptKind), *get_args(ToldKind)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found wrong or strange with one fact."""

    kind: FindingKind
    ticker: str
    """Whose fact it is: a ticker, the id of a series; * of a whole delivery."""
    session: date
    detail: str

    @property
    def quarantined(self) -> bool:
        """Whether the fact is left out; a jump is kept, as prices do jump."""
        return self.kind not in KEPT
