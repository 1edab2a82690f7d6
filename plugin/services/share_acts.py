"""Ways of sharing: which a promoter has chosen, and which are proven by somebody who came."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, select, update

from ..domain.campaign import CHANNELS
from ..domain.codes import canonical
from ..models import Code, Promoter, ShareAct
from ..models.base import insert_missing
from . import outbox
from .context import Context

CAME = "friend_came"
"""The topic that tells of somebody known who came by a promoter's link."""
PROVED = "share_proved"
"""The topic that tells of a way that was proven."""
_ACT = ShareAct.__table__
_CODE = Code.__table__
_PROMOTER = Promoter.__table__


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who came by a promoter's link: a contact where one is signed in, and from which network."""

    contact_id: int | None = None
    network: str | None = None


def opened(ctx: Context, promoter_id: int, network: str | None) -> None:
    """Keep from which network a promoter looks at the own page."""
    if network is not None:
        mine = (_PROMOTER.c.id == promoter_id, _PROMOTER.c.network.is_distinct_from(network))
        ctx.conn.execute(update(_PROMOTER).where(*mine).values(network=network))


def forget(conn: Connection, contact_id: int) -> None:
    """Forget from where somebody looked at the own page."""
    conn.execute(update(_PROMOTER).where(_PROMOTER.c.contact_id == contact_id).values(network=None))


def press(ctx: Context, promoter_id: int, channel: str) -> None:
    """Count that a promoter has chosen a way."""
    _open(ctx, promoter_id, channel)
    mine = (_ACT.c.promoter_id == promoter_id, _ACT.c.channel == channel)
    ctx.conn.execute(update(_ACT).where(*mine).values(pressed=_ACT.c.pressed + 1, pressed_at=ctx.now))


def visit(ctx: Context, code: str, channel: str | None, visitor: Visitor) -> None:
    """Count that somebody came by a promoter's link; the first one who is not the promoter proves its way.

    That is: nobody signed in as the promoter, and not from the network from which the promoter opened the own
    page last.
    """
    promoter = find(ctx, code)
    if promoter is None or _is_own(promoter, visitor):
        return
    if visitor.contact_id is not None:
        told = {"promoter_id": promoter.id, "contact_id": visitor.contact_id}
        outbox.put(ctx.conn, CAME, told, now=ctx.now)
    if channel not in CHANNELS or _is_home(promoter, visitor):
        return
    _open(ctx, promoter.id, channel)
    mine = (_ACT.c.promoter_id == promoter.id, _ACT.c.channel == channel)
    ctx.conn.execute(update(_ACT).where(*mine).values(visits=_ACT.c.visits + 1))
    proved = update(_ACT).where(*mine, _ACT.c.proved_at.is_(None)).values(proved_at=ctx.now)
    if ctx.conn.execute(proved).rowcount == 1:
        outbox.put(ctx.conn, PROVED, {"promoter_id": promoter.id, "channel": channel}, now=ctx.now)


def find(ctx: Context, code: str) -> Row[tuple[int, int, int | None, str | None]] | None:
    """Give the promoter of a code that can be passed on, or None."""
    query: Select[tuple[int, int, int | None, str | None]] = (
        select(_PROMOTER.c.id, _PROMOTER.c.contact_id, _CODE.c.owner_id, _PROMOTER.c.network)
        .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
        .where(_CODE.c.key == canonical(code))
    )
    return ctx.conn.execute(query).one_or_none()


def _is_own(promoter: Row[tuple[int, int, int | None, str | None]], visitor: Visitor) -> bool:
    return visitor.contact_id is not None and visitor.contact_id in (promoter.contact_id, promoter.owner_id)


def _is_home(promoter: Row[tuple[int, int, int | None, str | None]], visitor: Visitor) -> bool:
    return promoter.network is not None and promoter.network == visitor.network


def _open(ctx: Context, promoter_id: int, channel: str) -> None:
    blank = {"promoter_id": promoter_id, "channel": channel, "pressed": 0, "visits": 0}
    insert_missing(ctx.conn, _ACT, [blank])
