"""The API asked at random, for long: no answer is the desk's own failure."""

from collections.abc import Callable

from support.api_fuzz import fuzz
from support.scripts import Script

pytest_plugins = ["support.api_desk"]

EXAMPLES, ROUNDS = 60, 5


def test_nothing_that_is_sent_breaks_the_api(
    owner: Script, scale: float, reached: Callable[..., None]
) -> None:
    document = owner.get("/api/openapi.json").json()
    examples = max(1, round(EXAMPLES * scale))
    found = [
        fuzz(owner.address, owner.key, document, examples=examples, number=each) for each in range(ROUNDS)
    ]
    reached(
        "API fuzz",
        operations=found[0].operations,
        cases=sum(each.cases for each in found),
        server_errors=sum(each.server_errors for each in found),
        statuses=dict(
            sorted(sum((each.statuses for each in found), found[0].statuses - found[0].statuses).items())
        ),
    )
    assert sum(each.server_errors for each in found) == 0
