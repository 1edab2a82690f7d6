"""The forms of the shop; all of them carry the CSRF token."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField, StringField, TelField
from wtforms.validators import DataRequired, Email, Length, Optional, Regexp


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _text(label: str, longest: int, hint: str, *, needed: bool = True) -> Field:
    checks = [DataRequired() if needed else Optional(), Length(max=longest)]
    return StringField(
        label, checks, filters=[_stripped], render_kw={"autocomplete": hint, "maxlength": longest}
    )


def _email() -> Field:
    checks = [DataRequired(), Email(), Length(max=254)]
    return EmailField(_("E-mail"), checks, filters=[_stripped], render_kw={"autocomplete": "email"})


class SignInForm(FlaskForm):
    """Who comes back."""

    email = _email()
    password = PasswordField(_("Password"), [DataRequired()], render_kw={"autocomplete": "current-password"})


class SignUpForm(FlaskForm):
    """Who is new; a coupon code of somebody else may come along."""

    name = _text(_("Name"), 120, "name")
    email = _email()
    password = PasswordField(
        _("Password"),
        [DataRequired(), Length(min=8, max=200)],
        description=_("At least 8 characters."),
        render_kw={"autocomplete": "new-password"},
    )
    code = StringField(
        _("Coupon code (if you have one)"),
        [Optional(), Length(max=100)],
        filters=[_stripped],
        render_kw={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
    )


class AddressForm(FlaskForm):
    """Who gets the goods, and where."""

    name = _text(_("Name"), 120, "name")
    street = _text(_("Street and number"), 120, "address-line1")
    postcode = StringField(
        _("Postcode"),
        [DataRequired(), Regexp(r"[0-9]{4,6}\Z", message=_("Please give 4 to 6 digits."))],
        filters=[_stripped],
        render_kw={"autocomplete": "postal-code", "inputmode": "numeric"},
    )
    town = _text(_("Town"), 80, "address-level2")
    phone = TelField(
        _("Phone (optional)"),
        [Optional(), Length(max=40)],
        filters=[_stripped],
        render_kw={"autocomplete": "tel"},
    )


class GuestForm(AddressForm):
    """The same for somebody without an account."""

    email = _email()
