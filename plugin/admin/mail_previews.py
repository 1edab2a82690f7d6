"""Own mails as their readers get them, with examples in their places."""

from __future__ import annotations

from flask import Response, abort, current_app, render_template

from .. import i18n
from ..letters import frame, layout, many, samples
from ..letters.wording import Told
from ..models import MailTemplate
from ..services import letter_frame, templated
from ..services.mails import Receiver
from ..state import current_state
from .edge import blueprint, now, session, settings
from .framed import framed
from .show import to


@blueprint.get("/mail_templates/<key>/preview")
def mail_template_preview(key: str) -> str:
    """Show an own mail in each language in which it says something."""
    row = _template(key)
    tongues = list(templated.texts(session().connection(), row.name))
    return render_template(
        "firstline/admin/mail_preview.html",
        here="mail_templates",
        key=row.name,
        title=row.title,
        tongues=[(tongue, i18n.language_name(tongue)) for tongue in tongues],
        way_back=to("mail_templates_edit", key=row.name),
    )


@blueprint.get("/mail_templates/<key>/preview/<tongue>/<kind>")
def mail_template_shown(key: str, tongue: str, kind: str) -> Response:
    """Give an own mail in a language, as HTML or as text."""
    row = _template(key)
    if tongue not in templated.texts(session().connection(), row.name):
        abort(404)
    with i18n.speaking(tongue):
        brand = layout.shop_name(current_state())
        words = {**samples.own_words(now(), settings().currency), "name": samples.READER, "shop": brand}
        said = templated.said(session().connection(), row.name, tongue, words, tongue)
        values = {**(said or {}), **({"leave": samples.LEAVE} if row.can_be_left else {})}
        told = Told(shop=brand, receiver=Receiver(email="", name=samples.READER), values=values)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        mail = frame.framed(many.of_the_program(told), told, letter_frame.frames(session().connection()))
        return framed(layout.write(app, mail, brand), kind)


def _template(key: str) -> MailTemplate:
    row = session().get(MailTemplate, key[:40])
    if row is None or row.removed_at is not None:
        abort(404)
    return row
