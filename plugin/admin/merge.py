"""Merge doubles: name the contact that goes on, read what moves in numbers, do it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Contact, Merged
from ..services import merging
from ..services.merging import Preview
from ..services.mistakes import Mistake
from .contact_field import ContactField
from .decision_forms import WhyForm
from .edge import blueprint, done, perform, session
from .sayings import complain
from .show import contact_link, contact_name, to


class MergeForm(WhyForm):
    """Who goes on, and why."""

    winner_id = ContactField(
        _l("Goes on"),
        needed=True,
        hint=_l("Customer number, e-mail or whole name of the contact that stays; #1 is its number here."),
    )


@blueprint.route("/contacts/<firstline_id:contact_id>/merge", methods=["GET", "POST"])
def merge(contact_id: int) -> str | BaseResponse | tuple[str, int]:
    """Ask who goes on; say what that does, in numbers; do it."""
    contact = session().get(Contact, contact_id)
    if contact is None or contact.erased_at is not None or goes_on_as(session(), contact_id) is not None:
        abort(404)
    form = MergeForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _page(contact, form)
    if not form.validate():
        return _page(contact, form), 422
    try:
        if "sure" not in request.form:
            found = merging.preview(session().connection(), contact_id, form.winner_id.data)
            return _page(contact, form, found)
        perform(
            lambda act: merging.merge(
                act.conn, contact_id, form.winner_id.data, why=form.why.data, who=act.who, now=act.now
            )
        )
    except Mistake as mistake:
        complain(form, mistake)
        return _page(session().get_one(Contact, contact_id), form), 422
    return done(to("card", contact_id=form.winner_id.data), _("The two are one contact now."))


def goes_on_as(current: Session, contact_id: int) -> Contact | None:
    """Give the contact that one was merged into, or None."""
    query = select(Contact).join(Merged, Merged.winner_id == Contact.id)
    return current.scalars(query.where(Merged.loser_id == contact_id)).one_or_none()


def doubles_of(current: Session, contact_id: int) -> Sequence[tuple[Contact, Merged]]:
    """Give the contacts that were merged into one."""
    query = select(Contact, Merged).join(Merged, Merged.loser_id == Contact.id)
    rows = current.execute(query.where(Merged.winner_id == contact_id).order_by(Merged.at, Contact.id))
    return [(row.Contact, row.Merged) for row in rows]


def _page(contact: Contact, form: MergeForm, found: Preview | None = None) -> str:
    winner = session().get(Contact, form.winner_id.data) if found is not None else None
    return render_template(
        "firstline/admin/merge.html",
        here="partners" if contact.partner_since is not None else "contacts",
        name=contact_name(contact),
        fields=form,
        winner=contact_name(winner),
        sentences=_sentences(found) if found is not None else (),
        action=to("merge", contact_id=contact.id),
        way_back=contact_link(contact),
    )


def _sentences(found: Preview) -> Sequence[str]:
    """Say in numbers what moves, and what stays and is shown."""
    moved = (
        ngettext("%(num)s contact of its first line moves along, with all below.",
                 "%(num)s contacts of its first line move along, with all below.", found.first_line),
        ngettext("%(num)s code goes over.", "%(num)s codes go over.", found.codes),
        ngettext("%(num)s link goes over.", "%(num)s links go over.", found.links),
        ngettext("%(num)s consent to see contact data goes over.",
                 "%(num)s consents to see contact data go over.", found.consents),
        ngettext("%(num)s order that has earned nothing yet is credited to the one that goes on.",
                 "%(num)s orders that have earned nothing yet are credited to the one that goes on.",
                 found.open_orders),
    )  # fmt: skip
    stays = ngettext(
        "%(num)s order and what was redeemed stay in the books as they are; the card leads to them.",
        "%(num)s orders and what was redeemed stay in the books as they are; the card leads to them.",
        found.orders,
    )
    terms = ngettext(
        "%(num)s term of its own holds no more.", "%(num)s terms of its own hold no more.", found.terms_left
    )
    known = _(
        "Customer number, e-mail and what was used up of limits mean the one that goes on from then on."
    )
    return (*moved, stays, *((terms,) if found.terms_left else ()), known)
