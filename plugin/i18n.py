"""Words and figures in the reader's language: our own gettext domain, and Babel for amounts and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import flask_babel
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.support import LazyProxy, NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain
from markupsafe import Markup

from .config import Settings
from .domain.amounts import format_amount, format_percent
from .domain.tongue import Tongue

DOMAIN = "firstline"
CATALOGUES = Path(__file__).parent / "translations"


class _OwnDomain(Domain):
    """The domain `firstline`, in the language of `locale()` whatever the shop's own domain is."""

    def get_translations(self) -> NullTranslations:
        if not has_app_context():
            return NullTranslations()
        key = str(locale())
        if key not in self.cache:
            self.cache[key] = Translations.load(str(CATALOGUES), [key], DOMAIN)
        translations: NullTranslations = self.cache[key]
        return translations


_domain = _OwnDomain(str(CATALOGUES), DOMAIN)


def install(app: Flask, settings: Settings) -> None:
    """Remember the languages on offer; start Flask-Babel only where the shop has not."""
    app.extensions["firstline_languages"] = _Languages(settings.locales, settings.zone)
    if "babel" not in app.extensions:
        Babel(configure_jinja=False).init_app(
            app, default_locale=settings.locales[0], locale_selector=_accepted_language
        )


class _Languages:
    """What one app offers, and the zone in which it reads times."""

    def __init__(self, offered: tuple[str, ...], zone: ZoneInfo) -> None:
        self.offered = offered
        self.zone = zone
        self._by_language = {Locale.parse(name).language: Locale.parse(name) for name in reversed(offered)}

    def nearest(self, wanted: Locale | None) -> Locale:
        """Give the wanted locale where its language is offered, else the first on offer."""
        if wanted is not None and wanted.language in self._by_language:
            return wanted
        return Locale.parse(self.offered[0])


def _languages() -> _Languages:
    languages: _Languages = current_app.extensions["firstline_languages"]
    return languages


def _accepted_language() -> str | None:
    """Give the first of the browser's languages that is offered, whatever its country."""
    if not has_request_context():
        return None
    wanted = (_parse(tag) for tag in request.accept_languages.values())
    return next((found.language for found in wanted if found and _languages().nearest(found) is found), None)


def locale() -> Locale:
    """Give the locale of this page: the one spoken by force, else the shop's, limited to what is offered.

    Outside a request the shop's own selector is not asked: most of them read the request.
    """
    spoken: Locale | None = g.get("_firstline_locale")
    return spoken or _languages().nearest(flask_babel.get_locale() if has_request_context() else None)


def speak(tag: str | None) -> None:
    """Speak a person's own language for the rest of this request, where it is offered."""
    wanted = _parse(tag)
    if wanted is not None and _languages().nearest(wanted) is wanted:
        g._firstline_locale = wanted


@contextmanager
def speaking(tag: str | None) -> Iterator[None]:
    """Speak the language nearest to `tag` inside the block, also outside a request (mails)."""
    before: Locale | None = g.get("_firstline_locale")
    g._firstline_locale = _languages().nearest(_parse(tag))
    try:
        yield
    finally:
        g._firstline_locale = before


def _parse(tag: str | None) -> Locale | None:
    if not tag:
        return None
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None


def gettext(text: str, **values: object) -> str:
    """Translate a text; `%(name)s` in it stands for a value."""
    translated: str = _domain.gettext(text, **values)
    return translated


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Translate a text that counts; `%(num)s` stands for the count in the reader's figures."""
    translated: str = _domain.get_translations().ungettext(one, many, num)
    return translated % {"num": number(num), **values}


def lazy_gettext(text: str, **values: object) -> str:
    """Translate a text when it is shown, for forms and constants."""
    # A proxy behaves as the text it stands for.
    return LazyProxy(gettext, text, enable_cache=False, **values)  # type: ignore[return-value]


def rich(text: str, **values: object) -> Markup:
    """Translate a text that holds markup of ours; the values are escaped."""
    return Markup(gettext(text)) % values  # noqa: S704  # the text is ours, from code or catalogue


