"""Acts on one contact that need a reason: naming a sponsor, suspending a partner, letting one leave."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, render_template, request
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from ..domain.tree import range_below
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Accrual, Contact
from ..services import partners, payout_details, rates, sponsor_changes
from ..services.mistakes import Mistake
from .acting import Acting
from .decision_forms import CurrencyForm, Decision, ParentEndForm, SponsorForm, by_service
from .edge import blueprint, done, perform, session
from .fields import NounForm
from .sayings import complain
from .show import contact_link, contact_name, to
from .spreading import SPREADING


def _people_below(contact: Contact) -> int:
    if contact.path is None:
        return session().scalar(select(func.count()).where(Contact.sponsor_id == contact.id)) or 0
    lower, upper = range_below(contact.path, contact.id)
    return session().scalar(select(func.count()).where(Contact.path >= lower, Contact.path < upper)) or 0


def _sponsor_sentence(contact: Contact) -> str:
    below = _people_below(contact)
    moves = ngettext("%(num)s contact below moves along.", "%(num)s contacts below move along.", below)
    stays = _("Orders that are already there keep the partner they were credited to.")
    return f"{moves} {stays}" if below else stays


def _release_sentence(contact: Contact) -> str:
    stands = _("The contact gets nobody above; a later code may name a sponsor again.")
    return f"{stands} {_sponsor_sentence(contact)}"


def _release(act: Acting, contact: Contact, form: NounForm) -> bool:
    return partners.set_sponsor(act.conn, contact.id, None, why=form.why.data, who=act.who, now=act.now)


def _leave_sentence(contact: Contact) -> str:
    open_ = session().scalar(
        select(func.count()).where(
            Accrual.partner_id == contact.id, Accrual.released_at.is_(None), Accrual.amount > Accrual.reversed
        )
    )
    earned = ngettext(
        "%(num)s accrual on hold stays and gets payable.",
        "%(num)s accruals on hold stay and get payable.",
        open_ or 0,
    )
    return (
        _("Nothing more is earned from now on, and the level stays used. The first line stays.")
        + " "
        + earned
    )


def _suspend_sentence(contact: Contact) -> str:
    return _(
        "While suspended, nothing is earned on new payments, and the level stays used. What is earned stays."
    )


def _set_sponsor(act: Acting, contact: Contact, form: NounForm) -> bool:
    return sponsor_changes.name_sponsor(
        act.conn,
        contact.id,
        form.sponsor_id.data,
        at=form.at.data,
        why=form.why.data,
        who=act.who,
        now=act.now,
    )


def _set_parent_end(act: Acting, contact: Contact, form: NounForm) -> bool:
    return partners.set_parent_end(
        act.conn, contact.id, form.until.data, why=form.why.data, who=act.who, now=act.now
    )


def _set_currency(act: Acting, contact: Contact, form: NounForm) -> bool:
    code = form.payout_currency.data or None
    return rates.set_payout_currency(act.conn, contact.id, code, who=act.who, now=act.now)


DECISIONS: Mapping[str, Decision] = {
    "currency": Decision(
        title=_l("Currency of payouts"),
        button=_l("Set the currency"),
        form=CurrencyForm,
        danger=False,
        sentence=lambda contact: _(
            "Commissions of other currencies are converted when they are posted, by the stored rate of that "
            "day. Orders that have earned before keep their currency."
        ),
        act=_set_currency,
        done=lambda name: _("The currency is set for %(name)s.", name=name),
    ),
    "sponsor": Decision(
        title=_l("Name another sponsor"),
        button=_l("Set sponsor"),
        form=SponsorForm,
        danger=False,
        sentence=_sponsor_sentence,
        act=_set_sponsor,
        done=lambda name: _("The sponsor of %(name)s is set, or planned for that day.", name=name),
    ),
    "release": Decision(
        title=_l("Take the sponsor away"),
        button=_l("Take the sponsor away"),
        sentence=_release_sentence,
        act=_release,
        done=lambda name: _("Nobody stands above %(name)s any more.", name=name),
    ),
    "suspend": Decision(
        title=_l("Suspend the partner"),
        button=_l("Suspend"),
        sentence=_suspend_sentence,
        act=by_service(partners.suspend),
        done=lambda name: _("%(name)s is suspended.", name=name),
    ),
    "resume": Decision(
        title=_l("Let the partner earn again"),
        button=_l("Let earn again"),
        danger=False,
        sentence=lambda contact: _("From now on commissions are earned again. Nothing is made up for."),
        act=by_service(partners.resume),
        done=lambda name: _("%(name)s earns again.", name=name),
    ),
    "end": Decision(
        title=_l("End the partnership"),
        button=_l("End the partnership"),
        sentence=_leave_sentence,
        act=by_service(partners.end_partner),
        done=lambda name: _("%(name)s is no partner any more.", name=name),
    ),
    "parent": Decision(
        title=_l("End of the parent partner's commission"),
        button=_l("Set the end"),
        form=ParentEndForm,
        danger=False,
        sentence=lambda contact: _(
            "After that day the partner above earns nothing on what comes through this one, and the level "
            "stays used. What was earned stays."
        ),
        act=_set_parent_end,
        done=lambda name: _("The end is set for %(name)s.", name=name),
    ),
    **SPREADING,
    "block": Decision(
        title=_l("Pay nothing out for the time being"),
        button=_l("Block payouts"),
        sentence=lambda contact: _(
            "Payout runs skip the partner with this reason, such as an open dispute. Commissions go on."
        ),
        act=by_service(payout_details.block),
        done=lambda name: _("Payouts to %(name)s are blocked.", name=name),
    ),
    "unblock": Decision(
        title=_l("Pay out again"),
        button=_l("Lift the block"),
        danger=False,
        sentence=lambda contact: _("From the next payout run on the partner is paid again."),
        act=by_service(payout_details.unblock),
        done=lambda name: _("Payouts to %(name)s are not blocked any more.", name=name),
    ),
}
_PATHS = f"/contacts/<firstline_id:contact_id>/<any({', '.join(DECISIONS)}):what>"


@blueprint.route(_PATHS, methods=["GET", "POST"])
def decide(contact_id: int, what: str) -> str | BaseResponse | tuple[str, int]:
    """Say what an act on a contact does, ask why, do it."""
    contact, decision = session().get(Contact, contact_id), DECISIONS[what]
    if contact is None or contact.erased_at is not None:
        abort(404)
    given = request.form if request.method == "POST" else None
    form = decision.form(given, data=_start(contact))
    if given is None:
        return _page(contact, decision, form, what)
    name, way_back = contact_name(contact), to("card", contact_id=contact_id)
    if form.validate() and _done(decision, contact, form):
        return done(way_back, decision.done(name))
    return _page(session().get_one(Contact, contact_id), decision, form, what), 422


def _start(contact: Contact) -> dict[str, object]:
    """Give what stands in the fields at first."""
    return {
        "sponsor_id": contact.sponsor_id,
        "until": contact.parent_commission_until,
        "payout_currency": contact.payout_currency,
    }


def _done(decision: Decision, contact: Contact, form: NounForm) -> bool:
    try:
        changed = perform(lambda acting: decision.act(acting, contact, form))
    except Mistake as mistake:
        complain(form, mistake)
        return False
    if not changed:
        form.complain("", _("It is so already; nothing was changed."))
    return changed


def _page(contact: Contact, decision: Decision, form: NounForm, what: str) -> str:
    return render_template(
        "firstline/admin/decide.html",
        here="partners" if contact.partner_since is not None else "contacts",
        title=str(decision.title),
        name=contact_name(contact),
        sentence=decision.sentence(contact),
        fields=form,
        action=to("decide", contact_id=contact.id, what=what),
        button=str(decision.button),
        danger=decision.danger,
        way_back=contact_link(contact),
    )
