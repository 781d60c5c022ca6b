"""Where training runs: what `--on` opens, and what it refuses before it takes long."""

import pytest

from desk.places import executing, expect_listener
from fund.errors import ConfigError
from fund.forecasting.executing import INLINE, Threads


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:99999"])
def test_a_cluster_that_does_not_answer_is_an_error_that_says_so(address: str) -> None:
    with pytest.raises(ConfigError, match="a Ray cluster at HOST:PORT, found none that answers"):
        expect_listener(address)


def test_nothing_said_is_nothing_and_a_place_is_itself() -> None:
    with executing(None) as executor:
        assert executor is None
    with executing("inline") as executor:
        assert executor is INLINE
    with executing("threads") as executor:
        assert isinstance(executor, Threads)
    with pytest.raises(ConfigError, match="found 'rey'"), executing("rey"):
        pass
