"""Other shops: made known, their orders taken in from a file or fetched, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any

import click
from sqlalchemy import Connection, Row, select

from ..delivery import pulls, pushes
from ..domain.platforms import PLATFORMS
from ..models import Body, BodyState, Source
from ..services import bodies, body_files, pushed_codes, sources
from ..services.sources import Wanted
from ..state import State, current_state
from .group import ID, Answer, Commands, answering, firstline, in_context, in_unit, table, who
from .pushed_files import write_codes

hooks = Commands("hooks", help="Shops that are no Flask apps and tell by webhook.")
firstline.add_command(hooks)
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
_BODY, _SOURCE = Body.__table__, Source.__table__


@hooks.command("add")
@click.argument("name")
@click.option("--platform", type=click.Choice(list(PLATFORMS)), default="woocommerce", show_default=True)
@click.option("--url", required=True, help="Where the shop is.")
@click.option("--currency", help="Of amounts without one; usually FIRSTLINE_CURRENCY.")
@click.option("--zone", help="Of times without one; usually FIRSTLINE_TIMEZONE.")
@click.option("--secret", default="", help="Where the platform signs with a secret of its own.")
@answering
def add(name: str, platform: str, url: str, currency: str | None, zone: str | None, secret: str) -> Answer:
    """Make the shop NAME known and show the secret of its webhooks, once."""

    def make(state: State, conn: Connection) -> tuple[int, str]:
        ctx, settings = state.context(conn), state.settings
        wanted = Wanted(
            name=name,
            platform=platform,
            url=url,
            currency=currency or settings.currency,
            zone=zone or settings.timezone,
        )
        hosts = settings.webhook_private_hosts
        return sources.add(ctx, ctx.keys, wanted, secret=secret, private_hosts=hosts, who=who())

    made, shown = in_unit(make)
    address = f"{current_state().settings.url_prefix}/hooks/{name.strip().lower()}"
    text = f"Its webhooks go to {address}."
    if shown:
        text = f"{shown}\nThis is the secret of the webhooks of {name!r}. It is shown only now.\n{text}"
    return Answer(text=text, data={"id": made, "name": name, "secret": shown, "address": address})


@hooks.command("renew-secret")
@click.argument("name")
@click.option("--secret", default="", help="Where the platform signs with a secret of its own.")
@answering
def renew(name: str, secret: str) -> Answer:
    """Give the shop NAME another secret; the old one is good for another hour."""
    shown = in_context(
        lambda ctx: sources.renew_secret(
            ctx, ctx.keys, sources.by_name(ctx.conn, name).id, secret=secret, who=who()
        )
    )
    text = f"{shown}\nIt is shown only now; the old one is good for another hour." if shown else "It is kept."
    return Answer(text=text, data={"name": name, "secret": shown})


@hooks.command("access")
@click.argument("name")
@click.option(
    "--key",
    default="",
    help="Such as ck_...:cs_..., shpat_... or the token of an app; empty: none.",
)
@answering
def access(name: str, key: str) -> Answer:
    """Keep the key of the API of the shop NAME, sealed, so that its orders can be fetched."""
    in_context(
        lambda ctx: sources.set_access(
            ctx, ctx.keys, sources.by_name(ctx.conn, name).id, key.strip(), who=who()
        )
    )
    return Answer(text="It is kept." if key else "It is forgotten.", data={"name": name, "access": bool(key)})


@hooks.command("list")
@click.option("--failed", is_flag=True, help="The bodies that failed, not the shops.")
@answering
def list_(failed: bool) -> Answer:
    """List the shops that may tell, or the bodies that failed."""
    if failed:
        return _failed()
    rows = in_unit(lambda _state, conn: sources.every(conn))
    data = [_source(row) for row in rows]
    head = ("name", "platform", "address", "active", "fetches")
    return Answer(text=table(head, [tuple(one.values()) for one in data], empty="No other shop."), data=data)


def _source(row: Row[Any]) -> dict[str, object]:
    return {
        "name": row.name, "platform": row.platform, "url": row.url, "active": row.active,
        "fetches": row.access is not None,
    }  # fmt: skip


def _failed() -> Answer:
    query = select(_BODY.c.id, _SOURCE.c.name, _BODY.c.topic, _BODY.c.at, _BODY.c.reason)
    wanted = query.join(_SOURCE, _SOURCE.c.id == _BODY.c.source_id)
    wanted = wanted.where(_BODY.c.state == BodyState.FAILED.value).order_by(_BODY.c.id)
    rows = in_unit(lambda _state, conn: conn.execute(wanted).all())
    head = ("id", "shop", "topic", "came", "reason")
    data = [dict(zip(head, row, strict=True)) for row in rows]
    lines = [(row.id, row.name, row.topic, f"{row.at:%Y-%m-%d %H:%M}", row.reason[:100]) for row in rows]
    return Answer(text=table(head, lines, empty="Nothing failed."), data=data)


@hooks.command("again")
@click.argument("body_id", type=ID)
@answering
def again(body_id: int) -> Answer:
    """Let the body BODY_ID, which failed or was ignored, be worked off again."""
    done = in_context(lambda ctx: bodies.again(ctx, body_id, who=who()))
    text = "The worker does it in its next round." if done else "It is done or waits already."
    return Answer(text=text, data={"id": body_id, "again": done}, ok=done)


@hooks.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--source", required=True, help="Name of the shop that the orders are of.")
@click.option("--dry-run", is_flag=True, help="Only say what it would bring.")
@answering
def import_(file: IO[bytes], source: str, dry_run: bool) -> Answer:
    """Take in the orders of FILE: one, a list, or one a line, in the JSON of the shop's own API."""
    contents = body_files.read(file.read())
    if dry_run:
        return _look_at(source, contents)

    def take(state: State, conn: Connection) -> tuple[int, int]:
        ctx = state.context(conn)
        return body_files.take(ctx, sources.by_name(conn, source), contents, who=who())

    new, old = in_unit(take)
    text = f"{new} taken in, {old} were there already; the worker does them in its next round."
    return Answer(text=text, data={"new": new, "known": old})


