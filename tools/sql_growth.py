"""How large the texts of a statement may become: what strings values together is bounded before it runs."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fund.errors import QueryRefusedError

if TYPE_CHECKING:
    from sqlglot import exp

MAX_GROWTH = 512
"""How many times longer than a column's text a statement may make a text."""
MAX_GROWTH_COLLECTED = 16
"""The same where rows are collected into one value."""
MAX_LITERAL = 16
"""Characters of a separator, or of what stands in the place of a match."""
MAX_PATTERN = 120
MAX_REPETITIONS = 1_000
"""The product of all counts in braces: each makes the machine of a pattern that much larger."""
COLLECTING = frozenset({"jsonb_agg"})
STRINGING = frozenset({"json_build_object", "jsonb_build_object", "json_build_array", "jsonb_build_array"})
QUOTING = frozenset({"to_json", "to_jsonb"})
MATCHING = frozenset({"regexp_match", "regexp_split_to_array"})


def check_growth(tree: "exp.Expression") -> None:
    """Raise `QueryRefusedError` for texts without an end, and for patterns that could take for ever.

    A value of one SELECT may be used by the next, so that their growths multiply.
    """
    from sqlglot import exp

    collects = any(_is_collecting(node) for node in tree.walk())
    growth = 1
    for query in tree.find_all(exp.Select):
        growth *= max([1, *(_growth(part) for part in query.iter_expressions())])
    if growth > (MAX_GROWTH_COLLECTED if collects else MAX_GROWTH):
        raise QueryRefusedError("that SQL strings too many texts together; join fewer of them")
    _check_recursion(tree, grows=growth > 1 or collects)
    _check_collected_once(tree)
    for node in tree.walk():
        for pattern in _patterns(node):
            _check_pattern(pattern)


def _is_collecting(node: "exp.Expr") -> bool:
    """Tell whether a node makes one value of many rows."""
    from sqlglot import exp

    if isinstance(node, exp.Array):
        return any(isinstance(part, exp.Query) for part in node.expressions)
    kinds = exp.GroupConcat | exp.ArrayAgg | exp.JSONArrayAgg | exp.JSONObjectAgg | exp.JSONBObjectAgg
    return isinstance(node, kinds) or _named(node) in COLLECTING


def _named(node: "exp.Expr") -> str:
    from sqlglot import exp

    return str(node.this).casefold() if isinstance(node, exp.Anonymous) else ""


def _growth(node: "exp.Expr") -> int:
    """Return how many times a column's text an expression can be; a query inside it counts by itself."""
    from sqlglot import exp

    if isinstance(node, exp.Literal | exp.Null | exp.Boolean | exp.Interval | exp.DataType):
        return 0
    if isinstance(node, exp.Column | exp.Query | exp.Subquery):
        return 1
    parts = [_growth(part) for part in node.iter_expressions()]
    largest = max(parts, default=0)
    match node:
        case exp.DPipe() | exp.Concat() | exp.Array() | exp.Overlay():
            return sum(parts)
        case exp.ConcatWs():
            first = _growth(node.expressions[0])
            return sum(parts) + first * len(node.expressions)
        case exp.Replace() | exp.RegexpReplace():
            return _growth(node.this) * (1 + _short(node.args.get("replacement"), "what replaces a text"))
        case exp.ArrayToString():
            return _growth(node.this) * (1 + _short(node.expression, "a separator"))
        case exp.GroupConcat():
            _short(node.args.get("separator"), "a separator")
            return max(1, largest)
        case exp.ToChar() | exp.TimeToStr() if not isinstance(node.args.get("format"), exp.Literal):
            return 8 * max(1, largest)
    if _named(node) in STRINGING:
        return 2 * max(1, sum(parts))
    return 2 * largest if _named(node) in QUOTING else largest


def _short(literal: "exp.Expr | None", what: str) -> int:
    """Return the length of a short text in quotes."""
    from sqlglot import exp

    if literal is None:
        return 0
    if not isinstance(literal, exp.Literal) or len(literal.name) > MAX_LITERAL:
        raise QueryRefusedError(f"{what} is a text in quotes of {MAX_LITERAL} characters at most")
    return len(literal.name)


def _check_recursion(tree: "exp.Expression", grows: bool) -> None:
    from sqlglot import exp

    if grows and any(part.args.get("recursive") for part in tree.find_all(exp.With)):
        raise QueryRefusedError("WITH RECURSIVE may not string texts or rows together; it may count and add")


def _check_collected_once(tree: "exp.Expression") -> None:
    """Raise where what was collected from rows is collected again: it could be as large as their product."""
    from sqlglot import exp

    collecting = [node for node in tree.walk() if _is_collecting(node)]
    inner = [node for node in collecting if node.find_ancestor(exp.CTE, exp.From, exp.Join, exp.Lateral)]
    for node in collecting:
        made = {each for each in inner if each is not node}
        derived = {c.table for c in node.find_all(exp.Column)} - _views(tree)
        if made and derived:
            raise QueryRefusedError(
                "what was collected from rows cannot be collected again; do it in one step"
            )


def _views(tree: "exp.Expression") -> set[str]:
    from sqlglot import exp

    return {table.alias_or_name for table in tree.find_all(exp.Table) if table.db}


def _patterns(node: "exp.Expr") -> Iterator["exp.Expr | None"]:
    """Yield the regular expressions that a node holds."""
    from sqlglot import exp

    match node:
        case exp.RegexpLike() | exp.RegexpILike() | exp.SimilarTo() | exp.RegexpReplace():
            yield node.expression
        case exp.RegexpCount() | exp.RegexpSubstr() | exp.RegexpInstr():
            yield node.expression
        case exp.Substring() if getattr(node.args.get("start"), "is_string", False):
            yield node.args["start"]
    if _named(node) in MATCHING:
        yield node.expressions[1] if len(node.expressions) > 1 else None


def _check_pattern(pattern: "exp.Expr | None") -> None:
    from sqlglot import exp

    text = pattern.name if isinstance(pattern, exp.Literal) and pattern.is_string else None
    if text is None or len(text) > MAX_PATTERN:
        raise QueryRefusedError(f"a pattern is a text in quotes of {MAX_PATTERN} characters at most")
    if re.search(r"\\[1-9]", text):
        raise QueryRefusedError("a pattern may not refer back to what it matched")
    size = 1
    for counts in re.findall(r"\{(\d+(?:,\d*)?)\}", text):
        size *= max(1, *(int(each or 1) for each in counts.split(",")))
    if size > MAX_REPETITIONS:
        raise QueryRefusedError(f"a pattern may repeat {MAX_REPETITIONS:,} times in all, this does {size:,}")
