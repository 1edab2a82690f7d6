"""Opening balances from another system: posted by hand, once for each partner and currency."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, func, select

from ..models import Accrual, Call, ImportedRow, Merged
from . import inbox, manual_postings
from .cells import LegacyProblem, WrongCell
from .context import Context
from .legacy_fields import Field
from .legacy_lines import Owed, Source
from .legacy_people import Mismatch, There
from .manual_postings import ByHand, Wanted
from .mistakes import PostingRefused

Posted = dict[tuple[int, str], int]
"""What was posted, in minor units, by partner and currency."""
_ACCRUAL = Accrual.__table__
_CALL = Call.__table__
_ROW = ImportedRow.__table__
_MERGED = Merged.__table__
_LONGEST_REASON = 200


def key_of(origin: str, partner_id: int, currency: str) -> str:
    """Give the key under which an opening balance is posted: the database knows each once."""
    return f"opening:{hashlib.sha256(origin.encode()).hexdigest()[:32]}:{partner_id}:{currency}"


def posted(ctx: Context, origin: str, known: There, owed: Iterable[Owed]) -> Posted:
    """Give the opening balances that are posted, also to doubles that were merged into a partner."""
    currencies: dict[int, set[str]] = defaultdict(set)
    for one in owed:
        with suppress(Mismatch):
            currencies[partner_of(one, known).id].add(one.currency)
    query = select(_MERGED.c.loser_id, _MERGED.c.winner_id).where(_MERGED.c.winner_id.in_(list(currencies)))
    winners = {**{one: one for one in currencies}, **{row[0]: row[1] for row in ctx.conn.execute(query)}}
    keys = [key_of(origin, one, code) for one, winner in winners.items() for code in currencies[winner]]
    mine = (_CALL.c.source == inbox.ADMIN, _CALL.c.kind == manual_postings.KIND, _CALL.c.key.in_(keys))
    found: Posted = {}
    for (said,) in ctx.conn.execute(select(_CALL.c.payload).where(*mine)):
        place = winners[said["partner_id"]], said["currency"]
        found[place] = found.get(place, 0) + said["amount"]
    return found


def sums(ctx: Context, upload_id: int) -> dict[str, int]:
    """Give what an import has posted, in minor units by currency."""
    mine = select(_ROW.c.call_id).where(_ROW.c.upload_id == upload_id, _ROW.c.call_id.is_not(None))
    query = select(_ACCRUAL.c.currency, func.sum(_ACCRUAL.c.amount)).where(_ACCRUAL.c.call_id.in_(mine))
    return {row[0]: int(row[1]) for row in ctx.conn.execute(query.group_by(_ACCRUAL.c.currency))}


def partner_of(one: Owed, known: There) -> Row[Any]:
    """Give the partner whose balance a line is. Raises Mismatch."""
    try:
        row = known.named(one.partner)
    except WrongCell as wrong:
        raise Mismatch(Field.PARTNER, wrong) from wrong
    if row is None:
        raise Mismatch(Field.PARTNER, WrongCell(LegacyProblem.NOBODY))
    if row.partner_since is None:
        raise Mismatch(Field.PARTNER, WrongCell(LegacyProblem.NEVER_PARTNER))
    return row


def reason_of(one: Owed, source: Source) -> str:
    """Give what the partner reads: why, as of when, the note, and the file's name."""
    day = "" if one.as_of is None else one.as_of.astimezone(source.zone).date().isoformat()
    said = ", ".join(part for part in (source.mapping.reason, day, one.note) if part)
    end = f" ({source.file_name})"
    return f"{said[: _LONGEST_REASON - len(end)]}{end}" if len(end) < _LONGEST_REASON // 2 else said[:200]


def post(
    ctx: Context, source: Source, owed: Sequence[Owed], known: There, *, who: str
) -> list[dict[str, Any]]:
    """Post some balances; give what became of each line."""
    done = posted(ctx, source.origin, known, owed)
    return [_posted(ctx, source, one, known, done, who) for one in owed]


def _posted(ctx: Context, source: Source, one: Owed, known: There, done: Posted, who: str) -> dict[str, Any]:
    row: dict[str, Any] = {"line": one.line, "contact_id": None, "outcome": "overtaken", "call_id": None}
    try:
        partner = partner_of(one, known)
    except Mismatch:
        return row
    row["contact_id"] = partner.id
    if one.amount == 0 or done.get((partner.id, one.currency)) == one.amount:
        return row | {"outcome": "unchanged"}
    wanted = Wanted(
        kind=ByHand.CORRECTION,
        partner_id=partner.id,
        amount=one.amount,
        currency=one.currency,
        reason=reason_of(one, source),
    )
    try:
        place = manual_postings.post(
            ctx, wanted, key=key_of(source.origin, partner.id, one.currency), who=who
        )
    except PostingRefused:
        return row
    return row | {"outcome": "created", "call_id": place[0]}
