"""Applications of people who want to be partners."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from ..i18n import lazy_gettext as _l
from ..models import Application, ApplicationState, Contact
from ..services.listing import AnyRow, Query
from .nouns import Column, Filter, Kind, Noun, State
from .show import contact_link, contact_name, name_of, to

_STATES = {
    ApplicationState.WAITING.value: ("wait", _l("to be decided")),
    ApplicationState.UNCONFIRMED.value: ("off", _l("address not confirmed yet")),
    ApplicationState.APPROVED.value: ("ok", _l("approved")),
    ApplicationState.DECLINED.value: ("bad", _l("declined")),
}


def state_of(application: Application) -> State:
    """Show how far an application has come."""
    tone, text = _STATES[application.state]
    return State(tone, str(text))


def _statement() -> Query:
    return select(Application, Contact).join(Contact, Contact.id == Application.contact_id, isouter=True)


def _by_state(choice: str, at: datetime) -> ColumnElement[bool]:
    return Application.state == choice


def _contact(row: AnyRow) -> str:
    return contact_name(row.Contact) if row.Contact is not None else ""


NOUN = Noun(
    name="applications",
    title=_l("Applications"),
    lead=_l("Who wants to be a partner. Who has proven the e-mail address waits for your decision."),
    icon="mail",
    statement=_statement,
    keys=(Application.id.expression,),
    key=lambda row: str(row.Application.id),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.Application.name,
            href=lambda row: to("application", application_id=row.Application.id),
            sub=lambda row: row.Application.company,
            sort=name_of(Application.name.expression),
        ),
        Column(name="email", label=_l("E-mail"), value=lambda row: row.Application.email),
        Column(
            name="contact",
            label=_l("Contact"),
            value=_contact,
            href=lambda row: contact_link(row.Contact) if row.Contact is not None else None,
        ),
        Column(
            name="at",
            label=_l("Applied on"),
            kind=Kind.DATE,
            value=lambda row: row.Application.created_at,
            sort=Application.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: state_of(row.Application),
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        Application.name.icontains(text, autoescape=True), Application.email.icontains(text, autoescape=True)
    ),
    search_hint=_l("Name or e-mail"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((name, text) for name, (_tone, text) in _STATES.items()),
        ),
    ),
    empty=_l("Here stand those who apply on the public page for new partners."),
)
