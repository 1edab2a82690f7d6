"""By what a sale came to a partner: the partner's own link, its note and sub-id, the partner's own code."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from ..domain.codes import canonical
from ..domain.money import major
from ..domain.tracking import CAMPAIGN, SUB_ID
from ..models import Code, Document, History, HistoryKind, Link, Touch, TouchSource
from .context import Context

_DOCUMENT = Document.__table__
_HISTORY = History.__table__
_LINK = Link.__table__
_TOUCH = Touch.__table__
_CODE = Code.__table__
_NOTHING: dict[str, object] = dict.fromkeys(
    ("order_ref", "sale", "sale_currency", "code", "link", "label", "sub_id", "campaign"), ""
)
_WAYS = (TouchSource.LINK.value, TouchSource.HOST.value)


class Origins:
    """What can be told of documents to their partners; read from the database as it is asked."""

    def __init__(self, ctx: Context, wanted: Collection[tuple[int, int | None]]) -> None:
        self._ctx = ctx
        ids = {document_id for _partner, document_id in wanted if document_id is not None}
        query = select(_DOCUMENT).where(_DOCUMENT.c.id.in_(ids))
        self._papers = {row.id: row for row in ctx.conn.execute(query)} if ids else {}
        self._known: dict[tuple[int, int], dict[str, object]] = {}

    def of(self, partner_id: int, document_id: int | None) -> dict[str, object]:
        """Give what stands in a call about a document; empty texts where there is nothing to say."""
        if document_id is None:
            return dict(_NOTHING)
        key = partner_id, document_id
        if key not in self._known:
            self._known[key] = self._found(partner_id, self._papers[document_id])
        return dict(self._known[key])

    def _found(self, partner_id: int, paper: Row[Any]) -> dict[str, object]:
        return {
            **_NOTHING,
            "order_ref": paper.number or paper.ref,
            "sale": str(major(paper.total, paper.currency)),
            "sale_currency": paper.currency,
            "code": self._code(partner_id, paper),
            **self._way(partner_id, paper),
        }

    def _code(self, partner_id: int, paper: Row[Any]) -> str:
        """Give the first code of the sale that is the partner's own."""
        redeemed = [canonical(code) for _id, code, _terms in paper.sale.get("coupons", ())]
        if not redeemed:
            return ""
        mine = (_CODE.c.owner_id == partner_id, _CODE.c.key.in_(redeemed))
        found = {row.key: row.display for row in self._ctx.conn.execute(select(_CODE).where(*mine))}
        return next((str(found[key]) for key in redeemed if key in found), "")

    def _way(self, partner_id: int, paper: Row[Any]) -> dict[str, object]:
        """Give the link by which the sale came, else that by which its buyer joined the partner."""
        by = _named_in(paper, partner_id) or self._joined_by(partner_id, paper)
        link = None if by is None else self._link(partner_id, *by)
        if link is None:
            return {}
        click = self._click(link.id, paper)
        return {
            "link": "" if link.is_host else link.tracking_id.lower(),
            "label": link.label,
            "sub_id": click.get(SUB_ID, ""),
            "campaign": click.get(CAMPAIGN, ""),
        }

    def _joined_by(self, partner_id: int, paper: Row[Any]) -> tuple[str, str] | None:
        if paper.contact_id is None:
            return None
        joined = (
            _HISTORY.c.contact_id == paper.contact_id, _HISTORY.c.partner_id == partner_id,
            _HISTORY.c.kind == HistoryKind.SPONSOR.value, _HISTORY.c.how.in_(_WAYS),
        )  # fmt: skip
        query = select(_HISTORY.c.how, _HISTORY.c.after).where(*joined).order_by(_HISTORY.c.id.desc())
        row = self._ctx.conn.execute(query.limit(1)).first()
        return None if row is None or row.after is None else (row.how, row.after)

    def _link(self, partner_id: int, how: str, by: str) -> Row[Any] | None:
        named: ColumnElement[bool] = _LINK.c.tracking_id == by
        if how == TouchSource.HOST.value:
            named = _LINK.c.is_host & _LINK.c.label.startswith(by, autoescape=True)
        query = select(_LINK).where(_LINK.c.partner_id == partner_id, named)
        return self._ctx.conn.execute(query.order_by(_LINK.c.id).limit(1)).first()

    def _click(self, link_id: int, paper: Row[Any]) -> dict[str, str]:
        """Give what the buyer's last click on the link said before the order, while it is kept."""
        if paper.contact_id is None:
            return {}
        mine = (
            _TOUCH.c.contact_id == paper.contact_id, _TOUCH.c.link_id == link_id,
            _TOUCH.c.at <= paper.placed_at,
        )  # fmt: skip
        query = select(_TOUCH.c.utm).where(*mine).order_by(_TOUCH.c.id.desc()).limit(1)
        return dict(self._ctx.conn.execute(query).scalar() or {})


def _named_in(paper: Row[Any], partner_id: int) -> tuple[str, str] | None:
    """Give link or host that is kept with the order, where it is this partner's."""
    owner = paper.sale.get("owner")
    if not owner or owner[0] != partner_id or len(owner) < 5:
        return None
    return str(owner[3]), str(owner[4])
