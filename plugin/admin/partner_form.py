"""The form of a new partner."""

from __future__ import annotations

from flask import current_app, url_for
from sqlalchemy.orm import Session

from ..domain.mail import mailbox
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..services import partners
from .acting import Acting
from .contact_field import ContactField
from .fields import CheckField, NounForm, TextField
from .nouns import Editor, Values


class PartnerForm(NounForm):
    """Who becomes a partner, and under whom."""

    ref = TextField(
        _l("Customer number"),
        needed=True,
        longest=64,
        hint=_l("The number of the customer's account in the shop."),
    )
    name = TextField(_l("Name"))
    email = TextField(_l("E-mail"), longest=254)
    sponsor_id = ContactField(
        _l("Parent partner"),
        partners=True,
        hint=_l("Customer number, e-mail or whole name. Earns on the next level. Empty: nobody."),
    )

    mail = CheckField(
        _l("Send a mail with the link to the desk"),
        default=True,
        hint=_l("To somebody who is no partner yet and whose e-mail address is known."),
    )

    def validate(self) -> bool:
        """Refuse an e-mail address that is none."""
        good = bool(super().validate())
        try:
            mailbox(self.email.data or "nobody@shop.example")
        except ValueError:
            self.complain("email", _("This is no e-mail address."))
            return False
        return good


def _load(session: Session, key: str) -> Values | None:
    return None


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    """Offer the mail only where the desk that it leads to is part of this app."""
    if "firstline_desk" not in current_app.blueprints:
        del form["mail"]


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    wanted = "mail" in form and form["mail"].data
    contact_id = partners.add_partner(
        act.conn,
        ref=form.ref.data,
        email=form.email.data,
        name=form.name.data,
        desk=url_for("firstline_desk.start", _external=True) if wanted else None,
        who=act.who,
        now=act.now,
    )
    sponsor_id = form.sponsor_id.data
    if sponsor_id is not None:
        why = _("named when the partner was entered")
        partners.set_sponsor(act.conn, contact_id, sponsor_id, why=why, who=act.who, now=act.now)
    return _("%(name)s is a partner now.", name=form.name.data or form.email.data or form.ref.data)


EDITOR = Editor(
    form=PartnerForm,
    load=_load,
    edits=False,
    prepare=_prepare,
    save=_save,
    title=lambda row: "",
    lead=_l(
        "A customer you have becomes a partner; somebody new is entered with the number the shop will use."
    ),
    from_address=("ref",),
)
