"""Every operation of the API's document, asked with what fits its schema and with what does not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = "/api/stream"
"""It answers for as long as somebody listens: its query is asked for elsewhere."""
PATIENCE_SECONDS = 30
HOSTILE = (
    "a\x00b",
    "\ud800",
    "%",
    "'; DROP TABLE fills; --",
    "\u202e\u200b",
    "9" * 400,
    "x" * 5000,
    "\n",
    "\\",
)
"""Texts that a program, a database or a page may trip over."""


@dataclass
class Fuzzed:
    """What was asked, and how it was answered."""

    operations: int = 0
    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    """Operations that were never answered with success: nothing that fits was found for them."""

    def count(self, status: int) -> None:
        """Count one answer."""
        self.cases += 1
        self.statuses[status] += 1

    @property
    def server_errors(self) -> int:
        """Return how many answers were the desk's own fault."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def fuzz(address: str, key: str, document: dict[str, Any], *, examples: int, number: int) -> Fuzzed:
    """Ask every operation `examples` times in either way; the first broken promise is raised."""
    found, session = Fuzzed(), requests.Session()
    session.headers["X-API-Key"] = key
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == ENDLESS:
            continue
        found.operations += 1
        before = Counter(found.statuses)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.POSITIVE or _can_be_wrong(operation):
                _ask(operation, mode, examples, number, _asked(found, session, address))
        if operation.body:
            _ask(operation, GenerationMode.POSITIVE, examples, number, _asked_badly(found, session, address))
        _queried_badly(found, session, address, operation)
        if not any(status < 300 for status in found.statuses - before):
            found.unanswered.append(f"{operation.method.upper()} {operation.path}")
    session.close()
    return found


def _can_be_wrong(operation: APIOperation) -> bool:
    """Tell whether an operation takes anything at all."""
    return bool(operation.query or operation.path_parameters or operation.headers or operation.body)


def _asked(found: Fuzzed, session: requests.Session, address: str) -> Callable[[Case], None]:
    def ask(case: Case) -> None:
        answer = case.call(base_url=address, session=session, timeout=PATIENCE_SECONDS)
        found.count(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400 and answer.status_code not in (404, 405):
            assert answer.json()["log_id"], "every refusal has a log id"

    return ask


def _asked_badly(found: Fuzzed, session: requests.Session, address: str) -> Callable[[Case], None]:
    """Return what asks one case with a hostile text in place of each text of its own."""
    texts = cycle(HOSTILE)

    def ask(case: Case) -> None:
        text = next(texts)
        answer = session.request(
            case.method,
            address + case.formatted_path,
            json=_replaced(case.body, text),
            headers={**case.headers, "X-API-Key": session.headers["X-API-Key"]},
            timeout=PATIENCE_SECONDS,
        )
        found.count(answer.status_code)
        assert answer.status_code < 500, f"{case.method} {case.formatted_path} with {text!r}: {answer.text}"

    return ask


def _queried_badly(found: Fuzzed, session: requests.Session, address: str, operation: APIOperation) -> None:
    """Ask with each argument of the query alone, and each hostile text for it."""
    if "{" in operation.path:
        return
    for parameter in operation.query:
        for text in HOSTILE:
            asked = {parameter.name: ascii_only(text)}
            answer = session.get(address + operation.path, params=asked, timeout=PATIENCE_SECONDS)
            found.count(answer.status_code)
            assert answer.status_code < 500, f"{operation.path} with {asked!r}: {answer.text}"


def ascii_only(text: str) -> str:
    """Return a text that can stand in an address: half a character cannot."""
    return text.encode(errors="replace").decode()


def _replaced(given_value: Any, text: str) -> Any:
    match given_value:
        case str():
            return text
        case list():
            return [_replaced(each, text) for each in given_value]
        case dict():
            return {name: _replaced(each, text) for name, each in given_value.items()}
        case _:
            return given_value


def _ask(
    operation: APIOperation, mode: GenerationMode, examples: int, number: int, ask: Callable[[Case], None]
) -> None:
    house = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @seed(number)
    @house
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        ask(case)

    run()
