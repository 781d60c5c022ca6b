"""SQL questions on a real server: hostile ones change and show nothing, honest ones are answered right."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import chain, pairwise

import pytest
from sqlalchemy import Engine

from db.ask import AskDatabase
from db.ask_statement import ANSWER_BYTES, MAX_ROWS
from db.ask_tables import ASK_ROLE
from db.asked import AskedQuestions
from db.engine import transaction
from fund.errors import QueryRefusedError
from graph.sql.templates import EXAMPLES, read_sql_question
from support.sql_analyst import ANALYST
from support.sql_attacks import ATTACKS, CHANNEL, every_attack
from support.sql_benign import BENIGN
from support.sql_desk import AttackedDesk, attacked_desk, count_of, shows_a_secret
from support.sql_gold import GOLD
from support.sql_harmless import ANSWERED
from tools.sql_guard import SqlGuard
from tools.sql_questions import SqlAnswer, SqlQuestions

HASTY_MS = 300
"""How long a bomb may burn here; a desk waits ten times as long."""


@pytest.fixture(scope="module")
def attacked(engine: Engine) -> Iterator[AttackedDesk]:
    with attacked_desk(engine, CHANNEL) as desk:
        yield desk


@pytest.fixture(scope="module")
def as_role(attacked: AttackedDesk) -> Iterator[AskDatabase]:
    yield from opened(AskDatabase(attacked.url))


@pytest.fixture(scope="module")
def as_superuser(attacked: AttackedDesk) -> Iterator[AskDatabase]:
    yield from opened(AskDatabase(attacked.url, role="postgres", checked=False))


@pytest.fixture(scope="module")
def hasty_role(attacked: AttackedDesk) -> Iterator[AskDatabase]:
    yield from opened(AskDatabase(attacked.url, patience_ms=HASTY_MS))


@pytest.fixture(scope="module")
def hasty_superuser(attacked: AttackedDesk) -> Iterator[AskDatabase]:
    yield from opened(AskDatabase(attacked.url, role="postgres", checked=False, patience_ms=HASTY_MS))


def opened(database: AskDatabase) -> Iterator[AskDatabase]:
    yield database
    database.close()


@pytest.fixture(scope="module")
def questions(attacked: AttackedDesk, as_role: AskDatabase) -> SqlQuestions:
    return SqlQuestions(as_role, attacked.desk.engine, attacked.desk.clock)


def answered(attacked: AttackedDesk, asking: Callable[[str], object]) -> dict[str, object]:
    """Send every attack; return what was answered, after showing that nothing changed and nothing leaked."""
    before, found = attacked.state(), {}
    for attack in every_attack():
        try:
            found[attack] = asking(attack)
        except QueryRefusedError:
            continue
    assert before.changes(attacked.state()) == set()
    assert attacked.messages() == []
    assert [attack for attack, rows in found.items() if shows_a_secret([rows])] == []
    return found


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(ATTACKS) >= 25
    assert len(set(every_attack())) >= 500
    assert len(set((*BENIGN, *ANALYST))) >= 180


def test_an_attack_through_the_tool_is_refused(attacked: AttackedDesk, hasty_role: AskDatabase) -> None:
    questions = SqlQuestions(hasty_role, attacked.desk.engine, attacked.desk.clock)
    found = answered(attacked, lambda sql: questions.ask(sql, "an attack").rows)
    assert set(found) - ANSWERED == set()


def test_an_attack_past_the_guard_meets_a_role_that_can_do_nothing(
    attacked: AttackedDesk, hasty_role: AskDatabase
) -> None:
    found = answered(attacked, lambda sql: hasty_role.run(sql).rows)
    assert "SELECT pg_sleep(60)" not in found
    assert "SELECT current_user" in found, "the guard is off: what reads no secret is answered"


def test_an_attack_on_a_widened_role_meets_the_guard(
    attacked: AttackedDesk, hasty_superuser: AskDatabase
) -> None:
    guard = SqlGuard(hasty_superuser.views())
    assert hasty_superuser.run("SELECT identifier FROM chat.users").rows, "this role could read everything"
    found = answered(attacked, lambda sql: hasty_superuser.run(guard.admit(sql)).rows)
    assert set(found) - ANSWERED == set()


def test_no_answer_is_larger_than_what_a_reader_can_take(as_role: AskDatabase) -> None:
    found = as_role.run("SELECT f.*, s.* FROM ask.forecasts AS f CROSS JOIN ask.signals AS s")
    assert len(found.rows) <= MAX_ROWS
    assert found.truncated
    assert sum(len(cell or "") for row in found.rows for cell in row) <= ANSWER_BYTES


def test_honest_questions_are_answered(questions: SqlQuestions) -> None:
    refused = {}
    for sql in BENIGN:
        try:
            questions.ask(sql, "honest")
        except QueryRefusedError as refusal:
            refused[sql] = str(refusal)
    assert refused == {}


def test_an_analysts_sql_gives_what_the_same_statement_gives_a_superuser(
    as_role: AskDatabase, as_superuser: AskDatabase
) -> None:
    guard, different = SqlGuard(as_role.views()), {}
    for sql in ANALYST:
        found, wanted = as_role.run(guard.admit(sql)), as_superuser.run(sql.rstrip(";"))
        pairs = zip(chain(*found.rows), chain(*wanted.rows), strict=True)
        if len(found.columns) != len(wanted.columns) or not all(is_same(*each) for each in pairs):
            different[sql] = (found.rows[:3], wanted.rows[:3])
    assert different == {}


def is_same(cell: str | None, wanted: str | None) -> bool:
    """Compare two cells as the server wrote them; numbers by their value."""
    if cell == wanted or cell is None or wanted is None:
        return cell == wanted
    return is_right(float(cell), float(wanted))


def test_what_the_guard_writes_it_reads_the_same_again(as_role: AskDatabase) -> None:
    guard = SqlGuard(as_role.views())
    written = [guard.admit(sql) for sql in (*BENIGN, *ANALYST)]
    assert [guard.admit(sql) for sql in written] == written


def column(answer: SqlAnswer, at: int = 0) -> list[object]:
    return [row[at] for row in answer.rows]


def test_figures_are_those_of_the_book(attacked: AttackedDesk, questions: SqlQuestions) -> None:
    desk = attacked.desk

    def one(sql: str) -> object:
        return questions.ask(sql).rows[0][0]

    assert one("SELECT count(*) FROM fills") == len(desk.fills)
    assert one("SELECT sum(commission) FROM fills") == sum(fill.commission for fill in desk.fills)
    assert one("SELECT sum(value) FROM fills WHERE side = 'buy'") == sum(
        fill.price * fill.quantity for fill in desk.fills if fill.side == "buy"
    )
    assert one("SELECT sum(profit) FROM closed_trades") == sum(trade.profit for trade in desk.closed)
    assert one("SELECT min(drawdown) FROM equity_daily") == min(mark.drawdown for mark in desk.marks)
    assert one("SELECT count(*) FROM decisions WHERE status = 'halted'") == sum(
        record.status == "halted" for record in desk.records
    )
    assert one("SELECT count(*) FROM orders") == sum(len(record.orders) for record in desk.records)
    clamps = [clamp for record in desk.records if record.review for clamp in record.review.clamps]
    assert one("SELECT count(*) FROM reviews") == len(clamps) > 0
    held = questions.ask("SELECT ticker, quantity FROM positions WHERE is_current ORDER BY ticker")
    assert list(held.rows) == [(t, p.quantity) for t, p in sorted(desk.book.positions.items())]
    returns = questions.ask("SELECT daily_return FROM equity_daily ORDER BY session")
    units = [mark.unit_value for mark in desk.marks]
    assert column(returns)[1:] == pytest.approx([later / earlier - 1 for earlier, later in pairwise(units)])
    assert column(returns)[0] is None


def is_right(cell: object, wanted: object) -> bool:
    """Compare one cell: money to the last digit it has, statistics to nine."""
    if isinstance(cell, float | Decimal) and isinstance(wanted, float | Decimal):
        return abs(float(cell) - float(wanted)) <= 1e-9 * max(1.0, abs(float(wanted)))
    return cell == wanted


def test_plain_questions_are_answered_exactly(attacked: AttackedDesk, questions: SqlQuestions) -> None:
    desk, directory = attacked.desk, attacked.desk.directory()
    for text, right in GOLD.items():
        read = read_sql_question(text, directory, desk.session)
        assert read is not None, text
        answer = questions.ask(read.sql, text)
        wanted = right(desk)
        cells = wanted if isinstance(wanted, tuple) else (wanted,)
        assert all(map(is_right, answer.rows[0], cells)), (text, answer.rows[0], wanted)
        assert read.tell(answer).endswith("."), text


def test_every_question_that_is_offered_is_answered(attacked: AttackedDesk, questions: SqlQuestions) -> None:
    for text in EXAMPLES:
        read = read_sql_question(text, attacked.desk.directory(), attacked.desk.session)
        assert read is not None, text
        assert read.tell(questions.ask(read.sql, text)), text


def test_what_the_roles_said_is_there_ticker_by_ticker(questions: SqlQuestions) -> None:
    said = questions.ask(
        "SELECT DISTINCT role, figure, value FROM signals WHERE ticker = 'KO' "
        "AND role <> 'portfolio_manager' ORDER BY role"
    )
    assert said.rows == (("quant_researcher", "conviction", 0.5), ("validator", "severity", 0.8))
    shown = questions.ask("SELECT count(*), count(DISTINCT forecaster) FROM forecasts WHERE ticker = 'AAPL'")
    assert all(isinstance(cell, int) and cell > 0 for cell in shown.rows[0])


def test_every_question_is_on_record_with_who_asked_and_what_ran(
    attacked: AttackedDesk, questions: SqlQuestions
) -> None:
    questions.ask("select TICKER from fills limit 2", "which tickers?", "ann")
    with pytest.raises(QueryRefusedError):
        questions.ask("DROP TABLE desk.fills", "drop it", "bob")
    with transaction(attacked.desk.engine) as connection:
        by_words = {asked.question: asked for asked in AskedQuestions(connection).latest(5_000)}
    kept, refused = by_words["which tickers?"], by_words["drop it"]
    assert (kept.user_id, kept.question, kept.status, kept.rows) == ("ann", "which tickers?", "answered", 2)
    assert kept.sql == "SELECT fills.ticker AS ticker FROM ask.fills AS fills LIMIT 2"
    assert (refused.user_id, refused.sql, refused.status) == ("bob", "DROP TABLE desk.fills", "refused")
    assert refused.reason is not None
    assert "only a SELECT" in refused.reason


def test_every_view_and_every_column_says_what_it_is(questions: SqlQuestions) -> None:
    schema = questions.schema()
    assert len(schema.views) == 22
    assert [view.name for view in schema.views if not view.comment] == []
    assert [f"{v.name}.{c.name}" for v in schema.views for c in v.columns if not c.comment] == []
    types = {column.type for view in schema.views for column in view.columns}
    assert types <= {"text", "numeric", "integer", "bigint", "date", "boolean"} | {
        "double precision",
        "timestamp with time zone",
    }
    assert "profit" in schema.text


@pytest.mark.parametrize(
    ("widened", "undone"),
    [
        ("GRANT SELECT ON chat.users TO {}", "REVOKE SELECT ON chat.users FROM {}"),
        (
            "GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO {}",
            "REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM {}",
        ),
        ("ALTER ROLE {} CREATEDB", "ALTER ROLE {} NOCREATEDB"),
        ("GRANT desk_app TO {}", "REVOKE desk_app FROM {}"),
        ("ALTER VIEW ask.fills RESET (security_barrier)", "ALTER VIEW ask.fills SET (security_barrier)"),
        ("GRANT UPDATE ON ask.fills TO {}", "REVOKE UPDATE ON ask.fills FROM {}"),
        (
            "GRANT SET ON PARAMETER temp_file_limit TO {}",
            "REVOKE SET ON PARAMETER temp_file_limit FROM {}",
        ),
    ],
    ids=lambda statement: statement[:40],
)
def test_a_role_that_can_do_more_than_read_is_not_used(
    attacked: AttackedDesk, widened: str, undone: str
) -> None:
    fresh = AskDatabase(attacked.url)
    attacked.as_owner(widened.format(ASK_ROLE))
    try:
        with pytest.raises(QueryRefusedError, match="SQL questions are switched off"):
            fresh.run("SELECT 1 AS one")
    finally:
        attacked.as_owner(undone.format(ASK_ROLE))
    assert fresh.run("SELECT 1 AS one").rows == (("1",),)
    fresh.close()


def test_a_login_that_takes_the_role_has_no_more_than_the_role(attacked: AttackedDesk) -> None:
    taken = AskDatabase(attacked.url.replace("postgres@", "postgres:any@"))
    assert taken.run("SELECT current_user AS who").rows == (("desk_ask",),)
    with pytest.raises(QueryRefusedError, match="may not be read or called"):
        taken.run("SELECT identifier FROM chat.users")
    assert taken.run("SELECT count(*) AS n FROM ask.fills").rows == ((str(len(attacked.desk.fills)),),)
    taken.close()


def test_a_bomb_ends_in_time_with_a_sentence(hasty_role: AskDatabase) -> None:
    with pytest.raises(QueryRefusedError, match="took too long"):
        hasty_role.run(
            "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT count(*) FROM a"
        )
    with pytest.raises(QueryRefusedError, match="would read too much"):
        hasty_role.run("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")


def test_the_servers_words_stay_inside(questions: SqlQuestions) -> None:
    with pytest.raises(QueryRefusedError) as refusal:
        questions.ask("SELECT reason::int FROM signals")
    assert "momentum" not in str(refusal.value)
    assert "a value cannot be computed" in str(refusal.value)


def test_the_audit_cannot_be_rewritten(attacked: AttackedDesk, questions: SqlQuestions) -> None:
    questions.ask("SELECT count(*) FROM fills")
    before = count_of(attacked.desk.engine, "SELECT count(*) FROM desk.sql_questions")
    with pytest.raises(Exception, match="permission denied"):
        count_of(attacked.desk.engine, "DELETE FROM desk.sql_questions RETURNING 1")
    assert count_of(attacked.desk.engine, "SELECT count(*) FROM desk.sql_questions") == before
