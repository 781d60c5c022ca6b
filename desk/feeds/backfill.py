"""Twenty years of many names out of a feed: in parallel, resumable, checked, and written as a bundle."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.file_lock import FileLock
from desk.feeds.bundle_writer import BundleWriter
from desk.feeds.feed import Delivery, Feed, Request
from desk.feeds.ground import Ground
from desk.feeds.parts import Parts, Plan
from desk.feeds.price_check import check_prices
from desk.feeds.shape import shape, unreadable
from desk.feeds.text_check import check_headlines, check_macro
from desk.progress import ProgressSink
from fund.errors import ConfigError, FeedError
from fund.market.calendar import SessionCalendar

if TYPE_CHECKING:
    from fund.market.finding import Finding

PARTS = ".parts"
"""Where the answers lie until the bundle is written, and after: nothing is asked for twice."""
MOST_WORKERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillReport:
    """What a backfill came to."""

    parts: int
    asked: int
    """Requests that were answered this time; the others had been before."""
    failed: tuple[str, ...]
    """Why parts could not be had; where there is one, no bundle was written."""
    rows: Mapping[str, int]
    """Rows by file of the bundle."""
    quarantined: Mapping[str, int]
    """Rows left out, by reason."""
    strange: Mapping[str, int]
    """Rows kept and told, by reason."""
    missing: tuple[str, ...]
    """Names without a single bar."""

    @property
    def complete(self) -> bool:
        """Whether the bundle was written."""
        return not self.failed


def backfill(
    feed: Feed,
    plan: Plan,
    into: Path,
    calendar: SessionCalendar,
    progress: ProgressSink,
    *,
    workers: int = 4,
    like: Path | None = None,
) -> BackfillReport:
    """Ask for everything a plan names, keep each answer, check all of it, and write a bundle into a folder.

    Killed anywhere it goes on where it was: an answer that was kept is not asked for again, and the
    bundle has the same bytes. A part that cannot be had does not stop the others; while one is missing
    no bundle is written, and the next run asks for it alone. `like` is a bundle that describes the names.
    """
    parts = Parts(into / PARTS, plan)
    with closing(FileLock(into / PARTS / "lock")) as lock:
        if not lock.take(wait=False):
            raise ConfigError(f"expected {into} to oneself, found another backfill at work; wait for it")
        every = tuple(plan.requests())
        pending = [(part, request) for part, request in every if not parts.has(part)]
        failed = _ask(feed, parts, pending, len(every), progress, min(workers, MOST_WORKERS))
        report = BackfillReport(
            parts=len(every),
            asked=len(pending) - len(failed),
            failed=tuple(failed),
            rows={},
            quarantined={},
            strange={},
            missing=(),
        )
        return report if failed else _written(report, parts, plan, into, calendar, progress, like)


def _ask(
    feed: Feed,
    parts: Parts,
    pending: list[tuple[str, Request]],
    total: int,
    progress: ProgressSink,
    workers: int,
) -> list[str]:
    """Ask for the pending parts, so many at a time, and return why some could not be had."""
    label, failed, done = f"Asking {feed.name}", [], total - len(pending)
    progress(label, done, total)

    def have(part: str, request: Request) -> None:
        delivery = feed.fetch(request)
        wrong = unreadable(shape(delivery).findings)
        if wrong is not None:
            raise FeedError(f"{delivery.feed}: {wrong.detail}")
        parts.keep(part, delivery)

    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="backfill")
    try:
        asked = {pool.submit(have, part, request): part for part, request in pending}
        for future in as_completed(asked):
            try:
                future.result()
            except FeedError as error:
                failed.append(f"{asked[future]}: {error}")
            else:
                done += 1
                progress(label, done, total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(failed)


def _written(
    report: BackfillReport,
    parts: Parts,
    plan: Plan,
    into: Path,
    calendar: SessionCalendar,
    progress: ProgressSink,
    like: Path | None,
) -> BackfillReport:
    """Check the answers portion by portion, one at a time in memory as it came, and write the bundle."""
    label, ground = "Checking what arrived", Ground(calendar=calendar)
    requests = dict(plan.requests())
    writer, portions = BundleWriter(into, into / PARTS / "bundle", like), plan.portions()
    missing: list[str] = []
    for place, names in enumerate(portions):
        progress(label, place, len(portions))
        had = {
            kind: _part(parts, requests, f"{place:04d}-{kind}") for kind in ("bars", "actions", "headlines")
        }
        if had["bars"] is not None:
            prices = check_prices(had["bars"], had["actions"], ground)
            writer.add_prices(prices)
            missing += sorted({*names} - {prices.bars.tickers[c] for c in set(prices.bars.column.tolist())})
        if had["headlines"] is not None:
            writer.add_news(check_headlines(had["headlines"], ground))
    macro = _part(parts, requests, "macro")
    if macro is not None:
        writer.add_figures(check_macro(macro, ground))
    progress(label, len(portions), len(portions))
    rows = writer.finish(calendar)
    return BackfillReport(
        parts=report.parts,
        asked=report.asked,
        failed=(),
        rows=rows,
        quarantined=_counted(writer.findings, quarantined=True),
        strange=_counted(writer.findings, quarantined=False),
        missing=tuple(missing),
    )


def _part(parts: Parts, requests: Mapping[str, Request], part: str) -> Delivery | None:
    return parts.read(part, requests[part]) if part in requests else None


def _counted(findings: "list[Finding]", *, quarantined: bool) -> Mapping[str, int]:
    kinds = Counter(each.kind for each in findings if each.quarantined == quarantined)
    return {kind: kinds[kind] for kind in sorted(kinds)}
