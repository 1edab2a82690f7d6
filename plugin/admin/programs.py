"""Programs, which rules belong to: the list and the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Program, Rule
from ..services import programs
from .acting import Acting
from .fields import CheckField, NounForm, TextField
from .nouns import Column, Editor, Kind, Noun, State
from .show import name_of, to


class ProgramForm(NounForm):
    """A program: what it is called, and whether its rules act."""

    name = TextField(_l("Name"), needed=True, longest=programs.LONGEST_NAME)
    active = CheckField(
        _l("It is on"), hint=_l("It needs a rule that is on and marked as what the program is for.")
    )


def _program(session: Session, key: str) -> Mapping[str, object] | None:
    row = session.get(Program, int(key)) if key.isdecimal() and len(key) < 18 else None
    return None if row is None else {"id": row.id, "name": row.name, "active": row.active}


def _save_program(act: Acting, form: NounForm, key: str | None) -> str:
    name, active = form["name"].data, bool(form["active"].data)
    if key is None:
        program_id = programs.add_program(act.conn, name, who=act.who, now=act.now)
    else:
        program_id = int(key)
        programs.rename_program(act.conn, program_id, name, who=act.who, now=act.now)
    programs.switch_program(act.conn, program_id, active=active, who=act.who, now=act.now)
    return _("The program is saved.")


def _active_rules() -> Any:  # noqa: ANN401 - an SQL expression
    return (
        select(func.count())
        .select_from(Rule)
        .where(Rule.program_id == Program.id, Rule.active)
        .scalar_subquery()
        .label("rules")
    )


def on_off(active: bool) -> State:
    """Show whether a program or rule is on."""
    return State("ok", _("on")) if active else State("off", _("off"))


NOUN = Noun(
    name="programs",
    title=_l("Programs"),
    lead=_l("What rules belong to. A referral of a program starts when somebody joins a first line."),
    icon="chart",
    statement=lambda: select(Program, _active_rules()),
    keys=(Program.id.expression,),
    columns=(
        Column(
            name="name",
            label=_l("Name"),
            value=lambda row: row.Program.name,
            href=lambda row: to("programs_edit", key=row.Program.id),
            sort=name_of(Program.name.expression),
        ),
        Column(
            name="rules",
            label=_l("Active rules"),
            kind=Kind.COUNT,
            value=lambda row: row.rules,
            href=lambda row: to("rules", program=row.Program.id),
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: on_off(row.Program.active),
            place="corner",
        ),
    ),
    sort="name",
    editor=Editor(
        form=ProgramForm,
        load=_program,
        save=_save_program,
        title=lambda row: str(row["name"]),
    ),
    new_label=_l("New program"),
    empty=_l("There are no programs. Make one, then its first rule."),
)
