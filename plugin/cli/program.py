"""Partners, and the file that states the whole program."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import click
from werkzeug.routing import BuildError

from ..places import places
from ..services import hot
from ..services.application_acts import Places
from ..services.applying import apply_file
from ..services.mistakes import Mistake
from ..services.partners import add_partner
from .group import Answer, Commands, answering, firstline, in_context, in_unit, who
from .payout_words import partner_id

partner = Commands("partner", help="Partners.")
firstline.add_command(partner)


@partner.command("add")
@click.option("--ref", required=True, help="The shop's id of the customer.")
@click.option("--email", required=True)
@click.option("--name")
@click.option("--sponsor", help="The shop's id of the partner above.")
@click.option("--mail", is_flag=True, help="Send a new partner a mail with the link to the desk.")
@answering
def add_partner_(ref: str, email: str, name: str | None, sponsor: str | None, mail: bool) -> Answer:
    """Make a customer a partner, known to us or new. Repeating changes nothing."""
    ways = where().of_partner if mail else None
    contact_id = in_unit(
        lambda state, conn: add_partner(
            conn,
            ref=ref,
            email=email,
            name=name,
            sponsor_ref=sponsor,
            places=ways,
            who=who(),
            now=state.now(),
        )
    )
    return Answer(text=f"{ref} is a partner.", data={"id": contact_id, "ref": ref})


@partner.command("hot")
@click.argument("partner")
@click.option("--on/--off", "on", required=True, help="Spread, or bring together again.")
@click.option("--why", default="", help="Stands in the audit log.")
@answering
def hot_(partner: str, on: bool, why: str) -> Answer:
    """Spread the balances of a partner to whom many sales post at once. Repeating changes nothing."""
    act = hot.heat if on else hot.cool
    changed = in_context(lambda ctx: act(ctx.conn, partner_id(ctx, partner), why=why, who=who(), now=ctx.now))
    said = "are spread" if on else "are in one place again"
    text = f"The balances of {partner} {said}." if changed else "It is so already; nothing was changed."
    return Answer(text=text, data={"partner": partner, "hot": on, "changed": changed})


def where() -> Places:
    """Give where mails lead, which only the app's settings can say here."""
    try:
        return places()
    except BuildError as error:
        raise Mistake("The desk is not mounted in this app, so that no mail can lead there.") from error
    except RuntimeError as error:
        raise Mistake("Set SERVER_NAME: without it nobody knows where the link in the mail leads.") from error


@firstline.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@answering
def apply(file: Path) -> Answer:
    """Make and change what FILE (TOML) states: partners, coupons, codes, terms, campaigns.

    Each is a table such as [[coupon]]. Applied again it changes nothing. Where anything is wrong nothing is
    applied.
    """
    data = _toml(file)
    applied = in_unit(
        lambda state, conn: apply_file(conn, data, settings=state.settings, who=who(), now=state.now())
    )
    lines = [
        f"{kind}: {applied.changed.get(kind, 0)} of {seen} new or changed"
        for kind, seen in applied.seen.items()
    ]
    return Answer(
        text="\n".join(lines) or "The file states nothing.",
        data={"changed": applied.changed, "seen": applied.seen},
    )


def _toml(file: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"{file} is no TOML: {error}") from error
