"""Instruments of the bundle, and a directory over them."""

import csv
from functools import cache
from pathlib import Path

from fund.market.facts import Instrument
from tools.directory import Directory

METADATA = Path(__file__).parents[2] / "data" / "bundle" / "metadata.csv"


def an_instrument(ticker: str = "AAPL", name: str = "Apple Inc.", sector: str = "Technology") -> Instrument:
    """Return one company."""
    return Instrument(ticker=ticker, name=name, asset_class="equity", sector=sector)


@cache
def bundle_directory() -> Directory:
    """Return a directory of every company and fund in the bundle."""
    with METADATA.open(newline="", encoding="utf-8") as file:
        return Directory(
            Instrument(
                ticker=row["symbol"],
                name=row["name"],
                asset_class="etf" if row["asset_class"] == "etf" else "equity",
                sector=row["gics_sector"],
            )
            for row in csv.DictReader(file)
        )
