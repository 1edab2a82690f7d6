"""Credit that several partners share: by their code, or because an admin says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from flask_firstline import Reason
from flask_firstline.domain.clauses import Caps, Clauses, Span, Tier, Tiers
from flask_firstline.domain.portions import Portion
from flask_firstline.models import Accrual, Audit, Code, Contact, Document, Posting, Waiting
from flask_firstline.services import (
    code_acts,
    code_portions,
    codes,
    desk_codes,
    leaks,
    merging,
    partners,
    sharing,
)
from flask_firstline.services.mistakes import BadPortions
from flask_firstline.services.sharing import Shared, Wanted
from flask_firstline.testing import FakeShop, make_cart, make_line, make_partner, make_terms

from .kit import earned as earned_texts
from .pay_kit import act, books_agree, contact_id, release, run, settle, wants

PAIR = ("meier", "keller", "schulz", "opa")


@pytest.fixture
def pair(shop: FakeShop) -> FakeShop:
    """Add keller beside meier: both stand below schulz, who stands below opa."""
    make_partner(shop.app, "keller", sponsor="schulz", email="keller@shop.example")
    return shop


def earned(shop: FakeShop, *refs: str) -> list[str]:
    """Give what these partners have on hold and payable together, with cents."""
    return [f"{Decimal(text):.2f}" for text in earned_texts(shop, *refs)]


def portions(shop: FakeShop, **percents: str | int) -> tuple[Portion, ...]:
    return tuple(
        Portion(partner_id=contact_id(shop, ref), weight=int(Decimal(percent) * 100))
        for ref, percent in percents.items()
    )


def code_id(shop: FakeShop) -> int:
    return int(shop.rows(Code, display="vonmeier")[0].id)


def share_code(shop: FakeShop, reason: str = "They run it together", **percents: str | int) -> bool:
    code, wanted = code_id(shop), portions(shop, **percents)
    return act(
        shop,
        lambda ctx: code_portions.share_code(ctx.conn, code, wanted, reason=reason, who="Ines", now=ctx.now),
    )


def share(shop: FakeShop, ref: str = "o1", key: str = "k1", **percents: str | int) -> Shared:
    document = shop.rows(Document, ref=ref)[0].id
    wanted = Wanted(
        document_id=document, portions=portions(shop, **percents), reason="They sold it together", key=key
    )
    return act(shop, lambda ctx: sharing.share_order(ctx, wanted, who="Ines"))


def place(shop: FakeShop, ref: str = "o1", *, customer: str = "ina", price: str = "124.00") -> None:
    """Place an order, by default of goods of 100.00 net after the coupon."""
    shop.place(
        make_cart(make_line("a", price), customer=shop.add_customer(customer)), ref, codes=["vonmeier"]
    )


def paid_and_shared(shop: FakeShop) -> Shared:
    place(shop)
    shop.pay("o1")
    return share(shop, meier=60, keller=40)


def suspend(shop: FakeShop, ref: str) -> None:
    who = contact_id(shop, ref)
    act(shop, lambda ctx: partners.suspend(ctx.conn, who, why="asked", who="Ines", now=ctx.now))


def moved(shop: FakeShop, found: Shared) -> dict[tuple[str, int], int]:
    names = {row.id: row.ref for row in shop.rows(Contact)}
    return {(names[row.partner_id], row.level): row.amount for row in found.moved}


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
    assert [row.trace["weight"] for row in sorted(above, key=lambda row: row.portion)] == ["60", "40"]
    assert all("of a shared credit" in row.sentence for row in above)


def test_each_earns_by_the_own_terms(pair: FakeShop) -> None:
    make_terms(pair.app, 25, partner="keller")
    share_code(pair, meier=60, keller=40)

    place(pair)
    pair.pay("o1")

    assert earned(pair, "meier", "keller") == ["6.00", "10.00"]


def test_the_new_customer_joins_the_main_partner_alone(pair: FakeShop) -> None:
    share_code(pair, keller=40, meier=60)

    place(pair)

    assert pair.rows(Contact, ref="ina")[0].sponsor_id == contact_id(pair, "keller")
    assert pair.rows(Code, display="vonmeier")[0].owner_id == contact_id(pair, "keller")


def test_the_customers_later_orders_without_the_code_are_the_sponsors_alone(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    place(pair)
    pair.pay("o1")

    pair.place(make_cart(make_line("a", "119.00"), customer=pair.add_customer("ina")), "o2", codes=[])
    pair.pay("o2")

    assert earned(pair, "meier", "keller") == ["16.00", "4.00"]


def test_who_may_not_earn_keeps_the_portion_and_nobody_gets_it(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    suspend(pair, "keller")

    place(pair)
    pair.pay("o1")

    assert earned(pair, *PAIR) == ["6.00", "0.00", "5.00", "1.00"]
    assert [1, contact_id(pair, "keller"), "suspended", 1, 4000] in pair.rows(Document)[0].plan["seats"]
    assert books_agree(pair)


def test_where_the_main_partner_may_not_earn_the_others_do(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    suspend(pair, "meier")

    place(pair)
    pair.pay("o1")

    assert earned(pair, "meier", "keller") == ["0.00", "4.00"]


def test_one_owner_ends_the_sharing(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    meier = contact_id(pair, "meier")

    act(pair, lambda ctx: code_acts.set_owner(ctx.conn, [code_id(pair)], meier, who="Ines", now=ctx.now))
    place(pair)
    pair.pay("o1")

    assert pair.rows(Code, display="vonmeier")[0].portions is None
    assert earned(pair, "meier", "keller") == ["10.00", "0.00"]


def test_another_limit_leaves_the_sharing_and_another_owner_ends_it(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)

    def change(owner: str) -> None:
        who = contact_id(pair, owner)
        act(
            pair,
            lambda ctx: codes.change_code(
                ctx.conn, code_id(pair), owner_id=who, holder_id=None, max_uses=9, who="Ines", now=ctx.now
            ),
        )

    change("meier")
    assert pair.rows(Code, display="vonmeier")[0].portions is not None
    change("keller")
    assert pair.rows(Code, display="vonmeier")[0].portions is None


def test_a_fresh_code_for_one_that_leaked_is_shared_as_well(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)

    fresh = act(pair, lambda ctx: leaks.replace_code(ctx.conn, code_id(pair), who="Ines", now=ctx.now))

    assert pair.rows(Code, id=fresh.id)[0].portions == pair.rows(Code, display="vonmeier")[0].portions


def test_sharing_a_code_is_logged_with_what_was_before(pair: FakeShop) -> None:
    assert share_code(pair, meier="33.33", keller="66.67")
    assert not share_code(pair, meier="33.33", keller="66.67")

    (logged,) = pair.rows(Audit, act="share")

    assert logged.before["portions"] is None
    assert [weight for _partner, weight in logged.after["portions"]] == [3333, 6667]
    assert logged.after["reason"] == "They run it together"


@pytest.mark.parametrize(
    ("percents", "problem"),
    [
        ({"meier": 60, "keller": 30}, "weights"),
        ({"meier": 60, "keller": 50}, "weights"),
        ({"meier": 100, "keller": 0}, "weights"),
        ({"meier": 60, "ina": 40}, "no_partner"),
    ],
)
def test_weights_add_up_and_only_partners_have_one(
    pair: FakeShop, percents: dict[str, str | int], problem: str
) -> None:
    pair.register(pair.add_customer("ina"))

    with pytest.raises(BadPortions) as caught:
        share_code(pair, "They say so", **percents)

    assert caught.value.problem == problem


def test_a_partner_sees_the_shared_code_in_the_desk_and_only_the_main_one_switches_it(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    place(pair)
    pair.pay("o1")

    def seen(ref: str) -> list[tuple[bool, int | None, dict[str, int]]]:
        who = contact_id(pair, ref)
        rows = act(pair, lambda ctx: desk_codes.own_codes(ctx.conn, who, now=ctx.now))
        return [(row.mine, row.weight, row.commission) for row in rows]

    assert seen("meier") == [(True, 6000, {"EUR": 600})]
    assert seen("keller") == [(False, 4000, {"EUR": 400})]
    assert seen("schulz") == []


def test_a_portion_goes_with_a_double(pair: FakeShop) -> None:
    make_partner(pair.app, "keller2", email="k2@shop.example")
    share_code(pair, meier=60, keller2=40)
    loser, winner = contact_id(pair, "keller2"), contact_id(pair, "keller")
    place(pair)

    act(pair, lambda ctx: merging.merge(ctx.conn, loser, winner, why="same", who="Ines", now=ctx.now))
    pair.pay("o1")

    assert pair.rows(Code, display="vonmeier")[0].portions == [
        [contact_id(pair, "meier"), 6000],
        [winner, 4000],
    ]
    assert earned(pair, "meier", "keller") == ["6.00", "4.00"]


def test_an_admin_shares_an_order_that_is_paid(pair: FakeShop) -> None:
    found = paid_and_shared(pair)

    assert earned(pair, *PAIR) == ["6.00", "4.00", "5.00", "1.00"]
    by_who = moved(pair, found)
    assert (by_who["meier", 1], by_who["keller", 1]) == (-400, 400)
    assert by_who["schulz", 2] == 0
    assert books_agree(pair)


def test_what_was_posted_is_reversed_by_postings_that_name_their_originals(pair: FakeShop) -> None:
    paid_and_shared(pair)

    backs = [row for row in pair.rows(Posting) if row.kind == "reversal"]

    originals = {(row.call_id, row.seq): row for row in pair.rows(Posting) if row.kind == "commission"}
    assert sorted((row.level, row.amount) for row in backs) == [(1, 400), (2, 200), (3, 40)]
    assert all(
        originals[row.reverses_call_id, row.reverses_seq].partner_id == row.partner_id for row in backs
    )


def test_an_admin_shares_an_order_before_it_is_paid(pair: FakeShop) -> None:
    place(pair)
    found = share(pair, meier=60, keller=40)
    assert (found.moved, found.frozen) == ((), False)

    pair.pay("o1")

    assert earned(pair, *PAIR) == ["6.00", "4.00", "5.00", "1.00"]
    assert books_agree(pair)


def test_part_payments_and_returns_follow_the_new_portions(pair: FakeShop) -> None:
    place(pair)
    pair.pay("o1", amount=Decimal("59.50"), payment_ref="p1")
    share(pair, meier=60, keller=40)
    assert earned(pair, "meier", "keller") == ["3.00", "2.00"]

    pair.pay("o1", payment_ref="p2")
    assert earned(pair, *PAIR) == ["6.00", "4.00", "5.00", "1.00"]

    pair.refund("o1")
    assert earned(pair, *PAIR) == ["0.00"] * 4
    assert books_agree(pair)


def test_pressed_twice_it_is_done_once(pair: FakeShop) -> None:
    paid_and_shared(pair)
    postings = len(pair.rows(Posting))

    again = share(pair, meier=60, keller=40)

    assert not again.new
    assert len(pair.rows(Posting)) == postings
    with pytest.raises(BadPortions) as caught:
        share(pair, meier=50, keller=50)
    assert caught.value.problem == "key_used"


def test_shared_again_and_given_back_the_books_are_as_at_first(pair: FakeShop) -> None:
    paid_and_shared(pair)

    share(pair, key="k2", keller=100)
    assert earned(pair, *PAIR) == ["0.00", "10.00", "5.00", "1.00"]
    share(pair, key="k3", meier=100)

    assert earned(pair, *PAIR) == ["10.00", "0.00", "5.00", "1.00"]
    assert books_agree(pair)
    with pytest.raises(BadPortions) as caught:
        share(pair, key="k4", meier=100)
    assert caught.value.problem == "unchanged"


def test_what_was_paid_out_is_set_off(pair: FakeShop) -> None:
    place(pair)
    pair.pay("o1")
    pair.clock.advance(days=31)
    settle(pair)
    wants(pair, "meier")
    release(pair, run(pair))

    share(pair, meier=60, keller=40)

    balance = pair.balance("meier", "EUR")
    assert (balance.payable, balance.paid) == (Decimal("-4.00"), Decimal("10.00"))
    assert pair.balance("keller", "EUR").payable == Decimal("4.00")
    assert books_agree(pair)


def test_the_hold_of_what_is_new_counts_from_the_payment(pair: FakeShop) -> None:
    place(pair)
    pair.pay("o1")
    paid_at = pair.clock.now
    pair.clock.advance(days=10)

    share(pair, meier=60, keller=40)

    (new,) = pair.rows(Accrual, partner_id=contact_id(pair, "keller"))
    assert new.payable_at == paid_at + timedelta(days=30)


def test_an_order_of_nobody_can_be_given_to_partners(pair: FakeShop) -> None:
    pair.place(make_cart(make_line("a", "119.00"), customer=pair.add_customer("ina")), "o1", codes=[])
    pair.pay("o1")
    assert earned(pair, *PAIR) == ["0.00"] * 4

    share(pair, keller=70, opa=30)

    assert earned(pair, *PAIR) == ["0.00", "7.00", "3.50", "3.70"]
    assert books_agree(pair)


def test_an_order_invoiced_in_parts_is_shared_as_a_whole(pair: FakeShop) -> None:
    lines = (make_line("a", "62.00", quantity=2), make_line("b", "119.00"))
    pair.place(make_cart(*lines, customer=pair.add_customer("ina")), "o1", codes=["vonmeier"])
    pair.pay("o1", "i1", lines=(make_line("b", "119.00"),))

    share(pair, meier=60, keller=40)
    pair.pay("o1", payment_ref="rest")

    assert earned(pair, *PAIR) == ["12.00", "8.00", "10.00", "2.00"]
    pair.refund("o1")
    assert earned(pair, *PAIR) == ["0.00"] * 4
    assert books_agree(pair)


def test_who_is_no_partner_any_more_is_named_in_the_preview(pair: FakeShop) -> None:
    suspend(pair, "keller")
    place(pair)

    assert share(pair, meier=60, keller=40).barred == ((contact_id(pair, "keller"), "suspended"),)


def test_who_has_a_portion_cannot_redeem_the_code(pair: FakeShop) -> None:
    share_code(pair, meier=60, keller=40)
    cart = make_cart(
        make_line("a", "124.00"), customer=pair.add_customer("keller", email="keller@shop.example")
    )

    assert pair.apply(cart, "vonmeier").reason is Reason.OWN_CODE


def test_sales_count_once_for_tiers_each_portion_for_its_partner(pair: FakeShop) -> None:
    tiers = Clauses(tiers=Tiers(by=Span.MONTH, tiers=(Tier(begins=5_000, percent=Decimal(20)),)))
    make_terms(pair.app, 10, clauses=tiers, currency="EUR")
    share_code(pair, meier=60, keller=40)
    place(pair)
    pair.pay("o1")
    (row,) = pair.rows(Document)
    assert (row.own_sales, [packed[3] for packed in row.portions]) == (6_000, [0, 4_000])

    place(pair, "o2", customer="max")
    pair.pay("o2")

    assert earned(pair, "meier", "keller") == ["18.00", "8.00"]
    assert books_agree(pair)


def test_a_cap_per_order_is_shared_too(pair: FakeShop) -> None:
    make_terms(pair.app, 10, clauses=Clauses(caps=Caps(order=500)), currency="EUR")
    share_code(pair, meier=60, keller=40)

    place(pair)
    pair.pay("o1")

    assert earned(pair, "meier", "keller") == ["3.00", "2.00"]
    assert books_agree(pair)


def test_sharing_gives_back_to_caps_what_others_had_taken(pair: FakeShop) -> None:
    make_terms(pair.app, 10, clauses=Clauses(caps=Caps(partner=1_000)), currency="EUR")
    place(pair)
    pair.pay("o1")
    share(pair, keller=100)

    place(pair, "o2", customer="max")
    pair.pay("o2")

    assert earned(pair, "meier", "keller") == ["10.00", "10.00"]
    assert books_agree(pair)


def test_a_portion_paid_in_another_currency_waits_for_a_rate_by_itself(pair: FakeShop) -> None:
    act(pair, lambda ctx: ctx.conn.execute(
        update(Contact).where(Contact.ref == "schulz").values(payout_currency="USD")
    ))  # fmt: skip
    share_code(pair, meier=60, keller=40)

    place(pair)
    pair.pay("o1")

    assert sorted((row.portion, row.amount) for row in pair.rows(Waiting)) == [(0, 300), (1, 200)]
    assert books_agree(pair)
