"""The first page: the figures of this month, what is owed, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template

from .. import i18n
from ..domain.report import Step
from ..i18n import gettext as _
from ..i18n import money, ngettext
from ..services import bodies, book_checks, overview, overview_sales, suspicion_acts
from ..services.overview import Beginnings, Waiting
from ..services.report_asked import Asked
from .books import difference_of
from .edge import blueprint, can, now, session, settings
from .show import contact_link, contact_name, to
from .waits import counts


@dataclass(frozen=True, kw_only=True)
class Todo:
    """Something that waits: icon and its tone, what, where, a sentence."""

    icon: str
    tone: str
    text: str
    sentence: str
    href: str | None = None


@blueprint.get("/")
def dashboard() -> str:
    """Show the overview."""
    first, following = overview.month_of(i18n.local(now()).date())
    before, _same = overview.month_of(first - timedelta(days=1))
    begins, ends = i18n.midnight(first), i18n.midnight(following)
    month = overview.period(session(), begins, ends)
    asked = Asked(
        first=before,
        last=following - timedelta(days=1),
        zone=settings().zone,
        home=settings().currency,
        now=now(),
        step=Step.MONTH,
    )
    return render_template(
        "firstline/admin/dashboard.html",
        here="dashboard",
        period=i18n.skeleton("yMMMM", first),
        month=month,
        last_period=i18n.skeleton("yMMMM", before),
        last_month=overview.period(session(), i18n.midnight(before), begins),
        amounts=overview_sales.months(session().connection(), asked),
        sellers=overview_sales.top_sellers(session(), begins, ends),
        discount=", ".join(money(-amount, currency) for currency, amount in sorted(month.discount.items())),
        owed=overview.owed(session(), settings().currency, now()),
        todos=list(_todos(overview.waiting(session()), overview.beginnings(session()))),
        top=overview.top_partners(session(), begins, ends),
        contact_name=contact_name,
        contact_link=contact_link,
    )


def _todos(waits: Waiting, there: Beginnings) -> Iterator[Todo]:
    yield from _stuck(waits)
    if waits.flagged:
        yield Todo(
            icon="warn",
            tone="wait",
            text=ngettext(
                "%(num)s redemption to be checked", "%(num)s redemptions to be checked", waits.flagged
            ),
            sentence=_("The shop charged a discount although the code did not hold."),
            href=to("redemptions", state="flagged"),
        )
    yield from _to_decide(counts(session(), now()))
    yield from _bodies()
    yield from _suspicions()
    yield _books()
    yield from _next_steps(there)


def _to_decide(waits: Mapping[str, int]) -> Iterator[Todo]:
    """Give what people have asked for and somebody must decide."""
    asked = (
        (
            "payout_runs",
            "bank",
            ngettext("%(num)s payout run to release", "%(num)s payout runs to release", waits["payout_runs"]),
            _("It is put together; the partners are paid after somebody has released it."),
            to("payout_runs", state="draft"),
        ),
        (
            "approvals",
            "lock",
            ngettext("%(num)s change to approve", "%(num)s changes to approve", waits["approvals"]),
            _("Somebody proposed it; somebody else decides."),
            to("approvals", state="waiting"),
        ),
        (
            "applications",
            "people",
            ngettext("%(num)s application", "%(num)s applications", waits["applications"]),
            _("Somebody wants to become a partner."),
            to("applications"),
        ),
        (
            "disputes",
            "warn",
            ngettext("%(num)s open dispute", "%(num)s open disputes", waits["disputes"]),
            _("A bank has taken money back, or wants to. Until it is decided the commission is on hold."),
            to("disputes", state="open"),
        ),
        (
            "tasks",
            "check",
            ngettext("%(num)s task is due", "%(num)s tasks are due", waits["tasks"]),
            _("Rules and colleagues have left it for somebody."),
            to("tasks"),
        ),
    )
    for name, icon, text, sentence, href in asked:
        if waits[name]:
            yield Todo(icon=icon, tone="wait", text=text, sentence=sentence, href=href)


def _bodies() -> Iterator[Todo]:
    seen = bodies.to_see(session().connection())
    if seen.failed:
        yield Todo(
            icon="warn",
            tone="bad",
            text=ngettext("%(num)s body failed", "%(num)s bodies failed", seen.failed),
            sentence=_("Another shop told something that could not be worked off. Nothing is lost."),
            href=to("bodies", state="failed"),
        )
    if seen.flagged:
        yield Todo(
            icon="search",
            tone="wait",
            text=ngettext(
                "%(num)s order of another shop to look at", "%(num)s orders of other shops to look at",
                seen.flagged,
            ),
            sentence=_("They came with codes that are not ours or did not hold, or were changed unusually."),
            href=to("bodies", state="see"),
        )  # fmt: skip


def _suspicions() -> Iterator[Todo]:
    open_ = suspicion_acts.count_open(session().connection())
    if open_.all:
        yield Todo(
            icon="search",
            tone="bad" if open_.held else "wait",
            text=ngettext("%(num)s suspicion to decide", "%(num)s suspicions to decide", open_.all),
            sentence=ngettext(
                "%(num)s of them holds money back.", "%(num)s of them hold money back.", open_.held
            ),
            href=to("suspicions", state="open"),
        )


def _books() -> Todo:
    """Give the figure of the last check; until there is one, and beside it, what a glance can tell."""
    wrong = [sums for sums in overview.books(session()) if sums.difference]
    last = book_checks.last(session().connection())
    if wrong or (last is not None and not last.ok):
        glance = ", ".join(money(sums.difference, sums.currency) for sums in wrong)
        off = glance or difference_of(last, settings().currency) if last is not None else glance
        sentence = _("Difference: %(amounts)s. `flask firstline check` says where.", amounts=off)
        return Todo(
            icon="warn", tone="bad", text=_("The books do not add up"), sentence=sentence, href=to("books")
        )
    sentence = _("All commissions together are what partners have.")
    if last is not None:
        sentence = _(
            "Difference: %(amounts)s, checked on %(when)s.",
            amounts=difference_of(last, settings().currency),
            when=i18n.day_text(i18n.local(last.at).date()),
        )
    return Todo(icon="check", tone="ok", text=_("The books add up"), sentence=sentence, href=to("books"))


def _stuck(waits: Waiting) -> Iterator[Todo]:
    if waits.parked:
        yield Todo(
            icon="pause",
            tone="bad",
            text=ngettext("%(num)s parked call", "%(num)s parked calls", waits.parked),
            sentence=_("Something went wrong inside. The sale went on; try the call again after an update."),
            href=to("calls", outcome="parked"),
        )
    if waits.waiting:
        oldest = i18n.day_text(i18n.local(waits.oldest_waiting).date()) if waits.oldest_waiting else ""
        yield Todo(
            icon="clock",
            tone="wait",
            text=ngettext(
                "%(num)s payment without its order", "%(num)s payments without their orders", waits.waiting
            ),
            sentence=_("The oldest waits since %(day)s.", day=oldest),
            href=to("calls", outcome="waiting"),
        )
    if not waits.parked and not waits.waiting:
        yield Todo(
            icon="check",
            tone="ok",
            text=_("Nothing is parked"),
            sentence=_("All calls of the shop are worked off."),
        )


def _next_steps(there: Beginnings) -> Iterator[Todo]:
    steps = (
        (
            there.coupons,
            "gift",
            _("Make the first coupon"),
            _("It says how much a code takes off."),
            "coupons_new",
        ),
        (there.terms, "chart", _("Set commission terms"), _("Without any, nobody earns."), "terms_new"),
        (
            there.partners,
            "people",
            _("Enter the first partner"),
            _("A customer you have, or somebody new."),
            "partners_new",
        ),
        (there.codes, "tag", _("Make the first code"), _("Partners can also make their own."), "codes_new"),
    )
    for done, icon, text, sentence, endpoint in steps:
        if not done and can(endpoint):
            yield Todo(icon=icon, tone="", text=text, sentence=sentence, href=to(endpoint))
