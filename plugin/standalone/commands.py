"""`flask --app flask_firstline.standalone firstline user`: who has a log-in, from the machine it runs on."""

from __future__ import annotations

import click
from flask import Flask, url_for

from .. import passwords
from ..cli.group import Answer, Commands, answering, firstline, in_context, table, who
from ..services import mails, standalone_users
from ..services.context import Context
from ..services.mistakes import BadUser
from ..services.standalone_users import ROLES, Wanted

users = Commands("user", help="Who signs in to the administration of this app.")
_HOW_LINK = "Show a link that sets the password once, within a day, instead of asking for one."
_HOW_MAIL = "Send that link by mail."
_TICKET = "0ticket0"


def install(app: Flask) -> None:
    """Offer these commands beside those of the plugin, in this app alone."""
    offered = Commands("firstline", help=firstline.help, commands={**firstline.commands, "user": users})
    app.cli.add_command(offered)


@users.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What the audit log calls them.")
@click.option("--role", type=click.Choice(ROLES), default="owner", show_default=True)
@click.option("--link", is_flag=True, help=_HOW_LINK)
@click.option("--mail", is_flag=True, help=_HOW_MAIL)
@answering
def add(email: str, name: str, role: str, link: bool, mail: bool) -> Answer:
    """Give EMAIL a log-in."""
    hashed = None if link or mail else _asked()
    wanted = Wanted(email=email, name=name, role=role)

    def make(ctx: Context) -> str:
        user_id = standalone_users.add(ctx, wanted, password=hashed, who=who())
        return _link(ctx, user_id, shown=link, mailed=mail)

    made = in_context(make)
    text = f"{email} signs in at /sign-in as {role}."
    return Answer(text=text + _told(made, mail), data={"email": email, "role": role, "link": made or None})


@users.command("list")
@answering
def list_() -> Answer:
    """List who has a log-in."""
    rows = in_context(lambda ctx: standalone_users.every(ctx.conn))
    data = [
        {"email": row.email, "name": row.name, "role": row.role, "active": row.disabled_at is None,
         "password": row.password is not None, "last": row.last_at}
        for row in rows
    ]  # fmt: skip
    head = ("e-mail", "name", "role", "active", "password", "last signed in")
    lines = [(*list(one.values())[:5], f"{one['last']:%Y-%m-%d}" if one["last"] else "") for one in data]
    return Answer(text=table(head, lines, empty="Nobody yet: make an owner by `user add`."), data=data)


@users.command("password")
@click.argument("email")
@click.option("--link", is_flag=True, help=_HOW_LINK)
@click.option("--mail", is_flag=True, help=_HOW_MAIL)
@answering
def password(email: str, link: bool, mail: bool) -> Answer:
    """Set another password for EMAIL, which ends all sessions."""
    hashed = None if link or mail else _asked()

    def change(ctx: Context) -> str:
        found = standalone_users.by_email(ctx.conn, email)
        if hashed is None:
            return _link(ctx, found.id, shown=link, mailed=mail)
        standalone_users.set_password(ctx, found.id, hashed, who=who())
        return ""

    made = in_context(change)
    text = "The password is set." if hashed else "The password stays until the link is used."
    return Answer(text=text + _told(made, mail), data={"email": email, "link": made or None})


@users.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@answering
def role_(email: str, role: str) -> Answer:
    """Give EMAIL another ROLE."""
    in_context(
        lambda ctx: standalone_users.set_role(
            ctx, standalone_users.by_email(ctx.conn, email).id, role, who=who()
        )
    )
    return Answer(text=f"{email} is {role} now.", data={"email": email, "role": role})


@users.command("disable")
@click.argument("email")
@answering
def disable(email: str) -> Answer:
    """Switch the log-in of EMAIL off, which ends all sessions."""
    in_context(
        lambda ctx: standalone_users.disable(ctx, standalone_users.by_email(ctx.conn, email).id, who=who())
    )
    return Answer(text=f"{email} cannot sign in any more.", data={"email": email, "active": False})


@users.command("enable")
@click.argument("email")
@answering
def enable(email: str) -> Answer:
    """Switch the log-in of EMAIL on again."""
    in_context(
        lambda ctx: standalone_users.enable(ctx, standalone_users.by_email(ctx.conn, email).id, who=who())
    )
    return Answer(text=f"{email} can sign in again.", data={"email": email, "active": True})


def _asked() -> str:
    """Ask for a password, twice, without showing it."""
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if not passwords.SHORTEST <= len(typed) <= passwords.LONGEST:
        raise BadUser("password", f"A password has {passwords.SHORTEST} to {passwords.LONGEST} characters.")
    return passwords.hashed(typed)


def _link(ctx: Context, user_id: int, *, shown: bool, mailed: bool) -> str:
    if not shown and not mailed:
        return ""
    place = _address()
    if mailed:
        mails.put_to_user(ctx.conn, user_id, {"link": place}, now=ctx.now)
    return place.replace("{ticket}", standalone_users.ticket_for(ctx, ctx.keys, user_id)) if shown else ""


def _address() -> str:
    """Give the address of the page that sets a password; a mail needs to know where the app is."""
    try:
        found = url_for("standalone.password", ticket=_TICKET)
    except RuntimeError as error:
        raise BadUser(
            "address", "Set SERVER_NAME, such as partners.shop.example: a link says where the app is."
        ) from error
    return found.replace(_TICKET, "{ticket}")


def _told(link: str, mailed: bool) -> str:
    text = f"\n{link}\nIt is shown only now, holds a day and works once." if link else ""
    return text + ("\nThe worker sends the mail in its next round." if mailed else "")
