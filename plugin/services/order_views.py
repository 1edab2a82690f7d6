"""Orders as the plugin knows them, shown to the shop."""

from __future__ import annotations

from ..domain.money import major
from ..models import DocumentKind
from ..shop import OrderView
from . import contacts, credit_back, documents
from .context import Context
from .documents import Paper


def find_view(ctx: Context, order_ref: str) -> OrderView | None:
    """Give an order as the shop may see it, or None."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref, lock=False)
    return None if paper is None else view(ctx, paper)


def view(ctx: Context, paper: Paper) -> OrderView:
    """Give an order as the shop may see it."""
    return OrderView(
        ref=paper.ref,
        quote=documents.unpack_quote(paper.quote),
        partner_ref=contacts.ref_of(ctx, paper.partner_id),
        partner_invoice=earns(ctx, paper),
        address_type_before=paper.address_type_before,
        credit_back=major(credit_back.gone_back(ctx, paper), paper.currency),
    )


def earns(ctx: Context, paper: Paper) -> bool:
    """Say whether a partner earns on a document: the star."""
    return paper.partner_id is not None and documents.takes_part(ctx, paper)
