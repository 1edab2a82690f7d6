"""The account that payouts come from, the cool-down, and four eyes: one row that admins change."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from ..domain.bank import BankProblem, bank_text, bic_problem, iban_problem
from ..domain.payout_details import DetailProblem
from ..models import PayoutSettings
from ..models.base import insert_once
from . import audit
from .mistakes import Mistake

_SETTINGS = PayoutSettings.__table__
LONGEST_COOL_DOWN = 90


@dataclass(frozen=True, kw_only=True)
class PaySettings:
    """What stands in the row; IBAN and BIC without blanks."""

    debtor_name: str = ""
    debtor_iban: str = ""
    debtor_bic: str = ""
    cool_down_days: int = 3
    four_eyes: bool = False
    tax_gate: bool = False


class BadPaySettings(Mistake):
    """Settings that cannot work; `problems` says what is wrong, by field."""

    def __init__(self, problems: dict[str, BankProblem | DetailProblem]) -> None:
        self.problems = problems
        said = "; ".join(f"{name}: {problem.value}" for name, problem in problems.items())
        super().__init__(f"These settings of payouts cannot work: {said}.")


def load(conn: Connection) -> PaySettings:
    """Give the settings, or the defaults where nobody has set any."""
    row = conn.execute(select(_SETTINGS)).one_or_none()
    if row is None:
        return PaySettings()
    return PaySettings(**{name: getattr(row, name) for name in asdict(PaySettings())})


def lock(conn: Connection, now: datetime) -> PaySettings:
    """Give the settings and let nobody else make, change or release a run until this transaction ends."""
    first = {"id": 1, **asdict(PaySettings()), "changed_at": now}
    conn.execute(insert_once(_SETTINGS, conn.dialect.name), first)
    conn.execute(select(_SETTINGS.c.id).with_for_update()).one()
    return load(conn)


def save(conn: Connection, wanted: PaySettings, *, who: str, now: datetime) -> bool:
    """Store settings; False where they are the same. Raises BadPaySettings."""
    problems = _problems(wanted)
    if problems:
        raise BadPaySettings(problems)
    before, after = asdict(lock(conn, now)), asdict(wanted)
    if before == after:
        return False
    conn.execute(update(_SETTINGS).values(**after, changed_at=now))
    audit.record(
        conn, who=who, act="set", noun="payout settings", subject="1", before=before, after=after, now=now
    )
    return True


def _problems(wanted: PaySettings) -> dict[str, BankProblem | DetailProblem]:
    found: dict[str, BankProblem | DetailProblem] = {}
    if len(wanted.debtor_name) > 70:
        found["debtor_name"] = DetailProblem.LONG
    elif wanted.debtor_iban and not bank_text(wanted.debtor_name):
        found["debtor_name"] = DetailProblem.MISSING
    if wanted.debtor_iban and (wrong := iban_problem(wanted.debtor_iban)) is not None:
        found["debtor_iban"] = wrong
    elif wanted.debtor_bic and (bad := bic_problem(wanted.debtor_bic, wanted.debtor_iban)) is not None:
        found["debtor_bic"] = bad
    if not 0 <= wanted.cool_down_days <= LONGEST_COOL_DOWN:
        found["cool_down_days"] = DetailProblem.LONG
    return found
