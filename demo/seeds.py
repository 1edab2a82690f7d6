"""What is in the shop when it opens: products and accounts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from .base import db
from .models import Product, User
from .stock import STOCK

PASSWORD = "wiesengrund"  # noqa: S105 - printed for whoever tries the shop


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account that is there from the start."""

    number: str
    name: str
    email: str
    is_admin: bool = False
    old_customer: bool = False


ADMIN = Person(number="1000", name="Frieda Wiese", email="admin@example.org", is_admin=True)
OPA = Person(number="1001", name="Opa Krause", email="opa@example.org", old_customer=True)
SCHULZ = Person(number="1002", name="Petra Schulz", email="schulz@example.org", old_customer=True)
MEIER = Person(number="1003", name="Hans Meier", email="meier@example.org", old_customer=True)
PEOPLE = (ADMIN, OPA, SCHULZ, MEIER)


def sow() -> None:
    """Add the products and accounts that are missing."""
    known = set(db.session.scalars(select(Product.sku)))
    db.session.add_all(Product(**vars(item)) for item in STOCK if item.sku not in known)
    taken = set(db.session.scalars(select(User.number)))
    db.session.add_all(_account(person) for person in PEOPLE if person.number not in taken)
    db.session.commit()


def _account(person: Person) -> User:
    user = User(**vars(person))
    user.set_password(PASSWORD)
    return user
