"""One answer in a terminal: everything that was said, as text and as data."""

import io
import json
from datetime import UTC, datetime

from rich.console import Console

from desk.transcript import MOST_ROWS, Transcript, transcript_of
from graph.chat_events import (
    Chart,
    ChatEvent,
    Failure,
    Progress,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)

POSITIONS = Table(
    title="Positions",
    columns=("Ticker", "Shares", "Weight"),
    rows=(("AAPL", 100, 0.0512), ("[red]GE", -3, None)),
)
TICKET = Ticket(
    command_id="cmd-000001",
    description="Pause trading: from the next decision on no new orders.",
    expires_at=datetime(2026, 11, 20, 12, 5, tzinfo=UTC),
)


def said(*events: ChatEvent) -> Transcript:
    return transcript_of(list(events))


def text_of(transcript: Transcript, width: int = 120) -> str:
    page = io.StringIO()
    console = Console(file=page, width=width, markup=False, emoji=False)
    for part in transcript.shown:
        console.print(part)
    return " ".join(page.getvalue().split())


def test_pieces_of_text_are_one_answer() -> None:
    transcript = said(TextToken(text="We hold "), TextToken(text="**18** names"), TextToken(text="."))
    assert transcript.data["answer"] == "We hold **18** names."
    assert text_of(transcript) == "We hold 18 names."
    assert not transcript.failed


def test_tables_are_shown_and_are_whole_in_the_data() -> None:
    transcript = said(TextToken(text="Here:"), POSITIONS)
    assert transcript.data["tables"] == [
        {
            "title": "Positions",
            "columns": ["Ticker", "Shares", "Weight"],
            "rows": [["AAPL", 100, 0.0512], ["[red]GE", -3, None]],
        }
    ]
    told = text_of(transcript)
    assert "AAPL │ 100 │ 0.0512" in told
    assert "[red]GE │ -3 │ │" in told


def test_a_long_table_shows_both_ends_and_says_how_much_is_left_out() -> None:
    rows = tuple((f"day {n:03d}", n) for n in range(MOST_ROWS + 5))
    transcript = said(Table(title="Equity", columns=("Session", "USD"), rows=rows))
    told = text_of(transcript)
    assert sum(f"day {n:03d} │ {n} │" in told for n in range(len(rows))) == MOST_ROWS
    assert all(f"day {n:03d}" in told for n in (0, MOST_ROWS // 2 - 1, len(rows) - 1))
    assert "day 012" not in told
    assert "5 of 25 rows are left out; --json has all" in told
    assert len(transcript.data["tables"][0]["rows"]) == MOST_ROWS + 5


def test_a_table_that_fits_says_nothing_of_rows_left_out() -> None:
    rows = tuple((f"day {n}", n) for n in range(MOST_ROWS))
    assert "left out" not in text_of(said(Table(title="Equity", columns=("Session", "USD"), rows=rows)))


def test_a_narrow_terminal_gets_whole_columns_and_the_names_of_the_others() -> None:
    wide = Table(
        title="Holdings",
        columns=("Ticker", "Weight", "Why", "Name", "Value"),
        rows=(("AAPL", "9.98%", "a reason in many words " * 4, "Apple Incorporated", "$106,012.00"),),
    )
    told = text_of(said(wide), width=66)
    assert "no room for Name; --json has all" in told
    assert "Apple" not in told
    assert all(text in told for text in ("AAPL", "9.98%", "a reason in many words", "$106,012.00"))
    assert "Apple Incorporated" in text_of(said(wide), width=120)


def test_the_first_column_is_shown_however_narrow_the_terminal() -> None:
    assert "AAPL" in text_of(said(POSITIONS), width=12)


def test_a_ticket_says_how_to_confirm_it_from_here() -> None:
    transcript = said(TICKET)
    assert transcript.data["tickets"] == [
        {
            "id": "cmd-000001",
            "description": TICKET.description,
            "expires_at": "2026-11-20T12:05:00+00:00",
        }
    ]
    said_once = (
        'Nothing happens until you confirm, before 12:05:00 UTC: python -m desk ask "confirm cmd-000001"'
    )
    assert text_of(transcript).count(said_once) == 1


def test_a_failure_is_told_with_its_log_id_and_makes_the_command_fail() -> None:
    transcript = said(TextToken(text="One moment."), Failure(text="Something broke.", log_id="log-7"))
    assert transcript.failed
    assert transcript.data["failures"] == [{"text": "Something broke.", "log_id": "log-7"}]
    assert text_of(transcript) == "One moment. Something broke. (log id log-7)"


def test_steps_progress_and_charts_are_for_the_chat_page() -> None:
    transcript = said(
        StepStarted(step_id="s", parent_id=None, name="Portfolio", kind="tool"),
        Progress(label="Sessions played", done=1, total=2),
        Chart(title="Equity", figure={"data": []}),
        StepFinished(step_id="s", output="done", seconds=0.1),
    )
    assert transcript.shown == ()
    assert transcript.data == {"answer": "", "tables": [], "tickets": [], "decisions": [], "failures": []}


def test_everything_it_says_is_json() -> None:
    transcript = said(TextToken(text="½ – 好"), POSITIONS, TICKET, Failure(text="x", log_id="y"))
    assert json.loads(json.dumps(transcript.data, allow_nan=False)) == transcript.data


def test_the_data_of_an_answer_has_no_markdown_escapes() -> None:
    assert said(TextToken(text=r"set \[llm.prices\] and a\_b")).data["answer"] == "set [llm.prices] and a_b"
