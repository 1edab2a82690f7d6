"""Rates between currencies, and commissions that wait for one."""

from __future__ import annotations

from sqlalchemy import or_, select

from ..domain.exchange import Rate
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import local, ngettext
from ..models import Contact, Document, ExchangeRate, Waiting
from ..posting_words import posting_refusal, rate_number
from ..services import rates, waiting
from ..services.listing import AnyRow, Query
from ..services.mistakes import PostingRefused
from ..state import current_state
from . import accruals
from .acting import Acting
from .document_field import CurrencyField
from .fields import NounForm, TextField
from .judging import judge
from .nouns import Column, Editor, Kind, Money, Noun, Scope
from .number_fields import MomentField, RateField
from .show import contact_link, contact_name, document_name, name_of, who_text, why_link

POSTED_AT_ONCE = 25
"""Orders whose commissions are posted in the transaction of a rate: nobody waits long for their locks."""


class RateForm(NounForm):
    """What one unit of a currency comes to in another, from a day on."""

    base = CurrencyField(_l("One unit of"), needed=True)
    rate = RateField(_l("comes to"), needed=True)
    quote = CurrencyField(_l("in"), needed=True, hint=_l("Codes such as USD and EUR."))
    day = MomentField(_l("From day"), hint=_l("Empty: today. It holds until the next one of the pair."))
    source = TextField(_l("Source"), longest=100, hint=_l("Who says so, such as a central bank."))


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    day = local(form["day"].data or act.now).date()
    rate = Rate(
        base=form["base"].data,
        quote=form["quote"].data,
        rate=form["rate"].data,
        day=day,
        source=form["source"].data or "",
    )
    try:
        changed = rates.set_rates(act.conn, [rate], who=act.who, now=act.now)
    except PostingRefused as refused:
        raise ValueError(posting_refusal(refused.problem, str(refused))) from refused
    if not changed:
        return _("This rate stands so already.")
    judge()
    return _posted(act)


def _posted(act: Acting) -> str:
    """Post what has waited for the rate together with it; many are left to the worker."""
    state = current_state()
    ctx = state.context(act.conn, now=act.now)
    done, more = waiting.post_some(ctx, POSTED_AT_ONCE)
    state.send(ctx)
    if not done:
        return _("The rate is stored. Nothing that it holds for has waited.")
    text = ngettext(
        "The rate is stored. Commissions of %(num)s order had waited for it and are posted.",
        "The rate is stored. Commissions of %(num)s orders had waited for it and are posted.",
        done,
    )
    rest = _("More of them are posted by the worker in its next round.")
    return f"{text} {rest}" if more else text


def _statement() -> Query:
    return select(ExchangeRate)


NOUN = Noun(
    name="rates",
    title=_l("Rates"),
    lead=_l(
        "For partners who are paid in another currency than that of the sale. Each commission keeps the rate "
        "by which it was posted; without a rate it waits."
    ),
    icon="note",
    statement=_statement,
    keys=(ExchangeRate.id.expression,),
    columns=(
        Column(
            name="pair",
            label=_l("Currencies"),
            value=lambda row: f"{row.ExchangeRate.base} → {row.ExchangeRate.quote}",
            sort=(ExchangeRate.base + ExchangeRate.quote).expression,
        ),
        Column(
            name="rate",
            label=_l("Rate"),
            value=lambda row: rate_number(row.ExchangeRate.rate),
        ),
        Column(
            name="day",
            label=_l("From day"),
            kind=Kind.DATE,
            value=lambda row: row.ExchangeRate.day,
            sort=ExchangeRate.day.expression,
        ),
        Column(name="source", label=_l("Source"), value=lambda row: row.ExchangeRate.source, place="full"),
        Column(name="who", label=_l("Who"), value=lambda row: who_text(row.ExchangeRate.made_by)),
    ),
    sort="-day",
    search=lambda text: or_(ExchangeRate.base == text.upper(), ExchangeRate.quote == text.upper()),
    search_hint=_l("Currency"),
    editor=Editor(
        form=RateForm,
        load=lambda session, key: None,
        save=_save,
        title=lambda row: _("New rate"),
        lead=_l(
            "A rate of the same pair and day takes the place of the one before. What has waited for it is "
            "posted with it, that of a day to come once the day is there."
        ),
        edits=False,
    ),
    new_label=_l("New rate"),
    tool="firstline/admin/rates_tool.html",
    empty=_l("There are no rates. They are needed where a partner is paid in another currency."),
)


def _waiting() -> Query:
    return (
        select(Waiting, Contact, Document)
        .join(Contact, Contact.id == Waiting.partner_id)
        .join(Document, Document.id == Waiting.document_id)
    )


def _why(row: AnyRow) -> str:
    if row.Waiting.reason == "too_small":
        return _("Too little for a coin of %(currency)s", currency=row.Waiting.wanted)
    return _("No rate to %(currency)s", currency=row.Waiting.wanted)


WAITING = Noun(
    name="waiting",
    within="rates",
    title=_l("Waiting for a rate"),
    lead=_l("Commissions that are earned and not posted yet. They are posted as soon as the rate is there."),
    icon="clock",
    statement=_waiting,
    keys=(
        Waiting.document_id.expression,
        Waiting.level.expression,
        Waiting.line_key.expression,
        Waiting.partner_id.expression,
    ),
    columns=(
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sort=name_of(Contact.name.expression),
        ),
        Column(
            name="order",
            label=_l("Order"),
            value=lambda row: document_name(row.Document),
            href=lambda row: why_link(row.Document),
        ),
        Column(name="level", label=_l("Level"), kind=Kind.COUNT, value=lambda row: row.Waiting.level),
        Column(
            name="amount",
            label=_l("Commission"),
            kind=Kind.MONEY,
            value=lambda row: Money(row.Waiting.amount, row.Waiting.currency),
        ),
        Column(name="why", label=_l("Why"), value=_why, place="full"),
        Column(
            name="since",
            label=_l("Since"),
            kind=Kind.MOMENT,
            value=lambda row: row.Waiting.since,
            sort=Waiting.since.expression,
        ),
    ),
    sort="-since",
    scopes=(
        Scope(
            name="partner", where=lambda wanted: Waiting.partner_id == wanted, label=accruals.partner_label
        ),
    ),
    empty=_l("Nothing waits for a rate."),
)