def money(amount: int, currency: str, plus: bool = False) -> str:
    """Show an amount in minor units; `plus` shows the sign of a gain too."""
    return ("+" if plus and amount > 0 else "") + format_amount(amount, currency, str(locale()))


def round_money(value: int, currency: str) -> str:
    """Show whole major units without decimals, for the axis of a chart."""
    pattern = locale().currency_formats["standard"].pattern
    whole = re.sub(r"[.]0+", "", pattern)
    return format_currency(value, currency, whole, locale=locale(), currency_digits=False)


def percent(value: Decimal | int) -> str:
    """Show a per cent (19 is 19 %)."""
    return format_percent(Decimal(value), str(locale()))


def number(value: int | Decimal) -> str:
    """Show a count."""
    return format_decimal(value, locale=locale())


def list_text(parts: Sequence[str]) -> str:
    """Write texts as a list with its “and”."""
    return str(format_list(list(parts), locale=locale()))


def local(moment: datetime) -> datetime:
    """Give a moment in the shop's time zone."""
    return moment.astimezone(_languages().zone)


def midnight(day: date) -> datetime:
    """Give the beginning of a day in the shop's time zone."""
    return datetime.combine(day, time(), _languages().zone)


def last_day(end: datetime) -> date:
    """Give the last day of a period that ends at a moment, which is no part of it."""
    return local(end - timedelta(microseconds=1)).date()


def day_text(day: date) -> str:
    """Show a day."""
    return format_date(day, format="medium", locale=locale())


def full_day(day: date) -> str:
    """Show a day with its weekday and the month in words."""
    return format_date(day, format="full", locale=locale())


def when(value: date | datetime) -> Markup:
    """Show a day as `<time>`; a moment keeps its full time on hover."""
    if isinstance(value, datetime):
        here = local(value)
        full = format_datetime(here, format="medium", locale=locale(), tzinfo=here.tzinfo)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            here.isoformat(timespec="seconds"), full, day_text(here.date())
        )
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), day_text(value))


def moment(value: datetime) -> Markup:
    """Show a moment with its time as `<time>`."""
    here = local(value)
    text = format_datetime(here, format="short", locale=locale(), tzinfo=here.tzinfo)
    return Markup('<time datetime="{}">{}</time>').format(here.isoformat(timespec="seconds"), text)


def skeleton(pattern: str, value: date) -> str:
    """Show a day by the parts named (`Md` a day in a month, `yMMMM` a month)."""
    return format_skeleton(pattern, value, locale=locale())


def language_name(tag: str) -> str:
    """Name a language in the reader's own."""
    return Locale.parse(tag).get_display_name(locale()) or tag


def address_type(kind: str) -> str:
    """Name an address type."""
    names = {"prospect": gettext("Prospect"), "customer": gettext("Customer"), "partner": gettext("Partner")}
    return names[kind]


def tongue() -> Tongue:
    """Give the reader's language and the shop's zone to what the core puts into words."""
    return Tongue(locale=locale(), zone=_languages().zone, translations=_domain.get_translations())


class Figures:
    """What templates call `fl`: figures and dates in the reader's language."""

    money = staticmethod(money)
    percent = staticmethod(percent)
    number = staticmethod(number)
    date = staticmethod(when)
    day = staticmethod(day_text)
    full_day = staticmethod(full_day)
    moment = staticmethod(moment)
    skeleton = staticmethod(skeleton)
    address_type = staticmethod(address_type)

    @property
    def language(self) -> str:
        """The language for `<html lang>`."""
        return str(locale()).replace("_", "-")


def template_words() -> dict[str, object]:
    """Give what our templates call: `fl` for figures, `fl_`, `fl_n` and `fl_rich` for words."""
    return {"fl": Figures(), "fl_": gettext, "fl_n": ngettext, "fl_rich": rich}


__all__ = [
    "DOMAIN", "Figures", "address_type", "day_text", "gettext", "install", "lazy_gettext", "local",
    "locale", "midnight", "moment", "money", "ngettext", "number", "percent", "rich", "skeleton", "speak",
    "speaking", "template_words", "tongue", "when",
]  # fmt: skip
