"""People who apply to be partners, and the mail with the ways into the desk."""

from __future__ import annotations

import click
from sqlalchemy import select

from ..models import Application, ApplicationState
from ..services import application_acts, lookup, partners
from ..services.mistakes import Mistake, NotThere
from ..state import current_state
from .group import ID, Answer, answering, in_context, in_unit, table, who
from .program import partner, where

_SHOWN = ("id", "state", "name", "company", "email", "phone", "site", "created_at")
_STATES = [state.value for state in ApplicationState]


@partner.command("applications")
@click.option(
    "--state", type=click.Choice(_STATES), default=ApplicationState.WAITING.value, show_default=True
)
@answering
def applications(state: str) -> Answer:
    """List who applied to be a partner; by default those who wait for a decision."""
    columns = [Application.__table__.c[name] for name in _SHOWN]
    query = select(*columns).where(Application.state == state).order_by(Application.id)
    rows = current_state().session().connection().execute(query).all()
    shown = [(row.id, row.name, row.company, row.email, row.created_at.date()) for row in rows]
    text = table(("id", "name", "company", "e-mail", "on"), shown, empty="Nobody.")
    return Answer(text=text, data=[dict(row._mapping) for row in rows])


@partner.command("approve")
@click.argument("application_id", type=ID)
@answering
def approve(application_id: int) -> Answer:
    """Make the applicant APPLICATION_ID a partner; a mail tells the way to the desk."""
    ways = where()
    done = in_context(lambda ctx: application_acts.approve(ctx, application_id, ways, who=who()))
    return _decided(application_id, done, "is approved")


@partner.command("decline")
@click.argument("application_id", type=ID)
@click.option("--why", default="", help="The reason; stands in the mail.")
@answering
def decline(application_id: int, why: str) -> Answer:
    """Turn the application APPLICATION_ID down; a mail says so."""
    shop = where().shop
    done = in_context(
        lambda ctx: application_acts.decline(ctx, application_id, why=why, shop=shop, who=who())
    )
    return _decided(application_id, done, "is declined")


def _decided(application_id: int, done: bool, said: str) -> Answer:
    text = (
        f"Application {application_id} {said}." if done else "Nothing changed: it does not wait (any more)."
    )
    return Answer(text=text, data={"id": application_id, "changed": done})


@partner.command("invite")
@click.argument("ref")
@answering
def invite(ref: str) -> Answer:
    """Send the partner REF (customer number, #id or e-mail) the mail with the ways in once more."""
    ways = where().of_partner
    contact_id = _id_of(ref)
    sent = in_unit(lambda state, conn: partners.invite(conn, contact_id, places=ways, now=state.now()))
    if not sent:
        raise Mistake(f"{ref} has no e-mail address.")
    return Answer(text=f"The mail to {ref} is on its way.", data={"id": contact_id})


def _id_of(text: str) -> int:
    found = lookup.contacts(current_state().session(), text, partners_at=current_state().now())
    if len(found) != 1:
        raise NotThere(f"{'No partner is' if not found else 'Several partners are'} called {text!r}.")
    return found[0].id
