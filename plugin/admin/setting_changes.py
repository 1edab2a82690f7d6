"""The history of the program's settings, and what is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import SettingChange
from ..services import program_settings
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from ..services.mistakes import BadSetting
from ..services.timeline import value_of
from ..setting_words import NAMES, shown
from ..state import current_state
from .acting import Acting
from .acts import ids_of
from .edge import now
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .show import who_text

_LATE = "late"


def _statement() -> Query:
    return select(SettingChange)


def _value(row: AnyRow) -> str:
    change: SettingChange = row.SettingChange
    value = value_of(current_state().settings, change.key, change.value)
    return shown(change.key, value) if "is" in change.value else _("as configured")


def _state(row: AnyRow) -> State:
    if row.SettingChange.cancelled_at is not None:
        return State("off", _("called off"))
    return State("wait", _("planned")) if row.SettingChange.valid_from > now() else State("ok", _("began"))


def _by_state(choice: str, at: datetime) -> ColumnElement[bool]:
    off = SettingChange.cancelled_at.is_not(None)
    if choice == "off":
        return off
    begun = SettingChange.valid_from <= at
    return ~off & (begun if choice == "begun" else ~begun)


def _call_off(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    done, refused = 0, []
    for change_id in ids_of(keys):
        try:
            program_settings.call_off(act.conn, change_id, who=act.who, now=act.now)
            done += 1
        except BadSetting:
            refused.append((f"#{change_id}", _LATE))
    return Tally(changed=done, refused=tuple(refused))


NOUN = Noun(
    name="setting_changes",
    within="program_settings",
    title=_l("History of the settings"),
    lead=_l("What was changed and what is planned. What has begun stays; what is planned can be called off."),
    icon="gear",
    statement=_statement,
    keys=(SettingChange.id.expression,),
    key=lambda row: str(row.SettingChange.id),
    columns=(
        Column(
            name="key",
            label=_l("Setting"),
            value=lambda row: NAMES.get(row.SettingChange.key, row.SettingChange.key),
            sort=SettingChange.key.expression,
        ),
        Column(name="value", label=_l("Value"), value=_value),
        Column(
            name="from",
            label=_l("From"),
            kind=Kind.MOMENT,
            value=lambda row: row.SettingChange.valid_from,
            sort=SettingChange.valid_from.expression,
        ),
        Column(name="reason", label=_l("Reason"), value=lambda row: row.SettingChange.reason, place="full"),
        Column(
            name="who",
            label=_l("Who"),
            value=lambda row: who_text(row.SettingChange.made_by),
            sub=lambda row: who_text(row.SettingChange.cancelled_by),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="-from",
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(("planned", _l("planned")), ("begun", _l("began")), ("off", _l("called off"))),
        ),
        Filter(
            name="key",
            label=_l("Setting"),
            where=lambda choice, at: SettingChange.key == choice,
            choices=tuple(NAMES.items()),
        ),
    ),
    bulk=(
        Bulk(
            name="off",
            label=_l("Call off"),
            danger=True,
            apply=_call_off,
            preview=lambda n: ngettext(
                "%(num)s planned change is called off.", "%(num)s planned changes are called off.", n
            ),
            done=lambda n: ngettext("%(num)s change is called off.", "%(num)s changes are called off.", n),
            problems={_LATE: _l("it holds already, or within a minute")},
        ),
    ),
    tool="firstline/admin/settings_tool.html",
    empty=_l("Nothing was changed: all settings are as configured."),
)
