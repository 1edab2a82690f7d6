"""The shop's own admin pages: orders, late payments, deliveries, returns, cancelling, the calendar."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select
from werkzeug import Response

from . import returns
from .base import db, login
from .clock import now, shop_clock
from .orders import order_by_number
from .partners import firstline
from .payments import received
from .sales import Order

office = Blueprint("office", __name__, url_prefix="/office")
PAGE = 50
MOST_DAYS = 400


@office.before_request
def only_admins() -> Response | None:
    """Let nobody in but admins."""
    if not current_user.is_authenticated:
        answer: Response = login.unauthorized()
        return answer
    if not current_user.is_admin:
        abort(403)
    return None


@office.get("/")
def overview() -> str:
    real = select(Order).where(Order.state != "draft").order_by(Order.id.desc()).limit(PAGE)
    return render_template("office.html", orders=db.session.scalars(real).all())


@office.route("/calendar", methods=["GET", "POST"])
def calendar() -> str | Response:
    """Show which day it is in the shop, and let days go by."""
    clock = shop_clock()
    if request.method == "POST":
        clock.let_pass(_days(request.form.get("days", "")))
        flash(gettext("The days have gone by."), "good")
        return redirect(url_for("office.calendar"), 303)
    return render_template("office_calendar.html", today=clock(), days=clock.days)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_DAYS:
        abort(400)
    return int(text)


@office.get("/order/<number>")
def order(number: str) -> str:
    return render_template("office_order.html", order=order_by_number(number))


@office.post("/order/<number>/paid")
def paid(number: str) -> Response:
    waiting = [payment for payment in order_by_number(number).payments if payment.state == "pending"]
    if waiting:
        received(waiting[-1])
        flash(gettext("The payment is booked."), "good")
    return _back(number)


@office.post("/order/<number>/delivered")
def delivered(number: str) -> Response:
    found = order_by_number(number)
    if found.state == "paid":
        found.state, found.delivered_at = "delivered", now()
        firstline.order_completed(number, at=found.delivered_at)
        db.session.commit()
        flash(gettext("The order is delivered."), "good")
    return _back(number)


@office.post("/order/<number>/cancel")
def cancel(number: str) -> Response:
    found = order_by_number(number)
    if found.state in ("placed", "paid"):
        returns.cancel(found)
        db.session.commit()
        flash(gettext("The order is cancelled."), "good")
    return _back(number)


@office.post("/order/<number>/return")
def take_back(number: str) -> Response:
    found = order_by_number(number)
    try:
        given = returns.take_back(found, request.form)
    except ValueError as error:
        db.session.rollback()
        flash(str(error), "bad")
        return _back(number)
    db.session.commit()
    flash(gettext("Return %(number)s is booked.", number=given.number), "good")
    return _back(number)


def _back(number: str) -> Response:
    return redirect(url_for("office.order", number=number), 303)
