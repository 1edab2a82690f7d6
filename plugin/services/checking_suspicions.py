"""Check suspicions: what orders say of who is held and rejected is what suspicions have decided."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import or_, select

from ..domain.suspicion import Action, Suspected, SuspicionState
from ..models import Document, Suspicion
from .checking import Checked, Comparison
from .context import Context

_SUSPICION = Suspicion.__table__
_DOCUMENT = Document.__table__
_FREE = "free"


def check_suspicions(ctx: Context) -> Checked:
    """Compare suspicions with the documents they are about; what is held of these is checked elsewhere."""
    comparison = Comparison("suspicions = what they hold and reject")
    decided: dict[int, dict[int, str]] = defaultdict(dict)
    for row in ctx.conn.execute(select(_SUSPICION).where(_SUSPICION.c.document_id.is_not(None))):
        decided[row.document_id][row.partner_id] = _word(row.state, row.action)
    told = or_(_DOCUMENT.c.suspects.is_not(None), _DOCUMENT.c.id.in_(select(_SUSPICION.c.document_id)))
    for row in ctx.conn.execute(select(_DOCUMENT).where(told).order_by(_DOCUMENT.c.id)):
        computed, kept = decided[row.order_id or row.id], row.suspects or {}
        for partner_id in sorted({*computed, *map(int, kept)}):
            comparison.states(
                f"{row.kind} {row.ref}, #{partner_id}",
                computed=computed.get(partner_id, _FREE),
                kept=kept.get(str(partner_id), _FREE),
            )
    return comparison.done()


def _word(state: str, action: str) -> str:
    if state == SuspicionState.OPEN.value:
        by_policy = {Action.HOLD.value: Suspected.HELD.value, Action.REJECT.value: Suspected.REJECTED.value}
        return by_policy.get(action, _FREE)
    return Suspected.REJECTED.value if state == SuspicionState.CONFIRMED.value else _FREE
