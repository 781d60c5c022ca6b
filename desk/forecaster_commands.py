"""`desk train`, `compare`, `promote`, `rollback`, `forecasters`: the life of forecasters at the terminal."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import attrgetter
from typing import Any

from rich.console import Console

from db.engine import in_transaction
from db.forecasters import Forecasters
from db.promotions import Kind
from db.record_codec import to_plain
from desk.bootstrap import Desk, open_desk
from desk.commands import opened_desk
from desk.consent import account_name, says
from desk.data_folder import DataFolder
from desk.ensemble_options import add_members, ensemble_cards, ensemble_told, without_ensemble
from desk.forecaster_catalogue import chosen_variants
from desk.forecaster_watch import told, watch_forecasters
from desk.luck import claims_so_far
from desk.outcome import Outcome
from desk.places import ON, executing
from desk.progress import ProgressSink, progress_beside
from desk.promoting import Promoting
from desk.settings import Settings
from desk.shown_cards import cards_told
from desk.shown_forecasters import compared_tables, forecasters_tables
from desk.shown_version_depth import features_told, paths_told
from desk.talk import Sight, forecaster_tools
from desk.training_lock import training
from desk.version_depth import feature_worth, path_spread, samples_of, version_of_name
from fund.errors import ConfigError, NoDataError
from fund.forecasting.card import implausible
from fund.forecasting.catalogue import DESK_SET, FAMILIES, FEATURE_SETS, HORIZONS
from fund.forecasting.ensemble.forecaster import ENSEMBLE
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.life.watching import Thresholds
from fund.forecasting.tuning.kept import TUNING, kept_sizes
from tools.forecasters import found_by_name
from tools.leading import Change

Command = Callable[[argparse.Namespace, Console], Outcome]
TRAIN = """Train forecasters walk-forward on what was known, and show what they were worth out of sample.

  desk train                              those in use, if there is something new to learn; they go to use
  desk train --family ridge               another family, as a silent challenger: scored, heard by nobody
  desk train --family gbm --horizon 1 --horizon 20
                                          over other horizons than the mandate's
  desk train --family gbm --features lab  on every feature there is: filings, macro series, news too
  desk train --family gbm --tuned         by the sizes that `desk tune` chose, without another search
  desk train --family gru --on ray        on a Ray cluster of this machine; the results are the same
  desk train --family ensemble --members gbm --members ridge
                                          those heard as one, by what each was worth; of all without --members
  desk compare gbm ridge                  is it better? `desk promote VERSION` lets it lead

A figure too good to believe (mean |rank IC| above 0.10, hit rate above 56 %, net Sharpe above 3) is a leak
until explained."""
FORECASTERS = """Show the forecasters: who leads each horizon (the champion), who is scored beside it
(challengers), what each was worth out of sample and live, and whether it is drifting. Live forecasts whose
outcome has become known are scored first.

An interval of the rank IC that holds 0 is no edge, nor is what luck gives the best of all that was tried;
the second table tells how much that is. On daily data an honest rank IC is 0.01 to 0.03."""
COMPARE = """Compare two forecasters over the same sessions and names: paired difference of daily rank IC.

  desk compare gbm ridge                  by name: those in use, or the newest
  desk compare gbm-0123456789ab gbm-ba98  by version, or the beginning of one
  desk compare gbm --paths                one with itself: how much its rank IC owes to the path history took

Once in training (walk-forward) and once live. The line "looked at daily" holds however often one looks; only
it says that one is better. Everything else cannot be told apart.

--paths learns anew on every choice of four sixths of history (fifteen fits, five paths; minutes). The paths
learn from what came later too, so their spread judges a way of learning and is no track record."""
EXPLAIN = """Show the five features that moved a name's rank most in the eyes of the champion, with what each
added to its score and how closely everything adds up to it. Exact for trees and linear rules; of a net by
integrated gradients, with the sessions of its window that mattered and those it looked at most. Refused for
one that cannot be told apart so.

  desk explain AAPL                       why the champion ranks a name where it does
  desk explain --version gbm              which features a version owes its rank IC to, out of sample

A feature's worth is the rank IC that is lost when its values are dealt out anew between the names of each
session. It takes a minute for trees and rules, and far longer for nets."""
PROMOTE = """Let a version lead its horizon: it ranks the candidates from the next decision on. Asks for the
word to be typed. Refused for one whose figures look too good to believe, unless --explain says why they are
right; that is kept on its card and on record.

