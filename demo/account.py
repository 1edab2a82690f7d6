"""Sign-up, log-in and the page of an account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from flask_firstline import ContactView

from . import carts
from .base import db, login
from .forms import AddressForm, SignInForm, SignUpForm
from .models import User
from .partners import customer_of, firstline
from .sales import Order
from .web import is_local

account = Blueprint("account", __name__, url_prefix="/account")


@login.user_loader
def load_user(user_id: str) -> User | None:
    """Find who is signed in."""
    return db.session.get(User, int(user_id))


@account.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> str | Response:
    form = SignUpForm()
    if not form.validate_on_submit():
        return render_template("sign_up.html", form=form)
    user = User(email=form.email.data.lower(), name=form.name.data, language=str(get_locale()))
    user.set_password(form.password.data)
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        form.email.errors = [gettext("There is an account with this e-mail address already.")]
        return render_template("sign_up.html", form=form)
    _enter(user)
    contact = firstline.customer_registered(customer_of(user), code=form.code.data or None)
    db.session.commit()
    _welcome(user, contact, form.code.data)
    return redirect(_way_on(), 303)


def _welcome(user: User, contact: ContactView | None, code: str | None) -> None:
    flash(gettext("Welcome, %(name)s.", name=user.name), "good")
    if code and contact is not None and contact.refusal:
        flash(gettext("The code %(code)s could not be used. Your account is fine.", code=code), "bad")
    elif code:
        flash(gettext("The code %(code)s waits in your cart.", code=code), "good")


@account.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> str | Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("sign_in.html", form=form)
    user = db.session.scalar(select(User).where(User.email == form.email.data.lower()))
    if user is None or not user.has_password(form.password.data):
        form.password.errors = [gettext("E-mail address and password do not match.")]
        return render_template("sign_in.html", form=form)
    _enter(user)
    db.session.commit()
    return redirect(_way_on(), 303)


def _enter(user: User) -> None:
    login_user(user)
    carts.adopt(user)


def _way_on() -> str:
    wanted = request.args.get("next", "")
    return wanted if is_local(wanted) else url_for("account.overview")


@account.post("/sign-out")
def sign_out() -> Response:
    logout_user()
    carts.leave()
    session.pop("orders", None)
    return redirect(url_for("catalogue.shelf"), 303)


@account.route("/", methods=["GET", "POST"])
@login_required
def overview() -> str | Response:
    form = AddressForm(obj=current_user)
    if form.validate_on_submit():
        form.populate_obj(current_user)
        firstline.customer_changed(customer_of(current_user))
        db.session.commit()
        flash(gettext("Your address is saved."), "good")
        return redirect(url_for("account.overview"), 303)
    mine = select(Order).where(Order.user_id == current_user.id, Order.state != "draft")
    orders = db.session.scalars(mine.order_by(Order.id.desc())).all()
    return render_template("account.html", form=form, orders=orders)
