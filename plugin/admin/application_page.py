"""One application: what was typed, whom the person came through, and the decision."""

from __future__ import annotations

from flask import abort, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Application, ApplicationState, Contact
from ..places import places
from ..services import application_acts
from ..state import current_state
from .acting import Acting
from .applications import state_of
from .edge import blueprint, done, may_write, perform, session
from .fields import NoteField, NounForm
from .show import contact_link, contact_name, to


class DeclineForm(NounForm):
    """Why an application is turned down."""

    why = NoteField(
        _l("Reason"), longest=1000, hint=_l("Stands in the mail to the applicant. It may stay empty.")
    )


@blueprint.route("/applications/<firstline_id:application_id>", methods=["GET", "POST"])
def application(application_id: int) -> str | BaseResponse | tuple[str, int]:
    """Show an application; a post approves or declines it."""
    found = session().get(Application, application_id)
    if found is None or "firstline_desk" not in current_app.blueprints:
        abort(404)
    form = DeclineForm(request.form if "decline" in request.form else None)
    if request.method == "POST":
        if "decline" in request.form and not form.validate():
            return _page(found, form), 422
        return _decided(found, form, approved="approve" in request.form)
    return _page(found, form)


def _decided(found: Application, form: DeclineForm, *, approved: bool) -> BaseResponse:
    name, why, where = found.name, form.why.data or "", places()

    def work(act: Acting) -> bool:
        ctx = current_state().context(act.conn, now=act.now)
        if approved:
            return application_acts.approve(ctx, found.id, where, who=act.who)
        return application_acts.decline(ctx, found.id, why=why, shop=where.shop, who=act.who)

    if not perform(work):
        return done(to("applications"), _("It was decided already; nothing was changed."), ok=False)
    if approved:
        text = _("%(name)s is a partner now and gets a mail with the way to the desk.", name=name)
    else:
        text = _("The application of %(name)s is declined; a mail says so.", name=name)
    return done(to("applications"), text)


def _page(found: Application, form: DeclineForm) -> str:
    contact = session().get(Contact, found.contact_id) if found.contact_id else None
    sponsor_id = contact.sponsor_id if contact is not None else (found.owner or [None])[0]
    sponsor = session().get(Contact, sponsor_id) if sponsor_id else None
    return render_template(
        "firstline/admin/application.html",
        here="applications",
        found=found,
        state=state_of(found),
        contact=contact,
        sponsor=sponsor,
        contact_name=contact_name,
        contact_link=contact_link,
        fields=form,
        open_for_decision=found.state == ApplicationState.WAITING.value and may_write(),
    )
