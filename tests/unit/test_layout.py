"""The house keeps its shape: sizes, names, directions, edges. Each rule is shown to bite."""

import importlib.util
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

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
IN_THE_TESTS: tuple[Rule, ...] = (layout.sleeping_tests,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one look at every file found: breaches by rule, lines of each function, imports by file."""

    breaches: Mapping[Rule, list[str]]
    lengths: Mapping[str, list[int]]
    imports: Mapping[str, list[tuple[int, str]]]


@cache
def checkout() -> Reading:
    """Every file is parsed once; all trees at a time would not fit into a small machine."""
    breaches: dict[Rule, list[str]] = {rule: [] for rule in (*EVERYWHERE, *IN_THE_PRODUCT, *IN_THE_TESTS)}
    lengths: dict[str, list[int]] = {}
    imports: dict[str, list[tuple[int, str]]] = {}
    for source in sources(*PRODUCT, "tests"):
        for rule in (*EVERYWHERE, *(IN_THE_TESTS if source.room == "tests" else IN_THE_PRODUCT)):
            breaches[rule] += rule(source)
        lengths[source.path] = [length for _, _, length in layout.function_lengths(source)]
        imports[source.path] = list(layout.imported(source))
    return Reading(breaches=breaches, lengths=lengths, imports=imports)


@pytest.mark.parametrize(
    "rule", [*EVERYWHERE, *IN_THE_PRODUCT, *IN_THE_TESTS], ids=lambda rule: rule.__name__
)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    assert checkout().breaches[rule] == []


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
    lengths = checkout().lengths.items()
    functions = [each for path, found in lengths if not path.startswith("tests/") for each in found]
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


def undeclared(path: str, imports: Iterable[tuple[int, str]], declared: set[str]) -> list[str]:
    ours = {*ROOMS, "support", "_typeshed", *sys.stdlib_module_names}
    strangers = []
    for line, name in imports:
        top = name.split(".")[0]
        owners = owners_of_imports().get(top, {canonicalize_name(top)})  # an extra need not be installed
        if top not in ours and not owners & declared:
            strangers.append(f"{path}:{line}: {top} is installed by {sorted(owners) or 'nobody'}")
    return strangers


def declared_names(*extras: str) -> set[str]:
    """Names of the declared libraries, and of what their declared extras bring."""
    names = set()
    for requirement in declared_requirements(*extras):
        names.add(canonicalize_name(requirement.name))
        for line in _requires(requirement.name):
            brought = Requirement(line)
            if brought.marker and any(brought.marker.evaluate({"extra": e}) for e in requirement.extras):
                names.add(canonicalize_name(brought.name))
    return names


def _requires(name: str) -> list[str]:
    """What a library brings along; nothing where it is an extra that is not installed."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


@pytest.mark.parametrize(("of_tests", "extras"), [(False, ("ray",)), (True, ("dev", "ray"))])
def test_every_library_that_is_imported_is_declared(of_tests: bool, extras: tuple[str, ...]) -> None:
    declared, imports = declared_names(*extras), checkout().imports.items()
    read = ((path, found) for path, found in imports if path.startswith("tests/") == of_tests)
    assert [line for path, found in read for line in undeclared(path, found, declared)] == []


@pytest.mark.parametrize("text", ["import starlette.routing", "def f():\n    import no_such_library"])
def test_a_library_that_came_along_with_another_is_not_enough(text: str) -> None:
    found = layout.imported(Source("desk/x.py", text))
    assert len(undeclared("desk/x.py", found, {"fastapi"})) == 1
