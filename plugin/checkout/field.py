"""What the include `firstline/coupon_field.html` shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, after_this_request, current_app, g, has_request_context, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from .. import cart as carts
from .. import forms, i18n, outcome
from ..domain.money import minor
from ..i18n import gettext as _
from ..shop import CouponItem, Quote
from ..state import current_state

PURPOSE = "coupon"
AREA = "coupon"


@dataclass(frozen=True, kw_only=True)
class Chip:
    """An applied code. `amount` is a text, empty while it is not known."""

    code: str
    label: str
    amount: str
    holds: bool = True


@dataclass(frozen=True, kw_only=True)
class Field:
    """All that the include needs."""

    id: str
    form_id: str
    action: str
    next: str
    hidden: Markup
    chips: tuple[Chip, ...]
    note: str
    refused: outcome.Said | None

    @staticmethod
    def gettext(text: str, **values: object) -> str:
        """Translate a text of the include."""
        return i18n.gettext(text, **values)


def install(app: Flask) -> None:
    """Give the shop's templates what the include asks for."""
    app.jinja_env.globals["firstline_field"] = field_of_this_page


def field_of_this_page(form_id: str = "") -> Field | None:
    """Give the coupon field of the page that is being made; None where there is no cart to put it in."""
    if not has_request_context() or "firstline_checkout" not in current_app.blueprints:
        return None
    after_this_request(_vary)
    state = current_state()
    return coupon_field(carts.quote(state, state.cart()), heard(), form_id=form_id, come_back=forms.here())


def heard() -> outcome.Said | None:
    """Take what the last try brought; two fields on one page say the same."""
    if "firstline_heard" not in g:
        g.firstline_heard = outcome.heard(AREA)
    said: outcome.Said | None = g.firstline_heard
    return said


def coupon_field(quote: Quote, said: outcome.Said | None, *, form_id: str, come_back: str) -> Field:
    """Build the field from a quote and from what the last try brought."""
    return Field(
        id=_fresh_id(),
        form_id=forms.element_id(form_id),
        action=url_for("firstline_checkout.coupon"),
        next=come_back,
        hidden=forms.hidden_fields(PURPOSE),
        chips=(*_chips(quote), *_left_out(quote)),
        note=_note(quote, said),
        refused=_refused(quote, said),
    )


def _vary(response: Response) -> Response:
    response.vary.add("Cookie")
    return response


def _fresh_id() -> str:
    number = g.get("firstline_fields", 0) + 1
    g.firstline_fields = number
    return "fl-coupon" if number == 1 else f"fl-coupon-{number}"


def _chips(quote: Quote) -> Iterator[Chip]:
    with_vat = quote.discount == sum(item.gross for item in quote.items)
    found = {
        item.code: (item.label, _amount(item, quote.currency, with_vat=with_vat)) for item in quote.items
    } | {
        credit.code: (credit.label, i18n.money(-minor(credit.amount, quote.currency), quote.currency))
        for credit in quote.credits
    }
    for code in quote.codes:
        label, amount = found.get(code, ("", ""))
        yield Chip(code=code, label=label, amount=amount)


def _left_out(quote: Quote) -> Iterator[Chip]:
    """Give the codes that do not hold any more, so that they can be taken out: an order would be refused."""
    if quote.reason is not None:
        state = current_state()
        for code in carts.left_out(state, state.cart(), quote):
            yield Chip(code=code, label="", amount="", holds=False)


def _amount(item: CouponItem, currency: str, *, with_vat: bool) -> str:
    return i18n.money(-minor(item.gross if with_vat else item.net, currency), currency)


def _note(quote: Quote, said: outcome.Said | None) -> str:
    """Say under the chips what holds of them; without chips, how the last act ended."""
    if not quote.codes:
        return said.text if said is not None and said.ok else ""
    later = quote.message if quote.reason is None else ""
    if quote.pending:
        waits = _("The discount is worked out as soon as your articles are known.")
        return f"{waits} {later}".strip()
    if later:
        return later
    included = [_("The coupon is included, also in the VAT.")] if quote.items else []
    paid = _("The store credit is taken off what is to pay; VAT stays as it is.")
    return " ".join([*included, *([paid] if quote.credits else [])])


def _refused(quote: Quote, said: outcome.Said | None) -> outcome.Said | None:
    """Say what the buyer just tried; else why an applied code does not hold any more."""
    if said is not None and not said.ok:
        return said
    return outcome.Said(ok=False, text=quote.message) if quote.reason is not None else None
