from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from flask_firstline import Customer, Invoice, Order, Refund, Refused
from flask_firstline.domain.clauses import Caps, Clauses
from flask_firstline.domain.coupon import Treatment
from flask_firstline.domain.exchange import Rate
from flask_firstline.domain.payout import Method
from flask_firstline.domain.payout_details import Details
from flask_firstline.domain.suspicion import About, Action, Signal
from flask_firstline.domain.window import Period
from flask_firstline.models import Document, Payout
from flask_firstline.services import (
    disputes,
    manual_postings,
    payout_details,
    payout_release,
    payouts,
    rates,
    suspicions,
)
from flask_firstline.services.checking import Checked, all_ok, snapshot
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.manual_postings import ByHand, Wanted
from flask_firstline.services.payout_runs import Actor
from flask_firstline.services.program import set_terms
from tests.small_shop import SmallShop, build, goods, line


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        shop.chain(3)
        shop.terms("10", "5", "1")
        with shop.seeding() as conn:
            capped: dict[str, Any] = {"currency": "EUR", "clauses": Clauses(caps=Caps(partner=10**9))}
            ten = {"level": 1, "percent": Decimal(10), "product_ref": "p-l0", **capped}
            set_terms(conn, **ten, who="test", now=shop.time)
        shop.coupon(
            codes=["vonmeier"],
            owner="meier",
            max_uses=20,
            max_per_code=15,
            max_per_customer=5,
            new_customers_only=True,
        )
        shop.coupon("Ten", codes=["ten"], percent=Decimal(10), max_uses=2)
        shop.coupon("Card", codes=["card"], amount=5000, treatment=Treatment.MULTI_PURPOSE)
        yearly: dict[str, Any] = {"period": Period.YEAR, "max_in_period": 9, "max_per_customer_in_period": 2}
        shop.coupon("Budget", codes=["budget"], budget=900, order_budget=90_000, **yearly)
        yield shop
        shop.session.close()
        shop.engine.dispose()


def place(shop: SmallShop, ref: str, buyer: str, code: str | None = "vonmeier", lines: int = 2) -> None:
    shop.firstline.order_placed(
        Order(
            ref=ref,
            currency="EUR",
            lines=goods(lines),
            codes=() if code is None else (code,),
            customer=Customer(ref=buyer, email=f"{buyer}@example.com"),
            cart_key=f"cart-{ref}",
        )
    )
    shop.session.commit()


def pay(shop: SmallShop, order: str, ref: str, amount: str | None = None) -> None:
    shop.firstline.invoice_paid(
        Invoice(ref=ref, currency="EUR", order_ref=order, amount=None if amount is None else Decimal(amount))
    )
    shop.session.commit()


def refund(shop: SmallShop, ref: str, **what: object) -> None:
    shop.firstline.invoice_refunded(Refund(ref=ref, currency="EUR", **what))  # type: ignore[arg-type]
    shop.session.commit()


def pay_partners(shop: SmallShop) -> None:
    """Pay meier in cash what is payable."""
    actor, cash = Actor(name="test", id="test"), Details(method=Method.CASH)

    def work(session: Session) -> None:
        ctx = shop.state.context(session.connection())
        payout_details.save(ctx.conn, shop.partners["meier"], cash, who="test", now=ctx.now)
        run_id = payouts.make_run(ctx, actor)
        rows = session.execute(select(Payout.__table__).where(Payout.run_id == run_id)).all()
        payout_release.release(ctx, run_id, actor, count=len(rows), sums=payout_release.totals(rows))

    shop.state.in_own_unit(work)


