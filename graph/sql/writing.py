"""From a question that was understood to its SQL and the sentence that tells the answer."""

from decimal import Decimal
from itertools import pairwise

from graph.replies.phrases import number, percent, plural, quote, usd
from graph.replies.sql import value
from graph.sql.reading import Asked, Threshold
from graph.sql.subject import Unit
from tools.spans import Span
from tools.sql_questions import Cell, SqlAnswer

AGGREGATES = {"sum": "sum({})", "avg": "avg({})", "median": "percentile_cont(0.5) WITHIN GROUP (ORDER BY {})"}
SAID = {"sum": "total", "avg": "average", "median": "median"}
BEGINS = (
    "(SELECT min(recent.session) FROM "
    "(SELECT session FROM equity_daily ORDER BY session DESC LIMIT {}) AS recent)"
)
DAILY = frozenset({"day", "days", "daily", "session", "sessions", "date", "dates"})
TIMES = frozenset({"month", "week", "quarter", "year", "weekday", "day", "session", "date"})


def sql_of(asked: Asked) -> str:
    """Return the SQL of a question; it goes through the guard like any other."""
    where = _where(asked)
    if asked.operation == "win_rate":
        counted = "avg(CASE WHEN profit > 0 THEN 1.0 ELSE 0 END) AS win_rate, count(*) AS trades"
        return _select(counted, asked, where)
    if asked.group is not None:
        return _grouped(asked, where)
    if asked.operation == "count":
        return _select(f"count(*) AS {_noun(asked)}", asked, where)
    if asked.operation in AGGREGATES and asked.measure is not None:
        figure = AGGREGATES[asked.operation].format(asked.measure.sql)
        return _select(f"{figure} AS {_name(asked)}, count(*) AS n", asked, where)
    return _rows(asked, where)


def _grouped(asked: Asked, where: str) -> str:
    figure = "count(*)"
    if asked.operation in AGGREGATES and asked.measure is not None:
        figure = AGGREGATES[asked.operation].format(asked.measure.sql)
    by_time = asked.group_word.rstrip("s").removesuffix("ly") in TIMES
    order = f"2 {'ASC' if _smallest_first(asked) else 'DESC'} NULLS LAST, 1"
    if by_time and asked.extreme is None:
        order = "1 DESC" if asked.group_word in DAILY else "1"
    also = "" if figure == "count(*)" else ", count(*) AS n"
    return _select(
        f"{asked.group} AS {_group_name(asked)}, {figure} AS {_name(asked)}{also}",
        asked,
        f"{where} GROUP BY 1 ORDER BY {order}{_limit(asked.count)}",
    )


def _smallest_first(asked: Asked) -> bool:
    inverted = asked.measure is not None and asked.operation != "count" and asked.measure.inverted
    return asked.extreme is not None and asked.extreme is inverted


def _rows(asked: Asked, where: str) -> str:
    subject = asked.subject
    columns, order, limit = subject.columns, subject.newest or f"{subject.day} DESC", asked.count
    if asked.extreme is not None and asked.measure is not None:
        ascending = asked.extreme is asked.measure.inverted
        order, limit = f"{asked.measure.sql} {'ASC' if ascending else 'DESC'} NULLS LAST", asked.count or 1
    elif asked.threshold is not None:
        order = f"{subject.day}"
    elif asked.count is None and _is_one(asked.text):
        limit = 1
    if asked.measure is not None and asked.measure.sql not in columns.split(", "):
        columns += f", {asked.measure.sql} AS {asked.measure.name.replace(' ', '_')}"
    if asked.extreme is None and {"first", "oldest"} & set(asked.text.replace("?", " ").split()):
        order = order.replace("DESC", "ASC")
    return _select(columns, asked, f"{where} ORDER BY {order}{_limit(limit)}")


def _limit(count: int | None) -> str:
    """Return the clause for a count that was asked for; else the runner cuts, and says so."""
    return "" if count is None else f" LIMIT {count}"


def _select(columns: str, asked: Asked, rest: str) -> str:
    return " ".join(("SELECT", columns, "FROM", asked.subject.view, rest.strip())).strip()


def _is_one(text: str) -> bool:
    """Tell whether one record is meant: "the last order", "when was the latest fill"."""
    words = text.replace("?", " ").split()
    return any(
        word in ("last", "latest", "newest", "first", "oldest") and not following.endswith("s")
        for word, following in pairwise(words)
    )


def _where(asked: Asked) -> str:
    parts = list(dict.fromkeys(condition for _, condition in asked.filters))
    sides = [part for part in parts if part.startswith("side = ")]
    if len(sides) > 1:
        parts = [part for part in parts if part not in sides]
    if (usually := asked.subject.usually) is not None:
        column, condition = usually
        if asked.group != column and not any(part.startswith(f"{column} = ") for part in parts):
            parts.append(condition)
    if asked.tickers:
        listed = ", ".join("'{}'".format(ticker.replace("'", "''")) for ticker in asked.tickers)
        parts.append(f"ticker IN ({listed})" if len(asked.tickers) > 1 else f"ticker = {listed}")
    if asked.span is not None:
        parts += _inside(asked.span, asked.subject.day)
    if asked.threshold is not None:
        parts.append(_beyond(asked.threshold))
    elif asked.measure is not None and asked.measure.only:
        parts.append(asked.measure.only)
    return " WHERE " + " AND ".join(parts) if parts else ""


