"""Answers of the API by idempotency key: one effect, and the same answer, however often a request comes.

A request is claimed in a unit of its own before its work begins, so that others see it at work. The work and
the answer are kept in one transaction; where the work is refused, the claim is given up and leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from ..errors import FirstlineError
from ..models import ApiAnswer
from ..models.base import insert_once
from .context import Context

_ANSWER = ApiAnswer.__table__
KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=2)
"""Work of that age has died with its process; should it live, it finds its claim gone and undoes itself."""


class StillAtWork(FirstlineError):
    """The same request is being worked on by somebody else at this moment."""


class OtherRequest(FirstlineError):
    """The idempotency key was used for another request before."""


class ClaimLost(FirstlineError):
    """Another process has taken the claim over; what was done here is taken back."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One request of one API key under its idempotency key; `at` tells one claim of it from the next."""

    api_key_id: int
    key: str
    request_digest: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An answer as it was given."""

    status: int
    body: str


def take(ctx: Context, claim: Claim) -> Stored | None:
    """Claim a request, or give the answer that it had. Raises StillAtWork or OtherRequest."""
    row = {
        "api_key_id": claim.api_key_id,
        "key": claim.key,
        "request_digest": claim.request_digest,
        "at": claim.at,
    }
    claiming = insert_once(_ANSWER, ctx.conn.dialect.name).returning(_ANSWER.c.key)
    if ctx.conn.execute(claiming, row).scalar() is not None:
        return None
    found = ctx.conn.execute(select(_ANSWER).where(*_place(claim))).one_or_none()
    if found is None:
        raise StillAtWork("This request was just refused elsewhere. Send it again.")
    if found.at <= claim.at - KEPT:
        _take_over(ctx, claim, found.at)
        return None
    if found.request_digest != claim.request_digest:
        raise OtherRequest(
            "This Idempotency-Key was sent with another request before. Give each request a key of its own."
        )
    if found.status is not None:
        return Stored(status=found.status, body=found.body or "")
    if found.at > claim.at - ABANDONED:
        raise StillAtWork("The same request is still at work. Send it again in a moment.")
    _take_over(ctx, claim, found.at)
    return None


def _take_over(ctx: Context, claim: Claim, seen_at: datetime) -> None:
    taken = (
        update(_ANSWER)
        .where(*_place(claim), _ANSWER.c.at == seen_at)
        .values(at=claim.at, request_digest=claim.request_digest, status=None, body=None)
    )
    if ctx.conn.execute(taken).rowcount != 1:
        raise StillAtWork("The same request is still at work. Send it again in a moment.")


def keep(ctx: Context, claim: Claim, answer: Stored) -> None:
    """Keep the answer in the transaction of the work. Raises ClaimLost where somebody else took over."""
    kept = (
        update(_ANSWER)
        .where(*_place(claim), _ANSWER.c.at == claim.at, _ANSWER.c.status.is_(None))
        .values(status=answer.status, body=answer.body)
    )
    if ctx.conn.execute(kept).rowcount != 1:
        raise ClaimLost("This request took so long that another one was begun in its place.")


def give_up(ctx: Context, claim: Claim) -> None:
    """Leave no trace of a request that was refused: it may come again and be judged anew."""
    ctx.conn.execute(
        delete(_ANSWER).where(*_place(claim), _ANSWER.c.at == claim.at, _ANSWER.c.status.is_(None))
    )


def _place(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _ANSWER.c.api_key_id == claim.api_key_id, _ANSWER.c.key == claim.key
