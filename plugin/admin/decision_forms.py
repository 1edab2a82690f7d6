"""What an act on one contact asks for, and how it is described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..i18n import lazy_gettext as _l
from ..models import Contact
from .acting import Acting
from .contact_field import ContactField
from .document_field import CurrencyField
from .fields import NounForm, TextField
from .number_fields import MomentField


class WhyForm(NounForm):
    """Why an act is done."""

    why = TextField(
        _l("Why"), needed=True, hint=_l("Stands in the history of the contact and in the audit log.")
    )


class SponsorForm(WhyForm):
    """Who stands above, and why."""

    at = MomentField(_l("From day"), hint=_l("Empty: at once. A day to come is carried out by the worker."))
    sponsor_id = ContactField(
        _l("New sponsor"), hint=_l("Customer number, e-mail or whole name. Empty: nobody stands above.")
    )
    groups = (("", ("sponsor_id", "at", "why")),)


class ParentEndForm(WhyForm):
    """Until when the partner above earns, and why."""

    until = MomentField(_l("Last day"), ends=True, hint=_l("Empty: without end."))
    groups = (("", ("until", "why")),)


class CurrencyForm(NounForm):
    """In which currency a partner is paid."""

    payout_currency = CurrencyField(
        _l("Currency"), hint=_l("A code such as USD. Empty: in the currency of each sale.")
    )


@dataclass(frozen=True, kw_only=True)
class Decision:
    """An act with a reason: what it says before, what it does, what it says afterwards."""

    title: str
    button: str
    sentence: Callable[[Contact], str]
    act: Callable[[Acting, Contact, NounForm], bool]
    done: Callable[[str], str]
    form: type[NounForm] = WhyForm
    danger: bool = True


def by_service(service: Callable[..., bool]) -> Callable[[Acting, Contact, NounForm], bool]:
    """Let a service of a contact, a reason, who and when be the act of a decision."""

    def act(acting: Acting, contact: Contact, form: NounForm) -> bool:
        return service(acting.conn, contact.id, why=form.why.data, who=acting.who, now=acting.now)

    return act
