"""Files for the bank and for PayPal: what a released run pays, the same each time it is taken."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

from sqlalchemy import Row, insert, select, update

from ..domain.bank import bank_text
from ..domain.money import major
from ..domain.payout import Method
from ..domain.sheets import safe_cell
from ..models import Payout, PayoutFile, PayoutRun, PayoutState, RunState
from . import payout_settings
from .context import Context
from .payout_runs import POSTED, Actor, PayoutRefused, get_run, log
from .payout_settings import PaySettings

_PAYOUT = Payout.__table__
_RUN = PayoutRun.__table__
SCHEMA = "pain.001.001.09"
_XML = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
_MOST_DESCRIPTION = 140


@dataclass(frozen=True, kw_only=True)
class PaidFile:
    """A file to be handed on; `amount` in minor units is the sum of its `count` payouts."""

    name: str
    mimetype: str
    content: bytes
    currency: str
    count: int
    amount: int


def write_file(ctx: Context, run_id: int, method: Method, actor: Actor, *, currency: str = "EUR") -> PaidFile:
    """Write a released run's file for one way to pay, note who took it, and call its payouts sent."""
    run = get_run(ctx, run_id, lock=True)
    if run.state != RunState.RELEASED.value:
        raise PayoutRefused(
            "not_released", f"The run {run_id} is {run.state}: files are written after release."
        )
    rows = _rows(ctx, run_id, method, currency)
    if not rows:
        raise PayoutRefused("empty", f"The run {run_id} pays nobody by {method.value} in {currency}.")
    made = _WRITERS[method](ctx, run, rows)
    _note(ctx, run_id, method, made, actor)
    return made


def _rows(ctx: Context, run_id: int, method: Method, currency: str) -> Sequence[Row[Any]]:
    query = select(_PAYOUT).where(
        _PAYOUT.c.run_id == run_id,
        _PAYOUT.c.method == method.value,
        _PAYOUT.c.currency == currency,
        _PAYOUT.c.state.in_(POSTED),
    )
    return ctx.conn.execute(query.order_by(_PAYOUT.c.id)).all()


def _note(ctx: Context, run_id: int, method: Method, made: PaidFile, actor: Actor) -> None:
    row = {
        "run_id": run_id,
        "kind": method.value,
        "currency": made.currency,
        "count": made.count,
        "amount": made.amount,
        "digest": hashlib.sha256(made.content).hexdigest(),
        "made_by": actor.name[:100],
        "created_at": ctx.now,
    }
    ctx.conn.execute(insert(PayoutFile.__table__), row)
    sent = update(_PAYOUT).where(
        _PAYOUT.c.run_id == run_id,
        _PAYOUT.c.method == method.value,
        _PAYOUT.c.currency == made.currency,
        _PAYOUT.c.state == PayoutState.RELEASED.value,
    )
    ctx.conn.execute(sent.values(state=PayoutState.SENT.value, changed_at=ctx.now))
    log(ctx, run_id, "take file", actor, {"file": made.name, "count": made.count})


def _sepa(ctx: Context, run: Row[Any], rows: Sequence[Row[Any]]) -> PaidFile:
    debtor = payout_settings.load(ctx.conn)
    if not debtor.debtor_iban:
        raise PayoutRefused(
            "no_debtor", "Say first from which account payouts come: the shop's name and IBAN."
        )
    day = ctx.now.astimezone(ctx.settings.zone).date()
    content = sepa_xml(debtor, run.id, run.released_at, rows, day)
    return PaidFile(name=f"payouts-{run.id}.xml", mimetype="application/xml", content=content, **_sums(rows))


def _sums(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {"currency": rows[0].currency, "count": len(rows), "amount": sum(row.amount for row in rows)}


def sepa_xml(
    debtor: PaySettings, run_id: int, released_at: datetime, rows: Sequence[Row[Any]], day: date
) -> bytes:
    """Write a SEPA credit transfer (pain.001.001.09), checked against its schema; `day` is its execution."""
    try:
        from sepaxml import SepaTransfer
        from sepaxml.validation import try_valid_xml
    except ImportError as missing:
        raise PayoutRefused(
            "no_library", "SEPA files need the extra `sepa`: pip install 'Flask-Firstline[sepa]'."
        ) from missing
    config = {
        "name": bank_text(debtor.debtor_name),
        "IBAN": debtor.debtor_iban,
        "batch": True,
        "currency": "EUR",
    }
    if debtor.debtor_bic:
        config["BIC"] = debtor.debtor_bic
    transfer = SepaTransfer(config, schema=SCHEMA, clean=False)
    for row in rows:
        transfer.add_payment(_transfer(row, bank_text(debtor.debtor_name), day))
    content = _numbered(transfer.export(validate=False), run_id, released_at)
    try_valid_xml(content, SCHEMA)
    return content


def _transfer(row: Row[Any], shop: str, day: date) -> dict[str, Any]:
    details: Mapping[str, str] = row.details
    given = {
        "street_name": bank_text(details.get("street", "")),
        "building_number": bank_text(details.get("house", ""), 16),
        "postcode": bank_text(details.get("postcode", ""), 16),
        "town": bank_text(details.get("town", ""), 35),
        "country": details.get("country", ""),
    }
    payment: dict[str, Any] = {
        "name": bank_text(details["holder"]),
        "IBAN": details["iban"],
        "amount": row.amount,
        "execution_date": day,
        "description": bank_text(f"Commission payout {row.id} {shop}", _MOST_DESCRIPTION),
        "endtoend_id": f"PAYOUT-{row.id}",
        "address": {name: value for name, value in given.items() if value},
    }
    return payment | ({"BIC": details["bic"]} if details.get("bic") else {})


def _numbered(content: bytes, run_id: int, released_at: datetime) -> bytes:
    """Name a file after its run: a bank that is given it twice sees that it is the same."""
    ElementTree.register_namespace("", _XML)
    root = ElementTree.fromstring(content)  # noqa: S314 - written by ourselves just now
    values = {
        "GrpHdr/MsgId": f"FIRSTLINE-RUN-{run_id}",
        "GrpHdr/CreDtTm": released_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "PmtInf/PmtInfId": f"FIRSTLINE-RUN-{run_id}-1",
    }
    for path, value in values.items():
        found = root.find("/".join(f"{{{_XML}}}{part}" for part in ("CstmrCdtTrfInitn", *path.split("/"))))
        if found is None:
            raise LookupError(f"the file has no {path}")
        found.text = value
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _paypal(ctx: Context, run: Row[Any], rows: Sequence[Row[Any]]) -> PaidFile:
    """Write what PayPal Payouts takes: address, amount, currency, our id, note; no head."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        amount = major(row.amount, row.currency)
        address = safe_cell(row.details["paypal"])
        writer.writerow([address, amount, row.currency, f"PAYOUT-{row.id}", f"Commission payout {row.id}"])
    return PaidFile(
        name=f"paypal-{run.id}-{rows[0].currency}.csv",
        mimetype="text/csv",
        content=buffer.getvalue().encode(),
        **_sums(rows),
    )


_WRITERS: Mapping[Method, Callable[[Context, Row[Any], Sequence[Row[Any]]], PaidFile]] = {
    Method.SEPA: _sepa,
    Method.PAYPAL: _paypal,
}
