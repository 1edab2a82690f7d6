"""The list of changes that somebody proposed and somebody else decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from ..approval_words import KINDS
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Approval, ApprovalState
from ..services.listing import AnyRow, Query
from .audit import NOUNS
from .audit_words import act_name, differences
from .nouns import Column, Filter, Kind, Noun, State
from .show import to, who_text

STATES = (
    (ApprovalState.WAITING.value, "wait", _l("waits")),
    (ApprovalState.APPROVED.value, "ok", _l("approved")),
    (ApprovalState.REJECTED.value, "bad", _l("rejected")),
    (ApprovalState.WITHDRAWN.value, "off", _l("withdrawn")),
    (ApprovalState.STALE.value, "off", _l("out of date")),
)
_SHOWN = 50


def approval_state(state: str) -> State:
    """Show where a proposed change stands."""
    return next(State(tone, str(text)) for name, tone, text in STATES if name == state)


def told(acts: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, list[str]]]:
    """Say of each act on what it is, what it does, and each value before and after."""
    for entry in acts[:_SHOWN]:
        noun = dict(NOUNS).get(entry["noun"], entry["noun"])
        said = list(differences(entry["before"], entry["after"]))
        yield f"{noun} {entry['subject']}", act_name(entry["act"]), said
    if len(acts) > _SHOWN:
        more = len(acts) - _SHOWN
        yield ngettext("and %(num)s more", "and %(num)s more", more), "", []


def _what(row: AnyRow) -> str:
    acts = row.Approval.acts
    first = next(told(acts))[0]
    if len(acts) == 1:
        return first
    return _("%(what)s and others", what=first)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Approval.state == choice


def _by_kind(choice: str, now: datetime) -> ColumnElement[bool]:
    return Approval.kind == choice


def _statement() -> Query:
    return select(Approval)


NOUN = Noun(
    name="approvals",
    title=_l("Approvals"),
    lead=_l("Changes that wait until somebody else than who proposed them has agreed."),
    icon="lock",
    statement=_statement,
    keys=(Approval.id.expression,),
    columns=(
        Column(
            name="what",
            label=_l("What"),
            value=_what,
            href=lambda row: to("approval", approval_id=row.Approval.id),
            sub=lambda row: KINDS[row.Approval.kind],
        ),
        Column(
            name="who",
            label=_l("Proposed by"),
            value=lambda row: who_text(row.Approval.proposed_by),
            sort=Approval.proposed_by.expression,
        ),
        Column(name="reason", label=_l("Reason"), value=lambda row: row.Approval.reason, place="full"),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Approval.proposed_at,
            sort=Approval.proposed_at.expression,
        ),
        Column(
            name="decided",
            label=_l("Decided"),
            kind=Kind.MOMENT,
            value=lambda row: row.Approval.decided_at,
            sub=lambda row: who_text(row.Approval.decided_by),
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: approval_state(row.Approval.state),
            place="corner",
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        Approval.proposed_by.icontains(text, autoescape=True),
        Approval.reason.icontains(text, autoescape=True),
    ),
    search_hint=_l("Who, or the reason"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((state, text) for state, _tone, text in STATES),
        ),
        Filter(name="kind", label=_l("Kind"), where=_by_kind, choices=tuple(KINDS.items())),
    ),
    tool="firstline/admin/approvals_tool.html",
    empty=_l("Nothing waits for approval. Owners say in the settings which changes need it."),
)
