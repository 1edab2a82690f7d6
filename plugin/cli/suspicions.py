"""Suspicions: listed, released, confirmed; who belongs together; what follows from which signal."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ..domain.suspicion import DEFAULTS, Action, Signal, SuspicionState
from ..models import Contact, Document, Suspicion
from ..services import address_book, suspicion_acts, suspicion_nights, suspicion_policy, suspicions
from ..services.context import Context
from ..services.suspicions import pair_of
from ..state import current_state
from .group import ID, Answer, answering, firstline, in_context, table, who

suspicion = AppGroup("suspicions", help="Who earns may be who buys, two partners may be one.")
firstline.add_command(suspicion)
_HEAD = (
    "suspicion",
    "about",
    "order",
    "partner",
    "other",
    "signals",
    "figures",
    "action",
    "state",
    "since",
    "why",
)
_REASON = click.option("--reason", required=True, help="Stands with the suspicion and in the log.")
_NUMBERS = click.argument("numbers", type=ID, nargs=-1, required=True)
_OTHER = aliased(Contact)


@suspicion.command("list")
@click.option(
    "--state",
    type=click.Choice([*(one.value for one in SuspicionState), "all"]),
    default="open",
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@answering
def list_(state: str, limit: int) -> Answer:
    """List suspicions, the newest first."""
    query = (
        select(Suspicion, Contact, _OTHER, Document)
        .join(Contact, Contact.id == Suspicion.partner_id)
        .join(_OTHER, _OTHER.id == Suspicion.other_id, isouter=True)
        .join(Document, Document.id == Suspicion.document_id, isouter=True)
        .order_by(Suspicion.id.desc())
        .limit(limit)
    )
    if state != "all":
        query = query.where(Suspicion.state == state)
    with Session(current_state().engine()) as session:
        data = [_data(*row) for row in session.execute(query)]
    rows = [(*_shown(one),) for one in data]
    return Answer(text=table(_HEAD, rows, empty="No suspicions."), data=data)


def _data(
    one: Suspicion, partner: Contact, other: Contact | None, document: Document | None
) -> dict[str, object]:
    return {
        "suspicion": one.id,
        "about": one.about,
        "order": None if document is None else document.number or document.ref,
        "partner": partner.ref or f"#{partner.id}",
        "other": None if other is None else other.ref or f"#{other.id}",
        "signals": one.signals,
        "figures": one.figures,
        "action": one.action,
        "state": one.state,
        "since": one.opened_at.isoformat(timespec="seconds"),
        "why": one.why,
    }


def _shown(one: dict[str, object]) -> list[object]:
    signals, figures = one["signals"], one["figures"]
    said = {
        **one,
        "signals": ", ".join(map(str, signals)) if isinstance(signals, list) else "",
        "figures": ", ".join(f"{name} {value}" for name, value in figures.items())
        if isinstance(figures, dict)
        else "",
    }
    return [said[name] for name in _HEAD]


@suspicion.command("release")
@_NUMBERS
@_REASON
@click.option("--allow", is_flag=True, help="The two belong together: suspect them of nothing from now on.")
@answering
def release(numbers: tuple[int, ...], reason: str, allow: bool) -> Answer:
    """Let go what suspicions hold or have reversed."""

    def work(ctx: Context) -> int:
        done = suspicion_acts.release(ctx, numbers, why=reason, who=who(), allow=allow).changed
        current_state().send(ctx)
        return done

    return _decided(in_context(work), "released")


@suspicion.command("confirm")
@_NUMBERS
@_REASON
@answering
def confirm(numbers: tuple[int, ...], reason: str) -> Answer:
    """Reverse what is earned by the orders, or pay nothing out to the partners."""

    def work(ctx: Context) -> int:
        done = suspicion_acts.confirm(ctx, numbers, why=reason, who=who()).changed
        current_state().send(ctx)
        return done

    return _decided(in_context(work), "confirmed")


def _decided(changed: int, how: str) -> Answer:
    said = "1 suspicion is" if changed == 1 else f"{changed} suspicions are"
    return Answer(text=f"{said} {how}.", data={how: changed})


@suspicion.command("look")
@answering
def look() -> Answer:
    """Look at orders that were not looked at yet, and at all partners, now."""

    def work(ctx: Context) -> int:
        suspicions.look_at_all(ctx)
        suspicion_nights.look_at_partners(ctx)
        open_ = suspicion_acts.count_open(ctx.conn).all
        current_state().send(ctx)
        return open_

    found = in_context(work)
    return Answer(text=f"Suspicions to decide: {found}.", data={"open": found})


@suspicion.command("allow")
@click.argument("one")
@click.argument("other")
@_REASON
@answering
def allow(one: str, other: str, reason: str) -> Answer:
    """Say that two contacts, ONE and OTHER, belong together: they are suspected of nothing."""

    def work(ctx: Context) -> bool:
        ids = (address_book.get_contact_id(ctx.conn, ref) for ref in (one, other))
        return suspicion_acts.allow_pair(ctx, pair_of(*ids), why=reason, who=who())

    changed = in_context(work)
    text = "They belong together." if changed else "They were said to belong together before."
    return Answer(text=text, data={"changed": changed})


@suspicion.command("forbid")
@click.argument("one")
@click.argument("other")
@answering
def forbid(one: str, other: str) -> Answer:
    """Take back that ONE and OTHER belong together."""

    def work(ctx: Context) -> int:
        ids = (address_book.get_contact_id(ctx.conn, ref) for ref in (one, other))
        return suspicion_acts.forbid_pairs(ctx, [pair_of(*ids)], who=who())

    changed = bool(in_context(work))
    text = "They are looked at again." if changed else "They were not on the list."
    return Answer(text=text, data={"changed": changed})


@suspicion.command("policy")
@click.argument("signal", type=click.Choice([one.value for one in DEFAULTS]), required=False)
@click.argument("action", type=click.Choice([*(one.value for one in Action), "general"]), required=False)
@click.option(
    "--campaign", default="", help="For orders with a code of this campaign; `general` takes it back."
)
@answering
def policy(signal: str | None, action: str | None, campaign: str) -> Answer:
    """Show what follows from each signal; with SIGNAL and ACTION, change it."""
    if signal is not None and action is None:
        raise click.UsageError("Say what follows from the signal, too.")
    if action == "general" and not campaign:
        raise click.UsageError("`general` goes with --campaign.")

    def work(ctx: Context) -> dict[str, dict[str, str]]:
        if signal is not None and action is not None:
            wanted = {Signal(signal): None if action == "general" else Action(action)}
            suspicion_policy.save(ctx.conn, campaign, wanted, who=who(), now=ctx.now)
        found = suspicion_policy.load(ctx.conn)
        return {
            name or "general": {one.value: said.value for one, said in actions.items()}
            for name, actions in found.items()
        }

    data = in_context(work)
    rows = [(name, one, said) for name, actions in data.items() for one, said in actions.items()]
    return Answer(text=table(("campaign", "signal", "action"), rows, empty=""), data=data)
