"""What visitors of the demo shop do in many tests."""

from __future__ import annotations

from demo import seeds
from demo.browser import Page, Visitor
from demo.seeds import Person

ADDRESS = {"name": "Ida Neu", "street": "Am Bach 3", "postcode": "89073", "town": "Ulm"}


def put(visitor: Visitor, sku: str, pieces: int = 1) -> Page:
    return visitor.send(visitor.open(f"/product/{sku}"), "/cart/add", quantity=str(pieces))


def type_code(visitor: Visitor, code: str) -> Page:
    return visitor.send(visitor.open("/cart/"), "/firstline/coupon", code=code)


def review(visitor: Visitor, email: str = "ida@example.org", **other: str) -> Page:
    return visitor.send(visitor.open("/checkout/"), "/checkout/", **{**ADDRESS, "email": email, **other})


def place(visitor: Visitor, email: str = "ida@example.org", **other: str) -> Page:
    return visitor.send(review(visitor, email, **other), "/checkout/place")


def pay(visitor: Visitor, page: Page, way: str = "pay") -> Page:
    return visitor.send(page, page.url.removeprefix(visitor.home), way=way)


def sign_in(visitor: Visitor, person: Person) -> Page:
    page = visitor.open("/account/sign-in")
    return visitor.send(page, "/account/sign-in", email=person.email, password=seeds.PASSWORD)


def meiers_code(home: str, code: str = "vonmeier") -> str:
    """Let Meier make his code at the desk."""
    meier = Visitor(home)
    sign_in(meier, seeds.MEIER)
    page = meier.open("/firstline/desk/codes")
    coupon = next(value for name, value in page.form("/desk/codes").choices if name == "coupon")
    page = meier.send(page, "/desk/codes", coupon=coupon, code=code)
    assert code in page.texts
    return code


def office(home: str) -> Visitor:
    """Let the shop's admin come in."""
    admin = Visitor(home)
    sign_in(admin, seeds.ADMIN)
    return admin
