"""Dagster is used by its public API: what has an underscore in its path may change with any release."""

import ast
from collections.abc import Iterator
from pathlib import Path

import nibrs_assets

PACKAGE = Path(nibrs_assets.__file__).parent
EXCEPTION = "defs/launcher.py"
"""Says why in its docstring."""


def private_imports(source: str) -> Iterator[str]:
    """The modules and names of Dagster and its libraries that `source` imports and that are private."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0].startswith("dagster") and any(part.startswith("_") for part in parts):
                yield name


def test_private_imports_are_found() -> None:
    source = "import dagster._core.errors\ndef f():\n    from dagster import _check\n    from dagster_aws._x import y\n"
    assert list(private_imports(source)) == ["dagster._core.errors", "dagster._check", "dagster_aws._x.y"]
    assert list(private_imports("import dagster as dg\nfrom dagster_celery.tasks import x\n")) == []


def test_nothing_private_of_dagster_is_imported() -> None:
    modules = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    found = {name: list(private_imports(source)) for name, source in modules.items()}
    assert {name for name, imports in found.items() if imports} == {EXCEPTION}