class _TakenBack(Exception):  # noqa: N818 - not an error
    """Ends a dry run."""


def _look_at(source: str, contents: list[str]) -> Answer:
    found: list[body_files.Looked] = []

    def look(state: State, conn: Connection) -> None:
        ctx = state.context(conn)
        found[:] = body_files.look_at(ctx, sources.by_name(conn, source), contents)
        raise _TakenBack

    with suppress(_TakenBack):
        in_unit(look)
    lines = [
        (one.ref, "known" if one.known else one.state, one.reason or ", ".join(f["kind"] for f in one.facts))
        for one in found
    ]
    failed = any(one.state == BodyState.FAILED.value for one in found)
    text = table(("order", "state", "brings"), lines, empty="Nothing.")
    return Answer(text=text, data=[asdict(one) for one in found], ok=not failed)


@hooks.command("pull")
@click.option("--source", required=True, help="Name of the shop.")
@click.option("--since", type=click.DateTime(_TIMES), help="Changed since then, in UTC; else since the last.")
@answering
def pull(source: str, since: datetime | None) -> Answer:
    """Fetch the orders of a shop that were changed, for what its webhooks missed."""
    begin = None if since is None else since.replace(tzinfo=UTC)
    new, old = pulls.pull(current_state(), source, begin, who=who())
    text = f"{new} fetched, {old} were there already; the worker does them in its next round."
    return Answer(text=text, data={"new": new, "known": old})


@hooks.command("push-codes")
@click.option("--source", required=True, help="Name of the shop.")
@click.option("--coupon", required=True, help="Name of the coupon whose codes are carried there.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done; ask no shop.")
@click.option(
    "--output",
    type=click.File("w"),
    help="Write them into a file (.csv, .jsonl, .json); ask no shop.",
)
@answering
def push_codes(source: str, coupon: str, dry_run: bool, output: IO[str] | None) -> Answer:
    """Carry the codes of a coupon that are on to a shop; switch off there what we made and is off here."""
    if output is not None:
        return _write_codes(source, coupon, output)
    if dry_run:
        return _codes_to_push(source, coupon)
    done = pushes.push(current_state(), source, coupon, who=who())
    text = f"{done.made} made there, {done.known} were there already, {done.ended} switched off there."
    text += "".join(f"\n{code}: {said}" for code, said in done.refused) + _left(done.not_said)
    return Answer(text=text, data=asdict(done), ok=not done.refused)


def _told(source: str, coupon: str, *, everything: bool = False) -> pushed_codes.ToPush:
    return in_context(
        lambda ctx: pushed_codes.to_push(
            ctx, sources.by_name(ctx.conn, source), coupon, everything=everything
        )
    )


def _codes_to_push(source: str, coupon: str) -> Answer:
    found = _told(source, coupon)
    text = f"{len(found.codes)} to be made there, {found.there} are there by us already, "
    text += f"{len(found.over)} to be switched off there.{_left(found.not_said)}"
    over = [one.code for one in found.over]
    codes = [one.code for one in found.codes]
    data = {"make": codes, "there": found.there, "end": over, "not_said": found.not_said}
    return Answer(text=text, data=data)


def _write_codes(source: str, coupon: str, output: IO[str]) -> Answer:
    found = _told(source, coupon, everything=True)
    codes = [one.said for one in found.codes]
    kind = in_context(lambda ctx: str(sources.by_name(ctx.conn, source).platform))
    write_codes(output, codes, sources.platform_of(kind), coupon, current_state().settings.zone)
    text = f"{len(codes)} codes written.{_left(found.not_said)}"
    return Answer(text=text, data={"written": len(codes), "not_said": found.not_said})


def _left(not_said: Sequence[str]) -> str:
    """Say which terms the shop cannot keep to."""
    if not not_said:
        return ""
    return f"\nThat shop has no word for {', '.join(not_said)}: an order that breaks them is flagged here."
