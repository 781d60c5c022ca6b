"""What is changed in a statement before it is written: names for columns, arithmetic that ends, no quotes."""

from typing import TYPE_CHECKING

from tools import sql_grammar as grammar

if TYPE_CHECKING:
    from sqlglot import exp

DIALECT = "postgres"


def name_columns(tree: "exp.Expression") -> None:
    """Give every nameless column the name PostgreSQL would: that of its function."""
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
    if isinstance(part, exp.Anonymous):
        return str(part.this).casefold()
    return part.sql_name().casefold() if isinstance(part, exp.Func) else "value"


def make_arithmetic_plain(tree: "exp.Expression") -> None:
    """Make powers and logarithms those of floats, which end in time, and let ROUND take a float too."""
    from sqlglot import exp

    for node in list(tree.find_all(exp.Pow, exp.Exp, exp.Ln, exp.Log)):
        for name in ("this", "expression"):
            if isinstance(part := node.args.get(name), exp.Expression):
                node.set(name, exp.cast(part.copy(), "DOUBLE PRECISION", dialect=DIALECT))
    for node in list(tree.find_all(exp.Round)):
        if node.args.get("decimals"):
            node.set("this", exp.cast(node.this.copy(), "NUMERIC", dialect=DIALECT))


def unquote(tree: "exp.Expression") -> None:
    """Take the quotes off the names that mean the same without them: people read what ran."""
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        if grammar.PLAIN_NAME.fullmatch(name.name) and name.name not in grammar.RESERVED:
            name.set("quoted", False)
