"""Statements: what the tax office must know of partner and shop, the documents, and their number range."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
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
    Text,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, BigId, JsonText
from .contact import Contact


class TaxRecord(Base):
    """What a partner has said for the tax office, and the agreement that the shop writes the invoices."""

    __tablename__ = "firstline_tax_record"
    __table_args__ = (
        CheckConstraint("kind IN ('natural', 'legal')", name="kind"),
        CheckConstraint("status IN ('regular', 'small', 'foreign')", name="status"),
        CheckConstraint("(agreed_at IS NULL) = (agreement_version = '')", name="agreement"),
    )

    contact_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(140))
    street: Mapped[str] = mapped_column(String(140))
    postcode: Mapped[str] = mapped_column(String(16))
    town: Mapped[str] = mapped_column(String(70))
    country: Mapped[str] = mapped_column(String(2))
    tax_number: Mapped[str] = mapped_column(String(32), default="")
    vat_id: Mapped[str] = mapped_column(String(20), default="")
    agreement_version: Mapped[str] = mapped_column(String(20), default="")
    agreed_at: Mapped[datetime | None]
    made_by: Mapped[str] = mapped_column(String(100))
    changed_at: Mapped[datetime]


class StatementSettings(Base):
    """The shop as its statements name it, and how they are made; one row, id 1."""

    __tablename__ = "firstline_statement_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("vat_rate >= 0 AND vat_rate < 1000000", name="vat_rate"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(140), default="")
    street: Mapped[str] = mapped_column(String(140), default="")
    postcode: Mapped[str] = mapped_column(String(16), default="")
    town: Mapped[str] = mapped_column(String(70), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    tax_number: Mapped[str] = mapped_column(String(32), default="")
    vat_id: Mapped[str] = mapped_column(String(20), default="")
    vat_rate: Mapped[Decimal]
    """In per cent, on what regular partners earn."""
    number_prefix: Mapped[str] = mapped_column(String(12))
    agreement_version: Mapped[str] = mapped_column(String(20))
    agreement_text: Mapped[str] = mapped_column(Text, default="")
    """What partners agree to; empty: our own wording."""
    with_payouts: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]


class StatementRange(Base):
    """The last number given in a year; it is moved by the transaction that issues, so there is no gap."""

    __tablename__ = "firstline_statement_range"
    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Statement(Base):
    """A self-billing document, frozen when it is issued. Amounts in minor units; VAT is in `gross`."""

    __tablename__ = "firstline_statement"
    __table_args__ = (
        CheckConstraint("kind IN ('statement', 'correction')", name="kind"),
        CheckConstraint("gross = net + vat", name="sum"),
        CheckConstraint("(kind = 'correction') = (gross < 0)", name="correction"),
        CheckConstraint("(voided_at IS NULL) = (objection = '')", name="objection"),
        CheckConstraint("begins < ends", name="period"),
        Index("uq_firstline_statement_number", "number", unique=True),
        Index("uq_firstline_statement_year", "year", "place", unique=True),
        Index("uq_firstline_statement_replaces_id", "replaces_id", unique=True),
        Index("ix_firstline_statement_partner_id", "partner_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column(Integer)
    place: Mapped[int] = mapped_column(Integer)
    """Which one of its year."""
    partner_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_contact.id"))
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(16))
    begins: Mapped[datetime]
    ends: Mapped[datetime]
    net: Mapped[int] = mapped_column(BigInteger)
    vat: Mapped[int] = mapped_column(BigInteger)
    gross: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[Any] = mapped_column(JsonText)
    """Both parties, status and rate, lines, what was carried over and paid: as when it was issued."""
    payout_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_payout.id"))
    replaces_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("firstline_statement.id"))
    """The one to which the partner had objected."""
    issued_by: Mapped[str] = mapped_column(String(100))
    issued_at: Mapped[datetime]
    objection: Mapped[str] = mapped_column(String(300), default="", server_default="")
    voided_by: Mapped[str | None] = mapped_column(String(100))
    voided_at: Mapped[datetime | None]
    partner: Mapped[Contact] = relationship()
    replaces: Mapped[Statement | None] = relationship(remote_side=[id])


class StatementPosting(Base):
    """A posting that a statement is about; it stands on at most one that was not objected to."""

    __tablename__ = "firstline_statement_posting"
    __table_args__ = (
        ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_statement_posting_posting",
        ),
        Index(
            "uq_firstline_statement_posting_live",
            "call_id",
            "seq",
            unique=True,
            postgresql_where=text("live"),
            sqlite_where=text("live"),
        ),
        Index("ix_firstline_statement_posting_call_id", "call_id", "seq"),
    )

    statement_id: Mapped[int] = mapped_column(BigId, ForeignKey("firstline_statement.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    live: Mapped[bool]


_KEPT = (
    "number", "year", "place", "partner_id", "currency", "kind", "begins", "ends", "net", "vat", "gross",
    "data", "issued_by", "issued_at",
)  # fmt: skip
_TOUCHED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _KEPT)
_BACK = f"OLD.voided_at IS NOT NULL OR {_TOUCHED}"
_SAID = "statements are never changed nor deleted, only voided"
FROZEN = {
    "sqlite": (
        f"""CREATE TRIGGER firstline_statement_update_refused BEFORE UPDATE ON firstline_statement
        WHEN {_BACK} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
        f"""CREATE TRIGGER firstline_statement_delete_refused BEFORE DELETE ON firstline_statement
        BEGIN SELECT RAISE(ABORT, '{_SAID}'); END""",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION firstline_statement_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"""CREATE TRIGGER firstline_statement_update_refused BEFORE UPDATE ON firstline_statement
        FOR EACH ROW WHEN ({_BACK}) EXECUTE FUNCTION firstline_statement_refuse()""",
        """CREATE TRIGGER firstline_statement_delete_refused BEFORE DELETE ON firstline_statement
        FOR EACH ROW EXECUTE FUNCTION firstline_statement_refuse()""",
    ),
}
"""Statements that make the database refuse to change what was issued, or to take an objection back."""

for _dialect, _statements in FROZEN.items():
    for _statement in _statements:
        _ddl = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(Statement.__table__, "after_create", _ddl.execute_if(dialect=_dialect))
