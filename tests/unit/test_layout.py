"""The house keeps its shape: sizes, names, directions, edges. Each rule is shown to bite."""

import importlib.util
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import layout
from support.checkout import PRODUCT, ROOMS, ROOT, Source, declared_requirements, project, sources

Rule = Callable[[Source], Iterator[str]]
COMMITTEE = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")

EVERYWHERE: tuple[Rule, ...] = (
    layout.long_files,
    layout.long_functions,
    layout.imports_of_tests,
    layout.vague_module_names,
)
IN_THE_PRODUCT: tuple[Rule, ...] = (
    layout.face_imports,
    layout.ambient_imports,
    layout.blanket_handlers,
    layout.bare_model_names,
)


def broken(rule: Rule, *tops: str) -> list[str]:
    return [sentence for source in sources(*tops) for sentence in rule(source)]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    assert broken(rule, *PRODUCT, "tests") == []


@pytest.mark.parametrize("rule", IN_THE_PRODUCT, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    assert broken(rule, *PRODUCT) == []


def test_no_test_sleeps() -> None:
    assert broken(layout.sleeping_tests, "tests") == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (layout.long_files, "fund/x.py", "a = 1\n" * 401),
        (layout.long_functions, "fund/x.py", "def f():\n" + "    a = 1\n" * 60),
        (layout.long_functions, "fund/x.py", "class A:\n    async def f(self):\n" + "        a = 1\n" * 60),
        (layout.vague_module_names, "fund/utils.py", ""),
        (layout.vague_module_names, "fund/core/book.py", ""),
        (layout.vague_module_names, "desk/order_processor.py", ""),
        (layout.imports_of_tests, "tests/unit/test_x.py", "from tests.support import books"),
        (layout.imports_of_tests, "desk/x.py", "import tests"),
        (layout.face_imports, "chat-ui/app.py", "def f():\n    from graph.chat_events import Chart"),
        (layout.face_imports, "chat-ui/app.py", "import fund.clock"),
        (layout.ambient_imports, "fund/x.py", "import random"),
        (layout.ambient_imports, "fund/x.py", "from urllib.parse import urlsplit"),
        (layout.blanket_handlers, "graph/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
        (layout.blanket_handlers, "graph/x.py", "try:\n    f()\nexcept:\n    pass"),
        (
            layout.blanket_handlers,
            "graph/x.py",
            "try:\n    f()\nexcept (KeyError, BaseException) as e:\n    g()",
        ),
        (layout.blanket_handlers, "graph/x.py", "with contextlib.suppress(Exception):\n    f()"),
        (layout.bare_model_names, "agents/x.py", "def ask(model): ..."),
        (layout.bare_model_names, "agents/x.py", "class A:\n    model: str"),
        (layout.bare_model_names, "agents/x.py", "self.model = 1"),
        (layout.bare_model_names, "agents/x.py", "class Model: ..."),
        (layout.sleeping_tests, "tests/unit/test_x.py", "time.sleep(1)"),
        (layout.sleeping_tests, "tests/x.py", "from support.llms import run\ntime.sleep(1)"),
        (layout.sleeping_tests, "tests/unit/test_x.py", "async def f():\n    await asyncio.sleep(delay)"),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, path: str, text: str) -> None:
    found = list(rule(Source(path, text)))
    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (layout.long_files, "fund/x.py", "a = 1\n" * 400),
        (layout.long_functions, "fund/x.py", "def f():\n" + "    a = 1\n" * 59),
        (
            layout.long_functions,
            "fund/x.py",
            'def f():\n    """One.\n' + "\n    more\n" * 60 + '    """\n    # why\n    a = 1\n',
        ),
        (layout.vague_module_names, "fund/portfolio/book.py", ""),
        (layout.vague_module_names, "agents/portfolio_manager.py", ""),
        (layout.imports_of_tests, "tests/unit/test_x.py", "from support.books import a_book"),
        (
            layout.face_imports,
            "chat-ui/app.py",
            "import chainlit\nfrom desk.chat.conversation import connected",
        ),
        (layout.face_imports, "desk/chat.py", "from graph.chat_events import Chart"),
        (layout.ambient_imports, "desk/x.py", "import random"),
        (layout.ambient_imports, "fund/x.py", "from fund.clock import Clock"),
        (layout.blanket_handlers, "desk/worker.py", "try:\n    f()\nexcept Exception:\n    pass"),
        (layout.blanket_handlers, "db/x.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
        (layout.blanket_handlers, "db/x.py", "try:\n    f()\nexcept (ValueError, OSError):\n    pass"),
        (
            layout.bare_model_names,
            "agents/x.py",
            "ask(model='x', model_kwargs={})\nmodel_config = 1",
        ),
        (layout.sleeping_tests, "tests/unit/test_x.py", "async def f():\n    await asyncio.sleep(0)"),
        (layout.sleeping_tests, "tests/x.py", "from support.llms import run\nrun(asyncio.sleep(60))"),
    ],
)
def test_what_is_right_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_nine_files_of_ten_and_nine_functions_of_ten_stay_small() -> None:
    files = [source.text.count("\n") for source in sources(*PRODUCT)]
    functions = [length for source in sources(*PRODUCT) for _, _, length in layout.function_lengths(source)]
    assert statistics.quantiles(files, n=10)[-1] <= 250
    assert statistics.quantiles(functions, n=10)[-1] <= 35


