"""What the staff keeps about a contact, on its card: tags and notes; and tags on many contacts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import abort, request
from sqlalchemy import ColumnElement, exists
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Contact, ContactTag
from ..services import contact_notes, tagging
from ..services.code_acts import Tally
from ..services.mistakes import Mistake
from .acting import Acting
from .acts import ids_of
from .edge import blueprint, done, perform, session
from .fields import NounForm, TextField
from .nouns import Bulk
from .sayings import said
from .show import to


@blueprint.post("/contacts/<firstline_id:contact_id>/tags")
def contact_tags(contact_id: int) -> BaseResponse:
    """Put a tag on a contact, or take one off."""
    off, tag = request.form.get("off", ""), request.form.get("tag", "")
    if off:
        return _act(contact_id, lambda act: _untag(act, contact_id, off))
    return _act(contact_id, lambda act: _tag(act, contact_id, tag))


@blueprint.post("/contacts/<firstline_id:contact_id>/notes")
def contact_notes_add(contact_id: int) -> BaseResponse:
    """Write a note about a contact, or take one away."""
    off, text = request.form.get("off", ""), request.form.get("text", "")
    if off.isascii() and off.isdecimal() and len(off) < 18:
        return _act(contact_id, lambda act: _remove(act, contact_id, int(off)))
    return _act(contact_id, lambda act: _note(act, contact_id, text))


def _tag(act: Acting, contact_id: int, tag: str) -> str:
    new = tagging.tag(act, contact_id, tag, who=act.who)
    return _("The tag is on the contact.") if new else _("The contact has this tag already.")


def _untag(act: Acting, contact_id: int, tag: str) -> str:
    tagging.untag(act, contact_id, tag, who=act.who)
    return _("The tag is taken off.")


def _note(act: Acting, contact_id: int, text: str) -> str:
    contact_notes.add(act, contact_id, text, act.who)
    return _("The note is written.")


def _remove(act: Acting, contact_id: int, note_id: int) -> str:
    contact_notes.remove(act, contact_id, note_id, who=act.who)
    return _("The note is taken away.")


def _act(contact_id: int, work: Callable[[Acting], str]) -> BaseResponse:
    contact = session().get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        abort(404)
    here = to("card", contact_id=contact_id)
    try:
        return done(here, perform(work))
    except Mistake as mistake:
        return done(here, said(mistake)[1], ok=False)


def by_tag(text: str, now: datetime) -> ColumnElement[bool]:
    """Ask for contacts that have a tag; what is no tag has nobody."""
    try:
        wanted = tagging.spelled(text)
    except Mistake:
        wanted = ""
    return exists().where(ContactTag.contact_id == Contact.id, ContactTag.tag == wanted)


class TagForm(NounForm):
    """Which tag."""

    tag = TextField(_l("Tag"), needed=True, longest=tagging.LONGEST)


def _all(change: Callable[..., int]) -> Callable[[Acting, Sequence[str], NounForm | None], Tally]:
    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        tag = form.tag.data if form is not None else ""
        return Tally(changed=change(acting, ids_of(keys), tag, who=acting.who))

    return act


BULK = (
    Bulk(
        name="tag",
        label=_l("Put a tag on"),
        form=TagForm,
        apply=_all(tagging.tag_all),
        preview=lambda n: ngettext("%(num)s contact gets the tag.", "%(num)s contacts get the tag.", n),
        done=lambda n: ngettext("%(num)s contact has the tag now.", "%(num)s contacts have the tag now.", n),
    ),
    Bulk(
        name="untag",
        label=_l("Take a tag off"),
        form=TagForm,
        apply=_all(tagging.untag_all),
        preview=lambda n: ngettext("%(num)s contact loses the tag.", "%(num)s contacts lose the tag.", n),
        done=lambda n: ngettext("%(num)s contact is without the tag.", "%(num)s contacts are without it.", n),
    ),
)
