"""One node of a parsed statement: is it listed, and is it made of what is listed?"""

from typing import TYPE_CHECKING

from fund.errors import QueryRefusedError
from tools import sql_grammar as grammar

if TYPE_CHECKING:
    from sqlglot import exp


def check_node(node: "exp.Expr") -> None:
    """Raise `QueryRefusedError` for a node that a question may not use, with what may be used instead."""
    from sqlglot import exp

    kind = type(node).__name__
    is_named = isinstance(node, exp.Anonymous) and str(node.this).casefold() in grammar.NAMED
    if kind not in grammar.ALLOWED and not is_named:
        what = str(node.this)[:40] if isinstance(node, exp.Anonymous) else kind
        why = grammar.WORDS.get(kind, "only SELECT with plain functions, operators and types is allowed")
        raise QueryRefusedError(f"{what} cannot be used in a question: {why}")
    for name, part in node.args.items():
        if part and name not in grammar.PARTS.get(kind, node.args):
            first = part[0] if isinstance(part, list) else part
            why = grammar.WORDS.get(type(first).__name__, "it is not part of a plain SELECT")
            raise QueryRefusedError(f"{name.strip('_').upper()} cannot be used in a question: {why}")
    match node:
        case exp.Table() if not isinstance(node.this, exp.Identifier | exp.ExplodingGenerateSeries):
            raise QueryRefusedError("a table is a view by name; a function cannot stand there")
        case exp.Star() if not isinstance(_holder(node), exp.Select | exp.Count):
            raise QueryRefusedError("a whole row is not a value; name its columns")
        case exp.Count() if isinstance(node.this, exp.Column) and node.this.is_star:
            raise QueryRefusedError("a whole row is not a value; write count(*)")
        case exp.DataType():
            _check_type(node)
        case exp.Lateral() if not isinstance(
            node.this, exp.Subquery | exp.ExplodingGenerateSeries | exp.Unnest
        ):
            raise QueryRefusedError("LATERAL takes a subquery, generate_series or unnest")
        case exp.Identifier() | exp.Var() | exp.Literal():
            _check_word(node)


def _holder(star: "exp.Expr") -> "exp.Expr | None":
    """Return what a star, or the star of one table, stands in."""
    from sqlglot import exp

    return star.parent.parent if isinstance(star.parent, exp.Column) else star.parent


def _check_type(kind: "exp.DataType") -> None:
    name = kind.this.name if hasattr(kind.this, "name") else str(kind.this)
    if name not in grammar.TYPES or kind.args.get("nested"):
        raise QueryRefusedError(f"{name.lower()} is no plain type; there are {_types()}")


def _types() -> str:
    return ", ".join(sorted(name.lower() for name in grammar.TYPES))


def _check_word(node: "exp.Expr") -> None:
    from sqlglot import exp

    text = node.name
    if isinstance(node, exp.Literal):
        fits = node.is_string or grammar.NUMBER.fullmatch(text) is not None
    elif isinstance(node, exp.Var):
        fits = text == "CURRENT ROW" or grammar.UNIT.fullmatch(text) is not None
    else:
        fits = grammar.NAME.fullmatch(text) is not None
    if not fits:
        raise QueryRefusedError(f"{text[:40]!r} is no name or number that a question may use")
