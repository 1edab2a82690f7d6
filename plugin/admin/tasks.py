"""Tasks of the staff: open, mine, due; taken, done and opened again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from .. import i18n
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Contact, Task
from ..services import tasks
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from .acting import Acting
from .acts import Act, ids_of
from .contact_field import ContactField
from .contacts import contact_label
from .edge import admin, now
from .fields import NounForm, TextField
from .nouns import Bulk, Column, Editor, Filter, Kind, Noun, Scope, State
from .number_fields import MomentField
from .show import contact_link, contact_name, to, who_text


class TaskForm(NounForm):
    """What has to be done, about whom, until when, by whom."""

    title = TextField(_l("What"), needed=True, longest=tasks.LONGEST)
    contact_id = ContactField(
        _l("About"), hint=_l("Customer number, e-mail or name. Empty: about nobody in particular.")
    )
    due_at = MomentField(_l("Due"), ends=True, hint=_l("Empty: some time."))
    assignee = TextField(_l("Done by"), longest=100, hint=_l("Name of an admin. Empty: whoever comes first."))


def _load(current: Session, key: str) -> dict[str, object] | None:
    row = current.get(Task, int(key)) if key.isascii() and key.isdecimal() and len(key) < 18 else None
    if row is None:
        return None
    return {name: getattr(row, name) for name in ("title", "contact_id", "due_at", "assignee")}


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    given = (form.title.data, form.contact_id.data, form.due_at.data)
    if key is not None:
        tasks.change(act, int(key), *given, form.assignee.data, who=act.who)
        return _("The task is saved.")
    tasks.add(act, *given, assignee=form.assignee.data, who=act.who)
    return _("The task is on the list.")


def _statement() -> Query:
    return select(Task, Contact).join(Contact, Contact.id == Task.contact_id, isouter=True)


def _overdue(at: datetime) -> ColumnElement[bool]:
    return and_(Task.done_at.is_(None), Task.due_at <= at)


def _by_state(choice: str, at: datetime) -> ColumnElement[bool]:
    if choice == "due":
        return _overdue(at)
    return Task.done_at.is_not(None) if choice == "done" else Task.done_at.is_(None)


def _by_assignee(choice: str, at: datetime) -> ColumnElement[bool]:
    return Task.assignee == admin().name if choice == "mine" else Task.assignee.is_(None)


def _state(row: AnyRow) -> State:
    task = row.Task
    if task.done_at is not None:
        return State("ok", _("done"))
    return State("bad", _("due")) if task.due_at and task.due_at <= now() else State("wait", _("open"))


def _due(row: AnyRow) -> str:
    due = row.Task.due_at
    return "" if due is None else i18n.day_text(i18n.last_day(due))


def _each(change: Callable[[Acting, int], bool]) -> Act:
    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        return Tally(changed=sum(change(acting, key) for key in ids_of(keys)))

    return act


BULK = (
    Bulk(
        name="done",
        label=_l("Done"),
        apply=_each(lambda act, key: tasks.done(act, key, who=act.who)),
        preview=lambda n: ngettext("%(num)s task is done.", "%(num)s tasks are done.", n),
        done=lambda n: ngettext("%(num)s task is done.", "%(num)s tasks are done.", n),
    ),
    Bulk(
        name="take",
        label=_l("I do it"),
        apply=_each(lambda act, key: tasks.assign(act, key, act.who, who=act.who)),
        preview=lambda n: ngettext("%(num)s task becomes yours.", "%(num)s tasks become yours.", n),
        done=lambda n: ngettext("%(num)s task is yours.", "%(num)s tasks are yours.", n),
    ),
    Bulk(
        name="give back",
        label=_l("Somebody else does it"),
        apply=_each(lambda act, key: tasks.assign(act, key, None, who=act.who)),
        preview=lambda n: ngettext(
            "%(num)s task waits for whoever comes first.", "%(num)s tasks wait for whoever comes first.", n
        ),
        done=lambda n: ngettext("%(num)s task is free again.", "%(num)s tasks are free again.", n),
    ),
    Bulk(
        name="reopen",
        label=_l("Not done after all"),
        apply=_each(lambda act, key: tasks.reopen(act, key, who=act.who)),
        preview=lambda n: ngettext("%(num)s task is open again.", "%(num)s tasks are open again.", n),
        done=lambda n: ngettext("%(num)s task is open again.", "%(num)s tasks are open again.", n),
    ),
)
NOUN = Noun(
    name="tasks",
    title=_l("Tasks"),
    lead=_l("What the staff has to do: entered by people, or by the rules of the program."),
    icon="check",
    statement=_statement,
    keys=(Task.id.expression,),
    key=lambda row: str(row.Task.id),
    columns=(
        Column(
            name="title",
            label=_l("What"),
            value=lambda row: row.Task.title,
            href=lambda row: to("tasks_edit", key=row.Task.id),
            sort=Task.title.expression,
            place="full",
        ),
        Column(
            name="contact",
            label=_l("About"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(name="due", label=_l("Due"), value=_due),
        Column(name="assignee", label=_l("Done by"), value=lambda row: row.Task.done_by or row.Task.assignee),
        Column(
            name="at",
            label=_l("Entered"),
            kind=Kind.DATE,
            value=lambda row: row.Task.created_at,
            sub=lambda row: who_text(row.Task.made_by),
            sort=Task.created_at.expression,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="-at",
    search=lambda text: or_(
        Task.title.icontains(text, autoescape=True), Contact.name.icontains(text, autoescape=True)
    ),
    search_hint=_l("Task or name"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            first="open",
            choices=(("open", _l("open")), ("due", _l("due")), ("done", _l("done"))),
        ),
        Filter(
            name="whose",
            label=_l("Done by"),
            where=_by_assignee,
            choices=(("mine", _l("me")), ("free", _l("nobody yet"))),
        ),
    ),
    scopes=(Scope(name="of", where=lambda wanted: Task.contact_id == wanted, label=contact_label),),
    bulk=BULK,
    editor=Editor(
        form=TaskForm,
        load=_load,
        save=_save,
        title=lambda row: str(row["title"]),
        from_address=("title", "contact_id"),
    ),
    new_label=_l("New task"),
    empty=_l("There is nothing to do. Enter a task here, or let a rule of the program do so."),
)
