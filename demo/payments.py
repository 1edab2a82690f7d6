"""What the shop does when money comes, comes late, comes twice or does not come."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from flask_firstline import Invoice

from . import sales
from .base import csrf, db
from .clock import now
from .partners import firstline
from .prices import CURRENCY, euros
from .sales import Order, Payment

payments = Blueprint("payments", __name__, url_prefix="/payments")


def signer() -> URLSafeSerializer:
    """Sign and read what the provider sends."""
    return URLSafeSerializer(current_app.secret_key or "", salt="payment-provider")


def begin_payment(order: Order) -> Payment:
    """Open a payment that the provider can ask for by its ref."""
    payment = Payment(order=order, amount=order.to_pay)
    db.session.add(payment)
    db.session.commit()
    return payment


def payment_by_ref(ref: str) -> Payment:
    """Find a payment by its ref."""
    found: Payment = db.first_or_404(select(Payment).where(Payment.ref == ref))
    return found


@payments.post("/callback")
@csrf.exempt
def callback() -> tuple[str, int]:
    """Hear from the provider; it may tell the same thing many times."""
    try:
        message = signer().loads(request.form.get("message", ""))
    except BadSignature:
        abort(400, "The signature does not match.")
    payment = payment_by_ref(message["payment"])
    hear[message["outcome"]](payment)
    return "", 204


def received(payment: Payment) -> None:
    """Book money that is here."""
    if payment.state != "paid":
        payment.state, payment.paid_at = "paid", now()
    settle(payment.order, payment)


def failed(payment: Payment) -> None:
    """Note that a payment was declined; the buyer may try again."""
    if payment.state in ("paid", "failed"):
        return
    payment.state = "failed"
    payment.order.payment_trouble = True
    firstline.payment_failed(order_ref=payment.order.number)
    db.session.commit()


def pending(payment: Payment) -> None:
    """Note that the money is on its way."""
    if payment.state == "open":
        payment.state = "pending"
        db.session.commit()


hear = {"paid": received, "failed": failed, "pending": pending}


def settle(order: Order, payment: Payment | None = None) -> None:
    """Write the invoice of a paid order and say so. Repeats are passed on too: they change nothing."""
    if order.state == "placed":
        order.state, order.payment_trouble = "paid", False
    invoice = invoice_of(order)
    if payment is not None:
        firstline.invoice_paid(
            Invoice(
                ref=invoice.number,
                payment_ref=payment.ref,
                order_ref=order.number,
                number=invoice.number,
                currency=CURRENCY,
                amount=euros(payment.amount),
                paid_at=payment.paid_at,
            )
        )
    db.session.commit()


def invoice_of(order: Order) -> sales.Invoice:
    """Give the invoice of an order and write it where there is none; callbacks may arrive side by side."""
    if order.invoice is None:
        try:
            db.session.add(sales.Invoice(number=f"R-{order.number}", order=order))
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    written = select(sales.Invoice).where(sales.Invoice.order_id == order.id)
    return db.session.scalars(written).one()
