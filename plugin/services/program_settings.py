"""Change settings of the program from a moment on, look at what holds, and call a planned change off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ..config import PREFIX, Settings, read_value
from ..domain.money import currency_code
from ..errors import ConfigError
from ..models import SettingChange
from . import audit
from .mistakes import BadSetting, NotThere
from .timeline import Timeline

_CHANGE = SettingChange.__table__
KEYS: Sequence[str] = (
    "hold_days",
    "hold_from",
    "flip_on",
    "order_credit",
    "attribution_days",
    "attribution_click",
    "levels_cap",
    "give_away_cap",
    "products_take_part",
    "own_code",
    "give_back",
    "reserve_minutes",
    "payout_minimum",
    "partner_approval",
)
"""What may change while the program runs."""
NOTICE = timedelta(minutes=1)
"""So long before it holds a change is made known, for every process to hear of it."""
_LONGEST_REASON = 200


def plan(
    conn: Connection,
    base: Settings,
    key: str,
    value: object,
    *,
    begins: datetime | None = None,
    reason: str = "",
    who: str,
    now: datetime,
) -> int:
    """Give a setting another value from `begins` on, at the earliest in a minute; give the change's number.

    `value` is as the configuration takes it. Raises BadSetting.
    """
    found = check(base, key, value)
    return _insert(conn, key, {"is": packed(found)}, begins, reason, who, now)


def reset(
    conn: Connection,
    key: str,
    *,
    begins: datetime | None = None,
    reason: str = "",
    who: str,
    now: datetime,
) -> int:
    """Let a setting be as the configuration says, from `begins` on. Raises BadSetting."""
    _check_key(key)
    return _insert(conn, key, {}, begins, reason, who, now)


def check(base: Settings, key: str, value: object) -> Any:  # noqa: ANN401 - each setting has a type of its own
    """Give a value as the setting's type, or raise BadSetting."""
    _check_key(key)
    try:
        found = read_value(key, value)
        replace(base, **{key: found})
    except ConfigError as error:
        raise BadSetting("value", str(error)) from error
    return found


def parse(key: str, text: str) -> object:
    """Read a value as it is typed: `30`, `12.5`, `yes`, `none`, `EUR=25, USD=30`. Raises BadSetting."""
    text = text.strip()
    try:
        return _READERS.get(key, str)(text)
    except (ValueError, ArithmeticError) as error:
        raise BadSetting("value", f"{config_name(key)} cannot be {text!r}.") from error


def _percent(text: str) -> Decimal | None:
    return None if text.lower() in {"none", ""} else Decimal(text.removesuffix("%").strip().replace(",", "."))


def _yes(text: str) -> bool:
    if text.lower() not in _SAYS:
        raise ValueError(text)
    return _SAYS[text.lower()]


def _amounts(text: str) -> dict[str, str]:
    """Read amounts by currency."""
    pairs = (part.split("=") for part in text.split(",") if part.strip())
    return {currency_code(code.strip().upper()): str(_above(amount)) for code, amount in pairs}


def _above(text: str) -> Decimal:
    found = Decimal(text.strip())
    if not found.is_finite() or found < 0:
        raise ValueError(text)
    return found


_SAYS = {"yes": True, "true": True, "no": False, "false": False}
_READERS: Mapping[str, Callable[[str], object]] = {
    "hold_days": int,
    "attribution_days": int,
    "reserve_minutes": int,
    "levels_cap": _percent,
    "give_away_cap": _percent,
    "products_take_part": _yes,
    "partner_approval": _yes,
    "payout_minimum": _amounts,
}


def _check_key(key: str) -> None:
    if key not in KEYS:
        raise BadSetting("key", f"{key} is no setting that can change while the program runs.")


def packed(value: object) -> Any:  # noqa: ANN401 - JSON
    """Turn a value into JSON that the configuration takes."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {name: str(one) for name, one in value.items()}
    return value


def _insert(
    conn: Connection,
    key: str,
    given: dict[str, Any],
    begins: datetime | None,
    reason: str,
    who: str,
    now: datetime,
) -> int:
    earliest = now + NOTICE
    begins = earliest if begins is None else begins
    if begins < earliest:
        raise BadSetting("early", "A change holds in a minute at the earliest.")
    row = {
        "key": key, "value": given, "valid_from": begins, "reason": reason[:_LONGEST_REASON],
        "made_by": who[:100], "made_at": now, "cancelled_by": "", "cancelled_at": None,
    }  # fmt: skip
    change_id = conn.execute(insert(_CHANGE).values(**row).returning(_CHANGE.c.id)).scalar_one()
    after = {"value": _shown(given), "valid_from": begins, "reason": row["reason"]}
    audit.record(conn, who=who, act="plan", noun="setting", subject=key, after=after, now=now)
    return int(change_id)


def _shown(given: dict[str, Any]) -> str:
    return str(given["is"]) if "is" in given else "as configured"


def call_off(conn: Connection, change_id: int, *, who: str, now: datetime) -> None:
    """Call a planned change off, a minute before it holds at the latest. Raises NotThere or BadSetting."""
    row = conn.execute(select(_CHANGE).where(_CHANGE.c.id == change_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no change of a setting with the number {change_id}.")
    waits = (_CHANGE.c.cancelled_at.is_(None), _CHANGE.c.valid_from >= now + NOTICE)
    change = (
        update(_CHANGE)
        .where(_CHANGE.c.id == change_id, *waits)
        .values(cancelled_by=who[:100], cancelled_at=now)
    )
    if conn.execute(change).rowcount != 1:
        raise BadSetting("late", "This change holds already, or within a minute, or was called off.")
    audit.record(
        conn, who=who, act="call off", noun="setting", subject=row.key,
        before={"value": _shown(row.value), "valid_from": row.valid_from}, now=now,
    )  # fmt: skip


def history(conn: Connection) -> Sequence[Row[Any]]:
    """Give all changes, the one that begins last first."""
    return conn.execute(select(_CHANGE).order_by(_CHANGE.c.valid_from.desc(), _CHANGE.c.id.desc())).all()


def in_force(timeline: Timeline, now: datetime) -> Sequence[tuple[str, Any, Any]]:
    """Give each setting with the value that holds, and that of the configuration."""
    held = timeline.at(now)
    return [(key, getattr(held, key), getattr(timeline.base, key)) for key in KEYS]


def config_name(key: str) -> str:
    """Give a setting's name in the configuration."""
    return PREFIX + key.upper()