An older version than the newest of its name is pinned by that: what is trained later challenges it, until you
promote again or `desk unpin`."""
ROLLBACK = """Take the last promotion over a horizon back: who led before leads again. Asks for the word to be
typed. It is pinned: what is trained later challenges it, until you promote or `desk unpin`."""
UNPIN = """End the pin of a rollback, or of a promotion of an older version: who leads goes on leading, and
the next training of its name takes its place. Asks for the word to be typed."""


def add_forecasters(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the commands."""

    def add(name: str, run: Command, help_: str, description: str) -> argparse.ArgumentParser:
        raw = argparse.RawDescriptionHelpFormatter
        made: argparse.ArgumentParser = sub.add_parser(
            name, parents=[shared], help=help_, description=description, formatter_class=raw
        )
        made.set_defaults(run=run)
        return made

    made = add("train", train, "Train the forecasters walk-forward on what is new", TRAIN)
    listed = ", ".join((*FAMILIES, ENSEMBLE))
    made.add_argument("--family", action="append", metavar="NAME", help=f"of {listed}; may be repeated")
    made.add_argument(
        "--features",
        action="append",
        metavar="SET",
        help=f"of {', '.join(FEATURE_SETS)} (default: {DESK_SET})",
    )
    made.add_argument("--tuned", action="store_true", help="by the sizes that `desk tune` chose last")
    made.add_argument("--on", metavar="WHERE", help=ON)
    made.add_argument(
        "--horizon",
        action="append",
        type=int,
        choices=HORIZONS,
        help="sessions ahead (default: the mandate's)",
    )
    made.add_argument("--explain", default="", metavar="WHY", help="why a figure too good is right")
    add_members(made)
    made = add("forecasters", list_forecasters, "Show the forecasters and how each is faring", FORECASTERS)
    made.add_argument("--all", action="store_true", help="retired versions too")
    made.add_argument("--watch", action="store_true", help="look for drift now; takes a while")
    made = add("compare", compare, "Compare two forecasters over the same sessions", COMPARE)
    made.add_argument("first", metavar="FORECASTER", help="a version, or a family's name")
    made.add_argument("second", nargs="?", metavar="FORECASTER", help="the other")
    made.add_argument("--paths", action="store_true", help="the first alone, on several paths of history")
    made = add("explain", explain, "Show why a name is ranked where it is", EXPLAIN)
    made.add_argument("ticker", nargs="?", metavar="TICKER", help="such as AAPL, or a company's name")
    made.add_argument("--version", metavar="FORECASTER", help="its features instead: a version, or a name")
    made = add("promote", promote, "Let a version of a forecaster lead", PROMOTE)
    made.add_argument("version", metavar="VERSION", help="as `desk forecasters` shows it")
    made.add_argument("--explain", default="", metavar="WHY", help="why a figure too good is right")
    _confirmed(made)
    for word, run, what, description in (
        ("rollback", rollback, "Let the version lead that led before", ROLLBACK),
        ("unpin", unpin, "Let trainings replace a pinned version again", UNPIN),
    ):
        made = add(word, run, what, description)
        made.add_argument("--horizon", type=int, help="sessions ahead (default: the mandate's)")
        _confirmed(made)


def _confirmed(made: argparse.ArgumentParser) -> None:
    made.add_argument("--why", default="", help="the reason, for the record")
    made.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")


def train(options: argparse.Namespace, console: Console) -> Outcome:
    """Train what is in use, or other families and horizons as challengers."""
    named = (options.family, options.horizon, options.features, options.tuned, options.members, options.weigh)
    if any(named):
        return _train_challengers(options, console)
    if options.explain:
        raise ConfigError("--explain belongs to --family: what is in use is trained without a person's word")
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    with (
        executing(options.on) as executor,
        opened_desk(settings, console) as desk,
        progress_beside(console) as progress,
    ):
        last = desk.player.last_session() or desk.last_replayed
        news = desk.learning.learned(desk.sources) != last
        if news:
            desk.train(last, progress, executor)
        cards = [source.card for source in desk.sources]
        claims = claims_so_far(desk.engine)
    note = f"Trained on what was known on {last}." if news else f"Nothing new to learn since {last}."
    return Outcome(
        data={"cards": to_plain(cards), "trained": news, "last_session": last.isoformat()},
        shown=(cards_told(cards, claims=claims), note),
    )


