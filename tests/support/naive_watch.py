"""The monitor's rules written down a second time, slowly: everything is looked for anew at every tick."""

from collections.abc import Iterable, Sequence

from fund.market.calendar import SessionCalendar
from fund.market.ticks import Tick
from fund.watching.reference import Reference, share_traded
from fund.watching.rules import MonitorRules

Told = tuple[str, int, float, float]
"""Kind, second after the open, value, and what it is compared with."""


def believed_of(ticks: Iterable[Tick], close: float | None, outlier: float) -> list[Tick]:
    """The ticks of a session that nothing took back, in order, by looking at each with the next one."""
    fresh: list[Tick] = []
    for tick in ticks:
        if fresh and tick.at < fresh[-1].at:
            continue
        if fresh and (tick.at, tick.price, tick.volume) == (fresh[-1].at, fresh[-1].price, fresh[-1].volume):
            continue
        fresh.append(tick)
    kept: list[Tick] = []
    last = close
    for place, tick in enumerate(fresh):
        if last is None or abs(tick.price / last - 1) > outlier:
            if place + 1 == len(fresh):
                break
            following = fresh[place + 1].price
            if last is None:
                back = abs(following / tick.price - 1) > outlier
            else:
                back = abs(following - last) < abs(following - tick.price)
            if back:
                continue
        kept.append(tick)
        last = tick.price
    return kept


def told_naively(
    ticks: Sequence[Tick], reference: Reference, rules: MonitorRules, calendar: SessionCalendar
) -> list[Told]:
    """What should be told of one ticker's session that is watched from before its open."""
    opened = int(calendar.open_at(reference.session).timestamp())
    length = int(calendar.close_at(reference.session).timestamp()) - opened
    kept = believed_of(ticks, reference.previous_close, float(rules.outlier))
    told: list[Told] = []
    quiet = {"price": -1, "volume": -1}
    was_busy = False
    for place, tick in enumerate(kept):
        past = [(int(each.at.timestamp()) - opened, each) for each in kept[: place + 1]]
        second = past[-1][0]
        inside = [(when, each.price) for when, each in past if when > second - 60 * rules.window_minutes]
        usual, shares = _volume(past, reference, second, rules, length)
        is_busy = usual > 0 and shares >= float(rules.volume_ratio) * usual
        found: list[tuple[str, float, float]] = []
        close = reference.previous_close if place == 0 else None
        if close is not None and abs(tick.price / close - 1) >= float(rules.gap):
            found.append(("gap", tick.price, close))
        low, high = min(p for _, p in inside), max(p for _, p in inside)
        up, down = tick.price / low - 1, 1 - tick.price / high
        if max(up, down) >= float(rules.move):
            found.append(("move", tick.price, low if up >= down else high))
        if is_busy and was_busy:
            found.append(("volume_spike", shares, usual))
        was_busy = is_busy
        for kind, value, against in found:
            if second < quiet["price"] or (kind == "volume_spike" and second < quiet["volume"]):
                continue
            told.append((kind, second, value, against))
            quiet["volume"] = second + 60 * rules.cooldown_minutes
            if kind != "volume_spike":
                quiet["price"] = quiet["volume"]
            break
    return told


def _volume(
    past: Sequence[tuple[int, Tick]], reference: Reference, second: int, rules: MonitorRules, length: int
) -> tuple[float, float]:
    """An average day's shares since the window's start, and the session's own; 0 where neither is known."""
    counts = [(-1, 0.0)]
    for when, tick in past:
        if tick.volume is None:
            continue
        if tick.volume < counts[-1][1]:
            counts = [(when, tick.volume)]
            continue
        if counts[-1][0] == when:
            counts.pop()
        counts.append((when, tick.volume))
    start = second - 60 * rules.window_minutes
    before = [each for each in counts if each[0] <= start] or counts[:1]
    since, shares = before[-1]
    if (
        len(counts) < 2
        or second - since < 300
        or reference.average_volume is None
        or past[-1][1].volume is None
    ):
        return 0.0, 0.0
    share = share_traded(second / length) - share_traded(since / length)
    return reference.average_volume * share, counts[-1][1] - shares
