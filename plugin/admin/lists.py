"""The one list view: filters, search, sort, keyset pages, acts on ticked rows, CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from flask import Response, abort, render_template, request

from .. import i18n
from ..csv_file import csv_response
from ..domain.money import major
from ..i18n import gettext as _
from ..i18n import ngettext
from ..services import listing
from ..services.listing import AnyRow
from . import saved_filters
from .asked import Asked, asked_of, statement_of
from .edge import blueprint, can, can_see, session
from .nouns import Column, Kind, Money, Noun, Scope, State
from .registry import NOUNS
from .show import to


def show_list(name: str) -> str:
    """Show one page of a list."""
    noun = NOUNS[name]
    asked = asked_of(noun, request.args)
    statement = statement_of(noun, asked)
    page = listing.page(session(), statement, noun.sorting(asked.sort)[1], at=request.args.get("at"))
    return render_template(
        "firstline/admin/list.html",
        here=noun.within or name,
        noun=noun,
        asked=asked,
        rows=page.rows,
        more=any(one.rare and asked.filters.get(one.name, "") not in ("", one.first) for one in noun.filters),
        total=_total(listing.count(session(), statement)) if page.rows else "",
        head=[_heading(noun, asked, column) for column in noun.columns],
        before=to(name, **asked.query(noun, at=page.before)) if page.before else None,
        after=to(name, **asked.query(noun, at=page.after)) if page.after else None,
        scopes=[_scope(noun, asked, scope) for scope in noun.scopes if scope.name in asked.scopes],
        csv=to(f"{name}_csv", **asked.query(noun)) if can_see(f"{name}_csv") else "",
        acts=[act for act in noun.bulk if can(f"{name}_bulk", act.name)],
        saved=saved_filters.shown(noun, asked),
        everything=to(name, **{item.name: "" for item in noun.filters if item.first}),
    )


def _total(found: int) -> str:
    if found > listing.COUNTED:
        return _("more than %(count)s", count=i18n.number(listing.COUNTED))
    return ngettext("%(num)s entry", "%(num)s entries", found)


def _heading(noun: Noun, asked: Asked, column: Column) -> dict[str, str]:
    heading = {"text": str(column.label), "class": "fl-num" if column.kind.is_figure else ""}
    if column.sort is None:
        return heading
    falling = asked.sort == f"-{column.name}"
    if asked.sort.removeprefix("-") == column.name:
        heading["sort"] = "descending" if falling else "ascending"
        wanted = column.name if falling else f"-{column.name}"
    else:
        first_down = column.kind.is_figure or column.kind in {Kind.DATE, Kind.MOMENT}
        wanted = f"-{column.name}" if first_down else column.name
    heading["href"] = to(noun.name, **asked.query(noun, sort=wanted))
    return heading


def _scope(noun: Noun, asked: Asked, scope: Scope) -> dict[str, str]:
    label = scope.label(session(), asked.scopes[scope.name])
    if label is None:
        abort(404)
    return {"label": label, "without": to(noun.name, **asked.query(noun, **{scope.name: None}))}


def export(name: str) -> Response:
    """Send all rows of a list, as filtered and sorted, as a file."""
    noun = NOUNS[name]
    asked = asked_of(noun, request.args)
    rows = listing.every(session(), statement_of(noun, asked), noun.sorting(asked.sort)[1])
    # The session ends with the request, before a stream would be read: the cells are made now.
    return csv_response(name, _file_head(noun), [list(_file_cells(noun, row)) for row in rows])


def _file_head(noun: Noun) -> list[str]:
    head: list[str] = []
    for column in (*noun.columns, *noun.file_columns):
        head.append(str(column.label))
        if column.kind is Kind.MONEY:
            head.append(_("Currency"))
    return head


def _file_cells(noun: Noun, row: AnyRow) -> Iterator[object]:
    for column in (*noun.columns, *noun.file_columns):
        value = column.value(row)
        if column.kind is Kind.MONEY:
            money = value if isinstance(value, Money) else None
            yield major(money.amount, money.currency) if money else ""
            yield money.currency if money else ""
        else:
            yield _file_cell(value)


def _file_cell(value: object) -> object:
    if isinstance(value, State):
        return value.text
    if isinstance(value, datetime):
        return i18n.local(value).isoformat(sep=" ", timespec="minutes")
    if isinstance(value, int | Decimal) or value is None:
        return value
    return str(value)


def _register(name: str) -> None:
    blueprint.add_url_rule(f"/{name}", name, show_list, defaults={"name": name})
    blueprint.add_url_rule(f"/{name}.csv", f"{name}_csv", export, defaults={"name": name})


for _name in NOUNS:
    _register(_name)