def by_hand(shop: SmallShop) -> None:
    """Post by hand, up and down, open a dispute, and let a partner be paid in another currency."""
    meier = shop.partners["meier"]

    def work(session: Session) -> None:
        ctx = shop.state.context(session.connection())
        for number, amount in enumerate((700, -300)):
            wanted = Wanted(
                kind=ByHand.CORRECTION, partner_id=meier, amount=amount, currency="EUR", reason="x"
            )
            place = manual_postings.post(ctx, wanted, key=str(number), who="test")
        manual_postings.take_back(ctx, place, reason="x", who="test")
        document = session.scalar(select(Document.id).where(Document.ref == "o2"))
        disputes.open_dispute(ctx, document or 0, reason="x", who="test")
        top = shop.partners["up2"]
        rates.set_payout_currency(ctx.conn, top, "USD", who="test", now=ctx.now)
        rate = Rate(base="EUR", quote="USD", rate=Decimal("1.0834"), day=date(2020, 1, 1))
        rates.set_rates(ctx.conn, [rate], who="test", now=ctx.now)

    shop.state.in_own_unit(work)


def suspect(shop: SmallShop, ref: str) -> None:
    """Hold what meier earns by an order for a suspicion."""

    def work(session: Session) -> None:
        ctx = shop.state.context(session.connection())
        found = suspicions.Found(
            about=About.ORDER,
            once="o",
            partner_id=shop.partners["meier"],
            document_id=session.scalar(select(Document.id).where(Document.ref == ref)),
            signals=(Signal.PHONE,),
            figures={},
            action=Action.HOLD,
        )
        assert suspicions.note(ctx, found) is not None
        assert suspicions.note(ctx, found) is None

    shop.state.in_own_unit(work)


def play(shop: SmallShop) -> None:
    """Sell, take part payments, take back, pay partners, post by hand, dispute, cancel, fail and repeat."""
    place(shop, "o1", "ina")
    pay(shop, "o1", "i1")
    refund(shop, "r1", order_ref="o1", lines=[{"key": "l0", "quantity": 1}])
    place(shop, "o2", "jan")
    pay(shop, "o2", "i2", "10.00")
    pay(shop, "o2", "i2b", "10.00")
    pay(shop, "o2", "i2b", "10.00")
    refund(shop, "r2", order_ref="o2", amount="5.00")
    place(shop, "o3", "kim")
    shop.firstline.order_cancelled("o3")
    place(shop, "o4", "lea", "ten")
    pay(shop, "o4", "i4")
    shop.advance(days=31)
    shop.firstline.balance("meier")
    shop.session.commit()
    pay_partners(shop)
    by_hand(shop)
    refund(shop, "r4", order_ref="o4")
    place(shop, "o5", "max", "ten")
    shop.firstline.payment_failed("o5")
    pay(shop, "o5", "i5")
    suspect(shop, "o5")
    place(shop, "o6", "ina", None)
    shop.firstline.invoice_paid(Invoice(ref="i6", currency="EUR", order_ref="o6", lines=(line("l0"),)))
    pay(shop, "o6", "i6b")
    shop.firstline.order_cancelled("o6")
    place(shop, "o8", "nia", "card")
    place(shop, "o9", "nia", "budget")
    place(shop, "o10", "nia", "card")
    shop.firstline.order_cancelled("o10")
    with pytest.raises(Refused):
        place(shop, "o7", "ina")
    shop.session.commit()


def check(shop: SmallShop) -> dict[str, Checked]:
    with snapshot(shop.engine) as conn:
        ctx = shop.state.context(conn)
        return {checked.name: checked for checked in [*check_books(ctx), *check_counters(ctx)]}


def test_books_that_nobody_touched_agree_to_the_cent(shop: SmallShop) -> None:
    play(shop)

    checks = check(shop)

    assert [finding for checked in checks.values() for finding in checked.findings] == []
    assert all_ok(checks.values())
    money = [checked for name, checked in checks.items() if checked.difference]
    assert len(money) >= 13
    assert {off for checked in money for off in checked.difference.values()} == {Decimal("0.00")}
    assert all(checked.compared for name, checked in checks.items() if not name.startswith("statements"))


def test_an_empty_database_agrees(shop: SmallShop) -> None:
    assert all_ok(check(shop).values())


