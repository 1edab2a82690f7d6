"""The shop as its statements name it, the VAT rate of commissions, numbers and the agreement: one row."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select, update

from ..domain.tax import Party, TaxProblem, party_problems
from ..models import StatementSettings
from ..models.base import insert_once
from . import audit
from .mistakes import Mistake

_SETTINGS = StatementSettings.__table__
_PREFIX = re.compile(r"[A-Za-z0-9/_-]{0,12}")
_VERSION = re.compile(r"[\w.-]{1,20}")
LONGEST_AGREEMENT = 4000


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """What stands in the row; `vat_rate` in per cent."""

    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""
    tax_number: str = ""
    vat_id: str = ""
    vat_rate: Decimal = Decimal(19)
    number_prefix: str = "GS-"
    agreement_version: str = "1"
    agreement_text: str = ""
    with_payouts: bool = False

    @property
    def party(self) -> Party:
        """The shop as a side of a statement."""
        values = asdict(self)
        return Party(**{name: values[name] for name in asdict(Party())})

    @property
    def is_complete(self) -> bool:
        """Whether statements can be issued."""
        return not party_problems(self.party)


class BadIssuer(Mistake):
    """Settings that cannot work; `problems` says what is wrong, by field."""

    def __init__(self, problems: dict[str, TaxProblem]) -> None:
        self.problems = problems
        said = "; ".join(f"{name}: {problem.value}" for name, problem in problems.items())
        super().__init__(f"These settings of statements cannot work: {said}.")


def load(conn: Connection) -> Issuer:
    """Give the settings, or the defaults where nobody has set any."""
    row = conn.execute(select(_SETTINGS)).one_or_none()
    if row is None:
        return Issuer()
    return Issuer(**{name: getattr(row, name) for name in asdict(Issuer())})


def lock(conn: Connection, now: datetime) -> Issuer:
    """Give the settings and let nobody else issue or void a statement until this transaction ends."""
    first = {"id": 1, **asdict(Issuer()), "changed_at": now}
    conn.execute(insert_once(_SETTINGS, conn.dialect.name), first)
    conn.execute(select(_SETTINGS.c.id).with_for_update()).one()
    return load(conn)


def save(conn: Connection, wanted: Issuer, *, who: str, now: datetime) -> bool:
    """Store settings; False where they are the same. Raises BadIssuer."""
    problems = _problems(wanted)
    if problems:
        raise BadIssuer(problems)
    before, after = asdict(lock(conn, now)), asdict(wanted)
    if before == after:
        return False
    conn.execute(update(_SETTINGS).values(**after, changed_at=now))
    audit.record(
        conn, who=who, act="set", noun="statement settings", subject="1", before=before, after=after, now=now
    )
    return True


def _problems(wanted: Issuer) -> dict[str, TaxProblem]:
    found = party_problems(wanted.party)
    if not _PREFIX.fullmatch(wanted.number_prefix):
        found["number_prefix"] = TaxProblem.SIGNS
    if not _VERSION.fullmatch(wanted.agreement_version):
        found["agreement_version"] = TaxProblem.SIGNS
    if len(wanted.agreement_text) > LONGEST_AGREEMENT:
        found["agreement_text"] = TaxProblem.LONG
    if not 0 <= wanted.vat_rate < 100:
        found["vat_rate"] = TaxProblem.RATE
    return found
