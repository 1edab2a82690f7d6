"""Coupons: make them, change them, say what they do, switch them on and off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from ..domain.coupon_sentence import coupon_sentence
from ..domain.money import major
from ..domain.tongue import Tongue
from ..services.coupons import get_coupon_by_name, set_active
from ..services.given import Given
from ..services.written_coupons import (
    CouponFacts,
    all_coupons,
    change_written,
    coupon_called,
    make_written,
)
from ..state import State, current_state
from .group import Answer, Commands, answering, firstline, in_unit, table, who

coupon = Commands("coupon", help="Coupons: the terms that codes redeem.")
firstline.add_command(coupon)

_DATE = "A date (2026-12-31) or time (2026-12-31T18:00) in the shop's zone."
_Command = Callable[..., None]
_OPTIONS = (
    click.option("--amount", help="What is taken off, such as 5.00."),
    click.option("--percent", help="What is taken off in per cent, such as 10."),
    click.option("--free-shipping", is_flag=True, default=None, help="The shipping is taken off."),
    click.option(
        "--treatment",
        help="What it is for VAT: price_cut (usual), single_purpose, multi_purpose (store credit), goodwill.",
    ),
    click.option("--cap", help="The most that a per cent takes off."),
    click.option("--currency", help="Currency of the amounts; by default FIRSTLINE_CURRENCY."),
    click.option("--min-order", help="Goods for at least this much, without shipping."),
    click.option("--max-order", help="Goods for at most this much."),
    click.option(
        "--order-value", help="Whether they count goods before coupons (usual) or after: before, after."
    ),
    click.option(
        "--minimum-again/--not-minimum-again",
        default=None,
        help="An order that is changed to less than the minimum loses the discount.",
    ),
    click.option("--product", multiple=True, help="Only on this product; may be repeated."),
    click.option("--category", multiple=True, help="Only on this category; may be repeated."),
    click.option("--not-product", multiple=True, help="Not on this product; may be repeated."),
    click.option("--not-category", multiple=True, help="Not on this category; may be repeated."),
    click.option("--new-customers-only/--not-new-customers-only", default=None, help="Once per person."),
    click.option("--max", help="Redemptions of all its codes together."),
    click.option("--max-per-code", help="Redemptions of each code."),
    click.option("--max-per-customer", help="Redemptions by each customer."),
    click.option("--period", help="The period of the next two limits: day, week, month, year."),
    click.option("--max-in-period", help="Redemptions of all its codes in each period."),
    click.option("--max-per-customer-in-period", help="Redemptions by each customer in each period."),
    click.option("--budget", help="The most that all discounts together may come to."),
    click.option("--order-budget", help="The most that the goods of all its orders may come to."),
    click.option("--from", help=f"Valid from. {_DATE}"),
    click.option("--until", help=f"Valid until; a date includes its day. {_DATE}"),
    click.option("--on", help="Valid on this one date."),
    click.option("--day", multiple=True, help="Only on this weekday: mon to sun; may be repeated."),
    click.option("--opens", help="Only from this hour, such as 22:00, in the shop's zone."),
    click.option("--closes", help="Only until this hour; earlier than it opens: on the next day."),
    click.option("--vat-rate", help="One fixed VAT rate for the discount, in per cent."),
    click.option("--campaign", help="A label; commission terms may hold for the sales of a campaign."),
    click.option("--priority", help="Smaller ones are taken off first; by default 100."),
    click.option("--stackable/--not-stackable", default=None, help="May stand beside other stackable ones."),
    click.option("--stack-group", help="Of the coupons of one group only one stands on an order."),
    click.option("--most-codes", help="The most codes on an order with this one among them."),
    click.option("--link-only/--not-link-only", default=None, help="Counts only when it came by a link."),
    click.option(
        "--open-to-partners/--not-open-to-partners", default=None, help="Partners may make own codes on it."
    ),
    click.option("--give-back", help="When a cancelled order gives the use back: unpaid, always, never."),
)


def _with_terms(command: _Command) -> _Command:
    """Offer all terms of a coupon as options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _typed(options: Mapping[str, object]) -> dict[str, object]:
    """Give what was typed."""
    return {name: value for name, value in options.items() if value not in (None, ())}


