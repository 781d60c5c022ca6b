"""What every soak is given: how long to run, and a place to say what it reached."""

from collections.abc import Callable

import pytest

REACHED: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scale", type=float, default=1.0, help="1 runs the whole soak, 0.1 a tenth of it")


@pytest.fixture(scope="session")
def scale(pytestconfig: pytest.Config) -> float:
    """The share of the whole soak to run."""
    return float(pytestconfig.getoption("--scale"))


@pytest.fixture
def reached() -> Callable[..., None]:
    """Keep a line of figures for the end of the run."""

    def say(what: str, **figures: object) -> None:
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        REACHED.append(f"{what}: {said}")

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in REACHED:
        terminalreporter.write_line(line)
