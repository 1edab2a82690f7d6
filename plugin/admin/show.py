"""How things of the plugin are named and linked on the admin pages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from sqlalchemy import ColumnElement, case, func, or_

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money, percent
from ..models import AddressType, Contact, Coupon, Document, RedemptionState, Rule
from ..services import applications, postbacks, reward_codes
from ..services.contacts import address_type
from ..services.eligibility import is_partner
from .edge import can_see, session
from .nouns import Money, State

BLUEPRINT = "firstline_admin"
_BY_COMMAND = "cli:"
_BY_ITSELF = {
    reward_codes.WHO: _l("Campaigns"), applications.WHO: _l("Application"), postbacks.WHO: _l("Postbacks"),
}  # fmt: skip
_BY_RULE = re.compile("rule ([0-9]{1,17})")


def to(endpoint: str, **values: object) -> str:
    """Give the address of an admin page."""
    return url_for(f"{BLUEPRINT}.{endpoint}", **values)  # type: ignore[arg-type]  # Flask turns values into text


def to_seen(endpoint: str, **values: object) -> str | None:
    """Give the address of an admin page, None where it is closed to who is here."""
    return to(endpoint, **values) if can_see(endpoint) else None


def who_text(who: str | None) -> str:
    """Name who acted: a rule by its name; on the command line that is an account of the machine."""
    if who and who.startswith(_BY_COMMAND):
        return _("%(who)s, on the command line", who=who.removeprefix(_BY_COMMAND))
    if who in _BY_ITSELF:
        return str(_BY_ITSELF[who])
    by_rule = _BY_RULE.fullmatch(who or "")
    rule = session().get(Rule, int(by_rule[1])) if by_rule else None
    return who or "" if rule is None else _("Rule “%(name)s”", name=rule.name)


def contact_name(contact: Contact | None) -> str:
    """Name a contact by what is known of it."""
    if contact is None:
        return ""
    if contact.erased_at is not None:
        return _("Erased person %(id)s", id=contact.id)
    return contact.name or contact.email or contact.ref or _("Contact %(id)s", id=contact.id)


def contact_link(contact: Contact | None) -> str | None:
    """Give the address of a contact's card."""
    if contact is None or contact.erased_at is not None:
        return None
    return to("card", contact_id=contact.id)


def terms_link(version: int, locale: str) -> str | None:
    """Give the public page of a version of the partner terms, None where the desk is not part of this app."""
    if "firstline_desk" not in current_app.blueprints:
        return None
    return url_for("firstline_partners.terms", version=version, language=locale)


def document_name(document: Document) -> str:
    """Name an order or invoice as people know it."""
    return document.number or document.ref


def why_link(document: Document | None) -> str | None:
    """Give the address of the page that explains an order."""
    return to("why", document_id=document.id) if document is not None else None


def type_of(contact: Contact, now: datetime) -> AddressType:
    """Derive the shown address type."""
    return address_type(contact, now)


def is_type(kind: str, now: datetime) -> ColumnElement[bool]:
    """Ask for contacts of an address type."""
    bought = or_(Contact.first_order_ref.is_not(None), Contact.has_bought)
    shown = case(
        (is_partner(now), AddressType.PARTNER.value),
        (bought, AddressType.CUSTOMER.value),
        else_=AddressType.PROSPECT.value,
    )
    return shown == kind


def name_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Sort by a text without regard to case; nothing comes first."""
    return func.lower(func.coalesce(column, ""))


def discount_text(coupon: Coupon) -> str:
    """Say what a coupon takes off."""
    if coupon.kind == "amount" and coupon.amount is not None and coupon.currency:
        return money(coupon.amount, coupon.currency)
    if coupon.kind == "percent" and coupon.percent is not None:
        text = percent(coupon.percent)
        if coupon.cap is None or not coupon.currency:
            return text
        return _("%(percent)s, at most %(cap)s", percent=text, cap=money(coupon.cap, coupon.currency))
    return _("Free shipping")


def money_or_none(amount: int | None, currency: str | None) -> Money | None:
    """Give an amount where there is one."""
    return Money(amount, currency) if amount is not None and currency else None


def redemption_state(state: str) -> State:
    """Show where a redemption stands."""
    return {
        RedemptionState.RESERVED.value: State("wait", _("reserved")),
        RedemptionState.REDEEMED.value: State("ok", _("redeemed")),
        RedemptionState.RELEASED.value: State("off", _("given back")),
        RedemptionState.FLAGGED.value: State("bad", _("to be checked")),
    }.get(state, State("off", state))


def document_state(document: Document) -> State:
    """Show how far an order or invoice is paid."""
    if document.state == "cancelled":
        return State("off", _("cancelled"))
    if document.state == "failed":
        return State("bad", _("payment failed"))
    if document.paid_at is not None:
        return State("ok", _("paid"))
    return State("wait", _("part-paid") if document.paid else _("open"))
