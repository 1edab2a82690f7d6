"""A shop without pages that drives the plugin's calls: an app, a row of its own per order, and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, Integer, String, func, make_url, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from flask_firstline import Cart, Customer, Firstline, Line
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.models import CommissionTerms
from flask_firstline.services.codes import create_code
from flask_firstline.services.coupons import create_coupon
from flask_firstline.services.partners import add_partner
from flask_firstline.state import State, state_of

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
WHO = "test"


class _Answers:
    """A shop outside of any request: nobody is signed in."""

    def current_customer(self) -> Customer | None:
        return None

    def current_cart(self) -> Cart | None:
        return None

    def is_admin(self) -> bool:
        return False


@dataclass(kw_only=True)
class SmallShop:
    """The app, its session and the plugin; `orders` is the shop's own table, a row for each order."""

    app: Flask
    db: SQLAlchemy
    firstline: Firstline
    orders: Any
    time: datetime = START
    partners: dict[str, int] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.db.session()

    @property
    def engine(self) -> Engine:
        return self.db.engine

    @property
    def engine_name(self) -> str:
        return make_url(self.app.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name()

    @property
    def state(self) -> State:
        return state_of(self.app)

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)

    def note_order(self, ref: str) -> None:
        """Write the shop's own row, as a shop does beside our calls."""
        self.session.add(self.orders(ref=ref))
        self.session.flush()

    def own_rows(self) -> int:
        return int(self.session.scalar(select(func.count()).select_from(self.orders)) or 0)

    @contextmanager
    def seeding(self) -> Iterator[Connection]:
        with self.engine.begin() as conn:
            yield conn

    def partner(self, ref: str, sponsor: str | None = None) -> int:
        with self.seeding() as conn:
            email = f"{ref}@partner.example"
            found = add_partner(conn, ref=ref, email=email, sponsor_ref=sponsor, who=WHO, now=self.time)
        self.partners[ref] = found
        return found

    def chain(self, length: int, *, first: str = "meier") -> list[str]:
        """Make a partner with so many above: the one who sells first."""
        above = [f"up{height}" for height in range(length - 1, 0, -1)]
        for sponsor, ref in zip([None, *above], [*above, first], strict=True):
            self.partner(ref, sponsor)
        return [first, *reversed(above)]

    def coupon(
        self, name: str = "Five off", *, codes: Sequence[str] = (), owner: str | None = None, **terms: Any
    ) -> int:
        """Make a coupon of 5.00 EUR off, or by other terms, with codes."""
        if not terms.keys() & {"amount", "percent", "kind"}:
            terms["amount"] = 500
        kind = Kind.PERCENT if "percent" in terms else Kind.AMOUNT
        made = CouponTerms(**{"name": name, "kind": kind, "currency": "EUR", **terms})
        with self.seeding() as conn:
            coupon_id = create_coupon(conn, made, who=WHO, now=self.time)
            owner_id = None if owner is None else self.partners[owner]
            for code in codes:
                create_code(conn, code, coupon_id=coupon_id, owner_id=owner_id, who=WHO, now=self.time)
        return coupon_id

    def terms(self, *percents: str) -> None:
        """Set the general terms: per cents of level 1, 2, ..."""
        table = CommissionTerms.__table__
        rows = [
            {"place": f"level {level}", "level": level, "percent": Decimal(percent), "changed_at": self.time}
            for level, percent in enumerate(percents, start=1)
        ]
        with self.seeding() as conn:
            conn.execute(table.insert(), rows)


def build(url: str, **config: object) -> SmallShop:
    """Mount the plugin into an app on a database that has our tables; the shop's own table is made."""
    app = Flask("small_shop")
    app.config.update(
        SECRET_KEY="small",
        SQLALCHEMY_DATABASE_URI=url,
        FIRSTLINE_ON_BUG="raise",
        TESTING=True,
        **config,
    )
    db = SQLAlchemy(app)

    class ShopOrder(db.Model):  # type: ignore[name-defined]
        __tablename__ = "shop_order"
        id: Mapped[int] = mapped_column(Integer, primary_key=True)
        ref: Mapped[str] = mapped_column(String(64))

    firstline = Firstline()
    firstline.init_app(app, shop=_Answers(), mount=())
    shop = SmallShop(app=app, db=db, firstline=firstline, orders=ShopOrder)
    shop.state.clock = lambda: shop.time
    with app.app_context():
        db.create_all()
    return shop


def line(
    key: str = "a", price: str = "20.00", quantity: str = "1", rate: str | None = "19", **more: Any
) -> Line:
    """Give a line of goods."""
    values = {"product_ref": f"p-{key}", "unit_price": price, "quantity": quantity, "vat_rate": rate}
    return Line(key=key, **{**values, **more})


def goods(count: int) -> list[Line]:
    """Give so many lines of 20.00 each."""
    return [line(f"l{number}") for number in range(count)]
