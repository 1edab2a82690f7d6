"""The settings of one shop, read once when the plugin is mounted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .domain.bookkeeping import check_accounts
from .domain.mail import read_mailbox, read_server
from .errors import ConfigError

PREFIX = "FIRSTLINE_"


class FlipOn(StrEnum):
    """When an order counts as completed and a prospect becomes a customer."""

    PLACED = "placed"
    PAID = "paid"
    COMPLETED = "completed"


class HoldFrom(StrEnum):
    """What the hold of a commission counts from."""

    PAID = "paid"
    COMPLETED = "completed"


class OrderCredit(StrEnum):
    """Who is credited with an order: the buyer's sponsor or the owner of its code."""

    SPONSOR = "sponsor"
    CODE = "code"


class AttributionClick(StrEnum):
    """Which click of several counts."""

    LAST = "last"
    FIRST = "first"


class OwnCode(StrEnum):
    """What happens to somebody who uses the own code."""

    REFUSE = "refuse"
    ALLOW = "allow"


class GiveBack(StrEnum):
    """When a cancelled order gives its redemption back."""

    UNPAID = "unpaid"
    ALWAYS = "always"
    NEVER = "never"


class OnBug(StrEnum):
    """What a bug of the plugin does to a call: the sale goes on and the call is parked, or it is raised."""

    PARK = "park"
    RAISE = "raise"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All `FIRSTLINE_` keys; a field's name is the key in lower case without the prefix."""

    currency: str = "EUR"
    """Currency of amounts that come without one."""
    timezone: str = "UTC"
    """Zone in which dates and windows of coupons are read."""
    locales: tuple[str, ...] = ("en", "de", "nl", "ru")
    """Languages that are offered; the first is the fallback."""
    flip_on: FlipOn = FlipOn.PLACED
    """When an order counts as completed and a prospect becomes a customer."""
    hold_days: int = 30
    """Days before a commission can be paid out."""
    hold_from: HoldFrom = HoldFrom.PAID
    """What the hold counts from."""
    order_credit: OrderCredit = OrderCredit.SPONSOR
    """Who is credited with an order when the buyer has a sponsor and uses another partner's code."""
    attribution_click: AttributionClick = AttributionClick.LAST
    """Which click of several counts."""
    attribution_days: int = 30
    """Days in which a click counts."""
    levels_cap: Decimal = Decimal(100)
    """Per cent of a line's net that all levels together may earn by per cents."""
    give_away_cap: Decimal | None = None
    """Per cent of an order's goods net that discount, levels and kickback may come to; None: no cap."""
    own_code: OwnCode = OwnCode.REFUSE
    """What happens to somebody who uses the own code."""
    give_back: GiveBack = GiveBack.UNPAID
    """When a cancelled order gives its redemption back; a coupon may set its own."""
    reserve_minutes: int = 30
    """Minutes for which `reserve` holds."""
    reserved_words: tuple[str, ...] = ()
    """Words that a partner's own code cannot be, beside those that every shop keeps for itself."""
    forbidden_words: tuple[str, ...] = ()
    """Words that cannot even stand inside a partner's own code, such as your brand; insults never can."""
    products_take_part: bool = True
    """Whether a product without a row of its own takes part in the partner program."""
    partner_approval: bool = True
    """Whether an admin approves those who sign up as partners."""
    payout_minimum: Mapping[str, Decimal] = field(default_factory=dict)
    """Smallest payout per currency."""
    book_accounts: Mapping[str, str] = field(default_factory=dict)
    """Numbers of accounts for bookkeeping, such as `{"expense": "4760", "paid.cash": "1000"}`."""
    on_bug: OnBug = OnBug.PARK
    """What a bug of the plugin does to a call."""
    url_prefix: str = "/firstline"
    """Where the plugin's pages are."""
    partner_hosts: Mapping[str, str] = field(default_factory=dict)
    """Host, or a pattern such as `{code}.shop.example`, to partner."""
    cookie_domain: str | None = None
    """Domain of the visitor cookie."""
    database_url: str | None = None
    """A database of our own, where the shop has no SQLAlchemy session."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys for hashes and seals, id to secret: the last signs, all verify; none: one kept in the database."""
    mail_from: str | None = None
    """Sender of our mails, as `The Shop <shop@shop.example>`; the name stands on top of each."""
    smtp_url: str | None = None
    """Mail server where the shop has none of its own: `smtp://user:password@host:587?starttls`."""
    sms_url: str | None = None
    """Service for short messages, as apprise writes it; the environment may name it too."""
    webhook_private_hosts: tuple[str, ...] = ()
    """Hosts of the shop's own net that webhooks may be called at, also by plain http."""
    postbacks: bool = True
    """Whether partners may have addresses of their own called about their sales, commissions and payouts."""
    postback_private_hosts: tuple[str, ...] = ()
    """Hosts that are not public at which postbacks may be called, also by plain http: for trials."""
    click_days: int = 90
    """Days after which clicks are purged."""
    work_seconds: int = 60
    """Seconds between rounds of the worker where Celery or Huey start it; Huey counts whole minutes."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the key and what to write instead."""
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(
                f"FIRSTLINE_TIMEZONE={self.timezone!r} is no time zone; try 'Europe/Berlin'."
            ) from error
        if not self.url_prefix.startswith("/") or self.url_prefix.endswith("/"):
            raise ConfigError("FIRSTLINE_URL_PREFIX begins with a slash and does not end with one.")
        for name in _WHOLE:
            least = 1 if name == "work_seconds" else 0
            if getattr(self, name) < least:
                raise ConfigError(f"FIRSTLINE_{name.upper()} cannot be below {least}.")
        if not 0 <= self.levels_cap <= 100:
            raise ConfigError("FIRSTLINE_LEVELS_CAP is a per cent from 0 to 100.")
        if self.give_away_cap is not None and not 0 <= self.give_away_cap <= 100:
            raise ConfigError("FIRSTLINE_GIVE_AWAY_CAP is a per cent from 0 to 100, or None for no cap.")
        if not self.locales:
            raise ConfigError("FIRSTLINE_LOCALES names at least one language.")

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


