"""One person: all that is kept about it as a file, and its erasure."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from ..services import audit, erasing, person_export
from ..services.address_book import get_contact
from ..services.context import Context
from ..services.mistakes import Mistake
from .group import Answer, answering, firstline, in_context, who

person = AppGroup("person", help="One person: what is kept about it.")
firstline.add_command(person)
_REF = click.argument("ref", required=False)
_EMAIL = click.option("--email", help="The e-mail address, in place of the number.")


@person.command("export")
@_REF
@_EMAIL
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A JSON file.")
@answering
def export(ref: str | None, email: str | None, output: Path | None) -> Answer:
    """Give all that is kept about the person REF (customer number or #id) as JSON; it is logged."""
    found = in_context(lambda ctx: person_export.export(ctx, named(ctx, ref, email), who=who()))
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if output is None:
        return Answer(text=text, data=found)
    output.write_text(text + "\n", encoding="utf-8")
    return Answer(text=f"Written to {output}.", data={"file": str(output)})


@person.command("erase")
@_REF
@_EMAIL
@click.option("--yes", is_flag=True, help="Erase without asking; nothing brings the person back.")
@answering
def erase(ref: str | None, email: str | None, yes: bool) -> Answer:
    """Erase the person REF (#id) whom the shop does not know; the books stay.

    A customer of the shop is erased there: the shop tells it by `customer_erased`.
    """
    if not yes:
        click.confirm("Everything that names this person goes. Nothing brings it back. Erase?", abort=True)

    def work(ctx: Context) -> int:
        contact_id = named(ctx, ref, email)
        if get_contact(ctx.conn, contact_id).ref is not None:
            raise Mistake("This person has an account in the shop: erase it there.")
        erasing.erase_contact(ctx, contact_id)
        audit.record(ctx.conn, who=who(), act="erase", noun="contact", subject=f"#{contact_id}", now=ctx.now)
        return contact_id

    contact_id = in_context(work)
    return Answer(text=f"Contact {contact_id} is erased.", data={"id": contact_id})


def named(ctx: Context, ref: str | None, email: str | None) -> int:
    """Give the contact that was named one way."""
    if (ref is None) == (email is None):
        raise Mistake("Name the person by the customer number, #id or --email.")
    return person_export.find(ctx, ref=ref, email=email)
