"""Reads a statement as a tree, lets through what is listed, and writes anew what was understood."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from db.ask import AskView
from fund.errors import QueryRefusedError
from tools import sql_grammar as grammar
from tools.sql_text import check_text

if TYPE_CHECKING:
    from sqlglot import exp

ASK = "ask"
DIALECT = "postgres"


class SqlGuard:
    """Knows the views and their columns; nothing else can be named."""

    def __init__(self, views: Sequence[AskView]) -> None:
        self._columns: Mapping[str, Mapping[str, str]] = {
            view.name: {column.name: column.type for column in view.columns} for view in views
        }

    def admit(self, sql: str) -> str:
        """Return the statement as it may run, written from its tree and never from the text.

        Every table is a view of schema ask by its full name, every column belongs to one, powers and
        logarithms are of floats and ROUND takes any number.

        Raises:
            QueryRefusedError: It is no single SELECT, names what is not there, or uses what is not listed;
                the message says which.
        """
        from sqlglot.errors import SqlglotError

        try:
            tree = _one_select(check_text(sql))
            self._check(tree)
            _name_columns(tree)
            qualified = self._qualified(tree)
            self._check(qualified)
            self._check_names(qualified)
            _make_arithmetic_plain(qualified)
            _unquote(qualified)
            written = qualified.sql(dialect=DIALECT, comments=False)
            again = _one_select(check_text(written))
            self._check(again)
            if again.sql(dialect=DIALECT, comments=False) != written:
                raise QueryRefusedError("that SQL can be understood in two ways; write it more simply")
        except SqlglotError as error:
            raise QueryRefusedError(self._told(str(error))) from None
        except RecursionError:
            raise QueryRefusedError("that SQL is nested too deeply to be read") from None
        return written

    def _qualified(self, tree: "exp.Expression") -> "exp.Expression":
        from sqlglot.optimizer.qualify import qualify

        return qualify(
            tree,
            dialect=DIALECT,
            schema={ASK: {view: dict(columns) for view, columns in self._columns.items()}},
            db=ASK,
            quote_identifiers=True,
        )

    def _check(self, tree: "exp.Expression") -> None:
        """Raise for a node that is not listed, a part that is not, or too much of anything."""
        from sqlglot import exp

        tables = texts = 0
        for number, node in enumerate(tree.walk()):
            if number > grammar.MAX_NODES or node.depth > grammar.MAX_DEPTH:
                raise QueryRefusedError("that SQL is too long to be checked; ask for less at once")
            _check_node(node)
            tables += isinstance(node, exp.Table)
            texts += isinstance(node, exp.DPipe)
            texts += len(node.expressions) if isinstance(node, exp.Concat | exp.ConcatWs) else 0
        if tables > grammar.MAX_TABLES:
            raise QueryRefusedError(f"SQL may name {grammar.MAX_TABLES} tables, this names {tables}")
        if texts > grammar.MAX_JOINED_TEXTS:
            raise QueryRefusedError(
                f"SQL may join texts {grammar.MAX_JOINED_TEXTS} times, this does {texts} times"
            )

    def _check_names(self, tree: "exp.Expression") -> None:
        """Raise for a table that is no view, a name that hides one, a column that belongs to nothing."""
        from sqlglot import exp

        for cte in tree.find_all(exp.CTE):
            if cte.alias.casefold() in self._columns or cte.alias.casefold().startswith("pg_"):
                raise QueryRefusedError(f"a WITH query may not be called {cte.alias!r}; choose another name")
        made = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            is_view = table.db == ASK and table.name in self._columns
            if not is_view and (table.db or table.name not in made):
                raise QueryRefusedError(self._no_table(table.name))
        for column in tree.find_all(exp.Column):
            if not column.table and column.name not in _outputs(column):
                raise QueryRefusedError(self._no_column(column.name))
        for joined in tree.find_all(exp.GroupConcat):
            self._check_strung(joined, {t.alias_or_name: t.name for t in tree.find_all(exp.Table) if t.db})

    def _check_strung(self, joined: "exp.GroupConcat", views: Mapping[str, str]) -> None:
        from sqlglot import exp

        part, between = joined.this, joined.args.get("separator")
        if isinstance(part, exp.Order):
            part = part.this
        if isinstance(part, exp.Distinct):
            part = part.expressions[0]
        is_short = isinstance(part, exp.Column) and part.table in views and part.name in grammar.SHORT_TEXTS
        if not is_short or len(getattr(between, "name", "")) > grammar.MAX_SEPARATOR:
            raise QueryRefusedError(
                f"string_agg takes one short column of a view: {', '.join(sorted(grammar.SHORT_TEXTS))}"
            )

    def _no_table(self, name: str) -> str:
        return f"there is no view {name!r}; there are {', '.join(sorted(self._columns))}"

    def _no_column(self, name: str) -> str:
        known = sorted({column for columns in self._columns.values() for column in columns})
        near = get_close_matches(name, known, n=3)
        owners = [
            f"{view}.{column}" for column in near for view in self._columns if column in self._columns[view]
        ]
        advice = f"; did you mean {' or '.join(owners[:4])}?" if owners else "; the schema lists the columns"
        return f"there is no column {name!r} in what is asked, or more than one{advice}"

    def _told(self, said: str) -> str:
        """Return a parser's or resolver's complaint as a sentence."""
        if "column" in said.casefold() or "resolved" in said:
            quoted = said.split("'")
            name = quoted[1] if len(quoted) > 1 else said.rsplit(":", 1)[-1].strip()
            return self._no_column(name)
        return "that SQL cannot be read; check its commas, brackets and keywords"


def _one_select(text: str) -> "exp.Expression":
    import sqlglot
    from sqlglot import exp

    statements = sqlglot.parse(text, read=DIALECT)
    if len(statements) != 1 or statements[0] is None:
        raise QueryRefusedError(f"one statement can be asked at a time, found {len(statements)}")
    tree = statements[0]
    while isinstance(tree, exp.Subquery) and {name for name, part in tree.args.items() if part} == {"this"}:
        tree = tree.this
    if not isinstance(tree, exp.Select | exp.Union | exp.Intersect | exp.Except):
        raise QueryRefusedError(f"only a SELECT can be asked, found {type(tree).__name__.upper()}")
    return tree


def _check_node(node: "exp.Expr") -> None:
    from sqlglot import exp

    kind = type(node).__name__
    is_named = isinstance(node, exp.Anonymous) and str(node.this).casefold() in grammar.NAMED
    if kind not in grammar.ALLOWED and not is_named:
        what = str(node.this)[:40] if isinstance(node, exp.Anonymous) else kind
        why = grammar.WORDS.get(kind, "only SELECT with plain functions, operators and types is allowed")
        raise QueryRefusedError(f"{what} cannot be used in a question: {why}")
    for name, part in node.args.items():
        if part and name not in grammar.PARTS.get(kind, node.args):
            raise QueryRefusedError(f"{name.strip('_').upper()} cannot be used in a question")
    match node:
        case exp.Table() if not isinstance(node.this, exp.Identifier):
            raise QueryRefusedError("a table is a view by name; a function cannot stand there")
        case exp.Star() if not isinstance(_holder(node), exp.Select | exp.Count):
            raise QueryRefusedError("a whole row is not a value; name its columns")
        case exp.Count() if isinstance(node.this, exp.Column) and node.this.is_star:
            raise QueryRefusedError("a whole row is not a value; write count(*)")
        case exp.DataType():
            _check_type(node)
        case exp.Log() if node.expression:
            raise QueryRefusedError("log() takes one number; write ln(x) / ln(base)")
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
        fits = grammar.UNIT.fullmatch(text) is not None
    else:
        fits = grammar.NAME.fullmatch(text) is not None
    if not fits:
        raise QueryRefusedError(f"{text[:40]!r} is no name or number that a question may use")


def _name_columns(tree: "exp.Expression") -> None:
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


def _outputs(column: "exp.Column") -> set[str]:
    """Return the names of the answer's columns, which ORDER BY and DISTINCT ON may use."""
    from sqlglot import exp

    if column.find_ancestor(exp.Order, exp.Distinct) is None:
        return set()
    query = column.find_ancestor(exp.Select, exp.SetOperation)
    return set(query.named_selects) if query is not None else set()


def _make_arithmetic_plain(tree: "exp.Expression") -> None:
    """Make powers and logarithms those of floats, which end in time, and let ROUND take a float too."""
    from sqlglot import exp

    for node in list(tree.find_all(exp.Pow, exp.Exp, exp.Ln, exp.Log)):
        for name in ("this", "expression"):
            if isinstance(part := node.args.get(name), exp.Expression):
                node.set(name, exp.cast(part.copy(), "DOUBLE PRECISION", dialect=DIALECT))
    for node in list(tree.find_all(exp.Round)):
        if node.args.get("decimals"):
            node.set("this", exp.cast(node.this.copy(), "NUMERIC", dialect=DIALECT))


def _unquote(tree: "exp.Expression") -> None:
    """Take the quotes off the names that mean the same without them: people read what ran."""
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        if grammar.PLAIN_NAME.fullmatch(name.name) and name.name not in grammar.RESERVED:
            name.set("quoted", False)
