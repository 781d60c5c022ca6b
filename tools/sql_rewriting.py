"""What is changed in a statement before it is written: names for columns, arithmetic that ends, no quotes."""

import re
from typing import TYPE_CHECKING

from fund.errors import QueryRefusedError
from tools import sql_grammar as grammar

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "postgres"
_CALL = re.compile(r"([A-Za-z_]\w*)\(")
LONGEST = 200
"""Signs that padding and repeating may make."""


def name_columns(tree: "exp.Expression") -> None:
    """Give every nameless column the name PostgreSQL would: that of its function, or of what is cast."""
    from sqlglot import exp

    for query in list(tree.find_all(exp.Select)):
        taken = {part.alias_or_name for part in query.expressions if isinstance(part, exp.Alias | exp.Column)}
        named = []
        for part in query.expressions:
            if isinstance(part, exp.Alias | exp.Column) or part.is_star:
                named.append(part)
                continue
            stem = _function_name(part)
            name = next(n for n in (stem, *(f"{stem}_{i}" for i in range(2, 999))) if n not in taken)
            taken.add(name)
            named.append(exp.alias_(part, name))
        query.set("expressions", named)


def _function_name(part: "exp.Expression") -> str:
    from sqlglot import exp

    while isinstance(part, exp.Window | exp.Filter | exp.WithinGroup | exp.Paren | exp.Cast):
        part = part.this
    if isinstance(part, exp.Column):
        return part.name.casefold()
    if isinstance(part, exp.Case):
        return "case"
    called = _CALL.match(part.sql(dialect=DIALECT)) if isinstance(part, exp.Func) else None
    return called[1].casefold() if called else "value"


def make_arithmetic_plain(tree: "exp.Expression") -> None:
    """Make powers and logarithms those of floats, which end in time, and let ROUND take a float too."""
    from sqlglot import exp

    for log in list(tree.find_all(exp.Log)):
        if log.expression and log.this.is_number and log.this.name == "10":
            log.replace(exp.Log(this=log.expression))
    for node in list(tree.find_all(exp.Pow, exp.Exp, exp.Ln, exp.Log)):
        for name in ("this", "expression"):
            if isinstance(part := node.args.get(name), exp.Expression):
                node.set(name, _as_float(part, numeric=isinstance(node, exp.Log) and bool(node.expression)))
    for rounded in list(tree.find_all(exp.Round)):
        if rounded.args.get("decimals"):
            rounded.set("this", exp.cast(rounded.this.copy(), "NUMERIC", dialect=DIALECT))


def _as_float(part: "exp.Expression", numeric: bool) -> "exp.Expression":
    """Return a value as a float, and that as a numeric where a function takes only those; never twice."""
    from sqlglot import exp

    known = part.this if numeric and isinstance(part, exp.Cast) else part
    if isinstance(known, exp.Cast) and known.is_type("DOUBLE") and (not numeric or part.is_type("DECIMAL")):
        return part.copy()
    plain = exp.cast(part.copy(), "DOUBLE PRECISION", dialect=DIALECT)
    return exp.cast(plain, "NUMERIC", dialect=DIALECT) if numeric else plain


def unquote(tree: "exp.Expression") -> None:
    """Take the quotes off the names that mean the same without them: people read what ran."""
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        if grammar.PLAIN_NAME.fullmatch(name.name) and name.name not in grammar.RESERVED:
            name.set("quoted", False)


def name_function_columns(tree: "exp.Expression") -> None:
    """Name the one column of `unnest(...) AS d` as PostgreSQL does, and drop LATERAL before a function.

    A function in FROM sees what stands before it without that word.
    """
    from sqlglot import exp

    for lateral in list(tree.find_all(exp.Lateral)):
        function, alias = lateral.this, lateral.args.get("alias")
        if isinstance(function, exp.ExplodingGenerateSeries):
            function = exp.Table(this=function)
        if not isinstance(function, exp.Subquery):
            function.set("alias", alias)
            lateral.replace(function)
    for unnest in list(tree.find_all(exp.Unnest)):
        alias = unnest.args.get("alias") or exp.TableAlias(this=exp.to_identifier("unnest"))
        if not alias.args.get("columns"):
            alias.set("columns", [alias.this.copy()])
        unnest.set("alias", alias)


