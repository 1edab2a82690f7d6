"""Tax data of partners, with their agreement that the shop writes the statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ..domain.statement import WhyNot
from ..domain.tax import TaxData, TaxProblem, problems
from ..models import Contact, TaxRecord
from . import audit, statement_settings
from .mistakes import Mistake, NotThere

_TAX = TaxRecord.__table__
_CONTACT = Contact.__table__


class BadTaxData(Mistake):
    """Tax data that cannot be right; `problems` says what is wrong, by field."""

    def __init__(self, found: Mapping[str, TaxProblem]) -> None:
        self.problems = found
        said = "; ".join(f"{name}: {problem.value}" for name, problem in found.items())
        super().__init__(f"This tax data cannot be right: {said}.")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a partner; `agreed_at` is None before the partner has agreed."""

    tax: TaxData
    agreement_version: str = ""
    agreed_at: datetime | None = None


def find(conn: Connection, contact_id: int) -> Kept | None:
    """Give what is kept of a partner; None where nothing is."""
    row = conn.execute(select(_TAX).where(_TAX.c.contact_id == contact_id)).one_or_none()
    return None if row is None else _kept(row)


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        tax=TaxData.of(dict(row._mapping)),
        agreement_version=row.agreement_version,
        agreed_at=row.agreed_at,
    )


def why_not(kept: Kept | None, *, home: str) -> WhyNot | None:
    """Say why no statement can be made for a partner; `home` is the shop's country."""
    if kept is None or problems(kept.tax, home=home):
        return WhyNot.NO_TAX_DATA
    return WhyNot.NO_AGREEMENT if kept.agreed_at is None else None


def incomplete(conn: Connection, ids: Any) -> dict[int, WhyNot]:  # noqa: ANN401 - SQL
    """Say of the partners that a query of ids names for whom no statement could be made, and why."""
    home = statement_settings.load(conn).country
    query = select(_CONTACT.c.id, _TAX).join(_TAX, _TAX.c.contact_id == _CONTACT.c.id, isouter=True)
    found = {}
    for row in conn.execute(query.where(_CONTACT.c.id.in_(ids))):
        reason = why_not(None if row.contact_id is None else _kept(row), home=home)
        if reason is not None:
            found[int(row.id)] = reason
    return found


def save(conn: Connection, contact_id: int, tax: TaxData, *, agrees: bool, who: str, now: datetime) -> Kept:
    """Keep what a partner says; `agrees` is to the agreement as it is now. Raises BadTaxData.

    An agreement that was given once is not taken back here, and is dated anew only by a new version.
    """
    issuer = statement_settings.load(conn)
    wrong = problems(tax, home=issuer.country)
    if wrong:
        raise BadTaxData(wrong)
    before = _locked(conn, contact_id)
    row: dict[str, object] = {**tax.data, "made_by": who[:100], "changed_at": now}
    if agrees and (before is None or before.agreement_version != issuer.agreement_version):
        row |= {"agreement_version": issuer.agreement_version, "agreed_at": now}
    if before is None:
        conn.execute(insert(_TAX), {"contact_id": contact_id, "agreement_version": "", **row})
    else:
        conn.execute(update(_TAX).where(_TAX.c.contact_id == contact_id).values(**row))
    after = find(conn, contact_id)
    if after is None:
        raise NotThere(f"There is no tax data of the contact {contact_id}.")
    if after != before:
        _log(conn, contact_id, _said(before), _said(after), who, now)
    return after


def _said(kept: Kept | None) -> dict[str, object] | None:
    if kept is None:
        return None
    return {**kept.tax.data, "agreement_version": kept.agreement_version}


def _locked(conn: Connection, contact_id: int) -> Kept | None:
    query = select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if conn.execute(query.with_for_update()).first() is None:
        raise NotThere(f"There is no contact with the id {contact_id}.")
    return find(conn, contact_id)


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the tax data of a person who is erased; statements keep what the law wants kept."""
    conn.execute(delete(_TAX).where(_TAX.c.contact_id == contact_id))


def _log(
    conn: Connection,
    contact_id: int,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    who: str,
    now: datetime,
) -> None:
    row = conn.execute(select(_CONTACT.c.ref, _CONTACT.c.email).where(_CONTACT.c.id == contact_id)).one()
    subject = row.ref or row.email or f"#{contact_id}"
    audit.record(
        conn, who=who, act="tax data", noun="partner", subject=subject, before=before, after=after, now=now
    )
