"""A few rows of a list on the page of something else: the same columns, and the way to the whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from ..services import listing
from ..services.listing import AnyRow
from .edge import session
from .nouns import Column, Noun
from .show import to

SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some rows of a noun under a title; `whole` leads to the list where there are more."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[AnyRow]
    empty: str
    whole: str | None = None

    @property
    def head(self) -> list[dict[str, str]]:
        """The head row."""
        return [{"text": str(c.label), "class": "fl-num" if c.kind.is_figure else ""} for c in self.columns]


def excerpt(
    noun: Noun,
    title: str,
    where: ColumnElement[bool],
    names: Sequence[str],
    *,
    key: str,
    empty: str,
    **scope: int,
) -> Excerpt:
    """Give the first rows of a noun's own order that meet a condition."""
    columns = {column.name: column for column in noun.columns}
    page = listing.page(session(), noun.statement().where(where), noun.sorting(None)[1], size=SHOWN)
    return Excerpt(
        key=key,
        title=title,
        columns=[columns[name] for name in names],
        rows=page.rows,
        empty=empty,
        whole=to(noun.name, **scope) if page.after and scope else None,
    )