def _inside(span: Span, day: str) -> list[str]:
    parts = []
    if span.sessions is not None:
        parts.append(f"{day} >= {BEGINS.format(span.sessions)}")
    if span.first is not None:
        parts.append(f"{day} >= DATE '{span.first.isoformat()}'")
    if span.last is not None:
        parts.append(f"{day} <= DATE '{span.last.isoformat()}'")
    return parts


def _beyond(bound: Threshold) -> str:
    measure = bound.measure
    figure = Decimal(bound.number) / 100 if bound.is_percent else Decimal(bound.number)
    sql = measure.fraction_sql if bound.is_percent and measure.fraction_sql else measure.sql
    if measure.inverted:
        return f"{sql} {'<' if bound.is_above else '>'} {-figure:f}"
    return f"{sql} {'>' if bound.is_above else '<'} {figure:f}"


def tell(asked: Asked, found: SqlAnswer) -> str:
    """Return the sentence that answers; every number in it is a cell, or the count of the rows."""
    scope = _scope(asked)
    if asked.operation == "win_rate":
        rate, trades = found.rows[0]
        return f"Win rate{scope}: {said(rate, 'fraction')} of {value(trades)} closed trades."
    if not found.rows:
        return f"No {asked.subject.noun} on record fits{scope}."
    if asked.group is not None:
        return _tell_groups(asked, found, scope)
    if asked.operation == "count":
        return f"{_counted(found.rows[0][0], asked.subject.noun)}{scope}."
    if asked.operation in AGGREGATES and asked.measure is not None:
        figure, n = found.rows[0]
        if n == 0:
            return f"No {asked.subject.noun} on record fits{scope}."
        what = f"{SAID[asked.operation].capitalize()} {asked.measure.name}"
        return f"{what}{scope}: {said(figure, asked.measure.unit)}, over {_counted(n, asked.subject.noun)}."
    if asked.extreme is not None and asked.measure is not None and len(found.rows) == 1:
        return _tell_extreme(asked, found, scope)
    more = ", and there are more" if found.truncated else ""
    return f"{_counted(found.row_count, asked.subject.noun)}{scope}{more}."


def _tell_groups(asked: Asked, found: SqlAnswer, scope: str) -> str:
    unit: Unit = asked.measure.unit if asked.measure is not None and asked.operation != "count" else "plain"
    first = found.rows[0]
    what = (
        asked.subject.noun + "s"
        if asked.operation == "count"
        else f"{SAID[asked.operation]} {_measure(asked)}"
    )
    place = "lowest" if asked.extreme is False else "highest"
    head = f"{what[:1].upper()}{what[1:]} by {asked.group_word}{scope}"
    if found.columns[0] in TIMES and asked.extreme is None:
        begins = f"the first is {value(first[0])} with {said(first[1], unit)}"
        more = " and more" if found.truncated else ""
        return f"{head}: {plural(found.row_count, 'row')}{more}, {begins}."
    return f"{head}: {place} is {value(first[0])} with {said(first[1], unit)}."


def _tell_extreme(asked: Asked, found: SqlAnswer, scope: str) -> str:
    assert asked.measure is not None
    cells = dict(zip(found.columns, found.rows[0], strict=True))
    known = [
        f"{name.replace('_', ' ')} {value(cells[name])}"
        for name in ("ticker", "session", "closed", "day", "dataset")
        if name in cells
    ]
    figure = cells.get(asked.measure.sql, cells.get(asked.measure.name.replace(" ", "_")))
    amount = f": {said(figure, asked.measure.unit)}" if figure is not None else ""
    ends = ("Largest", "Smallest") if asked.measure.inverted else ("Highest", "Lowest")
    size = ends[0] if asked.extreme else ends[1]
    return f"{size} {asked.measure.name}{scope}{amount} ({', '.join(known)})."


def _measure(asked: Asked) -> str:
    return asked.measure.name if asked.measure is not None else asked.subject.noun


def _scope(asked: Asked) -> str:
    parts = [word.replace("_", " ") for word, _ in asked.filters]
    parts += asked.tickers
    if asked.threshold is not None:
        way = "over" if asked.threshold.is_above else "under"
        unit = " %" if asked.threshold.is_percent else ""
        parts.append(f"{asked.threshold.measure.name} {way} {asked.threshold.number}{unit}")
    if asked.span is not None:
        parts.append(asked.span.label)
    return f" ({quote('; '.join(dict.fromkeys(parts)))})" if parts else ""


def said(cell: Cell, unit: Unit) -> str:
    """Return a figure as it is said."""
    if cell is None:
        return "nothing to say"
    if not isinstance(cell, int | float | Decimal):
        return value(cell)
    match unit:
        case "usd":
            return usd(Decimal(str(cell)))
        case "fraction":
            return percent(cell)
        case "days":
            return f"{number(float(cell), 1)} days"
        case "milliseconds":
            return f"{number(float(cell), 1)} ms"
    return value(cell)


def _counted(count: Cell, noun: str) -> str:
    return plural(count, noun) if isinstance(count, int) else f"{value(count)} {noun}s"


def _noun(asked: Asked) -> str:
    return asked.subject.noun.replace(" ", "_").casefold() + "s"


def _name(asked: Asked) -> str:
    if asked.operation in AGGREGATES and asked.measure is not None:
        return f"{SAID[asked.operation]}_{asked.measure.name.replace(' ', '_')}"
    return _noun(asked)


def _group_name(asked: Asked) -> str:
    word = asked.group_word.removesuffix("ly").removesuffix("s") if asked.group_word != "status" else "status"
    return {
        "dai": "session",
        "day": "session",
        "date": "session",
        "companie": "ticker",
        "statuse": "status",
    }.get(word, word)
