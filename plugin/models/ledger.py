"""The books: postings that are never changed, the accruals that follow them, and balances."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Date,
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
from .order import Call, Document
from .rate import RateNumber


class AccountKind(StrEnum):
    """The accounts of a partner; the shop's own account is the expense that all commissions come from."""

    EXPENSE = "expense"
    ON_HOLD = "on_hold"
    PAYABLE = "payable"
    PAID = "paid"


class PostingKind(StrEnum):
    """What a posting does."""

    COMMISSION = "commission"
    REVERSAL = "reversal"
    RELEASE = "release"
    PAYOUT = "payout"
    PAYOUT_BACK = "payout_back"
    MANUAL = "manual"
    HOLD_BACK = "hold_back"


class Posting(Base):
    """An amount moved from one account of a partner (or the shop's expense) to another.

    Double entry by construction: the amount leaves one account and reaches the other. Rows are inserted and
    never changed or deleted; a trigger sees to it.
    """

    __tablename__ = "firstline_posting"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("origin <> destination", name="moves"),
        CheckConstraint("(kind = 'reversal') = (reverses_call_id IS NOT NULL)", name="names_original"),
        ForeignKeyConstraint(
            ["reverses_call_id", "reverses_seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_posting_reverses",
        ),
        CheckConstraint("(original_amount IS NULL) = (rate IS NULL)", name="converted_by_rate"),
        Index("ix_firstline_posting_partner_id", "partner_id", "call_id", "seq"),
        Index("ix_firstline_posting_document_id", "document_id"),
        Index("ix_firstline_posting_reverses", "reverses_call_id", "reverses_seq"),
        Index("ix_firstline_posting_at", "at", postgresql_using="brin"),
    )

    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_call.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    origin: Mapped[str] = mapped_column(String(16))
    destination: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    line_key: Mapped[str | None] = mapped_column(String(64))
    level: Mapped[int | None] = mapped_column(Integer)
    portion: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """Where the credit is shared: the number of the portion whose chain it is."""
    reverses_call_id: Mapped[int | None] = mapped_column(BigId)
    reverses_seq: Mapped[int | None] = mapped_column(Integer)
    original_amount: Mapped[int | None] = mapped_column(BigInteger)
    """Where it was converted: the amount in the currency of the sale, and by which rate."""
    original_currency: Mapped[str | None] = mapped_column(String(3))
    rate: Mapped[Decimal | None] = mapped_column(RateNumber)
    rate_day: Mapped[date | None] = mapped_column(Date)
    rate_source: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime]
    partner: Mapped[Contact] = relationship()
    call: Mapped[Call] = relationship()


class Accrual(Base):
    """A commission posting in its partner's list: how much of it is reversed, and whether it is payable.

    Postings by hand have neither line nor level; theirs may be below 0, and are then reversed below 0 too.
    """

    __tablename__ = "firstline_accrual"
    __table_args__ = (
        ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_accrual_posting",
        ),
        CheckConstraint("amount > 0 OR (amount < 0 AND level IS NULL)", name="amount_below_by_hand"),
        CheckConstraint(
            "(amount > 0 AND reversed >= 0 AND reversed <= amount) "
            "OR (amount < 0 AND reversed <= 0 AND reversed >= amount)",
            name="reversed_within",
        ),
        CheckConstraint("(level IS NULL) = (line_key IS NULL)", name="line_and_level"),
        CheckConstraint(
            "original_amount IS NULL OR (original_reversed >= 0 AND original_reversed <= original_amount)",
            name="original_reversed_within",
        ),
        CheckConstraint("NOT held OR released_at IS NULL", name="held_on_hold"),
        CheckConstraint("level IS NULL OR document_id IS NOT NULL", name="level_of_document"),
        Index("ix_firstline_accrual_partner_id", "partner_id", "call_id", "seq"),
        Index("ix_firstline_accrual_document_id", "document_id", "line_key", "level"),
        Index(
            "ix_firstline_accrual_due",
            "payable_at",
            postgresql_where=text("released_at IS NULL"),
            sqlite_where=text("released_at IS NULL"),
        ),
    )

    call_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_document.id"))
    line_key: Mapped[str | None] = mapped_column(String(64))
    level: Mapped[int | None] = mapped_column(Integer)
    portion: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """That of the posting: who stands in two chains has two accruals of one line and level."""
    amount: Mapped[int] = mapped_column(BigInteger)
    reversed: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    original_amount: Mapped[int | None] = mapped_column(BigInteger)
    original_reversed: Mapped[int | None] = mapped_column(BigInteger)
    original_currency: Mapped[str | None] = mapped_column(String(3))
    """Where it was converted: what it was in the currency of the sale, and how much of that is reversed."""
    payable_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a dispute about its document keeps it on hold."""
    trace: Mapped[Any] = mapped_column(JsonText)
    """Base, rate, step and terms as they were; by hand: kind, reason and who."""
    sentence: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    partner: Mapped[Contact] = relationship()
    document: Mapped[Document | None] = relationship()


class Balance(Base):
    """One maintained row per partner, account, currency and shard; read as the sum over shards.

    No shard but of what is payable goes below 0, so that no sum does.
    """

    __tablename__ = "firstline_balance"
    __table_args__ = (
        CheckConstraint("kind IN ('on_hold', 'payable', 'paid')", name="kind"),
        CheckConstraint("kind = 'payable' OR amount >= 0", name="not_below_zero"),
    )

    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(BigInteger)


NEVER_CHANGED = {
    "sqlite": (
        """CREATE TRIGGER firstline_posting_{act}_refused BEFORE {ACT} ON firstline_posting
        BEGIN SELECT RAISE(ABORT, 'postings are never changed, only reversed'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION firstline_posting_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'postings are never changed, only reversed'
                USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        """CREATE TRIGGER firstline_posting_{act}_refused BEFORE {ACT} ON firstline_posting
        FOR EACH ROW EXECUTE FUNCTION firstline_posting_refuse()""",
    ),
}


def never_changed_statements(dialect: str) -> list[str]:
    """Give the statements that make the database refuse to change or delete postings."""
    return [
        statement.replace("{act}", act).replace("{ACT}", act.upper())
        for act in ("update", "delete")
        for statement in NEVER_CHANGED.get(dialect, ())
    ]


for _dialect in NEVER_CHANGED:
    for _statement in never_changed_statements(_dialect):
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        event.listen(Posting.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
