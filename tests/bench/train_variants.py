"""Trains every variant over the long panel, one after the other, and writes docs/variants.md.

Ended anywhere, it goes on where it was: every run that is done stands in the file of records. It takes
hours, so it is no section of `make bench`:
`OPENBLAS_NUM_THREADS=1 PYTHONPATH=.:tests .venv/bin/python tests/bench/train_variants.py`.
"""

import argparse
import sys
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from time import monotonic

from fund.clock import SystemClock
from fund.features.cache import FeatureCache
from fund.features.panel import FeatureTable, feature_table
from fund.forecasting.catalogue import FEATURE_SETS, HORIZONS, Variant, variants
from support.benchmark import machine
from support.checkout import ROOT
from support.long_panel import SHARED, long_universe
from support.variant_page import variant_page
from support.variant_runs import (
    FITTED,
    Panel,
    VariantRun,
    cut,
    outstanding,
    read_runs,
    run_variant,
    write_run,
)

PAGE, RECORDS = ROOT / "docs" / "variants.md", Path(__file__).with_name("variant_runs.jsonl")
WHOLE = "long panel"
ORDER = (
    "reversal", "momentum", "ridge", "gbm", "xgb", "direction", "lambdarank", "nearest", "quantile",
    "cnn", "tcn", "patchtst", "gru", "hybrid", "attention", "lstm", "bilstm",
)  # fmt: skip
"""Families by what they cost, the cheapest first."""


def main(arguments: Sequence[str]) -> int:
    """Train what is asked for and not done yet, until time is up, and write the page."""
    asked = _asked(arguments)
    panel = _panel(asked)
    if panel is None:
        sys.stderr.write("The long panel is not here: nothing was trained.\n")
        return 2
    ended = monotonic() + 60 * asked.minutes
    tables: dict[str, FeatureTable] = {}
    done = read_runs(asked.records)
    for variant in outstanding(_chosen(asked), panel, done, asked.fit_sessions):
        if monotonic() > ended:
            break
        if variant.feature_set not in tables:
            tables[variant.feature_set] = _table(variant, panel, asked.tables)
        run = run_variant(variant, panel, tables[variant.feature_set], asked.fit_sessions)
        write_run(asked.records, run)
        sys.stderr.write(f"{variant.name}: {_told(run)}, {run.seconds:.1f} s\n")
    _write_page(asked.records)
    return 0


def _write_page(records: Path) -> None:
    runs = read_runs(records).values()
    whole = {run.variant: run for run in runs if run.panel == WHOLE}
    short = {run.variant: run for run in runs if run.panel != WHOLE}
    text = variant_page(variants(), whole, short, where=machine(), day=SystemClock().now().date())
    PAGE.write_text(text, encoding="utf-8")


def _panel(asked: argparse.Namespace) -> Panel | None:
    universe = long_universe()
    if universe is None:
        return None
    name = WHOLE
    if asked.sessions:
        universe = cut(universe, asked.sessions, asked.names)
        name = f"{WHOLE}, last {asked.sessions} sessions, {asked.names} names"
    with (SHARED / "bars_daily.parquet").open("rb") as file:
        return Panel(universe=universe, name=name, version=file_digest(file, "sha256").hexdigest()[:12])


def _table(variant: Variant, panel: Panel, folder: Path | None) -> FeatureTable:
    if folder is None:
        return feature_table(panel.universe, variant.features)
    cache = FeatureCache(folder)
    return cache.table(panel.universe, variant.features, universe_name=panel.name).table


def _chosen(asked: argparse.Namespace) -> list[Variant]:
    named = [
        each
        for each in variants()
        if each.family in asked.families
        and each.horizon_sessions in asked.horizons
        and each.feature_set in asked.sets
    ]
    return sorted(named, key=lambda each: ORDER.index(each.family))


def _told(run: VariantRun) -> str:
    return run.fault or ("no rank IC" if run.rank_ic is None else f"rank IC {run.rank_ic.value:+.4f}")


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train every variant once and write docs/variants.md.")
    parser.add_argument("--records", type=Path, default=RECORDS, help="what is done; goes on from there")
    parser.add_argument("--tables", type=Path, help="folder that keeps features for the next start")
    parser.add_argument("--families", nargs="*", choices=ORDER, default=list(ORDER))
    parser.add_argument("--horizons", nargs="*", type=int, choices=HORIZONS, default=list(HORIZONS))
    parser.add_argument("--sets", nargs="*", choices=list(FEATURE_SETS), default=list(FEATURE_SETS))
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no variant after so long")
    parser.add_argument("--sessions", type=int, default=0, help="the last so many sessions only")
    parser.add_argument("--names", type=int, default=30, help="of a short span, how many companies")
    parser.add_argument("--fit-sessions", type=int, default=FITTED, help="sessions a fit speaks for")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