def test_there_are_at_least_as_many_lines_of_tests_as_of_code() -> None:
    code = sum(source.text.count("\n") for source in sources(*PRODUCT))
    tests = sum(source.text.count("\n") for source in sources("tests"))
    assert tests >= code


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_found_in_the_checkout_and_not_in_a_library(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin == str(ROOT / room / "__init__.py")


def test_a_library_that_takes_a_rooms_name_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(ROOT)])
    monkeypatch.delitem(sys.modules, "evals", raising=False)
    spec = importlib.util.find_spec("evals")
    assert spec is None or spec.origin != str(ROOT / "evals" / "__init__.py")


def test_the_face_is_one_python_file() -> None:
    assert [source.path for source in sources("chat-ui")] == ["chat-ui/app.py"]


def test_every_role_has_a_prompt_and_every_prompt_a_role() -> None:
    prompts = {path.stem for path in (ROOT / "agents" / "prompts").glob("*.md")}
    assert prompts >= set(COMMITTEE)
    assert [name for name in prompts if not (ROOT / "agents" / f"{name}.py").is_file()] == []


def test_every_room_of_the_contracts_exists_and_every_room_is_under_contract() -> None:
    contracts = project()["tool"]["importlinter"]
    assert sorted(contracts["root_packages"]) == sorted(ROOMS)
    layers = contracts["contracts"][0]["layers"]
    assert sorted(name for layer in layers for name in layer.split(" | ")) == sorted(ROOMS)


@cache
def owners_of_imports() -> Mapping[str, frozenset[str]]:
    return {
        top: frozenset(canonicalize_name(owner) for owner in owners)
        for top, owners in packages_distributions().items()
    }


def undeclared(source: Source, declared: set[str]) -> list[str]:
    ours = {*ROOMS, "support", "_typeshed", *sys.stdlib_module_names}
    strangers = []
    for line, name in layout.imported(source):
        top = name.split(".")[0]
        owners = owners_of_imports().get(top, frozenset())
        if top not in ours and not owners & declared:
            strangers.append(f"{source.path}:{line}: {top} is installed by {sorted(owners) or 'nobody'}")
    return strangers


def declared_names(*extras: str) -> set[str]:
    """Names of the declared libraries, and of what their declared extras bring."""
    names = set()
    for requirement in declared_requirements(*extras):
        names.add(canonicalize_name(requirement.name))
        for line in requires(requirement.name) or []:
            brought = Requirement(line)
            if brought.marker and any(brought.marker.evaluate({"extra": e}) for e in requirement.extras):
                names.add(canonicalize_name(brought.name))
    return names


def test_every_library_a_room_imports_is_declared() -> None:
    declared = declared_names()
    assert [line for source in sources(*PRODUCT) for line in undeclared(source, declared)] == []


def test_every_library_a_test_imports_is_declared() -> None:
    declared = declared_names("dev")
    assert [line for source in sources("tests") for line in undeclared(source, declared)] == []


@pytest.mark.parametrize("text", ["import starlette.routing", "def f():\n    import no_such_library"])
def test_a_library_that_came_along_with_another_is_not_enough(text: str) -> None:
    assert len(undeclared(Source("desk/x.py", text), {"fastapi"})) == 1
