"""What import-linter cannot say about the direction of imports and the purity of the domain."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("domain", "ledger", "projections", "api")
CLOCKS = {"now", "utcnow", "today"}


def syntax_of(folder: Path) -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            yield path, node


def test_the_domain_imports_the_standard_library_only(root):
    allowed = {"domain", *sys.stdlib_module_names}
    for path, node in syntax_of(root / "domain"):
        match node:
            case ast.Import(names):
                modules = [name.name for name in names]
            case ast.ImportFrom(module, _, level):
                modules = ["domain" if level else str(module)]
            case _:
                continue
        foreign = [module for module in modules if module.split(".")[0] not in allowed]
        assert not foreign, f"{path}:{node.lineno} imports {foreign}"


def test_the_domain_never_asks_what_time_it_is(root):
    for path, node in syntax_of(root / "domain"):
        assert not (isinstance(node, ast.Attribute) and node.attr in CLOCKS), f"{path}:{node.lineno} reads a clock"


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_says_what_it_is_for(root, name):
    tree = ast.parse((root / name / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree), f"{name}/__init__.py has no docstring"