TAMPERINGS = {
    "payments = what documents count as paid": "document SET paid = paid + 1 WHERE ref = 'o1'",
    "orders = their rest and their invoices": "document SET total = total + 1 WHERE ref = 'i6'",
    "invoices x terms = commissions kept": "document SET given_back = 900 WHERE ref = 'o1'",
    "commissions kept = postings": "document SET kept = '{}' WHERE ref = 'o1'",
    "sales paid and kept = own sales that tiers count": "document SET own_sales = own_sales + 1",
    "what capped terms can give = claims on caps": "cap_claim SET amount = amount + 1",
    "reversals = what accruals count as reversed": "accrual SET reversed = 0 WHERE reversed > 0",
    "commission postings = accruals": "accrual SET amount = amount + 1 WHERE amount > 0",
    "accruals on hold = balances on hold": "balance SET amount = amount + 1 WHERE kind = 'on_hold'",
    "open disputes = accruals held": "document SET disputed_at = NULL",
    "suspicions = what they hold and reject": "document SET suspects = NULL",
    "originals by their rates = converted commissions": "accrual SET original_amount = original_amount + 100",
    "postings = balances": "balance SET amount = amount - 1 WHERE kind = 'payable'",
    "redemptions = counters of limited coupons": "coupon SET used = used + 1",
    "redemptions = counters of limited codes": "code SET used = used + 1",
    "redemptions = uses per customer": "person_use SET used = used + 1 WHERE scope <> 'new'",
    "new-customer redemptions = claims": "person_use SET scope = 'lost' WHERE scope = 'new'",
    "sponsors = paths": "contact SET path = '' WHERE ref = 'ina'",
}


@pytest.mark.parametrize(("name", "change"), TAMPERINGS.items())
def test_each_kind_of_difference_is_found_by_its_check(shop: SmallShop, name: str, change: str) -> None:
    play(shop)
    with shop.engine.begin() as conn:
        assert conn.execute(text(f"UPDATE firstline_{change}")).rowcount > 0

    found = check(shop)[name]

    assert not found.ok


def test_a_difference_is_told_with_its_figures(shop: SmallShop) -> None:
    play(shop)
    before = shop.firstline.balance("meier")["EUR"].payable
    with shop.engine.begin() as conn:
        statement = (
            "UPDATE firstline_balance SET amount = amount + 250 WHERE kind = 'payable' AND partner_id = "
        )
        conn.execute(text(f"{statement}{shop.partners['meier']}"))

    found = check(shop)["postings = balances"]

    assert found.difference == {"EUR": Decimal("2.50"), "USD": Decimal("0.00")}
    finding = next(item for item in found.findings if "meier" in item.subject)
    assert finding.subject == "partner meier, payable"
    assert (finding.computed, finding.kept) == (f"{before} EUR", f"{before + Decimal('2.50')} EUR")


def test_a_circle_of_sponsors_is_found(shop: SmallShop) -> None:
    with shop.engine.begin() as conn:
        ids = shop.partners["meier"], shop.partners["up2"]
        statement = text("UPDATE firstline_contact SET sponsor_id = :below, path = NULL WHERE id = :top")
        conn.execute(statement, {"below": ids[0], "top": ids[1]})
        conn.execute(text("UPDATE firstline_contact SET path = NULL"))

    found = check(shop)["sponsors = paths"]

    assert [(item.computed, item.kept) for item in found.findings] == [("3", "0")]


def test_an_order_may_be_changed_to_and_fro_after_it_was_paid(shop: SmallShop) -> None:
    place(shop, "o1", "ina")
    pay(shop, "o1", "i1")

    for quantity in ("3", "2", "3", "2"):
        changed = [line("l0", quantity=quantity), line("l1")]
        customer = Customer(ref="ina", email="ina@example.com")
        shop.firstline.order_changed(Order(ref="o1", currency="EUR", lines=changed, customer=customer))
        shop.session.commit()

    assert all_ok(check(shop).values())
