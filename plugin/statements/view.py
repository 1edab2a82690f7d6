"""What a statement says, in the language that is spoken; page, PDF and file say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .. import i18n
from ..domain.money import major
from ..domain.statement import StatementKind
from ..domain.tax import TaxStatus
from ..i18n import gettext as _
from ..i18n import money
from ..models import Statement
from ..terms_words import line_title


@dataclass(frozen=True, kw_only=True)
class LineText:
    """One line: when, for what, by which document, how much."""

    at: str
    text: str
    document: str
    amount: str
    is_minus: bool


@dataclass(frozen=True, kw_only=True)
class StatementText:
    """The texts of a statement. Parties are lines of text; sums and account are pairs of name and amount."""

    title: str
    number: str
    issued: str
    period: str
    shop: tuple[str, ...]
    partner: tuple[str, ...]
    lines: tuple[LineText, ...]
    sums: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    sentences: tuple[str, ...]
    account: tuple[tuple[str, str], ...]
    void: str
    replaces: str


def statement_text(statement: Statement) -> StatementText:
    """Put a statement into words."""
    data: Mapping[str, Any] = statement.data
    return StatementText(
        title=title_of(statement.kind),
        number=statement.number,
        issued=day(statement.issued_at),
        period=period_text(statement),
        shop=tuple(_party(data["shop"])),
        partner=tuple(_party(data["partner"])),
        lines=tuple(_line(line, statement.currency) for line in data["lines"]),
        sums=tuple(_sums(statement)),
        total=(_("Total"), money(statement.gross, statement.currency)),
        sentences=tuple(_sentences(statement)),
        account=tuple(_account(statement)),
        void=_void(statement),
        replaces=_("In place of %(number)s", number=statement.replaces.number) if statement.replaces else "",
    )


def lines_table(statement: Statement) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Give head and rows of a file with the lines of a statement; amounts in major units."""
    head = (_("Posted on"), _("For"), _("Document"), _("Level"), _("Amount"), _("Currency"))
    rows: list[tuple[object, ...]] = [
        (
            i18n.local(datetime.fromisoformat(line["at"])).date().isoformat(), line_title(line["title"]),
            line["document"], line["level"], major(line["amount"], statement.currency), statement.currency,
        )
        for line in statement.data["lines"]
    ]  # fmt: skip
    return head, rows


def title_of(kind: str) -> str:
    """Name the document as the law wants it."""
    if kind == StatementKind.CORRECTION.value:
        return _("Self-billing invoice: correction")
    return _("Self-billing invoice")


def period_text(statement: Statement) -> str:
    """Name the period, in days."""
    first, last = i18n.local(statement.begins).date(), i18n.last_day(statement.ends)
    return i18n.day_text(first) if first == last else f"{i18n.day_text(first)} – {i18n.day_text(last)}"


def day(moment: datetime) -> str:
    """Write a day in the shop's zone."""
    return i18n.day_text(i18n.local(moment).date())


def state_of(statement: Statement) -> tuple[str, str]:
    """Give tone and words of where a statement stands."""
    if statement.voided_at is not None:
        return "bad", _("without effect")
    return "ok", _("issued")


def _party(party: Mapping[str, str]) -> Iterator[str]:
    yield party["name"]
    yield party["street"]
    yield f"{party['postcode']} {party['town']}"
    yield i18n.locale().territories.get(party["country"], party["country"])
    if party["tax_number"]:
        yield _("Tax number: %(number)s", number=party["tax_number"])
    if party["vat_id"]:
        yield _("VAT id: %(number)s", number=party["vat_id"])


def _line(line: Mapping[str, Any], currency: str) -> LineText:
    title = line_title(line["title"]) or _("Commission")
    text = title if line["amount"] > 0 else _("Taken back: %(title)s", title=title)
    if line["level"]:
        text += ", " + _("level %(level)s", level=i18n.number(line["level"]))
    return LineText(
        at=day(datetime.fromisoformat(line["at"])),
        text=text,
        document=line["document"],
        amount=money(line["amount"], currency),
        is_minus=line["amount"] < 0,
    )


def _sums(statement: Statement) -> Iterator[tuple[str, str]]:
    rate = Decimal(statement.data["rate"])
    yield _("Net"), money(statement.net, statement.currency)
    yield _("VAT %(rate)s", rate=i18n.percent(rate)), money(statement.vat, statement.currency)


def _sentences(statement: Statement) -> Iterator[str]:
    data = statement.data
    if data["status"] == TaxStatus.SMALL.value:
        yield _(
            "No VAT is charged: the partner is a small business "
            "(Art. 284 of Directive 2006/112/EC; in Germany sec. 19 UStG)."
        )
    if data["status"] == TaxStatus.FOREIGN.value:
        yield _("Reverse charge: the receiver of the service owes the VAT.")
    agreed = day(datetime.fromisoformat(data["agreement"]["at"]))
    yield _(
        "Self-billing: the shop issues this document for the partner, as agreed on %(day)s "
        "(version %(version)s). An objection ends its effect.",
        day=agreed, version=data["agreement"]["version"],
    )  # fmt: skip


def _account(statement: Statement) -> Iterator[tuple[str, str]]:
    account, currency = statement.data["account"], statement.currency
    paid = sum(one["amount"] for one in account["paid"])
    elsewhere = account["closing"] - account["opening"] - statement.gross + paid
    yield _("Carried over"), money(account["opening"], currency)
    yield _("This document"), money(statement.gross, currency)
    if elsewhere:
        yield _("On other documents"), money(elsewhere, currency)
    for one in account["paid"]:
        when = day(datetime.fromisoformat(one["at"]))
        name = (
            _("Paid on %(day)s (PAYOUT-%(number)s)", day=when, number=one["payout"])
            if one["amount"] > 0
            else _("Came back on %(day)s (PAYOUT-%(number)s)", day=when, number=one["payout"])
        )
        yield name, money(-one["amount"], currency)
    yield _("Payable at the end of the period"), money(account["closing"], currency)


def _void(statement: Statement) -> str:
    if statement.voided_at is None:
        return ""
    return _(
        "Without effect since %(day)s, by an objection: %(why)s",
        day=day(statement.voided_at), why=statement.objection,
    )  # fmt: skip
