"""What a desk tells a monitoring system: its own figures under fixed names, to who may hear them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine, text

from db.accounts import Accounts
from db.engine import transaction
from db.llm_calls import CallStatus, LLMCall, LLMCalls
from db.shadows import IN_FORCE, Shadows
from db.trading_state import TradingState
from desk import readiness
from desk.bootstrap import Desk
from desk.owner import OwnerGate
from desk.running import RunningDesk
from desk.setting_groups import Access
from desk.talk import converse, desk_tools
from desk.web.server import create_app
from desk.worker import DeskWorker
from graph.desk_tools import DeskTools
from support.chat_client import Visitor, serving
from support.operations import expressions, given_names, names_in
from support.shadows import a_shadow_decision

pytest_plugins = ["support.desks"]

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def worker(desk: Desk) -> Iterator[DeskWorker]:
    made = DeskWorker(desk)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tools(desk: Desk, worker: DeskWorker) -> DeskTools:
    return desk_tools(desk, worker, may_act=lambda name: name == "owner")


@pytest.fixture(scope="module")
def running(desk: Desk, worker: DeskWorker, tools: DeskTools) -> RunningDesk:
    async def released() -> None:
        """The fixtures end what they began."""

    return RunningDesk(desk, worker, converse(desk, worker, InMemorySaver(), tools), released, (), tools)


@pytest.fixture(scope="module")
def address(
    running: RunningDesk, desk: Desk, tools: DeskTools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    gate = OwnerGate.open(tmp_path_factory.mktemp("gate"))
    app = create_app(
        running, gate=gate, engine=desk.engine, tools=tools, access=Access(calls_per_minute=6000)
    )
    with serving(app) as address:
        yield address


def figures(address: str) -> Figures:
    answer = Visitor(address).get("/metrics")
    assert answer.status == 200, answer.text
    found: Figures = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"{key} comes twice"
            found[key] = sample.value
    return found


def test_the_figures_are_those_of_the_tools(address: str, tools: DeskTools, desk: Desk) -> None:
    found, held = figures(address), tools.portfolio.holdings()
    assert found["desk_equity_usd", ()] == pytest.approx(float(held.equity), abs=0.01)
    assert found["desk_cash_usd", ()] == pytest.approx(float(held.cash), abs=0.01)
    assert found["desk_positions", ()] == len(held.holdings)
    for each in tools.portfolio.limits().limits:
        if each.used is not None:
            assert found["desk_limit_used_ratio", (("limit", each.limit),)] == pytest.approx(float(each.used))
    decided = sum(value for (name, _), value in found.items() if name == "desk_cycles_total")
    assert decided == found["desk_sessions_played", ()] == 25
    assert found["desk_sessions_left", ()] == len(desk.unplayed())
    assert found["desk_sessions_behind", ()] == 0
    assert found["desk_health", (("check", "database"),)] == 1
    assert found["process_resident_memory_bytes", ()] > 10_000_000
    assert ("desk_feed_age_seconds", ()) not in found, "a replay has no feed"


def test_the_breaker_is_in_exactly_one_state(address: str, desk: Desk) -> None:
    def state() -> dict[str, float]:
        return {
            dict(key[1])["state"]: v for key, v in figures(address).items() if key[0] == "desk_breaker_state"
        }

    assert state() == {"closed": 1, "reducing": 0, "open": 0}
    with transaction(desk.engine) as connection:
        TradingState(connection).pause(by="owner", reason="lunch", at=desk.clock.now())
    assert state() == {"closed": 0, "reducing": 0, "open": 1}
    with transaction(desk.engine) as connection:
        TradingState(connection).resume(by="owner", reason="over", at=desk.clock.now())


async def test_a_session_that_is_played_is_timed(address: str, worker: DeskWorker) -> None:
    before = figures(address)["desk_cycle_seconds_count", ()]
    await worker.advance(1, lambda event: None)
    after = figures(address)
    assert after["desk_cycle_seconds_count", ()] == before + 1
    assert after["desk_cycle_seconds_sum", ()] > 0


@pytest.fixture
def job_runs(desk: Desk) -> None:
    """Two slots of a job that were settled, and one that is under way."""
    with transaction(desk.engine) as connection:
        connection.execute(
            text(
                "INSERT INTO desk.job_runs (job, slot, due_at, status, started_at, finished_at) VALUES "
                "('open', 'a', now(), 'done', '2026-03-02 14:00Z', '2026-03-02 14:00:30Z'), "
                "('open', 'b', now(), 'done', '2026-03-03 14:00Z', '2026-03-03 14:00:10Z'), "
                "('open', 'c', now(), 'running', '2026-03-04 14:00Z', NULL)"
            )
        )


def test_runs_of_jobs_are_counted(address: str, job_runs: None) -> None:
    found = figures(address)
    done, going = (("job", "open"), ("status", "done")), (("job", "open"), ("status", "running"))
    assert found["desk_job_runs_total", done] == 2
    assert found["desk_job_runs_total", going] == 1
    assert (found["desk_job_seconds_sum", done], found["desk_job_seconds_count", done]) == (40, 2)
    assert ("desk_job_seconds_count", going) not in found
    assert found["desk_job_last_timestamp_seconds", done] == 1772546410


def a_call(call_id: str, status: CallStatus) -> LLMCall:
    answered = status == "answered"
    return LLMCall(
        call_id=call_id,
        cycle_id=None,
        role="validator",
        attempt=1,
        provider="openai",
        llm="x",
        prompt_hash="h",
        prompt_characters=1,
        started_at=datetime(2026, 3, 2, tzinfo=UTC),
        status=status,
        input_tokens=10 if answered else None,
        output_tokens=2 if answered else None,
        cost_usd=Decimal("0.5") if answered else Decimal(0),
        latency_ms=1500.0 if answered else None,
    )


def test_calls_to_an_llm_are_counted_by_provider_and_how_they_ended(address: str, desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        LLMCalls(connection).record_all([a_call("a", "answered"), a_call("b", "failed")])
    found = figures(address)
    good, bad = ((("llm", "x"), ("provider", "openai"), ("status", each)) for each in ("answered", "failed"))
    assert (found["desk_llm_calls_total", good], found["desk_llm_calls_total", bad]) == (1, 1)
    assert found["desk_llm_errors_total", bad] == 1
    assert ("desk_llm_errors_total", good) not in found
    assert found["desk_llm_tokens_total", tuple(sorted((*good, ("direction", "input"))))] == 10
    assert found["desk_llm_usd_total", good] == 0.5
    assert found["desk_llm_seconds_sum", good] == 1.5


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "127.0.0.1"},
    ],
)
def test_who_comes_through_a_proxy_needs_a_key(address: str, headers: dict[str, str]) -> None:
    answer = Visitor(address).get("/metrics", headers=headers)
    assert (answer.status, "'metrics'" in answer.json()["error"]) == (401, True)
    assert "desk_equity" not in answer.text


def test_a_key_with_the_scope_reads_from_anywhere_and_one_without_does_not(address: str, desk: Desk) -> None:
    def status(key: str) -> int:
        headers = {"X-Forwarded-For": "203.0.113.9", "Authorization": f"Bearer {key}"}
        return Visitor(address).get("/metrics", headers=headers).status

    with transaction(desk.engine) as connection:
        accounts = Accounts(connection)
        accounts.add("prom", "viewer", "correct horse battery", now=desk.clock.now())
        made = {
            scope: accounts.create_key("prom", scope, now=desk.clock.now(), scopes=[scope])[0]
            for scope in ("metrics", "read")
        }
    assert (status(made["metrics"]), status(made["read"]), status("desk_" + "x" * 43)) == (200, 403, 401)
    assert Visitor(address).get("/metrics", headers={"X-API-Key": "wrong"}).status == 401


def test_a_desk_that_has_everything_is_ready(address: str) -> None:
    answer = Visitor(address).get("/readyz")
    assert answer.status == 200, answer.text
    assert answer.json()["reasons"] == []
    assert {"database", "migrations", "market data", "worker"} <= answer.json()["checks"].keys()


def test_what_is_missing_is_named(address: str, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "newest_revision", lambda: "v9999")
    monkeypatch.setattr(desk.market, "_problem", "expected /secret/place/bars.parquet, found none")
    answer = Visitor(address).get("/readyz")
    assert (answer.status, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["checks"]["database"]
    said = " ".join(answer.json()["reasons"])
    assert "this program needs v9999; run `desk migrate`" in said
    assert "market data: the feed could not be taken in" in said
    assert "secret" not in said


def test_a_desk_without_its_database_is_not_ready_and_says_only_that(desk: Desk, worker: DeskWorker) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    items = readiness.readiness_of(_with_engine(desk, away), worker)
    away.dispose()
    found = {item.name: (item.ok, item.detail) for item in items}
    assert found["database"] == (False, "it does not answer")
    assert not found["migrations"][0]
    assert found["worker"] == (True, "")


def _with_engine(desk: Desk, engine: Engine) -> Desk:
    made = object.__new__(Desk)
    made.__dict__.update({**desk.__dict__, "engine": engine})
    return made


def test_a_desk_that_is_ending_is_not_ready(desk: Desk) -> None:
    ending = DeskWorker(desk)
    ending.close()
    (worker,) = (item for item in readiness.readiness_of(desk, ending) if item.name == "worker")
    assert (worker.ok, worker.detail) == (False, "the desk is ending")


def test_rules_and_dashboard_read_what_is_really_given(address: str) -> None:
    given = given_names(Visitor(address).get("/metrics").text)
    for where, expression in expressions():
        assert names_in(expression) <= given, f"{where} reads {sorted(names_in(expression) - given)}"
    shown = {name for _, expression in expressions() for name in names_in(expression)}
    families = {name for name in given if not name.endswith(("_bucket", "_sum", "_count"))}
    assert len(families & shown) > 0.7 * len(families), "most figures are looked at somewhere"


def test_what_was_put_to_shadows_is_counted_by_shadow(address: str, desk: Desk) -> None:
    assert "desk_shadow_decisions_total" not in {name for name, _ in figures(address)}
    with transaction(desk.engine) as connection:
        cycle_id = connection.execute(text("SELECT max(cycle_id) FROM desk.cycles")).scalar_one()
        for shadow in (IN_FORCE, "openai:gpt"):
            Shadows(connection).record(a_shadow_decision(shadow, cycle_id=cycle_id), ())
    found = figures(address)
    decided = (("shadow", "openai:gpt"), ("status", "decided"))
    assert found["desk_shadow_decisions_total", decided] == 1
    assert found["desk_shadow_usd_total", decided] == pytest.approx(0.02)
    assert (found["desk_shadow_seconds_sum", decided], found["desk_shadow_seconds_count", decided]) == (4, 1)
