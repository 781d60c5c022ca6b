"""Rules of the house that no linter knows; each returns the sentences of what breaks it."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache

from support.checkout import ROOMS, Source

FILE_CAP = 400
FUNCTION_CAP = 60
EDGES = frozenset(
    {"desk/worker.py", "desk/web/server.py", "desk/web/calls.py", "graph/chat.py", "desk/chat/trouble.py"}
)
"""Where a blanket handler may stand: around a job, a request and a chat turn."""
VAGUE = frozenset(
    {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "core",
        "base",
        "misc",
        "manager",
        "service",
        "handler",
        "processor",
    }
)
AMBIENT = frozenset(
    {"asyncio", "http", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid"}
)
"""Standard modules that fund has no use for: they bring in the network, chance or the hour."""
VIRTUAL_TIME = frozenset({"support.llms"})
"""Builders that run a coroutine on a loop whose clock jumps instead of waiting."""
NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(source: Source) -> Iterator[str]:
    """A file holds one idea."""
    lines = source.text.count("\n")
    if lines > FILE_CAP:
        yield f"{source.path}: {lines} lines, at most {FILE_CAP}"


def long_functions(source: Source) -> Iterator[str]:
    """A function fits on a screen, its docstring and comments aside."""
    for name, line, length in function_lengths(source):
        if length > FUNCTION_CAP:
            yield f"{source.path}:{line}: {name} has {length} lines of code, at most {FUNCTION_CAP}"


@lru_cache(maxsize=1)
def function_lengths(source: Source) -> tuple[tuple[str, int, int], ...]:
    """Name, first line and lines of code of every function; of the file looked at last it is known."""
    code = _code_lines(source)
    return tuple(
        (
            node.name,
            node.lineno,
            len(code.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1))),
        )
        for node in source.nodes
        if isinstance(node, Function)
    )


def vague_module_names(source: Source) -> Iterator[str]:
    """A module is named for what it holds."""
    for part in source.path.removesuffix(".py").split("/"):
        words = part.split("_")
        if part in VAGUE or (len(words) > 1 and words[-1] in VAGUE - {"base", "core", "manager"}):
            yield f"{source.path}: {part!r} says nothing about what is inside"


def imports_of_tests(source: Source) -> Iterator[str]:
    """A library installs a package named tests, so ours is never imported by that name."""
    for line, name in imported(source):
        if name.split(".")[0] == "tests":
            yield f"{source.path}:{line}: imports {name}; shared builders are imported from support"


def face_imports(source: Source) -> Iterator[str]:
    """The face knows the desk and nothing behind it."""
    for line, name in imported(source):
        room = name.split(".")[0]
        if source.room == "chat-ui" and room in ROOMS and room != "desk":
            yield f"{source.path}:{line}: imports {name}; chat-ui imports only desk of our rooms"


def ambient_imports(source: Source) -> Iterator[str]:
    """What money is does not depend on the network, chance or the hour."""
    for line, name in imported(source):
        if source.room == "fund" and name.split(".")[0] in AMBIENT:
            yield f"{source.path}:{line}: imports {name}; fund takes such things as arguments"


def blanket_handlers(source: Source) -> Iterator[str]:
    """Everything is caught only at the edges of the process; cleaning up and raising again is no catch."""
    if source.path in EDGES:
        return
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not _raises_again(node):
            yield f"{source.path}:{node.lineno}: catches every error outside the edges {sorted(EDGES)}"
        if isinstance(node, ast.Call) and _suppresses_all(node):
            yield f"{source.path}:{node.lineno}: suppresses every error"


def bare_model_names(source: Source) -> Iterator[str]:
    """Say forecaster, LLM or table: a "model" alone could be any of them."""
    for node in source.nodes:
        name = _defined_name(node)
        if name is not None and name.lower().strip("_") in {"model", "models"}:
            line = getattr(node, "lineno", 1)
            yield f"{source.path}:{line}: {name!r} could be a forecaster, an LLM or a table"


def sleeping_tests(source: Source) -> Iterator[str]:
    """A test waits for what it needs, not for time to pass; a loop in virtual time passes none."""
    virtual = VIRTUAL_TIME & {name for _, name in imported(source)}
    for node in source.nodes:
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}):
            continue
        turn = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if not (turn or (virtual and ast.unparse(node.func) == "asyncio.sleep")):
            yield f"{source.path}:{node.lineno}: sleeps"


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full module name of every import, those inside functions too."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _defined_name(node: ast.AST) -> str | None:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.arg(arg=name):
            return name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case _:
            return None


def _catches_all(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(k, ast.Name) and k.id in {"Exception", "BaseException"} for k in kinds)


def _suppresses_all(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith("suppress") and any(_catches_all(kind) for kind in call.args)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _code_lines(source: Source) -> frozenset[int]:
    """Numbers of the lines that hold code: neither blank, nor only a comment, nor part of a docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in source.nodes:
        match node:
            case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)):
                lines.difference_update(range(first, last + 1))
    return frozenset(lines)
