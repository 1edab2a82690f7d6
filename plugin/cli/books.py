"""Balances, and the check of the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from ..domain.money import major
from ..services import book_checks, holds, sealing
from ..services.balances import list_balances
from ..services.checking import Checked, all_ok, snapshot
from ..services.sponsors import rebuild_paths, wrong_paths
from ..state import current_state
from .group import Answer, answering, firstline, in_context, table, who

_FEW = 20


@firstline.command("balances")
@answering
def balances() -> Answer:
    """List what every partner has earned, per currency; holds that are over are moved first."""
    while in_context(holds.release_due):
        pass
    rows = [
        {
            "partner": row.ref or f"#{row.partner_id}",
            "name": row.name,
            "currency": row.currency,
            **{kind: major(getattr(row, kind), row.currency) for kind in ("on_hold", "payable", "paid")},
        }
        for row in in_context(lambda ctx: list_balances(ctx.conn))
    ]
    head = ("partner", "name", "currency", "on hold", "payable", "paid")
    text = table(head, [tuple(row.values()) for row in rows], empty="Nobody has earned anything yet.")
    return Answer(text=text, data=rows)


@firstline.command("check")
@answering
def check() -> Answer:
    """Check the books: invoices x terms = postings = balances, counters = rows, sponsors = paths, seals.

    The result is kept for the admin's overview. Exit code 1 where anything differs.
    """
    state = current_state()
    while in_context(sealing.seal_next):
        pass
    with snapshot(state.engine()) as conn:
        checks = book_checks.check_all(state.context(conn))
    in_context(lambda ctx: book_checks.keep(ctx, who(), checks))
    ok = all_ok(checks)
    data = {"ok": ok, "checks": [{**asdict(checked), "ok": checked.ok} for checked in checks]}
    return Answer(text=_told(checks, ok=ok), data=data, ok=ok)


def _told(checks: Sequence[Checked], *, ok: bool) -> str:
    rows = [
        (
            checked.name,
            checked.compared,
            ", ".join(f"{amount} {currency}" for currency, amount in checked.difference.items()),
            "agrees" if checked.ok else f"{len(checked.findings)} differ",
        )
        for checked in checks
    ]
    parts = [table(("check", "compared", "difference", ""), rows, empty="")]
    parts += [_findings(checked) for checked in checks if not checked.ok]
    parts.append("The books agree." if ok else "The books do not agree.")
    return "\n\n".join(parts)


def _findings(checked: Checked) -> str:
    rows = [(finding.subject, finding.computed, finding.kept) for finding in checked.findings[:_FEW]]
    more = len(checked.findings) - len(rows)
    text = f"{checked.name}:\n" + table(("", "computed", "kept"), rows, empty="")
    return f"{text}\nand {more} more; --json gives all." if more else text


@firstline.command("rebuild-paths")
@answering
def rebuild_paths_() -> Answer:
    """Write the paths of the sponsor tree anew from the sponsors; `check` says when that is needed."""
    wrong, paths = in_context(lambda ctx: (wrong_paths(ctx.conn), rebuild_paths(ctx.conn)))
    return Answer(
        text=f"{paths} contacts have a path; {wrong} were wrong.", data={"paths": paths, "wrong": wrong}
    )
