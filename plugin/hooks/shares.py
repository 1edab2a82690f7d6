"""The shop's call for what an order's buyer can pass on."""

from __future__ import annotations

from flask import has_app_context
from sqlalchemy.orm import Session

from ..campaign_words import block
from ..config import OnBug
from ..models import DocumentKind
from ..services import documents, shares
from ..services.context import Context
from ..services.unit import is_writing, joined
from ..shop import Share, ref_text
from ..state import State, log
from .commits import watch


def fetched(state: State, order_ref: object) -> Share | None:
    """Give what an order yields, and keep that the shop has fetched it; a bug of ours costs no mail.

    An order that the shop has not committed yet yields in the shop's own transaction; else in one of ours,
    since who only writes a mail commits nothing.
    """
    if not has_app_context():
        raise RuntimeError("share was called outside an app context; open one: `with app.app_context():`.")
    ref = ref_text(order_ref, "order_ref")
    try:
        return _fetched(state, ref)
    except Exception:
        if state.settings.on_bug is OnBug.RAISE:
            raise
        log.exception("what order %s yields could not be found", ref)
        return None


def _fetched(state: State, ref: str) -> Share | None:
    def work(ctx: Context) -> Share | None:
        shared = shares.fetch(ctx, ref)
        return None if shared is None else block(ctx, shared)

    session = state.session()
    if not is_writing(session.connection()) and _is_committed(state, ref):
        return state.in_own_unit(lambda own: work(state.context(own.connection())))  # type: ignore[no-any-return]
    with session.no_autoflush, joined(session) as conn:
        found = work(state.context(conn))
    if found is not None and not state.owns_database:
        watch(session, f"share {ref}")
    return found


def _is_committed(state: State, ref: str) -> bool:
    """Say whether others see the order already."""
    with Session(state.engine()) as session:
        ctx = state.context(session.connection())
        return documents.find(ctx, DocumentKind.ORDER, ref, lock=False) is not None
