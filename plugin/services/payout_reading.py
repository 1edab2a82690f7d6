"""Payout runs and payouts as pages and commands show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ..domain.payout import Method
from ..domain.payout_details import Details
from ..models import Code, Payout, PayoutFile, PayoutRun, PayoutSkip, PayoutState
from .payout_details import read


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What some payouts in one currency come to, in minor units; `payable` is what was owed."""

    currency: str
    count: int
    amount: int
    payable: int


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run with its payouts by name of the partner, whom it skips and why, and the files that were taken."""

    run: PayoutRun
    payouts: Sequence[Payout]
    skips: Sequence[PayoutSkip]
    files: Sequence[PayoutFile]

    @property
    def counted(self) -> Sequence[Payout]:
        """Payouts that are paid, or will be."""
        return [payout for payout in self.payouts if payout.state != PayoutState.FAILED.value]

    @property
    def sums(self) -> Sequence[Sum]:
        """What it comes to, per currency."""
        return sums(self.counted)

    def by_method(self, method: Method) -> Sequence[Sum]:
        """Add up what goes one way, per currency."""
        return sums([payout for payout in self.counted if payout.method == method.value])


def sums(payouts: Sequence[Payout]) -> Sequence[Sum]:
    """Add payouts up per currency."""
    found: dict[str, list[Payout]] = defaultdict(list)
    for payout in payouts:
        found[payout.currency].append(payout)
    return [
        Sum(
            currency=currency,
            count=len(rows),
            amount=sum(row.amount for row in rows),
            payable=sum(row.payable for row in rows),
        )
        for currency, rows in sorted(found.items())
    ]


def details_of(payout: Payout) -> Details:
    """Give the details by which a payout is paid, as frozen with it."""
    return read(payout.method, payout.details)


def run_view(session: Session, run_id: int) -> RunView | None:
    """Give a run with all in it; None where there is none. Of a run that was discarded all payouts show."""
    run = session.get(PayoutRun, run_id)
    if run is None:
        return None
    payouts = select(Payout).where(Payout.run_id == run_id).options(joinedload(Payout.partner))
    if run.state != "discarded":
        payouts = payouts.where(Payout.state != PayoutState.DISCARDED.value)
    skips = select(PayoutSkip).where(PayoutSkip.run_id == run_id).options(joinedload(PayoutSkip.partner))
    files = select(PayoutFile).where(PayoutFile.run_id == run_id).order_by(PayoutFile.id)
    return RunView(
        run=run,
        payouts=sorted(session.scalars(payouts), key=_by_name),
        skips=sorted(session.scalars(skips), key=_by_name),
        files=session.scalars(files).all(),
    )


def _by_name(row: Payout | PayoutSkip) -> tuple[str, int, str]:
    return (row.partner.name or row.partner.email or "").casefold(), row.partner_id, row.currency


def payouts_of(session: Session, partner_id: int, *, most: int = 200) -> Sequence[tuple[Payout, str | None]]:
    """Give what was paid to a partner, the newest first, with the code where it is store credit."""
    query = (
        select(Payout, Code.display)
        .join(Code, Code.id == Payout.code_id, isouter=True)
        .where(Payout.partner_id == partner_id)
        .where(Payout.state.not_in((PayoutState.DRAFT.value, PayoutState.DISCARDED.value)))
        .options(joinedload(Payout.run))
        .order_by(Payout.id.desc())
        .limit(most)
    )
    return [(payout, code) for payout, code in session.execute(query)]


def last_skip(session: Session, partner_id: int, currency: str) -> PayoutSkip | None:
    """Give why the newest released run paid nothing to a partner; None where it paid."""
    released = select(PayoutRun.id).where(PayoutRun.state == "released", PayoutRun.single.is_(False))
    newest = session.scalar(released.order_by(PayoutRun.id.desc()).limit(1))
    mine = (PayoutSkip.partner_id == partner_id, PayoutSkip.currency == currency)
    return session.scalar(select(PayoutSkip).where(PayoutSkip.run_id == newest, *mine))
