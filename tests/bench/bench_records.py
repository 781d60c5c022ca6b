"""How well and how fast records are found by meaning; `--rows 1000000` asks it of a million."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import psycopg
from sqlalchemy import Engine, text

from db.embedded import EmbeddedPostgres
from db.embeddings import Vectors
from db.engine import connect, in_transaction
from db.migrate import migrate
from db.record_search import EVERYTHING, AskedVector, RecordFilter, RecordSearch
from fund.market.view import FloatArray
from graph.checkpoints import libpq_url
from support.bench_desk import scratch
from support.bench_records import (
    AS_OF,
    ENCODER,
    KINDS,
    TICKERS,
    WORDS,
    copy_made,
    made_vectors,
    tenth_nearest,
)
from support.benchmark import Figure, percentile_95, single

ROWS = 100_000
QUESTIONS, NEAREST = 600, 10
ROUNDING = 1e-5
"""Of a cosine, between the server and here."""
RECALL = {100_000: 0.995, 1_000_000: 0.97}
MOST_MS = {100_000: 4.0, 1_000_000: 8.0}


def measure() -> Iterator[Figure]:
    """Ask it of a hundred thousand."""
    return measured_of(ROWS)


def measured_of(rows: int) -> Iterator[Figure]:
    """Fill an own database with made records and ask for the nearest, under a filter and without one."""
    with EmbeddedPostgres(scratch() / f"records-{rows}") as server:
        migrate(server.url)
        seconds = _filled(libpq_url(server.url), rows)
        engine = connect(server.url)
        try:
            yield from _measured(engine, rows)
        finally:
            engine.dispose()
    yield single(f"building the graph of {rows:,} records, one worker", "s", seconds)


def _filled(url: str, rows: int) -> float:
    """Write the records, build the shipped graph over them, and return the seconds that building took."""
    with psycopg.connect(url, autocommit=True) as connection:
        named = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_record_texts_embedding'"
        (definition,) = connection.execute(named).fetchone() or ("",)
        connection.execute("DROP INDEX desk.ix_record_texts_embedding")
        copy_made(connection, rows)
        connection.execute(f"SET maintenance_work_mem = '{512 if rows <= ROWS else 4096}MB'")
        connection.execute("SET max_parallel_maintenance_workers = 1")
        started = perf_counter()
        connection.execute(definition)
        seconds = perf_counter() - started
        connection.execute("VACUUM ANALYZE desk.record_texts")
        connection.execute("CHECKPOINT")
    return seconds


def _measured(engine: Engine, rows: int) -> Iterator[Figure]:
    asked = made_vectors(QUESTIONS, seed=10**6)
    random = np.random.default_rng(5)
    filters = [
        RecordFilter(ticker=f"T{random.integers(TICKERS)}", kind=KINDS[random.integers(len(KINDS))])
        for _ in asked
    ]
    exact = _asked(engine, asked, filters, exact_up_to=10**9)
    few = _asked(engine, asked, filters)
    yield from few.figures(f"{NEAREST} nearest of a ticker and a kind, known by then, among {rows:,}", rows)
    yield _same(exact, few, rows)
    every = _asked(engine, asked, [EVERYTHING] * len(asked))
    yield from every.figures(f"{NEAREST} nearest of everything known by then, among {rows:,}", rows)
    yield _recall(tenth_nearest(asked, rows, NEAREST), every, rows)
    yield percentile_95(f"by meaning and words at once, among {rows:,}", "ms", _hybrid(engine, asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was found for each question, the milliseconds it took, and those of both processors' time."""

    found: list[list[tuple[str, float]]]
    took: list[float]
    worked: list[float]

    def figures(self, what: str, rows: int) -> Iterator[Figure]:
        yield percentile_95(what, "ms", self.took, bound=MOST_MS.get(rows))
        yield percentile_95(f"{what}, processor time of it, the server's included", "ms", self.worked)


def _asked(engine: Engine, asked: Vectors, filters: Sequence[RecordFilter], **how: int) -> Asked:
    """Ask every question twice and measure the second time, transaction included."""
    answers = Asked(found=[], took=[], worked=[])
    with engine.connect() as connection:
        server: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    for warm in (True, False):
        for vector, narrowed in zip(asked, filters, strict=True):
            question = AskedVector(embedder=ENCODER, vector=vector)
            work, started = _work(server), perf_counter()
            found = in_transaction(
                engine,
                lambda connection, question=question, narrowed=narrowed: RecordSearch(
                    connection, **how
                ).nearest(question, as_of=AS_OF, narrowed=narrowed, limit=NEAREST),
            )
            if not warm:
                answers.took.append(1000 * (perf_counter() - started))
                answers.worked.append(_work(server) - work)
                answers.found.append(found)
    return answers


def _work(server: int) -> float:
    """Return the milliseconds of a processor that this process and a server's have had so far."""
    told = Path(f"/proc/{server}/schedstat").read_text(encoding="ascii")
    return 1000 * process_time() + int(told.split()[0]) / 1e6


def _hybrid(engine: Engine, asked: Vectors) -> list[float]:
    random, took = np.random.default_rng(6), []
    for vector in asked:
        question, words = AskedVector(embedder=ENCODER, vector=vector), " ".join(random.choice(WORDS, 3))
        started = perf_counter()
        in_transaction(
            engine,
            lambda connection, question=question, words=words: RecordSearch(connection).search(
                words, question, as_of=AS_OF, narrowed=EVERYTHING
            ),
        )
        took.append(1000 * (perf_counter() - started))
    return took


def _recall(tenth: FloatArray, asked: Asked, rows: int) -> Figure:
    """Return the share of finds no farther than the last of the true nearest; many are equally near."""
    hits = sum(
        like >= least - ROUNDING for least, found in zip(tenth, asked.found, strict=True) for _, like in found
    )
    return Figure(
        what=f"recall@{NEAREST} of everything, among {rows:,}",
        value=hits / (NEAREST * len(tenth)),
        unit="",
        statistic=f"of {NEAREST * len(tenth):,} in {len(tenth)} questions, one build",
        least=RECALL.get(rows),
    )


def _same(exact: Asked, asked: Asked, rows: int) -> Figure:
    """Return the share of questions that were answered as a comparison with all answers them."""
    same = sum(true == got for true, got in zip(exact.found, asked.found, strict=True))
    return Figure(
        what=f"of them answered exactly, among {rows:,}",
        value=same / len(exact.found),
        unit="",
        statistic=f"of {len(exact.found)} questions",
        least=1.0,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure any number of records and show the figures; the page is left alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many records (default 100,000)")
    figures = list(measured_of(parser.parse_args(arguments).rows))
    for figure in figures:
        missed = "" if figure.good else " MISSED"
        sys.stdout.write(f"{figure.what}: {figure.value:.4g} {figure.unit} ({figure.statistic}){missed}\n")
    return 0 if all(figure.good for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
