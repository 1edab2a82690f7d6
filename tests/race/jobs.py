"""What the processes do: calls of a shop, each with a row of the shop's own in the same transaction."""

from __future__ import annotations

from decimal import Decimal

from flask_firstline import Cart, Customer, Invoice, Order, Refund, Refused
from tests.small_shop import SmallShop, line

CODE = "vonmeier"
PEOPLE = 5


def customer(number: int) -> Customer:
    """Give a customer of that number."""
    return Customer(ref=f"c{number}", email=f"c{number}@shop.example")


def order(ref: object, who: Customer, codes: tuple[str, ...] = (CODE,), **more: object) -> Order:
    """Give an order of two lines."""
    promised = {"promised_discount": "5.00"} if codes else {}
    lines = [line("a"), line("b", "10.00", "2", "7")]
    return Order(ref=str(ref), currency="EUR", lines=lines, customer=who, codes=codes, **promised, **more)  # type: ignore[arg-type]


def place(shop: SmallShop, wanted: Order) -> str:
    """Place an order with the shop's own row; a refusal rolls both back."""
    shop.note_order(wanted.ref)
    try:
        shop.firstline.order_placed(wanted)
    except Refused:
        shop.session.rollback()
        return "refused"
    shop.session.commit()
    return "placed"


def new_customer_each(shop: SmallShop, number: int) -> str:
    """Place an order of a customer who is new, with the owner's code."""
    return place(shop, order(f"o{number}", customer(number)))


def same_order(shop: SmallShop, number: int) -> str:
    """Place one and the same order."""
    return place(shop, order("o", customer(0)))


def placed_anyway(shop: SmallShop, wanted: Order) -> str:
    """Place an order; after a refusal without the codes that do not hold, as a shop would."""
    shop.note_order(wanted.ref)
    try:
        shop.firstline.order_placed(wanted)
    except Refused as refused:
        shop.session.rollback()
        shop.note_order(wanted.ref)
        shop.firstline.order_placed(order(wanted.ref, wanted.customer, refused.codes))  # type: ignore[arg-type]
        shop.session.commit()
        return "placed without"
    shop.session.commit()
    return "placed with"


def one_new_customer(shop: SmallShop, number: int) -> str:
    """Place one of many orders of one new customer."""
    return placed_anyway(shop, order(f"o{number}", customer(0)))


def one_guest_spelled_otherwise(shop: SmallShop, number: int) -> str:
    """Place one of many orders of a guest who spells one and the same mailbox differently each time."""
    dotted = "".join(sign + "." * (number >> place & 1) for place, sign in enumerate("annameier"))
    host = ("gmail.com", "googlemail.com", "GMail.com")[number % 3]
    return placed_anyway(shop, order(f"o{number}", Customer(email=f"{dotted}+{number}@{host}")))


def same_payment(shop: SmallShop, number: int) -> str:
    """Report one and the same payment."""
    shop.note_order("paid")
    shop.firstline.invoice_paid(Invoice(ref="i", order_ref="o", currency="EUR"))
    shop.session.commit()
    return "reported"


