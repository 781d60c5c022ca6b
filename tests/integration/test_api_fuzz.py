"""The API asked at random, by its own document: nothing that is sent is the desk's failure to answer."""

from support.api_fuzz import ENDLESS, fuzz
from support.scripts import Script

pytest_plugins = ["support.api_desk"]

EXAMPLES, SEED = 1, 20261129


def test_no_operation_breaks_and_every_answer_is_as_the_document_says(owner: Script) -> None:
    document = owner.get("/api/openapi.json").json()
    operations = sum(len(each) for each in document["paths"].values())
    found = fuzz(owner.address, owner.key, document, examples=EXAMPLES, number=SEED)
    assert ENDLESS in document["paths"]
    assert found.operations == operations - 1
    assert found.cases > 3 * found.operations
    assert found.server_errors == 0, found.statuses
    assert {200, 422} <= found.statuses.keys(), "both what fits and what does not was asked"
