"""Batches of codes as programs order them: small ones at once, large ones by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, update

from ..domain.codes import ALPHABET, LONGEST
from ..models import Code, CodeBatch, Outbox
from . import code_batches
from .codes import check_limit, spelled
from .context import Context
from .coupons import get_coupon
from .mistakes import Mistake

_BATCH = CodeBatch.__table__
_CODE = Code.__table__
_OUTBOX = Outbox.__table__
TOPIC = "code_batch"
AT_ONCE = 1_000
"""Codes that are drawn while the caller waits."""
MOST = 1_000_000
_CHUNK = 500
_SPARE = 1_000
"""So many codes must be possible for each that is wanted: nobody can guess them, and none is drawn twice."""
_SIGNING = "check signs"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a batch shall be. Contacts by their ids."""

    coupon_id: int
    count: int
    prefix: str = ""
    length: int = 10
    check_signs: bool = False
    owner_id: int | None = None
    max_uses: int | None = None
    occasion: str = ""


def order_batch(ctx: Context, wanted: Wanted, *, who: str) -> int:
    """Keep a batch and give its id; its codes are there at once, or when the worker has drawn them."""
    _check(ctx, wanted)
    row = {
        "coupon_id": wanted.coupon_id,
        "how": "api",
        "prefix": wanted.prefix,
        "length": wanted.length,
        "check_signs": wanted.check_signs,
        "key_id": ctx.keys.signing_id if wanted.check_signs else None,
        "occasion": wanted.occasion,
        "file_name": "",
        "count": wanted.count,
        "made_by": who[:100],
        "created_at": ctx.now,
    }
    batch_id = int(ctx.conn.execute(insert(_BATCH).returning(_BATCH.c.id), row).scalar_one())
    payload: dict[str, object] = {"batch_id": batch_id, "who": who, "wanted": asdict(wanted)}
    if wanted.count <= AT_ONCE:
        draw_ordered(ctx, payload)
    else:
        job = {
            "topic": TOPIC,
            "payload": payload,
            "state": "waiting",
            "run_at": ctx.now,
            "attempts": 0,
            "created_at": ctx.now,
        }
        ctx.conn.execute(insert(_OUTBOX), job)
    return batch_id


def _check(ctx: Context, wanted: Wanted) -> None:
    get_coupon(ctx.conn, wanted.coupon_id)
    check_limit(wanted.max_uses)
    if not 1 <= wanted.count <= MOST:
        raise Mistake(f"A batch has 1 to {MOST} codes.")
    if len(wanted.prefix) + wanted.length + wanted.check_signs > LONGEST:
        raise Mistake(f"A code has at most {LONGEST} characters, its prefix among them.")
    if len(ALPHABET) ** wanted.length < wanted.count * _SPARE:
        raise Mistake(f"So many codes of length {wanted.length} could be guessed; give a greater length.")
    if wanted.prefix:
        spelled(wanted.prefix)


def draw_ordered(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Draw the codes of a batch that was ordered, all of them in this transaction."""
    wanted = Wanted(**payload["wanted"])
    key = ctx.keys.signing(_SIGNING) if wanted.check_signs else None
    codes = code_batches.generate_codes(
        ctx.conn,
        wanted.coupon_id,
        wanted.count,
        prefix=wanted.prefix,
        length=wanted.length,
        key=key,
        owner_id=wanted.owner_id,
        max_uses=wanted.max_uses,
        who=str(payload["who"]),
        now=ctx.now,
    )
    for start in range(0, len(codes), _CHUNK):
        keys = [str(spelled(code)["key"]) for code in codes[start : start + _CHUNK]]
        mine = update(_CODE).where(_CODE.c.key.in_(keys))
        ctx.conn.execute(mine.values(batch_id=payload["batch_id"]))