@coupon.command("add")
@click.argument("name")
@_with_terms
@answering
def add(name: str, **options: object) -> Answer:
    """Make a coupon called NAME."""
    state = current_state()
    given = Given(values={"name": name, **_typed(options)}, settings=state.settings)
    coupon_id = in_unit(lambda state, conn: make_written(conn, given, who=who(), now=state.now()))
    said = _sentence(state, name.strip())
    return Answer(
        text=f"The coupon {name.strip()!r} is made: {said}.",
        data={"id": coupon_id, "name": name.strip(), "sentence": said},
    )


@coupon.command("change")
@click.argument("coupon", metavar="NAME")
@click.option("--name", help="A new name.")
@_with_terms
@answering
def change(coupon: str, **options: object) -> Answer:
    """Change the coupon NAME: what is given, and nothing else. An empty text ("") takes a term away.

    Orders keep the terms they were placed with.
    """
    typed = _typed(options)
    changed = in_unit(
        lambda state, conn: change_written(
            conn, coupon, typed, settings=state.settings, who=who(), now=state.now()
        )
    )
    name = str(typed.get("name") or coupon).strip()
    said = _sentence(current_state(), name)
    text = f"The coupon {name!r} is changed: {said}." if changed else f"The coupon {name!r} was so already."
    return Answer(text=text, data={"name": name, "changed": changed, "sentence": said})


def _sentence(state: State, name: str) -> str:
    found = in_unit(lambda _state, conn: coupon_called(conn, name))
    return coupon_sentence(found.terms, Tongue(zone=state.settings.zone))


@coupon.command("list")
@answering
def list_() -> Answer:
    """List all coupons, each with what it does."""
    state = current_state()
    found = in_unit(lambda _state, conn: all_coupons(conn))
    rows = [_told(state, facts) for facts in found]
    head = ("name", "what it does", "codes", "used", "state")
    cells = [(row["name"], row["sentence"], row["codes"], row["used"], row["state"]) for row in rows]
    return Answer(text=table(head, cells, empty="There is no coupon yet."), data=rows)


@coupon.command("show")
@click.argument("name")
@answering
def show(name: str) -> Answer:
    """Say what the coupon NAME does, in one sentence and term by term."""
    found = in_unit(lambda _state, conn: coupon_called(conn, name))
    told = _told(current_state(), found)
    terms: Mapping[str, object] = told["terms"]
    facts = {**terms, **{word: told[word] for word in ("codes", "used", "discounts", "state")}}
    width = max(map(len, facts))
    lines = [f"{word.ljust(width)}  {_shown(value)}" for word, value in facts.items() if value is not None]
    return Answer(text="\n".join([f"{told['sentence']}.", "", *lines]), data=told)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "yes" if value is True else str(value)


def _told(state: State, facts: CouponFacts) -> dict[str, Any]:
    """Tell all of a coupon; `terms` are by the names of `apply`."""
    tongue, now = Tongue(zone=state.settings.zone), state.now()
    ended = facts.terms.valid_until is not None and facts.terms.valid_until <= now
    currency = facts.terms.currency
    return {
        "id": facts.id,
        "name": facts.terms.name,
        "sentence": coupon_sentence(facts.terms, tongue),
        "state": "off" if not facts.active else "ended" if ended else "on",
        "codes": facts.codes,
        "used": facts.used,
        "discounts": None if currency is None else str(major(facts.discounts, currency)),
        "terms": facts.written(state.settings),
        "answers": dict(facts.answers),
    }


@coupon.command("on")
@click.argument("name")
@answering
def on(name: str) -> Answer:
    """Switch the coupon NAME with all its codes on."""
    return _switched(name, True)


@coupon.command("off")
@click.argument("name")
@answering
def off(name: str) -> Answer:
    """Switch the coupon NAME with all its codes off. Orders stay."""
    return _switched(name, False)


def _switched(name: str, active: bool) -> Answer:
    changed = in_unit(
        lambda state, conn: set_active(
            conn, get_coupon_by_name(conn, name).id, active, who=who(), now=state.now()
        )
    )
    word = "on" if active else "off"
    text = f"The coupon {name!r} is {word}." if changed else f"The coupon {name!r} was {word} already."
    return Answer(text=text, data={"name": name, "active": active, "changed": changed})
