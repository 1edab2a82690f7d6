"""Payouts: runs, what they pay and whom they skip, how partners want to be paid, files that were written."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    event,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, BigId, JsonText
from .contact import Contact

METHODS = "'sepa', 'paypal', 'cash', 'credit'"


class RunState(StrEnum):
    """A run is looked at, then released or thrown away."""

    DRAFT = "draft"
    RELEASED = "released"
    DISCARDED = "discarded"


class PayoutState(StrEnum):
    """Where a payout stands; from `released` on it is posted, `failed` ones are posted back."""

    DRAFT = "draft"
    RELEASED = "released"
    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"
    DISCARDED = "discarded"


class PayoutRun(Base):
    """A batch of payouts: its preview is frozen, and what was seen is what is paid."""

    __tablename__ = "firstline_payout_run"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'released', 'discarded')", name="state"),
        CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released"),
        Index("ix_firstline_payout_run_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    single: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was made to pay one partner."""
    made_by: Mapped[str] = mapped_column(String(100))
    made_by_id: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    edited_by_id: Mapped[str | None] = mapped_column(String(100))
    """Who last changed an amount: the second pair of eyes is neither the maker's nor this one's."""
    released_by: Mapped[str | None] = mapped_column(String(100))
    released_at: Mapped[datetime | None]
    call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_call.id"))
    """The call behind its postings."""


class Payout(Base):
    """What one partner gets in one run and currency, in minor units; `payable` is what was previewed."""

    __tablename__ = "firstline_payout"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'released', 'sent', 'paid', 'failed', 'discarded')", name="state"
        ),
        CheckConstraint(f"method IN ({METHODS})", name="method"),
        CheckConstraint("amount > 0 AND amount <= payable", name="amount_within"),
        CheckConstraint("(failed_call_id IS NOT NULL) = (state = 'failed')", name="failed"),
        Index("uq_firstline_payout_run_id", "run_id", "partner_id", "currency", unique=True),
        Index(
            "uq_firstline_payout_draft",
            "partner_id",
            "currency",
            unique=True,
            postgresql_where=text("state = 'draft'"),
            sqlite_where=text("state = 'draft'"),
        ),
        Index("ix_firstline_payout_partner_id", "partner_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_payout_run.id"))
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    currency: Mapped[str] = mapped_column(String(3))
    payable: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(16))
    details: Mapped[Any] = mapped_column(JsonText, default=dict)
    """Account holder, account and address as they were when the run was made."""
    state: Mapped[str] = mapped_column(String(16))
    code_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_code.id"))
    """The code that carries store credit."""
    failed_call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_call.id"))
    failed_why: Mapped[str] = mapped_column(String(200), default="", server_default="")
    changed_at: Mapped[datetime]
    run: Mapped[PayoutRun] = relationship()
    partner: Mapped[Contact] = relationship()


class PayoutAccrual(Base):
    """An accrual that a payout is for. It is in at most one payout that was not failed or thrown away."""

    __tablename__ = "firstline_payout_accrual"
    __table_args__ = (
        ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_accrual.call_id", "firstline_accrual.seq"],
            name="fk_firstline_payout_accrual_accrual",
        ),
        Index(
            "uq_firstline_payout_accrual_live",
            "call_id",
            "seq",
            unique=True,
            postgresql_where=text("live"),
            sqlite_where=text("live"),
        ),
    )

    payout_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_payout.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(BigInteger)
    """What was left of it when the run was made."""
    live: Mapped[bool]


class PayoutSkip(Base):
    """A partner who gets nothing in a run and currency, and why; amounts in minor units."""

    __tablename__ = "firstline_payout_skip"
    __table_args__ = (
        Index("uq_firstline_payout_skip_run_id", "run_id", "partner_id", "currency", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_payout_run.id"))
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    accruals: Mapped[int] = mapped_column(Integer)
    """How many accruals wait behind it."""
    until: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    partner: Mapped[Contact] = relationship()


class PayoutDetails(Base):
    """How a partner wants to be paid, from a moment on; a change is a row of its own."""

    __tablename__ = "firstline_payout_details"
    __table_args__ = (
        CheckConstraint(f"method IN ({METHODS})", name="method"),
        Index("ix_firstline_payout_details_contact_id", "contact_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    method: Mapped[str] = mapped_column(String(16))
    data: Mapped[Any] = mapped_column(JsonText, default=dict)
    """holder, iban, bic, paypal, street, house, postcode, town, country."""
    email: Mapped[str | None] = mapped_column(String(254))
    """The partner's address when they were given: a later change is told there too."""
    valid_from: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class PayoutBlock(Base):
    """A partner to whom nothing is paid until an admin lifts it, such as while a dispute is open."""

    __tablename__ = "firstline_payout_block"

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    why: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class PayoutSettings(Base):
    """The account that payouts come from, and how careful the shop is; one row, id 1."""

    __tablename__ = "firstline_payout_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("cool_down_days >= 0 AND cool_down_days <= 90", name="cool_down"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    debtor_name: Mapped[str] = mapped_column(String(70), default="")
    debtor_iban: Mapped[str] = mapped_column(String(34), default="")
    debtor_bic: Mapped[str] = mapped_column(String(11), default="")
    cool_down_days: Mapped[int] = mapped_column(Integer, default=3)
    four_eyes: Mapped[bool] = mapped_column(default=False)
    tax_gate: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether only partners are paid whose tax data is complete."""
    changed_at: Mapped[datetime]


class PayoutFile(Base):
    """A file with payouts that somebody took: who, when, what it came to."""

    __tablename__ = "firstline_payout_file"
    __table_args__ = (
        CheckConstraint("kind IN ('sepa', 'paypal')", name="kind"),
        Index("ix_firstline_payout_file_run_id", "run_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_payout_run.id"))
    kind: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


_KEPT = ("run_id", "partner_id", "currency", "payable", "amount", "method", "details")
_TOUCHED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _KEPT)
_RELEASED = f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {_TOUCHED})"
_SAID = "payouts are never changed after their release, nor deleted"
KEPT = {
    "sqlite": (
        f"""CREATE TRIGGER firstline_payout_update_refused BEFORE UPDATE ON firstline_payout
        WHEN {_RELEASED} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
        f"""CREATE TRIGGER firstline_payout_delete_refused BEFORE DELETE ON firstline_payout
        BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION firstline_payout_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"""CREATE TRIGGER firstline_payout_update_refused BEFORE UPDATE ON firstline_payout
        FOR EACH ROW WHEN ({_RELEASED}) EXECUTE FUNCTION firstline_payout_refuse()""",
        """CREATE TRIGGER firstline_payout_delete_refused BEFORE DELETE ON firstline_payout
        FOR EACH ROW EXECUTE FUNCTION firstline_payout_refuse()""",
    ),
}
"""Statements that make the database refuse to change what a released payout says, or to delete any."""

for _dialect, _statements in KEPT.items():
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(Payout.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
