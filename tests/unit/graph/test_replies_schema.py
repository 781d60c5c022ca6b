"""What SQL can read is told as the views, or as the columns of the view that is asked about."""

from db.ask import AskColumn, AskView
from graph.chat_events import Table, TextToken
from graph.replies.schema import schema_reply
from tools.sql_questions import RecordsSchema

FOUND = RecordsSchema(
    views=tuple(
        AskView(
            name=name,
            comment=f"One row a {name}.",
            columns=(AskColumn(name="ticker", type="text", comment="the <b>name</b>"),),
        )
        for name in ("fills", "closed_trades")
    ),
    text="",
)


def told(asked: str) -> tuple[str, Table]:
    events = list(schema_reply(FOUND, asked))
    text = "".join(event.text for event in events if isinstance(event, TextToken))
    return text, next(event for event in events if isinstance(event, Table))


def test_every_view_is_listed_with_its_columns() -> None:
    text, table = told("what can I query?")
    assert text.startswith("SQL can read 2 views of the records")
    assert [row[0] for row in table.rows] == ["fills", "closed_trades"]
    assert table.rows[0][2] == "ticker"


def test_the_view_that_is_asked_about_is_told_column_by_column() -> None:
    text, table = told("which columns do closed trades have?")
    assert text.startswith("The view closed_trades has 1 column")
    assert table.title == "Columns of closed_trades"


def test_a_comment_is_data_and_never_markup() -> None:
    _, table = told("columns of fills")
    assert "<b>" not in str(table.rows[0][2])
