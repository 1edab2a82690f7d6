"""When a change needs approval: the switches and limits of the shop, and how an act is judged by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from ..domain.money import major
from ..models import ApprovalKind, ApprovalRule
from ..models.base import dialect_insert
from . import audit

_RULE = ApprovalRule.__table__
Entry = Mapping[str, Any]
NOUNS: Mapping[str, ApprovalKind] = {
    "terms": ApprovalKind.TERMS,
    "partner terms": ApprovalKind.TERMS,
    "rate": ApprovalKind.RATES,
    "payout settings": ApprovalKind.BANK,
    "payout run": ApprovalKind.PAYOUT,
    "coupon": ApprovalKind.COUPON,
    "code": ApprovalKind.COUPON,
}
"""Which kind an act is of, by the noun of its entry in the log of acts."""
LIMITS: Mapping[ApprovalKind, Sequence[str]] = {
    ApprovalKind.PAYOUT: ("sum",),
    ApprovalKind.COUPON: ("percent", "amount", "budget", "max_uses"),
}
"""What the acts of a kind are measured by; those without a limit all need approval."""
_MEASURED: Mapping[str, Sequence[str]] = {
    "percent": ("percent",),
    "amount": ("amount", "cap"),
    "budget": ("budget", "order_budget"),
    "max_uses": ("max_uses",),
}
_MONEY = frozenset({"amount", "cap", "budget", "order_budget"})
_ENDLESS = Decimal("Infinity")
_WITHOUT_END = frozenset({"budget", "order_budget", "max_uses"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Whether changes of a kind need approval, and above which numbers; amounts in major units."""

    active: bool = False
    limits: Mapping[str, Decimal] = field(default_factory=dict)


Rules = Mapping[ApprovalKind, Rule]


def load(conn: Connection) -> Rules:
    """Give the rules; a kind that nobody has switched on needs no approval."""
    found = {row.kind: row for row in conn.execute(select(_RULE))}
    return {kind: _rule(found.get(kind.value)) for kind in ApprovalKind}


def _rule(row: Any) -> Rule:  # noqa: ANN401 - a row
    if row is None:
        return Rule()
    limits = {name: Decimal(text) for name, text in row.limits.items()}
    return Rule(active=row.active, limits=limits)


def save(conn: Connection, wanted: Rules, *, who: str, now: datetime) -> bool:
    """Switch kinds on and off and set their limits; False where they are so already."""
    before = load(conn)
    changed = [kind for kind in ApprovalKind if kind in wanted and wanted[kind] != before[kind]]
    for kind in changed:
        _store(conn, kind, wanted[kind], now)
        audit.record(
            conn, who=who, act="set", noun="approval rule", subject=kind.value,
            before=_logged(before[kind]), after=_logged(wanted[kind]), now=now,
        )  # fmt: skip
    return bool(changed)


def _store(conn: Connection, kind: ApprovalKind, rule: Rule, now: datetime) -> None:
    limits = {name: str(number) for name, number in rule.limits.items()}
    values = {"active": rule.active, "limits": limits, "changed_at": now}
    statement = dialect_insert(_RULE, conn.dialect.name).values(kind=kind.value, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))


def _logged(rule: Rule) -> dict[str, object]:
    return {
        "needs_approval": rule.active,
        **{f"limit_{name}": number for name, number in rule.limits.items()},
    }


def asked(conn: Connection, entries: Sequence[Entry], currency: str) -> ApprovalKind | None:
    """Say which kind of approval some acts need, from what the log tells of them; None: they need none."""
    if not any(entry["noun"] in NOUNS for entry in entries):
        return None
    return judge(load(conn), entries, currency)


def judge(rules: Rules, entries: Iterable[Entry], currency: str) -> ApprovalKind | None:
    """Give the first kind that asks for approval of one of the acts. Without `currency` of its own: that."""
    for entry in entries:
        kind = NOUNS.get(entry["noun"])
        if kind is not None and rules[kind].active and _is_risky(kind, rules[kind], entry, currency):
            return kind
    return None


def _is_risky(kind: ApprovalKind, rule: Rule, entry: Entry, currency: str) -> bool:
    if kind is ApprovalKind.PAYOUT:
        return entry["act"] == "release run" and _pays_much(rule, entry["after"])
    if kind is ApprovalKind.COUPON:
        return any(_is_raised(name, limit, entry, currency) for name, limit in rule.limits.items())
    return True


def _pays_much(rule: Rule, after: Mapping[str, Any]) -> bool:
    limit = rule.limits.get("sum", Decimal(0))
    return any(major(amount, code) > limit for code, amount in after["totals"].items())


def _is_raised(name: str, limit: Decimal, entry: Entry, currency: str) -> bool:
    """Say whether a number of a coupon or code gets above a limit; no limit at all is above any."""
    before, after = entry["before"], entry["after"]
    is_new = entry["act"] == "create"
    for column in _MEASURED[name]:
        if column not in after:
            continue
        now = _number(column, after, after.get("currency") or currency, is_new=is_new)
        was = Decimal(0) if is_new else _number(column, before, before.get("currency") or currency)
        if now > limit and now > was:
            return True
    return False


def _number(column: str, values: Mapping[str, Any], currency: str, *, is_new: bool = False) -> Decimal:
    """Read a number from the log; what is new and has no limit is as usual, what loses one is endless."""
    value = values.get(column)
    if value is None:
        return _ENDLESS if column in _WITHOUT_END and not is_new else Decimal(0)
    return major(int(value), currency) if column in _MONEY else Decimal(str(value))
