"""How long each kind of data is kept: what is due, who has chosen, and another period with its preview."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..domain.retention import PERIODS, USUAL_FOR_PROSPECTS, Kept
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext, number
from ..retention_words import ENDS, NAMES, WHY, bounds_text, days_text
from ..services import retention as service
from ..services.context import Context
from ..services.mistakes import BadPeriod
from ..services.retention import Standing
from ..state import current_state
from .acting import Acting
from .edge import blueprint, done, perform, session, settings
from .fields import CheckField, NounForm
from .number_fields import WholeField
from .sayings import complain
from .show import to


class PeriodForm(NounForm):
    """For how long."""

    days = WholeField(_l("Days"))
    off = CheckField(_l("Keep it without an end"))


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a period that was asked for would mean."""

    days: int | None
    text: str
    sentence: str


@blueprint.get("/retention")
def retention() -> str:
    """Show how long each kind is kept, what is due, and the last runs."""
    found = service.standing(_ctx())
    prospects = next(one for one in found if one.period.kind is Kept.PROSPECTS)
    unset = prospects.days is None
    return render_template(
        "firstline/admin/retention.html",
        here="retention",
        found=found,
        names=NAMES,
        ends=ENDS,
        why=WHY,
        days_text=days_text,
        quiet=service.due(_ctx(), Kept.PROSPECTS, USUAL_FOR_PROSPECTS) if unset else 0,
        runs=[(run, _went(run.went), _names(run.failed)) for run in service.runs(session().connection())],
        night=service.NIGHT,
    )


@blueprint.route("/retention/<kind>", methods=["GET", "POST"])
def retention_kind(kind: str) -> str | BaseResponse | tuple[str, int]:
    """Ask for another period, say what it would mean, and keep it."""
    of = next((one for one, period in PERIODS.items() if one.value == kind and period.can_be_set), None)
    if of is None:
        abort(404)
    if request.method == "POST":
        return _saved(of)
    asked = "days" in request.args or "off" in request.args
    form = _form(of, asked)
    if not asked:
        return _page(of, form)
    if not (form.validate() and _is_whole(form)):
        return _page(of, form), 422
    return _page(of, form, _preview(of, _wanted(form)))


def _saved(of: Kept) -> BaseResponse | tuple[str, int]:
    if "usual" in request.form:
        perform(lambda act: service.reset(_at(act), of, who=act.who))
        return done(to("retention"), _("The usual period holds again."))
    form = _form(of, asked=True, given=True)
    if form.validate() and _is_whole(form):
        try:
            perform(lambda act: service.choose(_at(act), of, _wanted(form), who=act.who))
            return done(to("retention"), _("The period is set. The next night works by it."))
        except BadPeriod as mistake:
            complain(form, mistake)
    return _page(of, form), 422


def _form(of: Kept, asked: bool, *, given: bool = False) -> NounForm:
    """Give the form for a kind, with its bounds."""
    days = service.days_of(_ctx(), of)
    first = days or (USUAL_FOR_PROSPECTS if of is Kept.PROSPECTS else None)
    source = request.form if given else request.args if asked else None
    form = PeriodForm(source, data={"days": first, "off": False})
    form.days.least, form.days.most = service.bounds(settings(), of)
    form.days.hint = bounds_text(of, form.days.least, form.days.most)
    if not PERIODS[of].can_be_off:
        del form.off
    return form


def _wanted(form: NounForm) -> int | None:
    off = "off" in form and bool(form.off.data)
    return None if off else int(form.days.data)


def _is_whole(form: NounForm) -> bool:
    """Complain where neither a number of days nor no end at all was given."""
    if form.days.data is None and not ("off" in form and form.off.data):
        form.complain("days", _("Please fill this in."))
        return False
    return True


def _preview(of: Kept, days: int | None) -> Preview:
    now, then = (service.due(_ctx(), of, length) for length in (service.days_of(_ctx(), of), days))
    goes = ngettext("%(num)s entry goes in the next night", "%(num)s entries go in the next night", then)
    sentence = _("%(goes)s; as it is set now it would be %(now)s.", goes=goes, now=number(now))
    return Preview(days=days, text=days_text(of, days), sentence=sentence)


def _page(of: Kept, form: NounForm, preview: Preview | None = None) -> str:
    [standing] = [one for one in service.standing(_ctx()) if one.period.kind is of]
    return render_template(
        "firstline/admin/retention_kind.html",
        here="retention",
        kind=of,
        name=NAMES[of],
        why=WHY[of],
        then=ENDS[PERIODS[of].end],
        standing=standing,
        usual=_usual_text(standing),
        days_text=days_text,
        fields=form,
        preview=preview,
    )


def _usual_text(standing: Standing) -> str:
    return days_text(standing.period.kind, standing.usual)


def _went(numbers: dict[str, int]) -> str:
    parts = (f"{NAMES[Kept(kind)]}: {number(went)}" for kind, went in numbers.items() if kind in set(Kept))
    return "; ".join(parts)


def _names(kinds: list[str]) -> str:
    return "; ".join(str(NAMES[Kept(kind)]) for kind in kinds if kind in set(Kept))


def _ctx() -> Context:
    return current_state().context(session().connection())


def _at(act: Acting) -> Context:
    return current_state().context(act.conn, now=act.now)
