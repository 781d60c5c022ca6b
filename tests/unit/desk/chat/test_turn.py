"""One answer on the page: text in messages, steps nested, elements under their text, tickets with buttons."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desk.chat.conversation import (
    Card,
    Chart,
    ChatEvent,
    Failure,
    Progress,
    Source,
    Sources,
    StepFinished,
    StepStarted,
    Table,
    TextToken,
    Ticket,
)
from desk.chat.display import MAX_MARKDOWN_ROWS, PALETTES
from desk.owner import OwnerGate
from support.chat_page import RUN, Page, chat_tickets, chat_turn, opened
from support.fake_desk import a_chart, a_table, a_ticket

# isort: split
from desk.chat.wishes import Wishes

Showing = Callable[..., Page]
AT = datetime(2017, 2, 1, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def perform(
    gate: OwnerGate, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Page], Awaitable[None]]], Page]:
    """Do something on an open page and return what its browser was sent."""

    def run(act: Callable[[Page], Awaitable[None]]) -> Page:
        async def on_a_page() -> Page:
            async with opened(gate, monkeypatch) as page:
                await act(page)
            return page

        return asyncio.run(on_a_page())

    return run


@pytest.fixture
def shown(perform: Callable[[Callable[[Page], Awaitable[None]]], Page]) -> Showing:
    """Show events as one answer and return what the browser was sent."""

    def show(*events: ChatEvent, interrupted: bool = False) -> Page:
        return perform(lambda page: page.show(events, interrupted=interrupted))

    return show


def tokens(*texts: str) -> Iterable[ChatEvent]:
    return [TextToken(text=text) for text in texts]


def started(step_id: str, parent_id: str | None = None, kind: str = "role") -> StepStarted:
    return StepStarted(step_id=step_id, parent_id=parent_id, name=step_id.title(), kind=kind, input="asked")  # type: ignore[arg-type]


def finished(step_id: str, output: str = "done", *, failed: bool = False) -> StepFinished:
    return StepFinished(step_id=step_id, output=output, seconds=1.25, failed=failed)


def test_tokens_become_one_message_as_they_come(shown: Showing) -> None:
    page = shown(*tokens("We ", "hold ", "six names."))
    assert page.messages == ["We hold six names."]
    assert list(page.streams.values()) == [["We ", "hold ", "six names."]]


def test_an_answer_without_text_leaves_no_empty_message(shown: Showing) -> None:
    assert shown().steps == {}
    assert shown(*tokens("", "")).steps == {}


def test_a_colon_that_ends_the_answer_is_still_said(shown: Showing) -> None:
    assert shown(*tokens("Three names", ":")).messages == ["Three names:"]


def test_a_ticker_behind_a_colon_is_not_lost_between_two_tokens(shown: Showing) -> None:
    assert shown(*tokens("NYSE:", "JPM")).messages == ["NYSE\\:JPM"]


def test_code_that_was_left_open_does_not_reach_into_the_next_message(shown: Showing) -> None:
    page = shown(*tokens("`code"), started("macro"), *tokens("NYSE:JPM"))
    assert page.messages == ["`code", "NYSE\\:JPM"]


def test_a_step_ends_the_text_before_it_and_text_after_it_is_a_new_message(shown: Showing) -> None:
    page = shown(*tokens("before"), started("macro"), finished("macro"), *tokens("after"))
    assert page.messages == ["before", "after"]
    assert page.order == ["step Conclave", "step Macro · working", "step Conclave"]


def test_steps_hang_under_their_parent_and_the_first_under_the_run(shown: Showing) -> None:
    page = shown(
        started("cycle", kind="cycle"), started("macro", "cycle"), started("recall", "macro", "tool")
    )
    cycle, macro, recall = (page.step(name) for name in ("Cycle", "Macro", "Recall"))
    assert (cycle["parentId"], macro["parentId"], recall["parentId"]) == (RUN, cycle["id"], macro["id"])
    assert [step.get("defaultOpen") for step in (cycle, macro)] == [True, False]


def test_only_the_session_at_hand_stays_open(shown: Showing) -> None:
    page = shown(
        *(event for day in ("2017-02-03", "2017-02-06") for event in
          (started(day, kind="cycle"), started("macro", day), finished("macro"), finished(day))),
    )  # fmt: skip
    folded = [page.step(f"Session {day}").get("autoCollapse") for day in ("2017-02-03", "2017-02-06")]
    assert folded == [True, False]


def test_a_step_of_an_unknown_parent_hangs_under_the_run(shown: Showing) -> None:
    assert shown(started("macro", "nobody")).step("Macro")["parentId"] == RUN


def test_a_step_shows_what_it_was_asked_what_it_said_and_how_long_it_took(shown: Showing) -> None:
    step = shown(started("macro"), finished("macro", "Neutral.")).step("Macro")
    assert (step["name"], step["input"], step["output"]) == ("Macro · 1.2 s", "asked", "Neutral.")
    assert step["start"] <= step["end"]  # type: ignore[operator]
    assert not step["isError"]


def test_a_step_that_failed_is_marked(shown: Showing) -> None:
    assert shown(started("macro"), finished("macro", failed=True)).step("Macro")["isError"]


def test_a_step_that_ends_without_a_start_is_only_logged(
    shown: Showing, caplog: pytest.LogCaptureFixture
) -> None:
    page = shown(finished("ghost"), *tokens("still here"))
    assert page.messages == ["still here"]
    assert "a step ended that never started: 'ghost'" in caplog.text


def test_a_stopped_answer_ends_its_open_steps_and_leaves_ended_ones_alone(shown: Showing) -> None:
    page = shown(
        started("done"), finished("done", "said"), started("open"), Progress(label="Played", done=1, total=3),
        *tokens("half a sen"), interrupted=True,
    )  # fmt: skip
    assert page.step("Open")["output"] == "Stopped."
    assert page.step("Played")["output"] == "Stopped."
    assert page.step("Open")["end"]
    assert page.step("Done")["output"] == "said"
    assert page.messages == ["half a sen"]


def test_an_answer_that_ended_by_itself_stops_nothing(shown: Showing) -> None:
    page = shown(started("open"))
    assert page.step("Open")["output"] == ""
    assert not page.step("Open")["end"]


def test_progress_of_one_label_is_one_line_that_counts(shown: Showing) -> None:
    page = shown(*(Progress(label="Played", done=done, total=2) for done in (0, 1)))
    assert page.step("Played")["name"] == "Played · 1 of 2"
    assert not page.step("Played")["end"]
    page = shown(*(Progress(label="Played", done=done, total=2) for done in (0, 1, 2)))
    assert page.step("Played")["name"] == "Played · 2 of 2"
    assert page.step("Played")["end"]
    assert page.order == ["step Played · 0 of 2"]


def test_two_labels_count_apart(shown: Showing) -> None:
    page = shown(Progress(label="Trained", done=1, total=1), Progress(label="Played", done=0, total=9))
    assert {step["name"] for step in page.steps.values()} == {"Trained · 1 of 1", "Played · 0 of 9"}
    assert all(step["parentId"] == RUN for step in page.steps.values())


def test_a_chart_hangs_under_the_text_before_it_and_its_bytes_are_kept_first(shown: Showing) -> None:
    page = shown(*tokens("We are up."), a_chart())
    (element,) = page.elements
    assert page.steps[element["forId"]]["output"] == "We are up."
    assert element["url"] == f"/elements/{element['id']}"
    (kept,) = page.history.kept
    figure = json.loads(kept.content)
    assert figure["config"] == {"displayModeBar": False, "responsive": True}
    assert [trace["name"] for trace in figure["data"]] == ["Book", "SPY, same money"]


def test_a_chart_without_text_brings_its_title(shown: Showing) -> None:
    page = shown(Chart(title="Equity_against *SPY*", figure={"data": []}))
    assert page.messages == ["**Equity\\_against \\*SPY\\***"]
    assert page.elements[0]["forId"] in page.steps


def test_a_figure_that_plotly_does_not_know_is_refused(shown: Showing) -> None:
    with pytest.raises(ValueError, match="no such trace"):
        shown(Chart(title="Odd", figure={"data": [{"type": "no such trace"}]}))


def test_a_table_that_fits_is_text_with_its_csv_beneath(shown: Showing) -> None:
    page = shown(*tokens("The book."), a_table(MAX_MARKDOWN_ROWS))
    (message,) = page.messages
    assert message.startswith("The book.\n\n**Positions**\n\n| Ticker | Shares |")
    assert [(element["type"], element["name"]) for element in page.elements] == [("file", "positions.csv")]
    assert page.history.kept[0].mime == "text/csv"
    assert page.history.kept[0].content.startswith(b"Ticker,Shares,Weight,Note\r\n")


def test_a_table_alone_begins_with_its_title(shown: Showing) -> None:
    assert shown(a_table(1)).messages[0].startswith("**Positions**\n\n| Ticker")


def test_a_longer_table_is_paged_beside_its_csv(shown: Showing) -> None:
    page = shown(a_table(MAX_MARKDOWN_ROWS + 1))
    assert page.messages == ["**Positions**"]
    assert [element["type"] for element in page.elements] == ["file", "dataframe"]
    paged = json.loads(page.history.kept[1].content)
    assert len(paged["data"]) == MAX_MARKDOWN_ROWS + 1


def test_a_long_table_of_mixed_cells_is_shown_whole(shown: Showing) -> None:
    rows = tuple((n, "n/a" if n % 2 else n / 3) for n in range(MAX_MARKDOWN_ROWS + 1))
    page = shown(Table(title="Mixed", columns=("n", "n"), rows=rows))
    paged = json.loads(page.history.kept[1].content)
    assert [row[1] for row in paged["data"][:2]] == ["0", "n/a"]
    assert len({*paged["columns"]}) == 2


def test_a_markdown_title_stays_a_title(shown: Showing) -> None:
    page = shown(Table(title="<b>x</b>\n# y", columns=("a",), rows=(("<img>",),)))
    assert page.messages[0].startswith("**\\<b\\>x\\</b\\> \\# y**")
    assert "| \\<img\\> |" in page.messages[0]


def test_a_ticket_shows_what_it_does_until_when_and_two_buttons(shown: Showing) -> None:
    page = shown(*tokens("That needs your click."), a_ticket())
    assert page.messages[0] == "That needs your click."
    assert page.messages[1].startswith("The desk plans no orders until you resume it\\.")
    assert page.messages[1].count("Nothing happens until you confirm") == 1
    assert "type `confirm pause-1`, before 12\\:00\\:00 UTC." in page.messages[1]
    ids = {(action["name"], action["id"], action["payload"]["command_id"]) for action in page.actions}
    assert ids == {
        ("confirm", "pause-1:confirm", "pause-1"),
        ("decline", "pause-1:decline", "pause-1"),
    }
    assert {page.steps[action["forId"]]["output"] for action in page.actions} == {page.messages[1]}


def test_a_ticket_of_hostile_words_is_text(shown: Showing) -> None:
    ticket = Ticket(
        command_id="c",
        description="[x](http://y) **a** <b>",
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )
    assert "\\[x\\]\\(http\\: //y\\) \\*\\*a\\*\\* \\<b\\>" in shown(ticket).messages[0]


def test_the_same_ticket_posted_again_takes_the_place_of_the_first(
    perform: Callable[[Callable[[Page], Awaitable[None]]], Page],
) -> None:
    async def twice(_: Page) -> None:
        await chat_tickets.post_ticket(a_ticket())
        await chat_tickets.post_ticket(a_ticket())
        await chat_tickets.post_ticket(a_ticket("pause-2"))

    assert len(perform(twice).steps) == 2


def test_a_failure_ends_the_text_and_names_the_logs_id(shown: Showing) -> None:
    page = shown(*tokens("So far"), Failure(text="The feed is down.", log_id="ab12"))
    assert page.messages == ["So far", "The feed is down.\n\nThe log has the details under `ab12`."]
    assert [step["isError"] for step in page.steps.values()] == [False, True]


def test_every_message_and_step_belongs_to_the_thread_at_hand(shown: Showing) -> None:
    page = shown(*tokens("a"), started("b"), a_table(2), a_ticket(), Failure(text="c", log_id="d"))
    assert {step["threadId"] for step in page.steps.values()} == {"thread-1"}


def test_a_step_asks_for_no_picture_under_its_own_name(shown: Showing) -> None:
    page = shown(started("macro"), Progress(label="Played", done=0, total=1))
    assert [step["metadata"]["avatarName"] for step in page.steps.values()] == ["Conclave", "Conclave"]


@pytest.mark.parametrize(
    ("kind", "name", "shows"),
    [
        ("role", "macro_researcher", "Macro researcher · 1.2 s"),
        ("tool", "portfolio.held_on", "Holdings on a day · 1.2 s"),
        ("tool", "forecasts.error_bars", "Forecasts: error bars · 1.2 s"),
        ("tool", "Recall similar trades", "Recall similar trades · 1.2 s"),
    ],
)
def test_a_role_and_a_tool_are_shown_by_their_titles(
    shown: Showing, kind: str, name: str, shows: str
) -> None:
    page = shown(replace(started("one", kind=kind), name=name), finished("one"))
    assert [step["name"] for step in page.steps.values()] == [shows]


def test_a_step_says_that_it_is_under_way_and_what_an_llm_read_and_wrote(shown: Showing) -> None:
    assert shown(started("macro")).step("Macro")["name"] == "Macro · working"
    ended = shown(started("macro"), replace(finished("macro"), tokens=12_345))
    assert ended.step("Macro")["name"] == "Macro · 1.2 s · 12,345 tokens"


def test_a_stopped_step_is_no_longer_called_under_way(shown: Showing) -> None:
    step = shown(started("macro"), interrupted=True).step("Macro")
    assert (step["name"], step["output"]) == ("Macro", "Stopped.")


def test_a_long_brief_is_cut_in_the_step_and_whole_in_a_file_below_it(shown: Showing) -> None:
    brief = "The evidence. " * 500
    page = shown(replace(started("macro_researcher"), name="macro_researcher", input=brief))
    step = page.step("Macro researcher")
    assert len(step["input"]) < 1_700
    assert "7,000 characters in all" in step["input"]
    (file,) = page.history.kept
    assert (file.name, file.content, file.for_id) == (
        "macro-researcher-brief.txt",
        brief.encode(),
        step["id"],
    )


def test_a_short_brief_is_shown_whole_and_needs_no_file(shown: Showing) -> None:
    page = shown(started("macro"))
    assert (page.step("Macro")["input"], page.history.kept) == ("asked", [])


SOURCES = Sources(
    sources=(
        Source(tool="portfolio.holdings", arguments="", asked_at=AT, as_of=AT),
        Source(tool="performance", arguments="span=<b>all</b>", asked_at=AT, as_of=None),
    )
)


def test_sources_are_a_step_that_lists_tools_arguments_and_moments(shown: Showing) -> None:
    page = shown(*tokens("Two names."), SOURCES)
    step = page.step("Sources · 2")
    assert page.order == ["step Conclave", "step Sources · 2"]
    assert step["output"].splitlines()[2:] == [
        "| Holdings | – | 15\\:30\\:00 UTC | 2017\\-02\\-01 15\\:30 UTC |",
        "| Performance | span\\=\\<b\\>all\\</b\\> | 15\\:30\\:00 UTC | – |",
    ]


def test_no_sources_are_no_step(shown: Showing) -> None:
    assert shown(Sources(sources=())).steps == {}


def test_a_card_is_drawn_by_the_file_of_its_kind_from_data_that_is_kept_first(shown: Showing) -> None:
    card = Card(kind="decision", title="AAPL", content={"ticker": "AAPL"}, text="**AAPL**, bought at 5 %.")
    page = shown(*tokens("Here."), card)
    assert page.messages == ["Here."]
    (kept,) = page.history.kept
    assert (kept.type, kept.name, kept.props) == ("custom", "DecisionCard", {"ticker": "AAPL"})
    assert json.loads(kept.content) == {"ticker": "AAPL"}


def test_a_brief_answer_leaves_out_charts_and_sources_and_keeps_its_table(
    perform: Callable[[Callable[[Page], Awaitable[None]]], Page],
) -> None:
    async def briefly(page: Page) -> None:
        turn = chat_turn.Turn(RUN, Wishes(length="brief"))
        for event in (*tokens("Up."), a_chart(), a_table(), SOURCES):
            await turn.show(event)
        await turn.close()

    page = perform(briefly)
    assert [element["type"] for element in page.elements] == ["file"]
    assert [step["type"] for step in page.steps.values()] == ["assistant_message"]


def test_a_chart_takes_the_colours_that_were_wished_for(
    perform: Callable[[Callable[[Page], Awaitable[None]]], Page],
) -> None:
    async def safely(page: Page) -> None:
        await chat_turn.Turn(RUN, Wishes(palette="safe")).show(a_chart())

    assert json.loads(perform(safely).history.kept[0].content)["layout"]["colorway"] == PALETTES["safe"]


def test_a_ticket_lists_what_exactly_would_happen(shown: Showing) -> None:
    ticket = replace(a_ticket(), consequences=("2 orders are cancelled: AAPL, MSFT", "Costs nothing"))
    assert "\n\n- 2 orders are cancelled\\: AAPL, MSFT\n- Costs nothing\n\n" in shown(ticket).messages[0]
