"""What a card says, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from urllib.parse import quote

from babel.dates import format_time, get_day_names

from .. import i18n
from ..domain.codes import canonical, in_address
from ..i18n import gettext as _
from ..services.cards import CardFacts

_GROUP = 4
_CREDIT, _PREPAID = "multi_purpose", "single_purpose"


@dataclass(frozen=True, kw_only=True)
class CardText:
    """The texts of one card; `link` is what the QR code holds. What is not said is ""."""

    name: str
    occasion: str
    gives: str
    invites: str
    code: str
    whose: str
    terms: str
    link: str


def card_text(facts: CardFacts, *, name: str, address: str, prefix: str) -> CardText:
    """Word one card. `address` is the shop's own (https://shop.example), `prefix` that of our pages."""
    host = address.partition("://")[2].partition("/")[0]
    sentences = [text[:1].upper() + text[1:] for text in _terms(facts)]
    shown = [*sentences, *([host] if host and host != name else [])]
    return CardText(
        name=name,
        occasion=facts.occasion,
        gives=_gives(facts),
        invites=_("scan to redeem") if facts.link_only else _("with the code"),
        code=grouped(facts),
        whose=_whose(facts),
        terms=". ".join(shown),
        link=code_link(facts.display, address=address, prefix=prefix),
    )


def code_link(code: str, *, address: str, prefix: str) -> str:
    """Give the address that brings somebody into the shop with a code applied."""
    return f"{address.rstrip('/')}{prefix}/c/{quote(in_address(code))}"


def grouped(facts: CardFacts) -> str:
    """Give a code as it is read best: drawn signs in groups of four, a chosen code as it was spelled."""
    if facts.signs is None:
        return facts.display
    start, signs = facts.display[: -facts.signs], facts.display[-facts.signs :]
    if canonical(start) != canonical(facts.prefix):
        return facts.display
    groups = [signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        # A lone sign at the end gets lost: it joins the group before it.
        groups[-2:] = [groups[-2] + groups[-1]]
    return " ".join([*([start.rstrip("-_ ")] if start else []), *groups])


def _whose(facts: CardFacts) -> str:
    if facts.holder:
        return _("for %(name)s", name=facts.holder)
    return _("recommended by %(name)s", name=facts.owner) if facts.owner else ""


def _gives(facts: CardFacts) -> str:
    amount = facts.credit or facts.amount
    if facts.treatment == _CREDIT and amount is not None:
        return _("%(amount)s credit", amount=_money(amount, facts))
    if facts.treatment == _PREPAID and facts.amount is not None:
        return _("Voucher for %(amount)s", amount=_money(facts.amount, facts))
    if facts.amount is not None:
        return _("%(amount)s off", amount=_money(facts.amount, facts))
    if facts.percent is not None:
        return _("%(percent)s off", percent=i18n.percent(facts.percent))
    free = _("free shipping")
    return free[:1].upper() + free[1:]


def _money(amount: int, facts: CardFacts) -> str:
    # An amount without a currency cannot be stored.
    return i18n.money(amount, facts.currency or "")


def _terms(facts: CardFacts) -> Iterator[str]:
    yield from _validity(facts)
    if facts.min_order:
        yield _("from %(amount)s of goods", amount=_money(facts.min_order, facts))
    if facts.max_order is not None:
        yield _("up to %(amount)s of goods", amount=_money(facts.max_order, facts))
    if facts.cap is not None:
        yield _("at most %(amount)s off", amount=_money(facts.cap, facts))
    if facts.new_customers_only:
        yield _("new customers only")
    if facts.some_products:
        yield _("on some products only")
    yield from _limits(facts)


def _validity(facts: CardFacts) -> Iterator[str]:
    first = i18n.day_text(i18n.local(facts.valid_from).date()) if facts.valid_from else None
    last = i18n.day_text(i18n.last_day(facts.valid_until)) if facts.valid_until else None
    if first and first == last:
        yield _("valid on %(day)s only", day=first)
    elif first and last:
        yield _("valid from %(first)s until %(last)s", first=first, last=last)
    elif first:
        yield _("valid from %(day)s", day=first)
    elif last:
        yield _("valid until %(day)s", day=last)
    hours = " ".join(filter(None, (_days(facts.days), _hours(facts.opens, facts.closes))))
    if hours:
        yield hours


def _limits(facts: CardFacts) -> Iterator[str]:
    if facts.treatment == _CREDIT:
        return
    if facts.max_uses == 1:
        yield _("can be redeemed once")
    elif facts.max_per_customer == 1 and not facts.new_customers_only:
        yield _("once per customer")
    elif facts.max_per_customer is not None and facts.max_per_customer > 1:
        yield _("at most %(count)s times per customer", count=i18n.number(facts.max_per_customer))
    if not facts.stackable:
        yield _("not together with other codes")


def _days(days: tuple[int, ...]) -> str:
    """Name weekdays, those in a row as a span: Mon–Fri, Sun."""
    names = get_day_names("abbreviated", locale=i18n.locale())
    spans: list[list[int]] = []
    for day in days:
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(_span(names[span[0]], names[span[-1]], len(span)) for span in spans)


def _span(first: str, last: str, length: int) -> str:
    if length == 1:
        return first
    return f"{first}, {last}" if length == 2 else f"{first}\N{EN DASH}{last}"


def _hours(opens: int | None, closes: int | None) -> str:
    if opens is None and closes is None:
        return ""
    if closes is None:
        return _("from %(hour)s", hour=_clock(opens or 0))
    if opens is None:
        return _("until %(hour)s", hour=_clock(closes))
    return f"{_clock(opens)}\N{EN DASH}{_clock(closes)}"


def _clock(minute: int) -> str:
    hour, rest = divmod(minute % (24 * 60), 60)
    return format_time(time(hour, rest), format="short", locale=i18n.locale())
