"""What an LLM costs: listed prices, and a dear guess, said so, for the rest."""

import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

MILLION = Decimal(1_000_000)
CENT_PARTS = Decimal("0.000001")
BYTES_PER_TOKEN = 2.5
"""Rows of numbers make a token of fewer bytes than prose (about 4) does."""
_TABLE = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD per million tokens."""

    input: Decimal
    output: Decimal
    known: bool
    """False when the price is a conservative guess."""

    def __str__(self) -> str:
        return f"{self.input:f} / {self.output:f} USD per million tokens"

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return USD, rounded up to a millionth."""
        usd = (self.input * input_tokens + self.output * output_tokens) / MILLION
        return usd.quantize(CENT_PARTS, rounding=ROUND_UP)

    def worst_case(self, prompt: str, max_output_tokens: int) -> Decimal:
        """Return the most a call could cost, in USD, if the answer used every token allowed."""
        return self.cost(tokens_in(prompt), max_output_tokens)


def tokens_in(text: str) -> int:
    """Return how many tokens a text has at most, where nobody has counted them."""
    return ceil(len(text.encode(errors="replace")) / BYTES_PER_TOKEN)


def price_of(provider: str, llm: str) -> Price:
    """Return the listed price of an LLM or of the name it is a dated version of; else the dear guess."""
    if provider == "offline":
        return Price(input=Decimal(0), output=Decimal(0), known=True)
    table = _table()
    listed = table.get(provider, {})
    row = listed.get(llm) or listed.get(_DATED.sub("", llm))
    figures = row or table["unlisted"][provider]
    return Price(input=figures["input"], output=figures["output"], known=row is not None)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"), parse_float=Decimal)
