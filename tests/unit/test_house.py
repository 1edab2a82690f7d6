"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

DOMAIN = sorted((Path(__file__).parents[2] / "plugin" / "domain").glob("*.py"))
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic"}


def nodes_of(file: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def names_called(file: Path) -> set[str]:
    functions = [node.func for node in nodes_of(file) if isinstance(node, ast.Call)]
    return {f.id for f in functions if isinstance(f, ast.Name)} | {
        f.attr for f in functions if isinstance(f, ast.Attribute)
    }


@pytest.mark.parametrize("file", DOMAIN, ids=lambda file: file.stem)
def test_the_domain_makes_no_float(file: Path) -> None:
    constants = [node.value for node in nodes_of(file) if isinstance(node, ast.Constant)]

    assert [value for value in constants if isinstance(value, float)] == []
    assert "float" not in names_called(file)


@pytest.mark.parametrize("file", DOMAIN, ids=lambda file: file.stem)
def test_the_domain_has_no_clock_of_its_own(file: Path) -> None:
    assert names_called(file) & CLOCKS == set()
