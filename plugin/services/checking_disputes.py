"""Check disputes: what is held is what an open dispute, or a suspicion, holds."""

from __future__ import annotations

from sqlalchemy import or_, select

from ..models import Accrual, Dispute, DisputeState, Document
from .checking import Checked, Comparison
from .context import Context
from .dispute_holds import is_held_back

_DISPUTE = Dispute.__table__
_DOCUMENT = Document.__table__
_ACCRUAL = Accrual.__table__


def check_disputes(ctx: Context) -> Checked:
    """Compare open disputes with the documents they are about, and these with what is held of them."""
    comparison = Comparison("open disputes = accruals held")
    open_ = (_DISPUTE.c.state == DisputeState.OPEN.value) & or_(
        _DISPUTE.c.document_id == _DOCUMENT.c.id, _DISPUTE.c.document_id == _DOCUMENT.c.order_id
    )
    disputed = select(_DISPUTE.c.id).where(open_).exists()
    documents = select(_DOCUMENT.c.kind, _DOCUMENT.c.ref, _DOCUMENT.c.disputed_at, disputed.label("disputed"))
    told = documents.where(or_(_DOCUMENT.c.disputed_at.is_not(None), disputed))
    for row in ctx.conn.execute(told.order_by(_DOCUMENT.c.id)):
        comparison.states(
            f"{row.kind} {row.ref}",
            computed=_word(disputed=row.disputed),
            kept=_word(disputed=row.disputed_at is not None),
        )
    accruals = (
        select(
            *(_ACCRUAL.c[name] for name in ("call_id", "seq", "held", "partner_id")),
            *(_DOCUMENT.c[name] for name in ("disputed_at", "suspects")),
        )
        .join(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
        .where(_ACCRUAL.c.released_at.is_(None), _ACCRUAL.c.level.is_not(None))
        .where(or_(_ACCRUAL.c.held, _DOCUMENT.c.disputed_at.is_not(None), _DOCUMENT.c.suspects.is_not(None)))
    )
    for row in ctx.conn.execute(accruals):
        comparison.states(
            f"accrual {row.call_id}/{row.seq}",
            computed=_word(disputed=is_held_back(row)),
            kept=_word(disputed=row.held),
        )
    return comparison.done()


def _word(*, disputed: bool) -> str:
    return "held" if disputed else "free"
