"""Credit that several partners share: of a code, and of one order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import click
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from ..domain.money import major
from ..domain.portions import Portion, weight_of
from ..models import Contact
from ..services import code_portions, sharing
from ..services.address_book import get_contact_id
from ..services.codes import find_code
from ..services.context import Context
from ..services.mistakes import BadPortions, NotThere
from ..services.sharing import Shared, Wanted
from ..state import State, current_state
from .codes import code
from .group import Answer, Commands, answering, firstline, in_context, in_unit, table, who
from .posting_words import document_id

order = Commands("order", help="Orders: whose credit they are.")
firstline.add_command(order)
_WITH = click.option(
    "--with",
    "portions",
    multiple=True,
    required=True,
    help="REF=PER CENT, the main partner first; repeatable.",
)
_REASON = click.option("--reason", required=True, help="Why; it stands in the audit log.")
_HEAD = ("partner", "level", "commission", "currency")


@code.command("share")
@click.argument("text", metavar="CODE")
@_WITH
@_REASON
@answering
def share_code(text: str, portions: tuple[str, ...], reason: str) -> Answer:
    """Let partners share what CODE brings; one partner with 100 ends that."""

    def share(state: State, conn: Connection) -> bool:
        row = find_code(conn, text)
        if row is None:
            raise NotThere(f"There is no code {text!r}.")
        wanted = _portions(conn, portions)
        return code_portions.share_code(conn, row.id, wanted, reason=reason, who=who(), now=state.now())

    changed = in_unit(share)
    said = f"The code {text!r} is shared: {', '.join(portions)}." if changed else "It is shared so already."
    return Answer(text=said, data={"code": text, "changed": changed, "portions": list(portions)})


@order.command("share")
@click.argument("ref", metavar="ORDER")
@_WITH
@_REASON
@click.option("--key", help="Any text of yours: the same key is done once.")
@click.option("--preview", is_flag=True, help="Show what it would post, and change nothing.")
@answering
def share_order(ref: str, portions: tuple[str, ...], reason: str, key: str | None, preview: bool) -> Answer:
    """Give the credit of ORDER to these partners: what others earned is reversed, what is new is posted."""

    def share(ctx: Context) -> Shared:
        wanted = Wanted(
            document_id=document_id(ctx, ref),
            portions=_portions(ctx.conn, portions),
            reason=reason,
            key=(key or uuid.uuid4().hex)[:140],
        )
        found = sharing.share_order(ctx, wanted, who=who())
        if preview:
            raise _TakenBack(found)
        current_state().send(ctx)
        return found

    try:
        found = in_context(share)
    except _TakenBack as over:
        found = over.found
    return _told(ref, found, preview=preview)


class _TakenBack(Exception):  # noqa: N818 - not an error
    """Ends a preview; carries what it found."""

    def __init__(self, found: Shared) -> None:
        super().__init__(found)
        self.found = found


def _told(ref: str, found: Shared, *, preview: bool) -> Answer:
    with Session(current_state().engine()) as session:
        moved = [
            {
                "partner": _name(session, row.partner_id),
                "level": row.level,
                "commission": major(row.amount, row.currency),
                "currency": row.currency,
            }
            for row in found.moved
        ]
        barred = {_name(session, partner_id): why for partner_id, why in found.barred}
    rows = table(_HEAD, [tuple(row.values()) for row in moved], empty="Nothing is posted by it.")
    said = ["It would post:" if preview else "It is shared." if found.new else "It was done before.", rows]
    said += [
        f"{name} gets nothing for the portion: {why}. Nobody else gets it." for name, why in barred.items()
    ]
    data = {"order": ref, "new": found.new and not preview, "moved": moved, "barred": barred}
    return Answer(text="\n".join(said), data=data)


def _name(session: Session, partner_id: int) -> str:
    contact = session.get(Contact, partner_id)
    return (contact.ref if contact is not None else None) or f"#{partner_id}"


def _portions(conn: Connection, given: Sequence[str]) -> tuple[Portion, ...]:
    """Read portions as they are typed: meier=60."""
    found = []
    for text in given:
        ref, _, percent = text.rpartition("=")
        try:
            weight = weight_of(percent)
        except ValueError as error:
            raise BadPortions("weights", f"{text!r}: {error}; write REF=60 or REF=33.34.") from error
        found.append(Portion(partner_id=get_contact_id(conn, ref), weight=weight))
    return tuple(found)
