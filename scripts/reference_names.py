"""The public names as a page: the facts, the calls, what the shop answers, what is raised."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from types import FunctionType

from docstrings import alias, one_line, paragraphs

import flask_firstline
from flask_firstline import Firstline, Reason, errors, shop

HEAD = """# Public names

What `flask_firstline` offers by name; everything else may change from version to version. When to make which
call: [What the shop must tell us](calls.md). Settings: [Settings](settings.md). Signals:
[Signals](signals.md). For tests of your adapter: `flask_firstline.testing`, see [Mount it](mount.md).

Amounts are in major units (`5` is 5.00 EUR) and may be given as `Decimal`, `int`, `str` or `float`; refs are
your own ids, text or number, of at most 64 characters. All values are frozen and made by keyword.
"""
GIVEN = ("Customer", "Line", "Cart", "Order", "Invoice", "Refund", "RefundLine", "Admin", "Product")
GIVEN_BACK = ("Quote", "CouponItem", "CreditItem", "OrderView", "ContactView", "Balance", "Share")
RAISED = ("FirstlineError", "ConfigError", "WrongFact", "Refused", "TooManyTries")
#: Longer signatures take a line for each argument.
_WIDTH = 70
_ALIASES = {name: alias(shop, name) for name in ("Lines", "MaybeCustomer")}


def page() -> str:
    """Give the page."""
    parts = [HEAD, "## Firstline\n", f"{paragraphs(Firstline.__doc__)}\n", *_calls(Firstline)]
    parts += ["## What the shop answers\n", *_answers()]
    parts += ["## What the shop tells\n", *(text for name in GIVEN for text in _value(name))]
    parts += ["## What it gets back\n", *(text for name in GIVEN_BACK for text in _value(name))]
    parts += ["## What is raised\n", *_raised(), "## Why a code is refused\n", *_reasons()]
    parts += ["## include_name\n", f"{paragraphs(flask_firstline.include_name.__doc__)}\n"]
    return "\n".join(parts)


def _calls(kind: type) -> Iterator[str]:
    for name, call in vars(kind).items():
        if isinstance(call, FunctionType) and not name.startswith("_"):
            yield f"### {name}\n\n```text\n{name}{_signature(call)}\n```\n\n{paragraphs(call.__doc__)}\n"


def _signature(call: FunctionType) -> str:
    found = inspect.signature(call)
    taken, named = [], False
    for one in list(found.parameters.values())[1:]:
        if one.kind is one.KEYWORD_ONLY and not named:
            taken.append("*")
            named = True
        default = "" if one.default is one.empty else f" = {one.default!r}"
        taken.append(f"{one.name.strip('_')}: {one.annotation}{default}")
    shown = f"({', '.join(taken)}) -> {found.return_annotation}"
    if len(shown) < _WIDTH:
        return shown
    lines = "".join(f"    {one},\n" for one in taken)
    return f"(\n{lines}) -> {found.return_annotation}"


def _answers() -> Iterator[str]:
    """Give the adapter's methods: those that every shop has, then those that it may have."""
    yield f"{paragraphs(shop.Shop.__doc__)}\n"
    yield "Every shop answers these:\n"
    yield from _methods(shop.Shop)
    yield "\nWhat else a shop may answer; where a method is missing, the plugin does without:\n"
    for name, kind in vars(shop).items():
        ours = inspect.isclass(kind) and kind.__module__ == shop.__name__
        if ours and getattr(kind, "_is_protocol", False) and name != "Shop" and not name.startswith("_"):
            yield from _methods(kind)
    yield ""


def _methods(kind: type) -> Iterator[str]:
    for name, call in vars(kind).items():
        if isinstance(call, FunctionType) and not name.startswith("_"):
            taken = str(inspect.signature(call)).replace("'", "").replace("(self, ", "(")
            yield f"- `{name}{taken.replace('(self)', '()')}`: {one_line(call.__doc__)}"


def _value(name: str) -> Iterator[str]:
    kind = getattr(shop, name)
    yield f"### {name}\n\n{paragraphs(kind.__doc__)}\n"
    yield "| field | type | default |\n|---|---|---|"
    if not is_dataclass(kind):
        raise TypeError(f"{name} is no value")
    for item in fields(kind):
        yield f"| `{item.name}` | `{_type_of(item)}` | {_default(getattr(shop, name), item)} |"
    yield ""


def _type_of(item: Field[object]) -> str:
    return _ALIASES.get(str(item.type), str(item.type)).replace("|", r"\|")


def _default(kind: Callable[..., object], item: Field[object]) -> str:
    given = inspect.signature(kind).parameters[item.name].default
    if item.default_factory is not MISSING:
        return f"`{item.default_factory()!r}`"
    if given is inspect.Parameter.empty:
        return "required"
    return f"`{given}`" if not isinstance(given, str) else f"`{given!r}`"


def _raised() -> Iterator[str]:
    for name in RAISED:
        kind = getattr(errors, name)
        yield f"- `{name}`: {one_line(kind.__doc__)}"
    yield ""


def _reasons() -> Iterator[str]:
    yield f"{paragraphs(Reason.__doc__)}\n"
    yield "To the public, those that would reveal which codes exist are `unknown`.\n"
    yield "| reason | text | shown to the public as |\n|---|---|---|"
    for reason in Reason:
        shown = "the same" if reason.public is reason else f"`{reason.public}`"
        yield f"| `{reason}` | {errors.TEXTS[reason]} | {shown} |"
    yield ""


def left_out() -> set[str]:
    """Give the public names that the page does not tell of."""
    told = {*GIVEN, *GIVEN_BACK, *RAISED, "Firstline", "Shop", "Reason", "include_name"}
    return set(flask_firstline.__all__) - told
