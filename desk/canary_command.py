"""`desk canary`: does any decision of the desk's past know what became known after it?"""

import argparse
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from db.record_codec import to_plain
from desk.bootstrap import open_desk
from desk.canary import CanaryWorkshop
from desk.data_folder import DataFolder
from desk.heap import settled
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from evals.canary.canary import Leak
from evals.canary.flight import Flight, Past, Planted, fly, plant_each
from evals.canary.poison import STORES, Store

CANARY = """Look for look-ahead: take decisions of the desk's own past again, by the rules, in three worlds.
One ends at the decision, one is real, and in one everything that became known afterwards is absurd.
All three must be the same bytes. Where they are not, the store is named that leaks, and the first field that
differs. Run it before a new forecaster, prompt or tool is put to use.

  desk canary                         200 dates by lot
  desk canary --store macro --store news
                                      poison these stores only
  desk canary --plant all             first plant a leak in each store: every one must be caught
  desk canary --dates 30 --retrain 0  a quick look

Nothing is written: poisoned memories are rolled back, poisoned markets and artifacts live in this process.
A few dates are looked at closely (features and forecasts made anew from poisoned bars), and the forecasters
are trained anew on a poisoned future for --retrain of them. Exit codes: 0 clean, 1 a leak was found or a
planted one was missed, 2 refused."""
SHOWN = 20


def add_canary(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    made = sub.add_parser(
        "canary",
        parents=[shared],
        help="Look for decisions that know their future",
        description=CANARY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--dates", type=_count, default=200, metavar="N", help="how many (default 200)")
    made.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of the lot and the poison (default 0)"
    )
    made.add_argument(
        "--store", choices=STORES, action="append", help="poison this store only; may be given again"
    )
    made.add_argument(
        "--plant", choices=("all", *STORES), help="plant a leak in this store first; it must be caught"
    )
    made.add_argument(
        "--retrain", type=_none_or_more, default=2, metavar="N", help="train anew for N dates (default 2)"
    )
    made.set_defaults(run=canary)


def canary(options: argparse.Namespace, console: Console) -> Outcome:
    """Plant what is to be planted, then look at the past as it is."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    asked = options.store or STORES
    stores: tuple[Store, ...] = tuple(store for store in STORES if store in asked)
    to_plant = {None: (), "all": STORES}.get(options.plant, (options.plant,))
    with progress_beside(console) as progress:
        desk = open_desk(settings, progress, trained=False)
        with closing(desk), CanaryWorkshop(desk) as workshop, settled():
            past = Past(cycle_ids=workshop.cycle_ids(), moment=workshop.moment)
            planted = plant_each(workshop, past, to_plant, seed=options.seed, told=progress)
            flight = fly(
                workshop,
                past,
                dates=options.dates,
                seed=options.seed,
                retrain=options.retrain,
                stores=stores,
                told=progress,
            )
    clean = not flight.leaks and all(each.caught for each in planted)
    data = {"clean": clean, "flight": to_plain(flight), "planted": to_plain(planted)}
    return Outcome(data=data, shown=(*_planted(planted), *_flown(flight), _sum(flight, planted)), good=clean)


def _flown(flight: Flight) -> tuple[RenderableType, ...]:
    said = (
        f"{flight.dates} of {flight.on_record} decisions from {flight.first} to {flight.last} were taken in "
        f"three worlds (seed {flight.seed}); {flight.closely} of them closely, {flight.trained_again} with a "
        "new training.\n"
        f"Poisoned: {', '.join(flight.stores)}."
    )
    return (said, _leaks(flight.leaks)) if flight.leaks else (said,)


def _planted(planted: Sequence[Planted]) -> tuple[RenderableType, ...]:
    if not planted:
        return ()
    table = Table("Planted in", "Caught", "Dates", "First field that differs", title="Planted leaks")
    for each in planted:
        field = each.leak.difference.field if each.leak else ""
        table.add_row(each.store, "yes" if each.caught else "NO", str(each.dates), field)
    return (table,)


def _leaks(leaks: Sequence[Leak]) -> Table:
    table = Table("Session", "Store", "First field that differs", "As it was known", "Found", title="Leaks")
    for leak in leaks[:SHOWN]:
        told = leak.difference
        table.add_row(leak.session.isoformat(), leak.store, told.field, told.known, told.found)
    if len(leaks) > SHOWN:
        table.caption = f"{len(leaks) - SHOWN} more; --json has them all"
    return table


def _sum(flight: Flight, planted: Sequence[Planted]) -> str:
    """Return the whole in a line."""
    caught = sum(each.caught for each in planted)
    of = "all" if caught == len(planted) else f"{caught} of {len(planted)}"
    first = f"planted leaks caught: {of}; " if planted else ""
    return f"{first}clean run: {len(flight.leaks)}"


def _count(text: str) -> int:
    return _at_least(text, 1)


def _none_or_more(text: str) -> int:
    return _at_least(text, 0)


def _at_least(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"a number from {least} up is needed, was {text!r}")
    return int(text)
