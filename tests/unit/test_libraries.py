"""The libraries are the ones we chose: pinned, recent enough to be safe, and alive when touched.

A resolver that is content proves nothing: libraries that install cleanly may still not work together.
"""

from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.checkout import ROOT, declared_requirements
from support.smoke import SMOKE

pytestmark = pytest.mark.long

SAFE_FROM = {
    "chainlit": "2.10.1",
    "langchain-core": "1.2.5",
    "langchain-openai": "1.1.14",
    "langgraph": "1.0.10",
    "langgraph-checkpoint": "4.0",
    "mcp": "1.28.1",
    "torch": "2.10",
}
"""Versions before these have published vulnerabilities."""


def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


def pinned_version(requirement: Requirement) -> Version:
    (specifier,) = requirement.specifier
    return Version(specifier.version)


def test_a_constraint_is_an_exact_public_version_and_nothing_else() -> None:
    for name, requirement in pins().items():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], name
        assert requirement.url is None, name
        assert pinned_version(requirement).local is None, f"{name} names a build of one index"


def test_every_library_we_declare_is_pinned_inside_its_range() -> None:
    pinned = pins()
    for requirement in declared_requirements("dev"):
        name = canonicalize_name(requirement.name)
        assert name in pinned
        assert pinned_version(pinned[name]) in requirement.specifier, name


def test_what_is_installed_is_what_is_pinned() -> None:
    different = {}
    for name, requirement in pins().items():
        try:
            installed = Version(version(name))
        except PackageNotFoundError:
            continue  # of another platform or an extra that is not installed
        if Version(installed.public) != pinned_version(requirement):
            different[name] = str(installed)
    assert not different, "make test installs what constraints.txt says"


@pytest.mark.parametrize("name", sorted(SAFE_FROM))
def test_no_version_with_a_known_hole_is_pinned_or_installed(name: str) -> None:
    floor = Version(SAFE_FROM[name])
    if name in pins():
        assert pinned_version(pins()[name]) >= floor
    try:
        assert Version(version(name)) >= floor
    except PackageNotFoundError:
        assert name not in pins(), "it is pinned, so it should be here"


def test_every_library_the_desk_runs_on_is_touched_below() -> None:
    assert {canonicalize_name(requirement.name) for requirement in declared_requirements()} == set(SMOKE)


@pytest.mark.parametrize("name", sorted(SMOKE))
def test_the_library_works(name: str) -> None:
    SMOKE[name]()
