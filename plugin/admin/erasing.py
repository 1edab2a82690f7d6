"""Erase a person: what would go, what stays and why, what is still open; confirmed by the typed number."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact
from ..services import erasing_person
from ..services.context import Context
from ..services.erasing_person import Group, Open
from ..services.mistakes import CannotErase
from ..state import current_state
from .acting import Acting
from .edge import blueprint, done, perform, rehearse, session
from .fields import CheckField, NounForm, TextField
from .show import contact_link, contact_name, to

OPEN: Mapping[Open, str] = {
    Open.MERGED: _l("This contact goes on as another one. Erase that one; this one goes with it."),
    Open.PARTNER: _l("The person is a partner. End the partnership first."),
    Open.BALANCE: _l("Something earned is on hold or payable. Pay it out, or post it away, first."),
    Open.PAYOUT: _l("A payout is under way. Mark it as arrived or failed first."),
    Open.DISPUTE: _l("A dispute about an order is open. Decide it first."),
    Open.APPLICATION: _l("An application waits. Decide it first."),
}
GROUPS: Mapping[Group, str] = {
    Group.WHO: _l("Contact data, log-in, consents"),
    Group.STAFF: _l("Tags, notes, tasks"),
    Group.WAYS: _l("Clicks, links, sponsor"),
    Group.ORDERS: _l("Orders, codes and their uses"),
    Group.PROGRAM: _l("Recommendations, rewards, rules"),
    Group.MESSAGES: _l("Messages and calls of other programs"),
    Group.MONEY: _l("Commissions, bookings, payouts"),
    Group.PAPERS: _l("Tax data, statements"),
    Group.LOG: _l("Audit log, suspicions"),
}
WHY: Mapping[Group, str] = {
    Group.WHO: _l("A number that names nobody stays, so that the books hold together."),
    Group.STAFF: _l("Nothing is needed."),
    Group.WAYS: _l("The contacts below hang on it; clicks stay as figures."),
    Group.ORDERS: _l("The law wants books kept; limits per customer count under hashes."),
    Group.PROGRAM: _l("What others got for it rests on it."),
    Group.MESSAGES: _l("That something was sent keeps it from going twice."),
    Group.MONEY: _l("The law wants books kept; released payouts keep the account they went to."),
    Group.PAPERS: _l("The law wants invoices kept, with name and address."),
    Group.LOG: _l("Who did what when; the person is a number there."),
}


class EraseForm(NounForm):
    """The number of the contact, typed."""

    number = TextField(_l("Number of the contact"), needed=True, longest=80)
    account = CheckField(_l("Erase the person here although the shop has an account"))


@blueprint.route("/contacts/<firstline_id:contact_id>/erase", methods=["GET", "POST"])
def erase(contact_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show what an erasure would mean, and do it once the number is typed."""
    contact = session().get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        abort(404)
    number = contact.ref or f"#{contact_id}"
    form = EraseForm(request.form if request.method == "POST" else None)
    form.number.hint = _("To confirm, type %(number)s.", number=number)
    if request.method == "POST" and form.validate() and _is_it(form, number) and _erased(form, contact_id):
        return done(to("contacts"), _("Contact #%(id)s is erased.", id=contact_id))
    page = _page(session().get_one(Contact, contact_id), form)
    return (page, 422) if request.method == "POST" else page


def _is_it(form: NounForm, number: str) -> bool:
    if form.number.data != number:
        form.complain("number", _("This is not the number of this contact."))
        return False
    return True


def _erased(form: NounForm, contact_id: int) -> bool:
    with_account = bool(form.account.data)
    try:
        perform(
            lambda act: erasing_person.erase(_at(act), contact_id, who=act.who, with_account=with_account)
        )
    except CannotErase as refused:
        if refused.problem == Open.ACCOUNT.value:
            form.complain("account", _("The shop has an account. Erase it there, or tick that it stays."))
        else:
            form.complain("", str(OPEN[Open(refused.problem)]))
        return False
    return True


def _page(contact: Contact, form: NounForm) -> str:
    contact_id = contact.id
    still_open = erasing_person.what_is_open(_now(), contact_id)
    has_account = Open.ACCOUNT in still_open
    if not has_account:
        del form.account
    refusals = [OPEN[what] for what in still_open if what is not Open.ACCOUNT]
    name, way_back = contact_name(contact), contact_link(contact)
    lines = rehearse(lambda act: erasing_person.preview(_at(act), contact_id))
    return render_template(
        "firstline/admin/erase.html",
        here="contacts",
        name=name,
        way_back=way_back,
        lines=lines,
        groups=GROUPS,
        why=WHY,
        has_account=has_account,
        refusals=refusals,
        fields=form,
        action=to("erase", contact_id=contact_id),
    )


def _now() -> Context:
    return current_state().context(session().connection())


def _at(act: Acting) -> Context:
    return current_state().context(act.conn, now=act.now)