def _train_challengers(options: argparse.Namespace, console: Console) -> Outcome:
    families, ensemble = without_ensemble(options)
    sets = options.features or [DESK_SET]
    if options.tuned and not families:
        raise ConfigError("--tuned belongs to --family: name the families that `desk tune` chose sizes for")
    chosen_variants(families, options.horizon or HORIZONS[:1], sets)
    with (
        executing(options.on) as executor,
        opened(options, console) as desk,
        training(desk.stores.folder.root),
        progress_beside(console) as progress,
    ):
        last = desk.player.last_session() or desk.last_replayed
        sizes = desk.settings.data_dir / TUNING
        horizons = options.horizon or [desk.mandate.horizon_sessions]
        asked = chosen_variants(families, horizons, sets)
        meant = {each: kept_sizes(sizes, each) if options.tuned else each.forecaster for each in asked}
        cards: list[ForecasterCard] = []
        for (horizon, feature_set), group in groupby(
            asked, key=attrgetter("horizon_sessions", "feature_set")
        ):
            cards += desk.learning.challenge(
                [meant[each] for each in group],
                horizon,
                last,
                progress,
                explanation=options.explain,
                features=feature_set,
                executor=executor,
            )
        for horizon in horizons if ensemble else ():
            cards += ensemble_cards(desk.learning, options, horizon, last, progress)
        claims = claims_so_far(desk.engine)
    doubts = [f"{card.version}: {reason}" for card in cards for reason in implausible(card)]
    notes = [
        f"Trained on what was known on {last}, as challengers: scored beside the champion, heard by nobody.",
        *(f"Too good to believe: {doubt}. It is not promoted without --explain." for doubt in doubts),
        *(line for card in cards for line in ensemble_told(card)),
    ]
    return Outcome(
        data={"cards": to_plain(cards), "trained": True, "last_session": last.isoformat(), "doubts": doubts},
        shown=(cards_told(cards, claims=claims), *notes),
    )


