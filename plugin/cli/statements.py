"""Statements: who the shop and the partners are for the tax office, documents issued, objections."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from ..domain.money import major
from ..domain.tax import PersonKind, TaxData, TaxStatus, party_of
from ..models import Contact, Statement
from ..services import statement_reading, statement_settings, statements, tax_data
from ..services.context import Context
from ..services.mistakes import Mistake, NotThere
from ..services.payout_runs import Actor
from ..services.statement_settings import Issuer
from ..services.statements import Open
from ..state import current_state
from ..statements import INSTALL, can_embed, can_print
from .group import Answer, answering, firstline, in_context, table, who
from .payout_words import partner_id

statement = AppGroup("statement", help="Statements: the invoices for commissions that the shop writes.")
firstline.add_command(statement)
_HEAD = ("number", "partner", "from", "until", "net", "vat", "gross", "currency", "state")
_A_MOMENT = timedelta(microseconds=1)
_SKIPPED = ("partner", "amount", "currency", "reason")


def _actor() -> Actor:
    return Actor(name=who(), id=who())


@statement.command("issue")
@click.option("--month", required=True, help="A month that is over, such as 2026-10.")
@click.option("--partner", help="This partner alone, by customer number or e-mail.")
@answering
def issue(month: str, partner: str | None) -> Answer:
    """Issue what became payable up to the end of a month and stands on no statement yet."""
    first = _month(month)

    def make(ctx: Context) -> tuple[list[int], list[Open]]:
        only = None if partner is None else partner_id(ctx, partner)
        return statements.issue_month(ctx, first, _actor(), partner_id=only)

    ids, skipped = in_context(make)
    with Session(current_state().engine()) as session:
        rows = [_data(row) for row in (statement_reading.find(session, one) for one in ids) if row]
    skips = [_skip_data(one) for one in skipped]
    made = table(_HEAD, [tuple(row.values()) for row in rows], empty="Nothing was issued.")
    left = table(_SKIPPED, [tuple(row.values()) for row in skips], empty="Nobody was skipped.")
    return Answer(text=f"{made}\n\nSkipped:\n{left}", data={"issued": rows, "skipped": skips})


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError as error:
        raise Mistake(f"{text!r} is no month; write it like 2026-10.") from error


def _skip_data(one: Open) -> dict[str, Any]:
    return {
        "partner": _ref(one.partner_id),
        "amount": major(one.amount, one.currency),
        "currency": one.currency,
        "reason": None if one.why_not is None else one.why_not.value,
    }


def _ref(contact_id: int) -> str:
    with Session(current_state().engine()) as session:
        contact = session.get_one(Contact, contact_id)
        return contact.ref or f"#{contact_id}"


def _data(row: Statement) -> dict[str, Any]:
    zone = current_state().settings.zone
    return {
        "number": row.number,
        "partner": row.partner.ref or f"#{row.partner_id}",
        "from": row.begins.astimezone(zone).date().isoformat(),
        "until": (row.ends - _A_MOMENT).astimezone(zone).date().isoformat(),
        "net": major(row.net, row.currency),
        "vat": major(row.vat, row.currency),
        "gross": major(row.gross, row.currency),
        "currency": row.currency,
        "state": "issued" if row.voided_at is None else "void",
    }


@statement.command("list")
@click.option("--partner", help="By customer number or e-mail.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@answering
def list_(partner: str | None, limit: int) -> Answer:
    """List statements, the newest first."""
    only = None if partner is None else in_context(lambda ctx: partner_id(ctx, partner))
    with Session(current_state().engine()) as session:
        rows = [_data(row) for row in statement_reading.statements_of(session, only, most=limit)]
    text = table(_HEAD, [tuple(row.values()) for row in rows], empty="There are no statements yet.")
    return Answer(text=text, data=rows)


@statement.command("show")
@click.argument("number")
@answering
def show(number: str) -> Answer:
    """Show a statement by its number, with all that it says."""
    with Session(current_state().engine()) as session:
        row = _by_number(session, number)
        data = {**_data(row), "objection": row.objection, **row.data}
        data["replaces"] = row.replaces.number if row.replaces else None
        lines = [
            (line["at"][:10], line["document"], line["title"], major(line["amount"], row.currency))
            for line in row.data["lines"]
        ]
    facts = "\n".join(f"{name}: {data[name]}" for name in (*_HEAD, "status", "rate", "replaces", "objection"))
    return Answer(text=f"{facts}\n\n{table(('at', 'document', 'for', 'amount'), lines, empty='')}", data=data)


@statement.command("pdf")
@click.argument("number")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="The file to write; default: NUMBER.pdf."
)
@answering
def pdf(number: str, target: Path | None) -> Answer:
    """Write a statement as PDF, with the e-invoice (Factur-X) in it."""
    if not can_print():
        raise Mistake(f"PDF needs an extra: {INSTALL}.")
    # The extra `pdf` may be missing where nobody prints.
    from ..statements.pdf import statement_pdf

    with Session(current_state().engine()) as session:
        content = statement_pdf(_by_number(session, number), zone=current_state().settings.zone)
    path = target or Path(f"{number}.pdf".replace("/", "-"))
    path.write_bytes(content)
    told = "with" if can_embed() else f"without (that needs {INSTALL})"
    return Answer(text=f"{path}: {told} the e-invoice.", data={"file": str(path), "einvoice": can_embed()})


def _by_number(session: Session, number: str) -> Statement:
    found = statement_reading.find_by_number(session, number)
    if found is None:
        raise NotThere(f"There is no statement with the number {number}.")
    return found


def _id(number: str) -> int:
    with Session(current_state().engine()) as session:
        return _by_number(session, number).id


@statement.command("object")
@click.argument("number")
@click.option("--why", required=True, help="What the partner says is wrong.")
@answering
def object_(number: str, why: str) -> Answer:
    """Note a partner's objection: the statement has no effect any more."""
    one = _id(number)
    in_context(lambda ctx: statements.void(ctx, one, why=why, who=who()))
    return Answer(text=f"{number} has no effect any more.", data={"number": number, "state": "void"})


