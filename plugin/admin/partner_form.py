"""The form of a new partner."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from ..cards.printing import languages
from ..domain.mail import mailbox
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..places import places
from ..services import partners
from .acting import Acting
from .contact_field import ContactField
from .fields import CheckField, ChoiceField, NounForm, TextField
from .nouns import Editor, Values
from .number_fields import MomentField


class PartnerForm(NounForm):
    """Who becomes a partner, and under whom."""

    ref = TextField(
        _l("Customer number"),
        longest=64,
        hint=_l("The number of the customer's account in the shop. Empty: signs in by e-mail address."),
    )
    name = TextField(_l("Name"))
    email = TextField(_l("E-mail"), longest=254)
    sponsor_id = ContactField(
        _l("Parent partner"),
        partners=True,
        hint=_l("Customer number, e-mail or whole name. Earns on the next level. Empty: nobody."),
    )

    until = MomentField(
        _l("The parent partner earns until"),
        ends=True,
        hint=_l("The last day of commissions on what comes through this one. Empty: no end."),
    )
    phone = TextField(_l("Phone"), longest=64)
    site = TextField(_l("Web site"), longest=200, hint=_l("A whole address, such as https://meier.example."))
    locale = ChoiceField(_l("Language"), hint=_l("The language of mails."))
    mail = CheckField(
        _l("Send a mail with the link to the desk"),
        default=True,
        hint=_l("To somebody who is no partner yet and whose e-mail address is known."),
    )

    def validate(self) -> bool:
        """Refuse an e-mail address that is none."""
        good = bool(super().validate())
        if self.until.data is not None and self.sponsor_id.data is None:
            self.complain("until", _("Name the parent partner, too."))
            good = False
        if not (self.ref.data or self.email.data or self.ref.errors or self.email.errors):
            self.complain("ref", _("Give a customer number or an e-mail address."))
            good = False
        try:
            mailbox(self.email.data or "nobody@shop.example")
        except ValueError:
            self.complain("email", _("This is no e-mail address."))
            return False
        return good


def _load(session: Session, key: str) -> Values | None:
    return None


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    """Offer the shop's languages, and the mail only where the desk that it leads to is part of this app."""
    form["locale"].choices = [("", _("as the shop knows it")), *languages()]
    if "firstline_desk" not in current_app.blueprints:
        del form["mail"]


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    wanted = "mail" in form and form["mail"].data
    contact_id = partners.add_partner(
        act.conn,
        ref=form.ref.data or None,
        email=form.email.data,
        name=form.name.data,
        phone=form.phone.data,
        site=form.site.data,
        locale=form.locale.data or None,
        places=places().of_partner if wanted else None,
        who=act.who,
        now=act.now,
    )
    sponsor_id = form.sponsor_id.data
    if sponsor_id is not None:
        partners.set_sponsor(act.conn, contact_id, sponsor_id, why=partners.ENTERED, who=act.who, now=act.now)
    if form.until.data is not None:
        why = partners.ENTERED
        partners.set_parent_end(act.conn, contact_id, form.until.data, why=why, who=act.who, now=act.now)
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
    from_address=("ref", "email"),
)
