"""Other shops: made known, their orders taken in from a file or fetched, and what failed."""

from __future__ import annotations

import json
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
@click.option("--key", default="", help="What opens the shop's API; WooCommerce ck_...:cs_...; empty: none.")
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
@click.option("--since", type=click.DateTime(_TIMES), required=True, help="Changed since then, in UTC.")
@answering
def pull(source: str, since: datetime) -> Answer:
    """Fetch the orders of a shop that were changed since a moment, for what its webhooks missed."""
    new, old = pulls.pull(current_state(), source, since.replace(tzinfo=UTC), who=who())
    text = f"{new} fetched, {old} were there already; the worker does them in its next round."
    return Answer(text=text, data={"new": new, "known": old})


@hooks.command("push-codes")
@click.option("--source", required=True, help="Name of the shop, on WooCommerce.")
@click.option("--coupon", required=True, help="Name of the coupon whose codes are carried there.")
@click.option("--output", type=click.File("w"), help="Write them into a file of JSON; ask no shop.")
@answering
def push_codes(source: str, coupon: str, output: IO[str] | None) -> Answer:
    """Carry the codes of a coupon that are on to a shop; those that are there stay as they are there."""
    if output is not None:
        return _write_codes(source, coupon, output)
    done = pushes.push(current_state(), source, coupon, who=who())
    text = f"{done.made} made there, {done.known} were there already."
    text += "".join(f"\n{code}: {said}" for code, said in done.refused) + _left(done.not_said)
    return Answer(text=text, data=asdict(done), ok=not done.refused)


def _write_codes(source: str, coupon: str, output: IO[str]) -> Answer:
    found = in_unit(lambda _state, conn: pushed_codes.to_push(conn, sources.by_name(conn, source), coupon))
    json.dump({"create": found.codes}, output, ensure_ascii=False, indent=2)
    text = f"{len(found.codes)} codes written.{_left(found.not_said)}"
    return Answer(text=text, data={"written": len(found.codes), "not_said": found.not_said})


def _left(not_said: Sequence[str]) -> str:
    """Say which terms the shop cannot keep to."""
    if not not_said:
        return ""
    return f"\nThat shop has no word for {', '.join(not_said)}: an order that breaks them is flagged here."