def list_forecasters(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the register, scoring first what has become known."""
    with opened(options, console) as desk, progress_beside(console) as progress:
        last = desk.player.last_session()
        filled = _scored(desk, progress)
        if last is not None and options.watch:
            progress("Looking for drift", 0, 1)
            age = Thresholds(age_sessions=desk.settings.retraining.age_sessions)
            console.print(told(watch_forecasters(desk.learning, last, thresholds=age)), highlight=False)
            progress("Looking for drift", 1, 1)
        desk.learning.registered(last or desk.last_replayed)
        report = forecaster_tools(desk).forecasters(options.all)
    return Outcome(data=to_plain(report) | {"scored": filled}, shown=forecasters_tables(report))


def compare(options: argparse.Namespace, console: Console) -> Outcome:
    """Compare two versions, or one with itself on other paths."""
    if options.paths == (options.second is not None):
        raise ConfigError(
            f"expected two forecasters, or one with --paths, found {options.second!r}; see --help"
        )
    if options.paths:
        return _compare_paths(options, console)
    with opened(options, console) as desk, progress_beside(console) as progress:
        _scored(desk, progress)
        found = forecaster_tools(desk).compare(options.first, options.second)
    data = to_plain(found)
    for name in ("walk_forward", "live"):
        data[name] |= {"better": getattr(found, name).better, "verdict": getattr(found, name).verdict}
    return Outcome(data=data, shown=compared_tables(found))


def _compare_paths(options: argparse.Namespace, console: Console) -> Outcome:
    with opened(options, console) as desk, progress_beside(console, time_left=True) as progress:
        trained = version_of_name(desk.learning, options.first)
        found = path_spread(trained, samples_of(desk.learning, trained, progress), progress)
    return Outcome(data=to_plain(found), shown=paths_told(found))


def _explain_version(options: argparse.Namespace, console: Console) -> Outcome:
    with opened(options, console) as desk, progress_beside(console, time_left=True) as progress:
        trained = version_of_name(desk.learning, options.version)
        found = feature_worth(trained, samples_of(desk.learning, trained, progress), progress)
    return Outcome(data=to_plain(found), shown=features_told(found))


def explain(options: argparse.Namespace, console: Console) -> Outcome:
    """Show what moved a name's rank most, or what the features of a version are worth."""
    if (options.ticker is None) == (options.version is None):
        raise ConfigError(f"expected a ticker or --version, found {options.ticker!r}; see --help")
    if options.version is not None:
        return _explain_version(options, console)
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with opened_desk(settings, console) as desk:
        sight = Sight(desk)
        ticker, session = sight.directory().find(options.ticker).ticker, sight.view().session
        found = desk.sources[0].explanations(session, [ticker]).get(ticker)
        champion = desk.sources[0].card.version
    if found is None:
        raise NoDataError(
            f"{champion} has no view of {ticker} on {session}: it is outside the universe or too young"
        )
    data = {"ticker": ticker, "session": session.isoformat(), "version": champion} | to_plain(found)
    title = f"Why {champion} ranks {ticker} where it does on {session}; an association, no cause:"
    window = (*found.window.words, *found.window.pictures) if found.window else ()
    return Outcome(
        data=data, shown=(title, *(f"- {each.words}" for each in found.reasons), found.told, *window)
    )


def promote(options: argparse.Namespace, console: Console) -> Outcome:
    """Let a version lead, once the word was typed."""
    with opened(options, console) as desk:
        rows = in_transaction(desk.engine, lambda connection: Forecasters(connection).all())
        exact = [row for row in found_by_name(rows, options.version) if row.name != options.version]
        version = exact[0].version if exact else options.version
        promoting = Promoting(desk.learning, account_name())
        change = promoting.promotion(version, options.explain)
        return _confirm(options, desk, promoting, change, "promoted", "promote")


def rollback(options: argparse.Namespace, console: Console) -> Outcome:
    """Let who led before lead again, once the word was typed."""
    with opened(options, console) as desk:
        promoting = Promoting(desk.learning, account_name())
        change = promoting.rollback(options.horizon or desk.mandate.horizon_sessions)
        return _confirm(options, desk, promoting, change, "rolled_back", "rollback")


def unpin(options: argparse.Namespace, console: Console) -> Outcome:
    """Let trainings take the place of a pinned version again, once the word was typed."""
    with opened(options, console) as desk:
        promoting = Promoting(desk.learning, account_name())
        change = promoting.unpinning(options.horizon or desk.mandate.horizon_sessions)
        return _confirm(options, desk, promoting, change, "unpinned", "unpin")


def _confirm(
    options: argparse.Namespace, desk: Desk, promoting: Promoting, change: Change, kind: Kind, word: str
) -> Outcome:
    beside = Console(stderr=True, markup=False, emoji=False)
    lines = [f"- {line}" for line in change.consequences]
    if not options.yes:
        for line in lines:
            beside.print(line, highlight=False, soft_wrap=True)
    over = f"over {change.horizon_sessions} sessions"
    unpins = kind == "unpinned"
    question = f"End the pin of {change.version} {over}?" if unpins else f"Let {change.version} lead {over}?"
    data = {"version": change.version, "previous": change.previous, "horizon": change.horizon_sessions}
    if not options.yes and not says(word, question, beside):
        return Outcome(data=data | {"done": False}, shown=("Nothing was changed.",), good=False)
    explanation = options.explain.strip() if kind == "promoted" else ""
    why = options.why.strip() or "no reason was given"
    made = promoting.confirm(change, kind, why=why, explanation=explanation, now=desk.clock.now())
    said = (
        f"{made.version} is pinned no longer; the next training of {made.name} takes its place."
        if unpins
        else f"{made.version} leads {over} from the next decision on{', pinned' if made.pinned else ''}."
    )
    shown_first = tuple(lines) if options.yes else ()
    return Outcome(data=data | {"done": True, "seq": made.seq}, shown=(*shown_first, said))


def _scored(desk: Desk, progress: ProgressSink) -> int:
    last = desk.player.last_session()
    return desk.scoring.fill(last, progress) if last is not None else 0


@contextmanager
def opened(options: argparse.Namespace, console: Console) -> Iterator[Desk]:
    """Open a desk that was started, beside one that runs."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with progress_beside(console) as progress, closing(open_desk(settings, progress, trained=False)) as desk:
        yield desk
