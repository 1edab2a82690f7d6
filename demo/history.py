"""What happens in the shop before and after the story, so that desks and admin pages are not empty.

It is lived as all else: people fill in forms and buy, the calendar is moved on week by week, the worker
works.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from . import seeds
from .browser import Page, Visitor
from .cast import ACCOUNTS, AFTER, BEFORE, CODES, FOUNDERS, LATER, PROGRAM, TAX, Sale
from .scene import DESK, Story, expect, give_address, put, sign_in, type_code

WEEK, FEW_DAYS = 7, 4
DAYS = WEEK * len(BEFORE)
DAYS_AFTER = FEW_DAYS * len(AFTER)
RULES = Path(__file__).with_name("rules.toml")
CODE = re.compile("[A-Z0-9]{10}")
"""How codes look that the shop draws for friends."""
PAYOUTS = (6, 10)
"""After which weeks partners are paid."""


def live(app: Flask, home: str) -> Story:
    """Let the months before the story go by; give who took part."""
    shop = Story(app=app, home=home, out=io.StringIO())
    _open_office(shop)
    _partners_settle_in(shop)
    for number, sales in enumerate(BEFORE, 1):
        _some_days(shop, sales, WEEK, house=10 * number)
        if number in PAYOUTS:
            _pay(shop)
    office = shop.people["Office"]
    page = office.open(office.open("/firstline/admin/webhooks").link("Accounts office"))
    page = office.send(page, "/edit", payout_paid="")
    expect("who hears of payouts", "rules only" in page.texts, True)
    return shop


def live_on(shop: Story) -> None:
    """Let four more weeks go by after the story, so that this month has something to show."""
    for number, sales in enumerate(AFTER, 1):
        _some_days(shop, sales, FEW_DAYS, house=1000 + 10 * number)
    meier = shop.people[seeds.MEIER.name]
    page = meier.open(meier.open(f"{DESK}prospects").link("Karl Jung"))
    noted = {"state": "contacted", "note": "Has tried the mint tea", "remind_on": f"{shop.today()}"}
    _expect_saved("note", meier.send(page, page.url, **noted))


def _some_days(shop: Story, sales: tuple[Sale, ...], days: int, *, house: int) -> None:
    for place, sale in enumerate(sales, house):
        _buy(shop, sale, house=place)
    office = shop.people["Office"]
    office.send(office.open("/office/calendar"), "/office/calendar", days=str(days))
    shop.flask("work", "--once")


def _open_office(shop: Story) -> None:
    """Frieda says who the shop is, what partners agree to, and what they may advertise with."""
    office = shop.people["Office"] = shop.newcomer()
    sign_in(office, seeds.ADMIN)
    for path, filled in PROGRAM:
        page = office.open(f"/firstline/admin/{path}")
        page = office.send(page, f"/{path}", **filled)
        _expect_saved(path, page)
    shop.flask("rule", "add", str(RULES))
    _call_the_bookkeeping(shop)


def _call_the_bookkeeping(shop: Story) -> None:
    """Let the shop's bookkeeping hear of payouts, for as long as it is known where it is called."""
    office = shop.people["Office"]
    named = {"name": "Accounts office", "url": f"{shop.home}/test-receiver/calls", "payout_paid": "y"}
    page = office.send(office.open("/firstline/admin/webhooks/new"), "/webhooks/new", **named)
    secret = next(text for text in page.texts if text.startswith("whsec_"))
    _expect_saved("secret", office.send(office.open("/test-receiver/"), "/secret", secret=secret))


def _expect_saved(what: str, page: Page) -> None:
    expect(f"{what} is saved", page.status, 200)


