"""Check suspicions: what orders say of who is held and rejected is what suspicions have decided."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from ..domain.suspicion import About, Suspected
from ..models import Document, Reward, RewardState, Suspicion
from .checking import Checked, Comparison
from .context import Context
from .kickback_suspicions import SUSPECTED, follows

_SUSPICION = Suspicion.__table__
_DOCUMENT = Document.__table__
_REWARD = Reward.__table__
_HELD = and_(_REWARD.c.state == RewardState.PENDING.value, _REWARD.c.due_at.is_(None))
_FREE = "free"


def check_suspicions(ctx: Context) -> Checked:
    """Compare suspicions with the documents they are about; what is held of these is checked elsewhere."""
    comparison = Comparison("suspicions = what they hold and reject")
    decided: dict[int, dict[int, str]] = defaultdict(dict)
    for row in ctx.conn.execute(select(_SUSPICION).where(_SUSPICION.c.about == About.ORDER.value)):
        decided[row.document_id][row.partner_id] = _word(row.state, row.action)
    of_orders = select(_SUSPICION.c.document_id).where(_SUSPICION.c.about == About.ORDER.value)
    told = or_(_DOCUMENT.c.suspects.is_not(None), _DOCUMENT.c.id.in_(of_orders))
    for row in ctx.conn.execute(select(_DOCUMENT).where(told).order_by(_DOCUMENT.c.id)):
        computed, kept = decided[row.order_id or row.id], row.suspects or {}
        for partner_id in sorted({*computed, *map(int, kept)}):
            comparison.states(
                f"{row.kind} {row.ref}, #{partner_id}",
                computed=computed.get(partner_id, _FREE),
                kept=kept.get(str(partner_id), _FREE),
            )
    _compare_kickbacks(ctx, comparison)
    return comparison.done()


def _compare_kickbacks(ctx: Context, comparison: Comparison) -> None:
    """Compare suspicions with rewards; one that was withdrawn for another reason is neither."""
    mine = func.replace(_SUSPICION.c.once, " ", ":") == _REWARD.c.source_key
    counts = or_(_REWARD.c.withdrawn_at.is_(None), _REWARD.c.why == SUSPECTED)
    query: Select[Any] = select(
        _SUSPICION.c.state, _SUSPICION.c.action, _REWARD.c.id, _REWARD.c.withdrawn_at, _HELD.label("held")
    )
    for row in ctx.conn.execute(query.where(_SUSPICION.c.about == About.KICKBACK.value, mine, counts)):
        rejected, held = row.withdrawn_at is not None, row.held
        kept = Suspected.REJECTED.value if rejected else Suspected.HELD.value if held else _FREE
        comparison.states(f"reward {row.id}", computed=_word(row.state, row.action), kept=kept)


def _word(state: str, action: str) -> str:
    found = follows(state, action)
    return _FREE if found is None else found.value