def part_payment(shop: SmallShop, number: int) -> str:
    """Report one of forty payments of 0.875 per order, each of them twice."""
    shop.firstline.invoice_paid(
        Invoice(ref="i", payment_ref=str(number // 2), order_ref="o", currency="EUR", amount="0.50")  # type: ignore[arg-type]
    )
    shop.session.commit()
    return "reported"


def reserve(shop: SmallShop, number: int) -> str:
    """Hold the code for a cart of its own."""
    cart = Cart(key=f"k{number}", currency="EUR", lines=[line("a")], customer=customer(number))
    shop.firstline.apply_coupon(cart, CODE)
    shop.session.commit()
    shop.note_order(f"k{number}")
    try:
        held = shop.firstline.reserve(cart)
    except Refused:
        shop.session.rollback()
        return "refused"
    shop.session.commit()
    return f"held {number}" if held.codes else "without"


def place_reserved(shop: SmallShop, number: int) -> str:
    """Place the order of a cart that holds the code."""
    cart = Cart(key=f"k{number}", currency="EUR", lines=[line("a")], customer=customer(number))
    return place(shop, Order.from_cart(cart, ref=f"o{number}", promised_discount=Decimal(5)))


def hold_or_place(shop: SmallShop, number: int) -> str:
    """Hold the code for a cart of its own, or place an order with it at once."""
    if number % 2:
        return new_customer_each(shop, number)
    held = reserve(shop, number)
    return "held" if held.startswith("held") else held


def pay_with_the_card(shop: SmallShop, number: int) -> str:
    """Place an order of 40.00 that the one gift card pays, as far as it still can."""
    wanted = Order(
        ref=f"o{number}",
        currency="EUR",
        lines=[line("a", "40.00")],
        customer=customer(number),
        codes=("card",),
    )
    return place(shop, wanted)


def end_the_order(shop: SmallShop, number: int) -> str:
    """Cancel one order, or take a part of it or everything back, again and again."""
    if number % 3 == 0:
        shop.firstline.order_cancelled("o0")
    elif number % 3 == 1:
        part = {"key": "ab"[number % 2], "quantity": 1}
        told = Refund(ref=f"part{number % 7}", order_ref="o0", currency="EUR", lines=(part,))  # type: ignore[arg-type]
        shop.firstline.invoice_refunded(told)
    else:
        shop.firstline.invoice_refunded(Refund(ref=f"r{number % 5}", order_ref="o0", currency="EUR"))
    shop.session.commit()
    return "reported"


def cancel(shop: SmallShop, number: int) -> str:
    """Cancel one order, or report that its payment failed, as shops do that hear it twice."""
    shop.note_order("cancelled")
    if number % 3:
        shop.firstline.order_cancelled("o0")
    else:
        shop.firstline.payment_failed("o0")
    shop.session.commit()
    return "reported"


def refund_unit(shop: SmallShop, number: int) -> str:
    """Give one of forty units back, each refund reported by four processes."""
    ref = f"r{number % 40}"
    shop.firstline.invoice_refunded(
        Refund(ref=ref, order_ref="o", currency="EUR", lines=({"key": "u", "quantity": 1},))  # type: ignore[arg-type]
    )
    shop.session.commit()
    return "reported"


def refund_some_units(shop: SmallShop, number: int) -> str:
    """Give one of twenty-five units back, again and again; for every third one 0.25 of its 1.00 was paid."""
    unit = number % 25
    fact = Refund(
        ref=f"r{unit}",
        order_ref="o",
        currency="EUR",
        amount=Decimal("0.25") if unit % 3 == 0 else None,
        lines=({"key": "u", "quantity": 1},),  # type: ignore[arg-type]
    )
    shop.firstline.invoice_refunded(fact)
    shop.session.commit()
    return "reported"


def tell_of_parts(shop: SmallShop, number: int, order_ref: str = "o") -> str:
    """Tell one of twelve things of an order of four units, of which two invoices stand for one each."""
    act = number % 12
    about = {"order_ref": order_ref, "currency": "EUR"}
    invoice_ref = f"{order_ref}-i{act % 3}"
    if act < 6:
        sold = {"lines": (line("u", "11.90"),), "amount": "5.95"} if act % 3 else {"amount": "11.90"}
        shop.firstline.invoice_paid(Invoice(ref=invoice_ref, payment_ref=str(act), **about, **sold))  # type: ignore[arg-type]
    else:
        back = {"lines": ({"key": "u", "quantity": "0.25"},)} if act % 2 else {"amount": "0.50"}
        named = {"invoice_ref": invoice_ref} if act % 3 and act > 8 else {}
        shop.firstline.invoice_refunded(Refund(ref=f"{order_ref}-r{act}", **about, **named, **back))  # type: ignore[arg-type]
    shop.session.commit()
    return "reported"


def first_sponsor(shop: SmallShop, number: int) -> str:
    """Place an order of one customer with one of four owners' codes."""
    owner = f"owner{number % 4}"
    return place(shop, order(f"o{number}", customer(0), (f"code-of-{owner}",)))


def join_the_next(shop: SmallShop, number: int) -> str:
    """Let a partner of a ring buy with the code of the next one: all together would close it."""
    here, there = number % PEOPLE, (number + 1) % PEOPLE
    return place(shop, order(f"o{number}", Customer(ref=f"ring{here}"), (f"code-of-ring{there}",)))


def anything(shop: SmallShop, number: int) -> str:
    """Do one of many different things to the few same orders, customers and partners."""
    who = Customer(ref=f"ring{number % PEOPLE}")
    ref = f"o{number % 23}"
    kind = number * 7919 % 9
    shop.note_order(f"{kind}")
    if kind < 3:
        wanted = order(ref, who, (f"code-of-ring{(number + kind) % PEOPLE}", "stacked"))
        try:
            shop.firstline.order_placed(wanted)
        except Refused:
            shop.session.rollback()
            return "refused"
    elif kind < 5:
        shop.firstline.invoice_paid(Invoice(ref=f"i{ref}", order_ref=ref, currency="EUR"))
    elif kind == 5:
        shop.firstline.invoice_refunded(
            Refund(ref=f"r{number}", order_ref=ref, currency="EUR", amount="3.00")  # type: ignore[arg-type]
        )
    elif kind == 6:
        shop.firstline.payment_failed(ref)
    elif kind == 7:
        shop.firstline.order_cancelled(ref)
    else:
        shop.firstline.balance(f"ring{number % PEOPLE}")
    shop.session.commit()
    return "done"
