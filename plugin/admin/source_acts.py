"""What the worker is let to do with another shop's API: fetch its orders, carry codes there."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.coupon import Treatment
from ..domain.foreign_coupons import NAMES
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import list_text, ngettext
from ..models import Coupon
from ..services import pulling, pushed_codes, sources
from ..services.mistakes import Mistake
from ..services.pushed_codes import ToPush
from .acting import Acting
from .coupon_form import CouponForm
from .edge import blueprint, done, perform, session
from .fields import ChoiceField, HiddenField, NounForm
from .sayings import said
from .show import to
from .sources import source_of


class CodesForm(NounForm):
    """Which codes are carried to a shop, and whether the admin has seen what will happen."""

    coupon = ChoiceField(_l("Coupon"), choices=())
    seen = HiddenField("")


@blueprint.route("/sources/<firstline_id:source_id>/pull", methods=["GET", "POST"])
def source_pull(source_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask whether the worker fetches the orders that were changed since the last time; a post lets it."""
    row = source_of(source_id)
    form = NounForm(request.form if request.method == "POST" else None)
    if request.method == "POST":
        try:
            perform(lambda act: pulling.ask_now(act, source_id, who=act.who))
            return done(to("sources"), _("The worker fetches the orders in its next round."))
        except Mistake as mistake:
            form.complain(*said(mistake))
    sentence = _(
        "All orders that were changed there since the last time, for what its webhooks missed. What is "
        "here already changes nothing. By itself it is done once a day."
    )
    page = _asked(_("Fetch orders"), row.name, sentence, form, to("source_pull", source_id=source_id))
    return page, 422 if form.form_errors else 200


@blueprint.route("/sources/<firstline_id:source_id>/codes", methods=["GET", "POST"])
def source_codes(source_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask for a coupon, show what would happen there and what that shop cannot say, then let it happen."""
    name, address = source_of(source_id).name, to("source_codes", source_id=source_id)
    form = CodesForm(request.form if request.method == "POST" else None)
    form.coupon.choices = _coupons()
    title = _("Carry codes there")
    sentence = _("Codes that are on are made in the shop %(name)s; those that are off end there.", name=name)
    if request.method != "POST" or not form.validate():
        return _asked(title, name, sentence, form, address, button=_("Preview")), 422 if form.errors else 200
    coupon = form.coupon.data
    try:
        if form.seen.data == coupon:
            perform(lambda act: pushed_codes.ask(act, source_id, coupon, who=act.who))
            return done(to("sources"), _("The worker carries the codes there in its next round."))
        found = perform(lambda act: _found(act, source_id, coupon))
    except Mistake as mistake:
        form.complain(*said(mistake))
        return _asked(title, name, sentence, form, address, button=_("Preview")), 422
    form.seen.data, form.seen.typed = coupon, None
    return _asked(title, name, _what_happens(found), form, address)


def _found(act: Acting, source_id: int, coupon: str) -> ToPush:
    source = sources.get(act.conn, source_id)
    sources.check_access(source)
    return pushed_codes.to_push(act, source, coupon)


def _coupons() -> list[tuple[str, str]]:
    """Give the coupons whose codes another shop can have."""
    query = select(Coupon.name).where(Coupon.treatment != Treatment.MULTI_PURPOSE.value).order_by(Coupon.name)
    return [(name, name) for name in session().execute(query).scalars()]


def _what_happens(found: ToPush) -> str:
    """Say in numbers what will be done, and which terms that shop has no word for."""
    parts = [
        ngettext("%(num)s code is made there", "%(num)s codes are made there", len(found.codes)),
        ngettext("%(num)s is there by us already", "%(num)s are there by us already", found.there),
        ngettext("%(num)s is switched off there", "%(num)s are switched off there", len(found.over)),
    ]
    text = "; ".join(parts) + "."
    if found.not_said:
        text += " " + _(
            "That shop has no word for these terms: %(terms)s. An order that breaks them is flagged here.",
            terms=list_text(_term_words(found.not_said)),
        )
    return text


def _term_words(names: Sequence[str]) -> list[str]:
    """Name terms as the form of a coupon does."""
    form, fields = CouponForm(), {name: field for field, name in NAMES.items()}
    return [str(form[fields.get(name, "products")].label.text) for name in names]


def _asked(title: str, name: str, sentence: str, form: NounForm, action: str, *, button: str = "") -> str:
    return render_template(
        "firstline/admin/decide.html",
        here="sources",
        title=title,
        name=name,
        sentence=sentence,
        fields=form,
        action=action,
        button=button or title,
        danger=False,
        way_back=to("sources"),
    )
