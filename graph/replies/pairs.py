"""Which pairs came back to each other, told with how many were tested and how sure that is."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.phrases import number, plural, say, table
from tools.pairs import CointegratedPair, PairsReport


def pairs_reply(found: PairsReport) -> Iterator[ChatEvent]:
    """Tell the pairs that stand among all that were tested, or that there are none."""
    yield from say(
        f"{_count(found)} On {plural(found.formation_sessions, 'session')} up to {found.formed.isoformat()} "
        f"{plural(found.tested, 'pair')} of {plural(len(found.names), 'name')} were tested; p is corrected "
        f"for all of them, at most {found.false_discovery_rate:.0%} of what is named being false. "
    )
    if not found.pairs and found.smallest_p is not None:
        yield from say(f"The smallest corrected p is {found.smallest_p:.3f}. ")
    yield from table(
        f"Pairs on {found.session.isoformat()}",
        ("Pair", "Apart by (deviations)", "Half-life", "Hedge ratio", "Corrected p", "The rule holds"),
        [
            (
                f"{each.first} and {each.second}",
                number(each.deviations),
                plural(round(each.half_life_sessions), "session"),
                number(each.hedge_ratio),
                f"{each.p_corrected:.2g}",
                _held(each),
            )
            for each in found.pairs
        ],
    )
    yield from say(f"\n\nScanned: {', '.join(found.names) or 'nobody'}. ")
    if found.left_out:
        yield from say(f"Not scanned, a bar missing or alone in their sector: {', '.join(found.left_out)}. ")
    yield from say("A spread that came back for a year may stop doing so. Nothing is ordered by this rule.")


def _count(found: PairsReport) -> str:
    if not found.tested:
        return "No pair could be tested, as no two names have every bar of the formation."
    if not found.pairs:
        return "No pair is cointegrated."
    held = sum(each.side != "none" for each in found.pairs)
    are = "is" if len(found.pairs) == 1 else "are"
    return f"{plural(len(found.pairs), 'pair')} {are} cointegrated, {held} of them far enough apart to trade."


def _held(pair: CointegratedPair) -> str:
    if pair.side == "none":
        return "nothing"
    up, down = (pair.first, pair.second) if pair.side == "long first" else (pair.second, pair.first)
    return f"long {up}, short {down}"
