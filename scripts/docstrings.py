"""Read what stands below fields and names in the sources, which Python itself throws away."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from types import ModuleType


def below_names(module: ModuleType) -> dict[str, str]:
    """Give the text below each name of a module."""
    return _texts(ast.parse(inspect.getsource(module)).body)


def below_fields(kind: type) -> dict[str, str]:
    """Give the text below each field of a class."""
    [found] = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body
    return _texts(found.body) if isinstance(found, ast.ClassDef) else {}


def _texts(body: Sequence[ast.stmt]) -> dict[str, str]:
    found = {}
    for named, text in zip(body, body[1:], strict=False):
        name = _name(named)
        if name and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[name] = inspect.cleandoc(str(text.value.value))
    return found


def _name(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def alias(module: ModuleType, name: str) -> str:
    """Give what a name of a module stands for, as the sources write it."""
    body = ast.parse(inspect.getsource(module)).body
    [found] = [node for node in body if isinstance(node, ast.Assign) and _name(node) == name]
    return ast.unparse(found.value)


def one_line(text: str | None) -> str:
    """Give a text as one line."""
    return " ".join((text or "").split())


def paragraphs(text: str | None) -> str:
    """Give a docstring as Markdown: paragraphs as they are, without the marks of the command line."""
    clean = inspect.cleandoc(text or "").replace("\b\n", "")
    return "\n\n".join(one_line(part) for part in clean.split("\n\n") if part.strip())
