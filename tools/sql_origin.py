"""Which columns of an answer hold the desk's records, and which only what the question itself has said."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def made_up(tree: "exp.Expression") -> frozenset[str]:
    """Return the columns of a qualified statement that no view has a part in: `SELECT 47.3 AS return`.

    A count counts rows, so it is of the records where its rows are.
    """
    return _made_up(tree, {})


def _made_up(query: "exp.Expr", known: dict[str, frozenset[str] | None]) -> frozenset[str]:
    """`known` holds the made-up columns of each WITH query so far; None where a name is itself being read."""
    from sqlglot import exp

    known = dict(known)
    with_ = query.args.get("with_") or query.args.get("with")
    for cte in with_.expressions if with_ else ():
        known[cte.alias] = None
        known[cte.alias] = _renamed(cte, _made_up(cte.this, known))
    if isinstance(query, exp.Subquery):
        return _made_up(query.this, known)
    if isinstance(query, exp.SetOperation):
        return _of_both(query, known)
    if not isinstance(query, exp.Select):
        return frozenset()
    sources = {}
    joins = [join.this for join in query.args.get("joins") or ()]
    started = query.args.get("from_") or query.args.get("from")
    for source in [*([started.this] if started else []), *joins]:
        sources[source.alias_or_name] = _of_source(source, known)
    return frozenset(part.alias_or_name for part in query.expressions if _is_made_up(part, sources))


def _of_both(query: "exp.SetOperation", known: dict[str, frozenset[str] | None]) -> frozenset[str]:
    """A column of two queries put together is made up where either side of it is."""
    from sqlglot import exp

    left, right = query.left, query.right
    names, others = query.named_selects, getattr(right, "named_selects", [])
    found = _made_up(left, known)
    if isinstance(right, exp.Query):
        theirs = _made_up(right, known)
        found |= {name for name, other in zip(names, others, strict=False) if other in theirs}
    return found


def _of_source(source: "exp.Expr", known: dict[str, frozenset[str] | None]) -> frozenset[str] | None:
    """Return the made-up columns of what stands in FROM; None where all of them are."""
    from sqlglot import exp

    if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
        return frozenset() if source.db else known.get(source.name, frozenset())
    if isinstance(source, exp.Subquery):
        return _renamed(source, _made_up(source.this, known))
    if isinstance(source, exp.Lateral) and isinstance(source.this, exp.Subquery):
        return _renamed(source, _made_up(source.this.this, known))
    return None


def _renamed(source: "exp.Expr", found: frozenset[str]) -> frozenset[str]:
    """Return made-up columns under the names that an alias gives them."""
    from sqlglot import exp

    alias = source.args.get("alias")
    columns = (
        [each.name for each in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []
    )
    inner = source.this.this if isinstance(source, exp.Lateral) else source.this
    names = getattr(inner, "named_selects", [])
    called = dict(zip(names, columns, strict=False))
    return frozenset(called.get(name, name) for name in found)


def _is_made_up(part: "exp.Expr", sources: dict[str, frozenset[str] | None]) -> bool:
    from sqlglot import exp

    if part.find(exp.Query) is not None:
        return all(_made_up(inner, {}) for inner in part.find_all(exp.Query)) and not _reads(part, sources)
    if part.find(exp.Count, exp.RowNumber, exp.Rank) and not part.find(exp.Column):
        return all(found is None for found in sources.values())
    return not _reads(part, sources)


def _reads(part: "exp.Expr", sources: dict[str, frozenset[str] | None]) -> bool:
    """Tell whether a column of the records has a part in an expression."""
    from sqlglot import exp

    for column in part.find_all(exp.Column):
        if column.table not in sources:
            return True
        found = sources[column.table]
        if found is not None and column.name not in found:
            return True
    return False
