"""What belongs to a product beside its switches: landing pages, material, and what is earned on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import CommissionTerms, LandingPage, Material
from ..terms_words import rate_text
from .nouns import Values, Way
from .show import to


def ways(row: Values) -> Sequence[Way]:
    """Lead to the lists of a product's landing pages, material and terms."""
    ref = row["ref"]
    return (
        Way(icon="link", text=_("Landing pages"), href=to("landing_pages", q=ref)),
        Way(icon="share", text=_("Material"), href=to("materials", q=ref)),
        Way(icon="list", text=_("Terms"), href=to("terms", q=ref)),
    )


def notes(session: Session, row: Values) -> Sequence[str]:
    """Say what a product has of them."""
    ref = str(row.get("ref") or "")
    if not ref:
        return ()
    pages, pieces = _count(session, LandingPage, ref), _count(session, Material, ref)
    found = [
        ngettext("%(num)s landing page is on the list.", "%(num)s landing pages are on the list.", pages),
        ngettext("%(num)s piece of material is shown.", "%(num)s pieces of material are shown.", pieces),
        _levels(session, ref),
    ]
    return (" ".join(found),)


def _count(session: Session, model: type[LandingPage] | type[Material], ref: str) -> int:
    query = select(func.count()).select_from(model).where(model.product_ref == ref, model.listed)
    return session.scalar(query) or 0


def _levels(session: Session, ref: str) -> str:
    own = session.scalars(
        select(CommissionTerms)
        .where(CommissionTerms.product_ref == ref, CommissionTerms.partner_id.is_(None))
        .order_by(CommissionTerms.level)
    ).all()
    if not own:
        return _("It has no reward levels of its own: the general terms hold.")
    rates = ", ".join(
        _(
            "level %(level)s: %(rate)s",
            level=terms.level,
            rate=rate_text(terms.percent, terms.fixed, terms.currency),
        )
        for terms in own
    )
    return _("Reward levels of its own: %(levels)s.", levels=rates)
