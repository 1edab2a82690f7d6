"""One person: all that is kept about it as a file, and its erasure."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from ..services import erasing_person, person_export
from ..services.context import Context
from ..services.mistakes import Mistake
from .group import Answer, answering, firstline, in_context, table, who

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
@click.option("--dry-run", is_flag=True, help="Say what would go and what stays, and change nothing.")
@click.option("--with-account", is_flag=True, help="Erase also who has an account in the shop; that stays.")
@answering
def erase(ref: str | None, email: str | None, yes: bool, dry_run: bool, with_account: bool) -> Answer:
    """Erase the person REF (#id) whom the shop does not know; the books stay.

    A customer of the shop is erased there: the shop tells it by `customer_erased`.
    """
    if dry_run:
        return in_context(lambda ctx: _previewed(ctx, named(ctx, ref, email)))
    if not yes:
        click.confirm("Everything that names this person goes. Nothing brings it back. Erase?", abort=True)

    def work(ctx: Context) -> int:
        contact_id = named(ctx, ref, email)
        erasing_person.erase(ctx, contact_id, who=who(), with_account=with_account)
        return contact_id

    contact_id = in_context(work)
    return Answer(text=f"Contact {contact_id} is erased.", data={"id": contact_id})


def _previewed(ctx: Context, contact_id: int) -> Answer:
    still_open = [what.value for what in erasing_person.what_is_open(ctx, contact_id)]
    lines = erasing_person.preview(ctx, contact_id)
    rows = [(line.group.value, line.deleted, line.nameless, line.kept) for line in lines]
    said = table(("What", "Deleted", "Without the person", "Kept as it is"), rows, empty="")
    text = f"{said}\nStill open: {', '.join(still_open) or 'nothing'}."
    return Answer(
        text=text, data={"id": contact_id, "open": still_open, "lines": [asdict(line) for line in lines]}
    )


def named(ctx: Context, ref: str | None, email: str | None) -> int:
    """Give the contact that was named one way."""
    if (ref is None) == (email is None):
        raise Mistake("Name the person by the customer number, #id or --email.")
    return person_export.find(ctx, ref=ref, email=email)
