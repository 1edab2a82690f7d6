"""How a partner gets into the desk, and which partner terms were accepted: facts for the card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ..models import Login, TermsAcceptance
from .edge import session


@dataclass(frozen=True, kw_only=True)
class WaysIn:
    """`own_login` says that a log-in of ours exists; moments are None for never."""

    own_login: bool
    last_at: datetime | None
    terms_version: int | None
    terms_locale: str | None
    accepted_at: datetime | None


def ways_in(contact_id: int) -> WaysIn:
    """Give the log-in of a contact and the newest version of the terms that it accepted."""
    login = session().get(Login, contact_id)
    newest = (
        select(TermsAcceptance)
        .where(TermsAcceptance.contact_id == contact_id)
        .order_by(TermsAcceptance.version.desc())
        .limit(1)
    )
    accepted = session().scalar(newest)
    return WaysIn(
        own_login=login is not None,
        last_at=None if login is None else login.last_at,
        terms_version=None if accepted is None else accepted.version,
        terms_locale=None if accepted is None else accepted.locale,
        accepted_at=None if accepted is None else accepted.at,
    )
