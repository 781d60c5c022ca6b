"""Random lives of orders on the paper broker: the short form of the soak."""

import pytest

from support import random_orders
from support.random_orders import play_orders, run_orders


@pytest.mark.parametrize("seed", range(25))
def test_no_random_life_of_orders_breaks_a_promise(seed: int) -> None:
    run_orders(seed, 200)


def test_the_same_seed_gives_the_same_fills() -> None:
    first, second = play_orders(11, 300), play_orders(11, 300)
    assert first.trail == second.trail
    assert len(first.trail) > 20
    assert {end for end, _ in first.ended.values()} == {"filled", "expired", "cancelled", "rejected"}


def test_a_promise_that_breaks_names_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        random_orders.Desk, "play", lambda desk: setattr(desk, "cash", desk.broker.book.cash / 0)
    )
    with pytest.raises(AssertionError, match="seed 4, operation"):
        run_orders(4, 200)
