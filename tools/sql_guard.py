"""Reads a statement as a tree, lets through what is listed, and writes anew what was understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from db.ask import AskView
from fund.errors import QueryRefusedError
from tools import sql_grammar as grammar
from tools.sql_growth import check_growth
from tools.sql_nodes import check_node
from tools.sql_origin import made_up
from tools.sql_rewriting import (
    DIALECT,
    make_arithmetic_plain,
    name_columns,
    name_function_columns,
    unquote,
    write_pads_out,
)
from tools.sql_text import check_text

if TYPE_CHECKING:
    from sqlglot import exp

ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A statement as it may run."""

    sql: str
    made_up: frozenset[str]
    """Columns of its answer that no view has a part in."""


class SqlGuard:
    """Knows the views and their columns; nothing else can be named."""

    def __init__(self, views: Sequence[AskView]) -> None:
        self._columns: Mapping[str, Mapping[str, str]] = {
            view.name: {column.name: column.type for column in view.columns} for view in views
        }

    def admit(self, sql: str) -> str:
        """Return the statement as it may run; see `understood`."""
        return self.understood(sql).sql

    def understood(self, sql: str) -> Understood:
        """Return the statement as it may run, written from its tree and never from the text.

        Every table is a view of schema ask by its full name, every column belongs to one, powers and
        logarithms are of floats and ROUND takes any number.

        Raises:
            QueryRefusedError: It is no single SELECT, names what is not there, or uses what is not listed;
                the message says which.
        """
        from sqlglot.errors import SqlglotError

        named: tuple[str, ...] = ()
        try:
            tree = _one_select(check_text(sql))
            named = self._named_in(tree)
            self._check(tree)
            self._check_tables(tree)
            write_pads_out(tree)
            name_columns(tree)
            name_function_columns(tree)
            qualified = self._qualified(tree)
            self._check(qualified)
            check_growth(qualified)
            self._check_tables(qualified)
            self._check_columns(qualified)
            own = made_up(qualified)
            make_arithmetic_plain(qualified)
            unquote(qualified)
            written = qualified.sql(dialect=DIALECT, comments=False)
            again = _one_select(check_text(written))
            self._check(again)
            if again.sql(dialect=DIALECT, comments=False) != written:
                raise QueryRefusedError("that SQL can be understood in two ways; write it more simply")
        except SqlglotError as error:
            raise QueryRefusedError(self._told(str(error), named)) from None
        except RecursionError:
            raise QueryRefusedError("that SQL is nested too deeply to be read") from None
        return Understood(sql=written, made_up=own)

    def _named_in(self, tree: "exp.Expression") -> tuple[str, ...]:
        """Return the views that a statement names, in the order they stand there."""
        from sqlglot import exp

        named = (table.name.casefold() for table in tree.find_all(exp.Table))
        return tuple(dict.fromkeys(name for name in named if name in self._columns))

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

        tables = 0
        for number, node in enumerate(tree.walk()):
            if number > grammar.MAX_NODES or node.depth > grammar.MAX_DEPTH:
                raise QueryRefusedError("that SQL is too long to be checked; ask for less at once")
            check_node(node)
            tables += isinstance(node, exp.Table)
        if tables > grammar.MAX_TABLES:
            raise QueryRefusedError(f"SQL may name {grammar.MAX_TABLES} tables, this names {tables}")

    def _check_tables(self, tree: "exp.Expression") -> None:
        """Raise for a table that is neither a view nor a WITH query, and for a WITH query that hides one."""
        from sqlglot import exp

        made = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
        for name in made:
            if name in self._columns or name.startswith("pg_"):
                raise QueryRefusedError(f"a WITH query may not be called {name!r}; choose another name")
        for table in tree.find_all(exp.Table):
            if isinstance(table.this, exp.ExplodingGenerateSeries):
                continue
            name, schema = table.name.casefold(), table.db.casefold()
            is_view = schema in ("", ASK) and name in self._columns
            if not is_view and (schema or name not in made):
                full = f"{schema}.{name}" if schema else name
                raise QueryRefusedError(f"there is no view {full!r}; there are {', '.join(self._columns)}")

    def _check_columns(self, tree: "exp.Expression") -> None:
        """Raise for a column that belongs to no table."""
        from sqlglot import exp

        for column in tree.find_all(exp.Column):
            if not column.table and column.name not in _outputs(column):
                raise QueryRefusedError(self._no_column(column.name, self._named_in(tree)))

    def _no_column(self, name: str, asked: Sequence[str] = ()) -> str:
        """Return what is wrong with a column, and what was meant: one of the views that are asked, if any."""
        near: list[str] = []
        for views in (asked, tuple(self._columns)):
            known = {f"{view}.{column}": column for view in views for column in self._columns[view]}
            close = get_close_matches(name, sorted(set(known.values())), n=3)
            near = [full for column in close for full, short in known.items() if short == column]
            if near:
                break
        advice = f"; did you mean {' or '.join(near[:4])}?" if near else "; the schema lists the columns"
        if not near and asked:
            advice = "; " + "; ".join(f"{view} has {', '.join(self._columns[view])}" for view in asked[:2])
        return f"there is no column {name!r} in what is asked, or more than one{advice}"

    def _told(self, said: str, asked: Sequence[str]) -> str:
        """Return a parser's or resolver's complaint as a sentence."""
        if "column" in said.casefold() or "resolved" in said:
            quoted = said.split("'")
            name = quoted[1] if len(quoted) > 1 else said.rsplit(":", 1)[-1].strip()
            return self._no_column(name, asked)
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


def _outputs(column: "exp.Column") -> set[str]:
    """Return the names of the answer's columns, which ORDER BY and DISTINCT ON may use."""
    from sqlglot import exp

    if column.find_ancestor(exp.Order, exp.Distinct) is None:
        return set()
    query = column.find_ancestor(exp.Select, exp.SetOperation)
    return set(query.named_selects) if query is not None else set()