@statement.command("reissue")
@click.argument("number")
@answering
def reissue(number: str) -> Answer:
    """Issue anew what a partner has objected to; the new number names the old one."""
    one = _id(number)
    new = in_context(lambda ctx: statements.reissue(ctx, one, _actor()))
    with Session(current_state().engine()) as session:
        row = statement_reading.find(session, new)
        made = "" if row is None else row.number
    return Answer(text=f"{made} is issued in place of {number}.", data={"number": made, "replaces": number})


def _party(command: Any) -> Any:  # noqa: ANN401 - a decorator
    for name in ("vat-id", "tax-number", "country", "town", "postcode", "street", "name"):
        command = click.option(f"--{name}", default="")(command)
    return command


@statement.command("shop")
@_party
@click.option("--vat-rate", default="19", show_default=True, help="On commissions, in per cent.")
@click.option("--prefix", default="GS-", show_default=True, help="Beginning of the numbers.")
@click.option("--with-payouts", is_flag=True, help="Issue statements with the release of a run.")
@answering
def shop(vat_rate: str, prefix: str, with_payouts: bool, **given: str) -> Answer:
    """Say who the shop is, as its statements name it."""
    try:
        rate = Decimal(vat_rate)
    except InvalidOperation as error:
        raise Mistake(f"{vat_rate!r} is no rate; write it like 19.") from error

    def save(ctx: Context) -> bool:
        kept = statement_settings.load(ctx.conn)
        wanted = Issuer(
            **party_of(given).data,
            vat_rate=rate,
            number_prefix=prefix,
            agreement_version=kept.agreement_version,
            agreement_text=kept.agreement_text,
            with_payouts=with_payouts,
        )
        return statement_settings.save(ctx.conn, wanted, who=who(), now=ctx.now)

    changed = in_context(save)
    return Answer(text="Saved." if changed else "Nothing was changed.", data={"changed": changed})


@statement.command("tax")
@click.argument("partner")
@click.option("--status", type=click.Choice([one.value for one in TaxStatus]), required=True)
@click.option("--kind", type=click.Choice([one.value for one in PersonKind]), default="natural")
@_party
@click.option("--agrees", is_flag=True, help="The partner has agreed that the shop writes the statements.")
@answering
def tax(partner: str, agrees: bool, **given: str) -> Answer:
    """Keep what a partner says for the tax office."""

    def save(ctx: Context) -> tax_data.Kept:
        wanted = TaxData.of(given)
        contact = partner_id(ctx, partner)
        return tax_data.save(ctx.conn, contact, wanted, agrees=agrees, who=who(), now=ctx.now)

    kept = in_context(save)
    agreed = kept.agreed_at is not None
    text = f"The tax data of {partner} is saved" + ("." if agreed else "; the agreement is missing.")
    return Answer(text=text, data={"partner": partner, **kept.tax.data, "agreed": agreed})
