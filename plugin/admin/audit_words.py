"""The audit log in words: what an act is called, what its values are called, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time
from decimal import Decimal

from .. import i18n
from ..campaign_words import worth
from ..domain.coupon import OrderValue, Treatment
from ..domain.portions import percent_of
from ..domain.roles import Permission
from ..domain.tongue import clock
from ..domain.treatment_questions import in_words
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact, Coupon
from ..statements.words import KINDS as PEOPLE
from ..statements.words import STATUSES
from .coupon_form import GIVE_BACK, KINDS, ORDER_VALUES, PERIODS, TREATMENTS
from .edge import may, session, settings
from .reason_words import reason_name
from .show import contact_name

Values = Mapping[str, object]

ACTS: Mapping[str, str] = {
    "create": _l("made"),
    "change": _l("changed"),
    "set": _l("set"),
    "add": _l("became a partner"),
    "end": _l("partnership ended"),
    "suspend": _l("suspended"),
    "resume": _l("earns again"),
    "parent end": _l("end of the parent partner's commission set"),
    "sponsor": _l("sponsor set"),
    "plan sponsor": _l("sponsor planned"),
    "call off sponsor": _l("planned sponsor called off"),
    "mail": _l("written to many"),
    "merge": _l("merged with a double"),
    "export": _l("all data fetched"),
    "erase": _l("person erased"),
    "rename": _l("renamed"),
    "switch on": _l("switched on"),
    "switch off": _l("switched off"),
    "remove": _l("removed"),
    "try": _l("tried out"),
    "reset": _l("set back to the usual"),
    "run": _l("run"),
    "replay": _l("tried again"),
    "generate": _l("codes generated"),
    "import": _l("codes imported"),
    "bring in": _l("brought in from a file"),
    "link only": _l("with its link only"),
    "typed too": _l("can be typed again"),
    "all is well": _l("looked at: all is well"),
    "replace": _l("got a fresh code"),
    "release": _l("reservation freed"),
    "clear flag": _l("checked"),
    "revoke": _l("revoked"),
    "make run": _l("run made"),
    "change payout": _l("amount changed"),
    "bring up to date": _l("brought up to date"),
    "discard": _l("thrown away"),
    "release run": _l("released"),
    "mark paid": _l("has arrived"),
    "fail payout": _l("did not arrive"),
    "take file": _l("file taken"),
    "approve": _l("approved"),
    "decline": _l("declined"),
    "plan": _l("planned"),
    "call off": _l("called off"),
    "propose": _l("proposed"),
    "reject": _l("rejected"),
    "find stale": _l("found out of date"),
    "set password": _l("password set"),
    "payout details": _l("payout details"),
    "payout details withdrawn": _l("change of payout details taken back"),
    "tax data": _l("tax data"),
    "issue statement": _l("statement issued"),
    "object to statement": _l("objection"),
    "payout block": _l("payouts blocked"),
    "record payment": _l("payment recorded"),
    "share": _l("shared"),
    "record return": _l("return recorded"),
    "open dispute": _l("dispute opened"),
    "win dispute": _l("dispute won"),
    "lose dispute": _l("dispute lost"),
    "hold suspicion": _l("held for a suspicion"),
    "reject suspicion": _l("reversed for a suspicion"),
    "release suspicion": _l("suspicion released"),
    "confirm suspicion": _l("suspicion confirmed"),
    "allow pair": _l("found to belong together"),
    "forbid pair": _l("looked at again"),
    "payout currency": _l("payout currency set"),
    "post by hand": _l("posted by hand"),
    "take back": _l("taken back"),
    "send again": _l("sent once more"),
    "renew_secret": _l("another secret made"),
    "set_access": _l("key of the API set"),
    "looked at": _l("looked at"),
    "take in": _l("orders taken in"),
    "fetch": _l("orders fetched"),
    "pull orders": _l("fetching of orders asked for"),
    "push codes": _l("codes carried there"),
    "tag": _l("tag put on"),
    "untag": _l("tag taken off"),
    "assign": _l("given to somebody"),
    "done": _l("done"),
    "reopen": _l("opened again"),
    "withdraw": _l("withdrawn"),
    "spread balances": _l("balances spread"),
    "fold balances": _l("balances brought together"),
    "payout unblock": _l("payouts not blocked any more"),
}
FIELDS: Mapping[str, str] = {
    "name": _l("Name"),
    "kind": _l("Takes off"),
    "amount": _l("Amount"),
    "percent": _l("Per cent"),
    "fixed": _l("Amount per unit"),
    "cap": _l("At most"),
    "treatment": _l("Kind for VAT"),
    "treatment_answers": _l("Answers about VAT"),
    "currency": _l("Currency"),
    "min_order": _l("From an order of"),
    "max_order": _l("Up to an order of"),
    "order_value": _l("Compare the goods"),
    "minimum_again": _l("Also when the order is changed"),
    "products": _l("Only on these products"),
    "categories": _l("Only on these categories"),
    "not_products": _l("Not on these products"),
    "not_categories": _l("Not on these categories"),
    "new_customers_only": _l("Only for new customers"),
    "open_to_partners": _l("Open to partners"),
    "link_only": _l("Only by link"),
    "campaign": _l("Campaign"),
    "clauses": _l("Further terms"),
    "stackable": _l("May stand beside other codes"),
    "stack_group": _l("Group"),
    "most_codes": _l("Codes on an order at most"),
    "max_uses": _l("Times in all"),
    "max_per_code": _l("Times per code"),
    "max_per_customer": _l("Times per customer"),
    "period": _l("Period"),
    "max_in_period": _l("Times in each period"),
    "max_per_customer_in_period": _l("Times per customer in each period"),
    "budget": _l("Budget of discounts"),
    "order_budget": _l("Budget of orders"),
    "valid_from": _l("From day"),
    "valid_until": _l("Until day"),
    "days": _l("Only on these weekdays"),
    "opens": _l("From hour"),
    "closes": _l("Until hour"),
    "vat_rate": _l("Fixed VAT rate of the discount"),
    "priority": _l("Priority"),
    "give_back": _l("A cancelled order gives the use back"),
    "display": _l("Code"),
    "coupon_id": _l("Coupon"),
    "owner_id": _l("From partner"),
    "portions": _l("Shared by"),
    "holder_id": _l("Kept for"),
    "ref": _l("Customer number"),
    "email": _l("E-mail"),
    "partner_since": _l("Partner since"),
    "partner_until": _l("Partner until"),
    "partner_suspended_at": _l("Suspended since"),
    "parent_commission_until": _l("The parent partner earns until"),
    "phone": _l("Phone"),
    "site": _l("Web site"),
    "locale": _l("Language"),
    "sponsor": _l("Sponsor"),
    "double": _l("Double"),
    "subject": _l("Subject"),
    "takes_effect": _l("From"),
    "why": _l("Why"),
    "title": _l("Title"),
    "version": _l("Version"),
    "languages": _l("Languages"),
    "takes_part": _l("Takes part"),
    "absolute_coupons": _l("Absolute coupons"),
    "shown_in_desk": _l("Shown in the desk"),
    "path": _l("Page"),
    "label": _l("Note"),
    "product_ref": _l("Product"),
    "listed": _l("On the list"),
    "worked off": _l("Worked off"),
    "still parked": _l("Still parked"),
    "count": _l("Number"),
    "uses": _l("Redemptions"),
    "order_ref": _l("Order"),
    "prefix": _l("Beginning"),
    "length": _l("Length"),
    "created": _l("New"),
    "changed": _l("Changed"),
    "unchanged": _l("Unchanged"),
    "bad": _l("With mistakes"),
    "file": _l("File"),
    "occasion": _l("Occasion"),
    "scopes": _l("Permissions"),
    "sums": _l("Sum"),
    "method": _l("Way"),
    "hint": _l("Account"),
    "debtor_name": _l("Account holder"),
    "debtor_iban": _l("IBAN"),
    "debtor_bic": _l("BIC"),
    "cool_down_days": _l("Days until changed payout details hold"),
    "four_eyes": _l("Four eyes"),
    "tax_gate": _l("Pay only with complete tax data"),
    "gross": _l("Total"),
    "status": _l("Tax status"),
    "street": _l("Street and number"),
    "postcode": _l("Postcode"),
    "town": _l("Town"),
    "country": _l("Country"),
    "tax_number": _l("Tax number"),
    "vat_id": _l("VAT id"),
    "number_prefix": _l("Beginning of the numbers"),
    "agreement_version": _l("Version of the agreement"),
    "with_payouts": _l("Issue statements with each payout"),
    "partner_id": _l("Partner"),
    "rate": _l("Rate"),
    "source": _l("Source"),
    "payout_currency": _l("Is paid in"),
    "reason": _l("Reason"),
    "url": _l("Web address"),
    "text": _l("Text"),
    "events": _l("Hears of"),
    "tag": _l("Tag"),
    "assignee": _l("Done by"),
    "due_at": _l("Due"),
    "contact_id": _l("About"),
    "kickback": _l("For each redemption"),
    "share_steps": _l("For ways of sharing that are proven"),
    "landing": _l("Friends land on"),
    "trigger_products": _l("Orders with these products"),
    "trigger_categories": _l("Orders with these categories"),
    "starts_at": _l("From day"),
    "ends_at": _l("Until day"),
    "remind_after_days": _l("Remind after days"),
    "hold_days": _l("Days in which a friend may return"),
    "conversion": _l("Conversion"),
    "keep_days": _l("Kept for days"),
    "value": _l("Value"),
    "needs_approval": _l("Needs approval"),
    "proposed_by": _l("Proposed by"),
    "limit_sum": _l("Sum that one may release alone"),
    "limit_percent": _l("Discount in per cent"),
    "limit_amount": _l("Discount as an amount"),
    "limit_budget": _l("Budget"),
    "limit_max_uses": _l("Times in all"),
    "shared": _l("For all of the staff"),
}
"""What has no name here is a detail of the tables and is not shown."""


_USUAL: Values = {"treatment": Treatment.PRICE_CUT.value, "order_value": OrderValue.BEFORE.value}
"""What is not worth a word where something new is made."""


def act_name(act: str) -> str:
    """Name an act."""
    return str(ACTS.get(act, act))


_PRIVATE = frozenset({"debtor_iban", "debtor_bic", "hint"})
"""Fields that only those read who may see bank details."""


def differences(before: object, after: object) -> Iterator[str]:
    """Say what an act changed, each value with its name."""
    old = before if isinstance(before, Mapping) else {}
    new = after if isinstance(after, Mapping) else {}
    around = {**old, **new}
    for name in (
        name for name in FIELDS if name in around and (name not in _PRIVATE or may(Permission.BANK))
    ):
        was, now = old.get(name), new.get(name)
        if was == now or (name not in old and (_says_nothing(now) or _USUAL.get(name) == now)):
            continue
        value = _written(name, now, around)
        yield f"{FIELDS[name]}: {value}" if _says_nothing(was) else _change(name, was, value, around)


def _change(name: str, was: object, value: str, around: Values) -> str:
    return f"{FIELDS[name]}: {_written(name, was, around)} → {value}"


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def _written(name: str, value: object, around: Values) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in _WRITERS:
        return _WRITERS[name](value, around)
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _money(value: object, around: Values) -> str:
    return i18n.money(int(str(value)), str(around.get("currency") or settings().currency))


def _percent(value: object, around: Values) -> str:
    return i18n.percent(Decimal(str(value)))


def _moment(value: object, around: Values) -> str:
    return i18n.moment(datetime.fromisoformat(str(value))).striptags()


def _end(value: object, around: Values) -> str:
    """Give the last day that counts where a period ends at midnight."""
    end = datetime.fromisoformat(str(value))
    return i18n.day_text(i18n.last_day(end)) if i18n.local(end).time() == time() else _moment(value, around)


def _contact(value: object, around: Values) -> str:
    contact = session().get(Contact, int(str(value)))
    return contact_name(contact) if contact is not None else f"#{value}"


def _portions(value: object, around: Values) -> str:
    packed = value if isinstance(value, list) else []
    return ", ".join(
        f"{_contact(partner_id, around)} {i18n.percent(percent_of(weight))}" for partner_id, weight in packed
    )


def _coupon(value: object, around: Values) -> str:
    coupon = session().get(Coupon, int(str(value)))
    return coupon.name if coupon is not None else f"#{value}"


def _weekdays(value: object, around: Values) -> str:
    days = value if isinstance(value, list) else []
    return i18n.tongue().weekdays(frozenset(int(day) for day in days))


def _clock(value: object, around: Values) -> str:
    return clock(int(str(value)))


def _answers(value: object, around: Values) -> str:
    given = value if isinstance(value, Mapping) else {}
    return "; ".join(f"{_(asked)} {_(answered)}" for asked, answered in in_words(given))


def _rewards(value: object, around: Values) -> str:
    steps = value if isinstance(value, list) else [value]
    return ", ".join(worth(step) for step in steps if isinstance(step, Mapping))


def _chosen(choices: Mapping[str, str]) -> Callable[[object, Values], str]:
    return lambda value, around: str(choices.get(str(value), value))


_WRITERS: Mapping[str, Callable[[object, Values], str]] = {
    "why": lambda value, around: reason_name(str(value)),
    **dict.fromkeys(
        ("amount", "fixed", "cap", "gross", "min_order", "max_order", "budget", "order_budget"), _money
    ),
    **dict.fromkeys(("percent", "vat_rate"), _percent),
    **dict.fromkeys(("valid_from", "partner_since", "partner_until", "partner_suspended_at"), _moment),
    **dict.fromkeys(("owner_id", "holder_id", "partner_id", "contact_id"), _contact),
    **dict.fromkeys(("valid_until", "parent_commission_until", "due_at"), _end),
    "coupon_id": _coupon,
    **dict.fromkeys(("kickback", "share_steps"), _rewards),
    "starts_at": _moment,
    "ends_at": _end,
    "portions": _portions,
    "kind": _chosen({**dict(KINDS), **PEOPLE}),
    "status": _chosen(STATUSES),
    "treatment": _chosen(dict(TREATMENTS)),
    "treatment_answers": _answers,
    "order_value": _chosen(dict(ORDER_VALUES)),
    "period": _chosen(dict(PERIODS)),
    "days": _weekdays,
    **dict.fromkeys(("opens", "closes"), _clock),
    "give_back": _chosen(dict(GIVE_BACK)),
}