def read_settings(config: Mapping[str, object]) -> Settings:
    """Build the settings from a Flask config. Unknown `FIRSTLINE_` keys are refused."""
    known = {PREFIX + item.name.upper(): item.name for item in fields(Settings)}
    given = {key: value for key, value in config.items() if key.startswith(PREFIX)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(f"Unknown setting {', '.join(unknown)}; the docs list all FIRSTLINE_ settings.")
    values = {known[key]: _coerce(key, known[key], value) for key, value in given.items()}
    return Settings(**values)  # type: ignore[arg-type]  # each value was coerced to its field's type


_ENUMS: Mapping[str, type[StrEnum]] = {
    "flip_on": FlipOn,
    "hold_from": HoldFrom,
    "order_credit": OrderCredit,
    "attribution_click": AttributionClick,
    "own_code": OwnCode,
    "give_back": GiveBack,
    "on_bug": OnBug,
}
_WHOLE = frozenset({"hold_days", "attribution_days", "click_days", "reserve_minutes", "work_seconds"})
_WORDS = frozenset({"reserved_words", "forbidden_words", "webhook_private_hosts", "postback_private_hosts"})
_YES_NO = frozenset({"products_take_part", "partner_approval", "postbacks"})


def read_value(name: str, value: object) -> Any:  # noqa: ANN401 - each setting has a type of its own
    """Read the value of one setting as a Flask config would give it, or raise ConfigError."""
    return _coerce(PREFIX + name.upper(), name, value)


def _coerce(key: str, name: str, value: object) -> object:
    try:
        return _typed(name, value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ConfigError(f"{key}={value!r} cannot be used: {error}.") from error


def _typed(name: str, value: object) -> object:
    if name in _ENUMS:
        choices = [str(choice) for choice in _ENUMS[name]]
        if value not in choices:
            raise ValueError(f"give one of {', '.join(choices)}")
        return _ENUMS[name](value)
    if name in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("give a whole number")
        return value
    if name in _YES_NO:
        if not isinstance(value, bool):
            raise TypeError("give True or False")
        return value
    return _plain(name, value)


def _plain(name: str, value: object) -> object:
    if name == "levels_cap" or (name == "give_away_cap" and value is not None):
        return Decimal(str(value))
    if name in _WORDS:
        return (value,) if isinstance(value, str) else tuple(str(word) for word in value)  # type: ignore[attr-defined]
    if name == "locales":
        return tuple(value) if not isinstance(value, str) else (value,)  # type: ignore[arg-type]
    if name == "payout_minimum":
        return {str(k): Decimal(str(v)) for k, v in dict(value).items()}  # type: ignore[call-overload]
    if name in _MAPPINGS:
        return _MAPPINGS[name]({str(k): str(v) for k, v in dict(value).items()})  # type: ignore[call-overload]
    if name in _READERS and isinstance(value, str):
        return _readable(name, value.strip()) if value.strip() else None
    if value is not None and not isinstance(value, str):
        raise TypeError("give a text")
    return value


_Texts = Mapping[str, str]
_MAPPINGS: Mapping[str, Callable[[_Texts], _Texts]] = {
    "keys": dict,
    "partner_hosts": dict,
    "book_accounts": check_accounts,
}
_READERS: Mapping[str, Callable[[str], object]] = {"mail_from": read_mailbox, "smtp_url": read_server}


def _readable(name: str, value: str) -> str:
    """Refuse what cannot be read, without saying it: the address of a server holds its password."""
    try:
        _READERS[name](value)
    except ValueError as error:
        raise ConfigError(f"FIRSTLINE_{name.upper()} cannot be used: {error}.") from error
    return value
