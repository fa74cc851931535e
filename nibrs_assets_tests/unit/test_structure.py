"""How the tests are laid out: what they share is in `support/`, and unit tests start no server."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nibrs_assets_tests
from nibrs_assets_tests.support.samples import TESTS

PACKAGE = nibrs_assets_tests.__name__
SERVERS = {
    "nibrs_assets.warehouse.embedded",
    "playwright",
    f"{PACKAGE}.support.deployment",
    f"{PACKAGE}.support.fbi_server",
    f"{PACKAGE}.support.pipeline",
    f"{PACKAGE}.support.s3_server",
}
"""Modules that a unit test does not reach through the tests' own code."""


def test_no_module_imports_a_test_module_or_a_conftest() -> None:
    for path in TESTS.rglob("*.py"):
        for name in imports(path):
            parts = name.split(".") if name.startswith(PACKAGE) else []
            assert not any(part == "conftest" or part.startswith("test_") for part in parts), (
                f"{path.relative_to(TESTS)} imports {name}: move what it needs to support/"
            )


def test_unit_tests_start_no_server() -> None:
    for path in (TESTS / "unit").rglob("*.py"):
        found = {name for module in reached_from(path) for name in imports(module) if starts_a_server(name)}
        assert not found, f"{path.relative_to(TESTS)} reaches {sorted(found)}: it belongs in integration/"


def test_the_name_of_a_test_module_is_its_own() -> None:
    """docs/traps.csv and LONGEST_FIRST know modules by their name without the folder."""
    names = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def imports(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it; of `from a import b`, both `a` and `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(TESTS)}: import absolutely"
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def reached_from(path: Path) -> Iterator[Path]:
    """The file and the modules of the tests that it imports, those that they import included."""
    seen, left = set(), [path]
    while left:
        file = left.pop()
        if file not in seen:
            seen.add(file)
            yield file
            candidates = (TESTS.parent / Path(*name.split(".")) for name in imports(file) if name.startswith(PACKAGE))
            left += [found for module in candidates if (found := module.with_suffix(".py")).exists()]


def starts_a_server(module: str) -> bool:
    return any(module == server or module.startswith(f"{server}.") for server in SERVERS)
