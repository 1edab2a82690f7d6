"""Apply a file that states what there is to be: partners, coupons, codes, terms, campaigns, rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from ..config import Settings
from ..domain.terms import Terms
from ..models import Audit
from .address_book import get_contact_id
from .clause_reading import CLAUSE_FIELDS, read_clauses_given
from .codes import change_code, create_code, find_code
from .coupons import get_coupon_by_name
from .given import Given
from .mistakes import Mistake
from .partners import add_partner
from .program import check_terms, write_terms
from .reading import COUPON_FIELDS
from .rule_files import put_program, put_rule
from .written_campaigns import put_campaign
from .written_coupons import put_written

PARTNER_FIELDS = ("ref", "email", "name", "sponsor")
CODE_FIELDS = ("code", "coupon", "owner", "holder", "max")
TERMS_FIELDS = (
    "level", "percent", "fixed", "currency", "partner", "product", "category", "campaign", "from",
    *CLAUSE_FIELDS,
)  # fmt: skip


class NotApplied(Mistake):
    """A file with mistakes; nothing of it was applied. `problems` names each with its place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass
class Applied:
    """What a file changed: per kind of table the numbers of new or changed ones and of all."""

    changed: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Act:
    """Who applies, when, and with which settings."""

    conn: Connection
    settings: Settings
    who: str
    now: datetime


def apply_file(
    conn: Connection, data: Mapping[str, object], *, settings: Settings, who: str, now: datetime
) -> Applied:
    """Make what is missing and change what differs; applied twice it changes nothing.

    Raises NotApplied with every mistake and its place, and then leaves everything as it was.
    """
    act = _Act(conn=conn, settings=settings, who=who, now=now)
    applied, problems = Applied(), list(_misplaced(data))
    with conn.begin_nested() as savepoint:
        for kind, apply_one in _KINDS.items():
            for number, table in enumerate(_tables(data, kind), 1):
                applied.seen[kind] = number
                try:
                    changed = _changes(act, apply_one, table)
                except Mistake as mistake:
                    problems.append(f"[[{kind}]] {number}: {mistake}")
                else:
                    applied.changed[kind] = applied.changed.get(kind, 0) + changed
        if problems:
            savepoint.rollback()
            raise NotApplied(tuple(problems))
    return applied


def _changes(act: _Act, apply_one: Callable[[_Act, Given], None], table: object) -> bool:
    """Apply one table and tell whether anything changed: every change is logged."""
    if not isinstance(table, Mapping):
        raise Mistake("is no table")
    before = _logged(act.conn)
    apply_one(act, Given(values=table, settings=act.settings))
    return _logged(act.conn) > before


def _logged(conn: Connection) -> int:
    return conn.execute(select(func.max(Audit.id))).scalar() or 0


def _misplaced(data: Mapping[str, object]) -> Iterator[str]:
    for name, tables in data.items():
        if name not in _KINDS:
            yield f"{name}: not known; possible are {', '.join(f'[[{kind}]]' for kind in _KINDS)}"
        elif not isinstance(tables, list):
            yield f"{name}: write [[{name}]] with two brackets, once for each"


def _tables(data: Mapping[str, object], kind: str) -> list[object]:
    tables = data.get(kind, [])
    return tables if isinstance(tables, list) else []


def _partner(act: _Act, given: Given) -> None:
    given.refuse_others(PARTNER_FIELDS)
    add_partner(
        act.conn,
        ref=given.needed("ref"),
        email=given.text("email"),
        name=given.text("name"),
        sponsor_ref=given.text("sponsor"),
        who=act.who,
        now=act.now,
    )


def _coupon(act: _Act, given: Given) -> None:
    given.refuse_others(COUPON_FIELDS)
    put_written(act.conn, given, who=act.who, now=act.now)


def _code(act: _Act, given: Given) -> None:
    given.refuse_others(CODE_FIELDS)
    text = given.needed("code")
    coupon_id = get_coupon_by_name(act.conn, given.needed("coupon")).id
    owner, holder, limit = _contact(act, given, "owner"), _contact(act, given, "holder"), given.whole("max")
    found = find_code(act.conn, text)
    if found is not None and found.coupon_id != coupon_id:
        raise Mistake("code: belongs to another coupon")
    if found is not None:
        change_code(
            act.conn, found.id, owner_id=owner, holder_id=holder, max_uses=limit, who=act.who, now=act.now
        )
        return
    create_code(
        act.conn,
        text,
        coupon_id=coupon_id,
        owner_id=owner,
        holder_id=holder,
        max_uses=limit,
        who=act.who,
        now=act.now,
    )


def _contact(act: _Act, given: Given, name: str) -> int | None:
    ref = given.text(name)
    return None if ref is None else get_contact_id(act.conn, ref)


def _terms(act: _Act, given: Given) -> None:
    given.refuse_others(TERMS_FIELDS)
    read_terms(act.conn, given, who=act.who, now=act.now)


def _campaign(act: _Act, given: Given) -> None:
    put_campaign(act.conn, given, who=act.who, now=act.now)


def read_terms(conn: Connection, given: Given, *, who: str, now: datetime) -> int:
    """Set commission terms as somebody wrote them; give the row's id."""
    return write_terms(conn, terms_given(conn, given), begins=given.moment("from"), who=who, now=now)


def terms_given(conn: Connection, given: Given) -> Terms:
    """Give commission terms as somebody wrote them, checked."""
    level = given.whole("level")
    if level is None:
        raise Mistake("level: is missing")
    partner = given.text("partner")
    currency = given.currency() or given.settings.currency
    return check_terms(
        conn,
        level=level,
        percent=given.percent("percent"),
        fixed=given.amount("fixed", currency),
        currency=currency,
        partner_id=None if partner is None else get_contact_id(conn, partner),
        product_ref=given.text("product"),
        category=given.text("category"),
        campaign=given.text("campaign"),
        clauses=read_clauses_given(given, currency),
    )


def _rule(act: _Act, given: Given) -> None:
    put_rule(act.conn, given, who=act.who, now=act.now)


def _program(act: _Act, given: Given) -> None:
    put_program(act.conn, given, who=act.who, now=act.now)


_KINDS: Mapping[str, Callable[[_Act, Given], None]] = {
    "partner": _partner,
    "coupon": _coupon,
    "code": _code,
    "terms": _terms,
    "campaign": _campaign,
    "rule": _rule,
    "program": _program,
}
