"""What holds for every test: no network, no keys, no ambient settings, no timing."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.network import GUARD
from support.plain_desk import without_env_file
from support.steady_names import unsteady

FOREIGN = (
    "DESK_",
    "ANTHROPIC_",
    "OPENAI_",
    "LANGCHAIN_",
    "LANGSMITH_",
    "LANGGRAPH_",
    "CHAINLIT_",
    "LITERAL_",
    "DATABASE_URL",
    "PG",
)
QUIET = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
}


def _clean_environment() -> None:
    """Take away what a developer's shell could change in a result; runs before any room is imported."""
    for name in list(os.environ):  # noqa: TID251 - tests start from a known environment
        if name.startswith(FOREIGN) or name.lower().endswith("_proxy"):
            del os.environ[name]  # noqa: TID251
    os.environ.update(QUIET)  # noqa: TID251
    # Importing chainlit writes its files into this folder.
    chat_root = tempfile.mkdtemp(prefix="conclave-chat-")
    atexit.register(shutil.rmtree, chat_root, ignore_errors=True)
    os.environ["CHAINLIT_APP_ROOT"] = chat_root  # noqa: TID251


# What collecting makes stays to the end: searching it for garbage takes a third of the time.
gc.disable()
pytest_plugins = ["support.database"]

_clean_environment()
without_env_file()
GUARD.install()
settings.register_profile(
    "house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("house")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the soaks to whoever asks for them by their path, as `make soak` does."""
    asked = [Path(str(argument).partition("::")[0]).resolve() for argument in config.args]
    soak = Path(__file__).resolve().parent / "soak"
    wanted = any(path == soak or soak in path.parents for path in asked)
    return True if collection_path == soak and not wanted else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no process is left alone with one at the end.

    Names that another process would not give are refused before one in parallel stumbles over them.
    """
    if found := unsteady(item.nodeid for item in items):
        raise pytest.UsageError(
            f"expected names of tests that every process gives alike, found {found[0]!r}; give its "
            "parameters ids"
        )
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Search for garbage again, in what tests make alone."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    """Fail a test that tried to leave loopback, even when something swallowed the error."""
    before = len(GUARD.refused)
    yield
    strays = GUARD.refused[before:]
    assert not strays, f"expected no connection off loopback, found {strays!r}"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parent.parent