def write_pads_out(tree: "exp.Expression") -> None:
    """Write lpad, rpad, repeat and format out in functions that cannot fill the memory.

    Raises:
        QueryRefusedError: A length, or what is repeated, is not written out.
    """
    from sqlglot import exp

    for node in list(tree.find_all(exp.Pad, exp.Repeat, exp.Format)):
        if node.find_ancestor(exp.Pad, exp.Repeat, exp.Format):
            raise QueryRefusedError("lpad, rpad, repeat and format cannot stand inside one another")
        match node:
            case exp.Pad():
                node.replace(_padded(node))
            case exp.Repeat():
                node.replace(_repeated(node))
            case exp.Format():
                node.replace(_formatted(node))


def _padded(node: "exp.Pad") -> "exp.Expression":
    from sqlglot import exp

    fill = node.args.get("fill_pattern")
    with_what, width = " " if fill is None else fill.name, _written_number(node.expression)
    if width is None or not with_what or (fill is not None and not isinstance(fill, exp.Literal)):
        raise QueryRefusedError(f"lpad and rpad take a number up to {LONGEST} and a text in quotes")
    text = exp.cast(node.this.copy(), "TEXT", dialect=DIALECT)
    missing = exp.Greatest(
        this=exp.Literal.number(width) - exp.Length(this=text.copy()), expressions=[exp.Literal.number(0)]
    )
    pad = exp.Left(this=exp.Literal.string((with_what * width)[:width]), expression=missing)
    kept = exp.Left(this=text, expression=exp.Literal.number(width))
    both = (pad, kept) if node.args.get("is_left") else (kept, pad)
    return exp.Paren(this=exp.DPipe(this=both[0], expression=both[1]))


def _repeated(node: "exp.Repeat") -> "exp.Expression":
    from sqlglot import exp

    times, most = node.args["times"], _written_number(node.args["times"])
    for bound in times.find_all(exp.Least):
        known = [n for each in (bound.this, *bound.expressions) if (n := _written_number(each)) is not None]
        most = min(known, default=None) if most is None else most
    text = node.this.name
    if not isinstance(node.this, exp.Literal) or most is None or len(text) * most > LONGEST:
        raise QueryRefusedError(
            f"repeat takes a text in quotes and a number, or LEAST(..., 40), up to {LONGEST} signs in all"
        )
    whole = exp.Greatest(this=exp.Paren(this=times.copy()), expressions=[exp.Literal.number(0)])
    signs = exp.Mul(this=whole, expression=exp.Literal.number(len(text)))
    return exp.Left(this=exp.Literal.string(text * most), expression=signs)


def _formatted(node: "exp.Format") -> "exp.Expression":
    from sqlglot import exp

    pieces = re.split(r"(%.)", node.this.name) if isinstance(node.this, exp.Literal) else ["%?"]
    values, parts = list(node.expressions), [exp.Literal.string("")]
    for piece in pieces:
        if not piece:
            continue
        if piece == "%s" and values:
            parts.append(values.pop(0).copy())
        elif piece == "%%" or not piece.startswith("%"):
            parts.append(exp.Literal.string(piece[:1] if piece == "%%" else piece))
        else:
            raise QueryRefusedError("format takes a text in quotes with one %s for each value")
    return exp.Concat(expressions=parts, safe=True, coalesce=True)


def _written_number(node: "exp.Expr") -> int | None:
    from sqlglot import exp

    known = isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()
    return int(node.name) if known and int(node.name) <= LONGEST else None
