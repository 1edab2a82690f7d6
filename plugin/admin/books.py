"""The books: the last check with all it found, and the seals over each day's postings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask import render_template
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.money import minor
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import Seal
from ..services import book_checks
from ..services.book_checks import Result
from ..services.listing import Query
from ..state import current_state
from .edge import blueprint, done, perform, session, settings
from .nouns import Column, Kind, Noun
from .show import to, who_text

CHECKS: Mapping[str, str] = {
    "orders = their rest and their invoices": _l("Orders are their rest and their invoices"),
    "payments = what documents count as paid": _l("Payments are what orders and invoices count as paid"),
    "invoices x terms = commissions kept": _l("Paid invoices times terms are the commissions kept"),
    "commissions kept = postings": _l("Commissions kept are the postings"),
    "reversals = what accruals count as reversed": _l("Reversals are what accruals count as reversed"),
    "commission postings = accruals": _l("Postings of commissions are the accruals"),
    "accruals on hold = balances on hold": _l("Accruals on hold are the balances on hold"),
    "postings = balances": _l("Postings are the balances"),
    "payouts = their postings": _l("Payouts are their postings"),
    "payouts = balances paid": _l("Payouts are the balances paid"),
    "accruals of payouts = payable accruals of their partners": _l(
        "Accruals of payouts are payable accruals of their partners"
    ),
    "redemptions = counters of limited coupons": _l("Redemptions are the counters of limited coupons"),
    "redemptions = counters of limited codes": _l("Redemptions are the counters of limited codes"),
    "redemptions = uses per customer": _l("Redemptions are the uses per customer"),
    "redemptions = uses per period": _l("Redemptions are the uses per period"),
    "discounts and goods = sums of coupons with a budget": _l(
        "Discounts and goods are the sums of coupons with a budget"
    ),
    "store credit issued - paid with = left": _l("Store credit issued, less what was paid with it, is left"),
    "new-customer redemptions = claims": _l("Redemptions of new customers are the claims"),
    "sponsors = paths": _l("Sponsors are the paths of the tree"),
    "sales paid and kept = own sales that tiers count": _l("Sales paid and kept are what tiers count"),
    "what capped terms can give = claims on caps": _l("What capped terms can give is claimed on the caps"),
    "open disputes = accruals held": _l("Open disputes are what is held"),
    "suspicions = what they hold and reject": _l("Suspicions are what they hold and reject"),
    "originals by their rates = converted commissions": _l("Originals by their rates are what was converted"),
    "statements = their postings": _l("Statements are their postings"),
    "statements = numbers given": _l("Statements are the numbers given"),
    "used rewards = redemptions": _l("Used rewards were redeemed"),
    "rewarded orders = their rewards": _l("Orders of friends brought one reward each"),
    "used and withdrawn = owed": _l("Rewards used and withdrawn are what is owed"),
    "rewards = their codes and what they made up for": _l(
        "Rewards are their codes and what they made up for"
    ),
    "sealed days = their postings": _l("Sealed days are their postings"),
}
"""How each check is called on the page, by the name that the command line prints."""


def check_name(name: str) -> str:
    """Name a check in the reader's language."""
    return str(CHECKS.get(name, name))


def asker(result: Result) -> str:
    """Say who asked for a check."""
    return _("the nightly check") if result.asked_by == book_checks.NIGHT else who_text(result.asked_by)


def _sums(difference: Mapping[str, Decimal]) -> str:
    return ", ".join(money(minor(amount, of), of) for of, amount in sorted(difference.items()))


def difference_of(result: Result, currency: str) -> str:
    """Give the difference of a check in money, one of nothing too."""
    return _sums(result.difference) or money(0, currency)


@blueprint.get("/books")
def books() -> str:
    """Show the last check of the books."""
    conn = session().connection()
    last = book_checks.last(conn)
    return render_template(
        "firstline/admin/books.html",
        here="books",
        last=last,
        waits=book_checks.waits(conn),
        asker=asker,
        check_name=check_name,
        sums=_sums,
        difference=difference_of(last, settings().currency) if last is not None else "",
        seal=session().scalar(select(Seal).order_by(Seal.day.desc()).limit(1)),
    )


@blueprint.post("/books/check")
def check_books() -> BaseResponse:
    """Ask for a check; the worker makes it."""
    asked = perform(
        lambda acting: book_checks.ask(current_state().context(acting.conn, now=acting.now), acting.who)
    )
    said = _("The worker checks the books as soon as it can.") if asked else _("A check is waiting already.")
    return done(to("books"), said)


def _statement() -> Query:
    return select(Seal)


SEALS = Noun(
    name="seals",
    title=_l("Seals"),
    lead=_l(
        "Once a day is over its postings get a digest, each with the one before it: "
        "whoever changes an old posting breaks the chain, and the check of the books says where."
    ),
    icon="shield",
    statement=_statement,
    keys=(Seal.day.expression,),
    columns=(
        Column(
            name="day",
            label=_l("Day (UTC)"),
            kind=Kind.DATE,
            value=lambda row: row.Seal.day,
            sort=Seal.day.expression,
        ),
        Column(name="postings", label=_l("Postings"), kind=Kind.COUNT, value=lambda row: row.Seal.postings),
        Column(name="digest", label=_l("Digest"), kind=Kind.CODE, value=lambda row: row.Seal.digest),
        Column(name="at", label=_l("Sealed"), kind=Kind.MOMENT, value=lambda row: row.Seal.at),
    ),
    sort="-day",
    empty=_l("Here stands each day with postings, some hours after its end."),
)