def _partners_settle_in(shop: Story) -> None:
    """Let the first partners say how they are paid, make codes and links; enter others."""
    office = shop.people["Office"]
    for person in FOUNDERS:
        visitor = shop.people[person.name] = shop.newcomer()
        sign_in(visitor, person)
        account = ACCOUNTS[person.number]
        _expect_saved("account", visitor.send(visitor.open(f"{DESK}payouts/details"), "/details", **account))
        tax = {"name": person.name, "status": "small", "agrees": "y", **TAX[person.number]}
        _expect_saved("tax data", visitor.send(visitor.open(f"{DESK}tax"), "/desk/tax", **tax))
        _expect_saved("partner terms", visitor.send(visitor.open(f"{DESK}terms"), "/desk/terms"))
        page = visitor.open(f"{DESK}codes")
        coupon = next(value for name, value in page.form("/desk/codes").choices if name == "coupon")
        visitor.send(page, "/desk/codes", coupon=coupon, code=CODES[person.number])
        page = visitor.send(
            visitor.open(f"{DESK}links"), "/desk/links", other="/product/honey-linden", label="Post"
        )
        shop.kept[person.name] = next(text for text in page.texts if "/firstline/r/" in text)
    for name, sponsor, code, iban in LATER:
        email = _email(name)
        filled = {"name": name, "email": email, "sponsor_id": sponsor}
        _expect_saved(
            name, office.send(office.open("/firstline/admin/partners/new"), "/partners/new", **filled)
        )
        page = office.open("/firstline/admin/codes/new")
        coupon = page.form("/codes/new").options["coupon_id", "5 EUR for new customers"]
        filled = {"display": code, "owner_id": email, "coupon_id": coupon}
        _expect_saved(code, office.send(page, "/codes/new", **filled))
        if iban:
            shop.flask("payout", "details", email, "--method", "sepa", "--holder", name, "--iban", iban)


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.org"


def _buy(shop: Story, sale: Sale, *, house: int) -> None:
    """Let somebody come by a link or with a code, sign up or not, buy or not."""
    buyer = shop.newcomer()
    if sale.link:
        buyer.send(buyer.open("/"), "/known-again/", answer="yes" if sale.signs_up else "no")
        buyer.open(shop.kept[sale.link])
    if sale.signs_up:
        filled = {
            "name": sale.name,
            "email": _email(sale.name),
            "password": seeds.PASSWORD,
            "code": sale.code,
        }
        asked = {"firstline_consent": "email"} if sale.agrees else {}
        buyer.send(buyer.open("/account/sign-up"), "/account/sign-up", **filled, **asked)
    if sale.basket:
        page = _order(shop, buyer, sale, house=house)
        page = buyer.send(page, "/checkout/place")
        page = buyer.send(page, page.url.removeprefix(shop.home), way=sale.way)
        if sale.comes_back:
            _return(shop, page, sale)


def _order(shop: Story, buyer: Visitor, sale: Sale, *, house: int) -> Page:
    """Fill the cart, use the codes, and go on to the review."""
    for sku, pieces in sale.basket.items():
        put(buyer, sku, pieces)
    if sale.friend_of:
        buyer.open(f"/firstline/s/{_listed(shop, 'promoters', sale.friend_of)}/copy")
    if sale.code:
        type_code(buyer, sale.code)
    email = None if sale.signs_up else _email(sale.name)
    page = give_address(buyer, shop, email=email, name=sale.name, house=house)
    if sale.rewarded:
        type_code(buyer, _listed(shop, "rewards", sale.name))
        page = buyer.open("/checkout/review")
    return page


def _listed(shop: Story, noun: str, name: str) -> str:
    """Find somebody's code on a list of the admin pages."""
    page = shop.people["Office"].open(f"/firstline/admin/{noun}?{urlencode({'q': name})}")
    return next(text for text in page.row_of(name) if CODE.fullmatch(text))


def _return(shop: Story, page: Page, sale: Sale) -> None:
    number = next(text for text in page.texts if text.startswith("Order ")).removeprefix("Order ")
    office = shop.people["Office"]
    page = office.open(f"/office/order/{number}")
    office.send(page, "/return", way="lines", reason="Not needed", **{f"quantity-{sale.comes_back}": "1"})


def _pay(shop: Story) -> None:
    """Pay the partners; the bank confirms."""
    office = shop.people["Office"]
    page = office.send(office.open("/firstline/admin/payout_runs/new"), "/payout_runs/new")
    total, count = page.amount("Will be paid"), page.after("Will be paid", skip=1).split()[0]
    page = office.send(page, "/release", **{"count": count, "sum-EUR": f"{total / 100:.2f}", "seen": "yes"})
    page = office.send(office.open(page.url), "/paid")
    _expect_saved("payout run", page)
