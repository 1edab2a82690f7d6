"""Credit that several partners share: by their code, or because an admin says so."""

from __future__ import annotations

from typing import Any

import pytest

from flask_firstline.domain.portions import Portion
from flask_firstline.models import Accrual, Code, Contact, Document
from flask_firstline.services import code_portions, sharing
from flask_firstline.services.sharing import Shared, Wanted
from flask_firstline.testing import FakeShop, make_cart, make_line, make_partner

from .kit import earned
from .pay_kit import act, books_agree, contact_id


@pytest.fixture
def pair(shop: FakeShop) -> FakeShop:
    """Add keller beside meier: both stand below schulz, who stands below opa."""
    make_partner(shop.app, "keller", sponsor="schulz", email="keller@shop.example")
    return shop


PAIR = ("meier", "keller", "schulz", "opa")


def portions(shop: FakeShop, **percents: float) -> tuple[Portion, ...]:
    return tuple(
        Portion(partner_id=contact_id(shop, ref), weight=round(percent * 100))
        for ref, percent in percents.items()
    )


def share_code(shop: FakeShop, reason: str = "They run it together", **percents: float) -> bool:
    code = shop.rows(Code, display="vonmeier")[0].id
    wanted = portions(shop, **percents)
    return act(
        shop,
        lambda ctx: code_portions.share_code(ctx.conn, code, wanted, reason=reason, who="Ines", now=ctx.now),
    )


def share(shop: FakeShop, ref: str = "o1", key: str = "k1", **percents: float) -> Shared:
    document = shop.rows(Document, ref=ref)[0].id
    wanted = Wanted(
        document_id=document, portions=portions(shop, **percents), reason="They sold it together", key=key
    )
    return act(shop, lambda ctx: sharing.share_order(ctx, wanted, who="Ines"))


def place(shop: FakeShop, ref: str = "o1", *, customer: str = "ina", **more: Any) -> None:
    """Place an order of goods of 100.00 net."""
    cart = make_cart(make_line("a", "124.00"), customer=shop.add_customer(customer))
    shop.place(cart, ref, codes=["vonmeier"], **more)


def kept(shop: FakeShop, ref: str = "o1") -> dict[str, int]:
    return dict(shop.rows(Document, ref=ref)[0].kept)


def test_a_shared_code_shares_what_its_orders_earn(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)

    place(pair)
    pair.pay("o1")

    assert earned(pair, *PAIR) == ["6.00", "4.00", "5.00", "1.00"]
    assert books_agree(pair)


def test_who_stands_above_both_gets_a_posting_for_each(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    place(pair)
    pair.pay("o1")

    above = pair.rows(Accrual, partner_id=contact_id(pair, "schulz"))

    assert sorted((row.portion, row.amount) for row in above) == [(0, 300), (1, 200)]
    assert "40 % of a shared credit" in above[-1].sentence


def test_the_new_customer_joins_the_main_owner_alone(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    place(pair)
    pair.pay("o1")

    place(pair, "o2")
    buyer = pair.rows(Contact, ref="ina")[0]

    assert buyer.sponsor_id == contact_id(pair, "meier")


def test_an_admin_shares_a_paid_order(pair: FakeShop) -> None:
    place(pair)
    pair.pay("o1")

    found = share(pair, meier=60, keller=40)

    assert earned(pair, *PAIR) == ["6.00", "4.00", "5.00", "1.00"]
    moved = {(row.partner_id, row.level): row.amount for row in found.moved}
    assert moved[contact_id(pair, "meier"), 1] == -400
    assert moved[contact_id(pair, "keller"), 1] == 400
    assert books_agree(pair)
