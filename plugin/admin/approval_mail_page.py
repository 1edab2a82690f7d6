"""Who of the staff is told by mail of changes that wait, and of what became of one's own."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..domain.roles import Permission
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..services import approval_mails
from ..services.mistakes import Mistake
from .edge import blueprint, can, done, may, perform, session
from .fields import NounForm, TextField
from .judging import who_acts
from .sayings import said
from .show import to


class MailForm(NounForm):
    """Where one reads."""

    email = TextField(_l("Your e-mail address"), longest=254, hint=_l("Empty: no mails to you."))


@blueprint.route("/approvals/mails", methods=["GET", "POST"])
def approval_mails_page() -> str | BaseResponse | tuple[str, int]:
    """Show and change where one is told; who may approve sees who else is."""
    if request.method != "POST":
        known = approval_mails.address_of(session().connection(), who_acts().id)
        return _page(MailForm(data={"email": known}))
    form = MailForm(request.form)
    if not form.validate():
        return _page(form), 422
    language, decides = str(i18n.locale()), may(Permission.APPROVE)
    try:
        perform(
            lambda act: approval_mails.choose(
                act, who_acts(), form.email.data or "", locale=language, decides=decides
            )
        )
    except ValueError:
        form.complain("email", _("This is no e-mail address."))
        return _page(form), 422
    return done(to("approval_mails_page"), _("It is saved."))


@blueprint.post("/approvals/mails/end")
def approval_mail_end() -> BaseResponse:
    """Tell somebody else no more, such as one who has left."""
    way_back, whom = to("approval_mails_page"), request.form.get("admin_id", "")
    try:
        perform(lambda act: approval_mails.end(act, whom, who_acts()))
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    return done(way_back, _("That one gets no more of these mails."))


def _page(form: MailForm) -> str:
    own = who_acts().id
    others = [row for row in approval_mails.listed(session().connection()) if row.admin_id != own]
    return render_template(
        "firstline/admin/approval_mails.html",
        here="approvals",
        fields=form,
        action=to("approval_mails_page"),
        way_back=to("approvals"),
        decides=may(Permission.APPROVE),
        others=others if can("approval_mail_end") else (),
    )
