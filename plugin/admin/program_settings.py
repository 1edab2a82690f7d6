"""The settings of the program: what holds, what comes, and another value from a moment on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..services import program_settings as service
from ..services.mistakes import BadSetting
from ..services.timeline import Change, value_of
from ..setting_words import CHOICES, NAMES, SINCE, shown, typed
from ..state import current_state
from .edge import blueprint, done, now, perform, session, settings
from .fields import CheckField, ChoiceField, NounForm, TextField
from .number_fields import MomentField
from .show import to


class SettingForm(NounForm):
    """Another value, from when, and why."""

    groups = (("", ("value", "usual", "begins", "reason")),)

    value = TextField(_l("Value"))
    usual = CheckField(_l("As configured"), hint=_l("Takes the value of the configuration again."))
    begins = MomentField(_l("From when"), hint=_l("Empty: as soon as possible, in a minute."))
    reason = TextField(_l("Reason"), longest=200)


class ChosenForm(SettingForm):
    """One of a few values."""

    value = ChoiceField(_l("Value"))


_HINTS = {
    "payout_minimum": _l("By currency, such as EUR=25, USD=30. Empty: none."),
    "give_away_cap": _l("Empty: no cap."),
}


@blueprint.get("/settings")
def program_settings() -> str:
    """Show each setting with what holds now, what the configuration says, and what comes next."""
    state = current_state()
    timeline = state.timeline(session().connection())
    coming = {change.key: change for change in reversed(timeline.changes) if change.valid_from > now()}
    rows = [
        {
            "key": key,
            "name": NAMES[key],
            "held": shown(key, held),
            "configured": "" if held == base else shown(key, base),
            "next": None if key not in coming else _coming(key, coming[key]),
        }
        for key, held, base in service.in_force(timeline, now())
    ]
    return render_template("firstline/admin/settings.html", here="program_settings", rows=rows)


def _coming(key: str, change: Change) -> tuple[str, datetime]:
    value = value_of(current_state().settings, key, change.given)
    return shown(key, value), change.valid_from


@blueprint.route("/settings/<key>", methods=["GET", "POST"])
def program_setting(key: str) -> str | BaseResponse | tuple[str, int]:
    """Ask for another value, say what it will change, and plan it with the admin's word."""
    if key not in service.KEYS:
        abort(404)
    form = _form(key)
    if request.method != "POST":
        return _page(key, form)
    if not form.validate():
        return _page(key, form), 422
    try:
        value = None if form.usual.data else _wanted(key, form)
        if request.form.get("sure") != "yes":
            return _page(key, form, _sentence(key, form, value))
        perform(lambda act: _plan(act, key, form, value))
    except BadSetting as bad:
        _complain(form, bad)
        return _page(key, form), 422
    return done(to("program_settings"), _("It is planned: %(what)s", what=_sentence(key, form, value)))


def _form(key: str) -> SettingForm:
    given = request.form if request.method == "POST" else None
    held = getattr(settings(), key)
    form = (ChosenForm if key in CHOICES else SettingForm)(given, data={"value": typed(key, held)})
    if key in CHOICES:
        form.value.choices = list(CHOICES[key].items())
    form.value.hint = _HINTS.get(key, "")
    return form


def _wanted(key: str, form: SettingForm) -> Any:  # noqa: ANN401 - each setting has a type of its own
    return service.check(current_state().settings, key, service.parse(key, form.value.data or ""))


def _plan(act: Any, key: str, form: SettingForm, value: object) -> int:  # noqa: ANN401
    told: dict[str, Any] = {"begins": form.begins.data, "reason": form.reason.data or ""}
    if form.usual.data:
        return service.reset(act.conn, key, **told, who=act.who, now=act.now)
    return service.plan(act.conn, current_state().settings, key, value, **told, who=act.who, now=act.now)


def _sentence(key: str, form: SettingForm, value: object) -> str:
    """Say what will hold from when on, and what stays as it was."""
    begins = form.begins.data or now() + service.NOTICE
    base = current_state().settings
    wanted = shown(key, getattr(base, key) if form.usual.data else value)
    said = _(
        "%(name)s: %(value)s instead of %(before)s, from %(when)s on.",
        name=NAMES[key],
        value=wanted,
        before=shown(key, getattr(settings(), key)),
        when=i18n.when(begins).striptags(),
    )
    return f"{said} {SINCE[key]}" if key in SINCE else said


def _complain(form: SettingForm, bad: BadSetting) -> None:
    if bad.problem == "early":
        form.complain(
            "begins", _("A change holds in a minute at the earliest: all processes must hear of it.")
        )
    else:
        form.complain("value", _("This value is not possible here."))


def _page(key: str, form: SettingForm, sentence: str = "") -> str:
    return render_template(
        "firstline/admin/setting.html",
        here="program_settings",
        title=NAMES[key],
        config_name=service.config_name(key),
        fields=form,
        sentence=sentence,
        sent=[(name, text) for name, text in request.form.items(multi=True) if name in form],
        action=to("program_setting", key=key),
        way_back=to("program_settings"),
    )
