"""How all mails to people greet, and what stands at their end: in the shop's words, by language."""

from __future__ import annotations

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..domain.places import bad_place
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..letters import own
from ..services import letter_frame
from .edge import blueprint, done, perform, session, settings
from .fields import NoteField, NounForm, TextField
from .show import to

_KNOWN = {"greeting": letter_frame.IN_GREETING, "closing": letter_frame.IN_CLOSING}


class FrameForm(NounForm):
    """The words of one language."""

    greeting = TextField(
        _l("Greeting"),
        longest=letter_frame.LONGEST_GREETING,
        hint=_l("Such as: Dear {name}. Empty, or where the name is not known: as usual."),
    )
    closing = NoteField(
        _l("Closing lines"),
        longest=letter_frame.LONGEST_CLOSING,
        hint=_l("Such as who you are, where, and how to be reached. It knows {shop}."),
    )


@blueprint.route("/letters/frame/<tongue>", methods=["GET", "POST"])
def letter_frame_edit(tongue: str) -> str | BaseResponse | tuple[str, int]:
    """Show greeting and closing lines in a language; a post keeps them."""
    if tongue not in {_tongue(tag) for tag in settings().locales}:
        abort(404)
    if request.method != "POST":
        kept = letter_frame.frames(session().connection()).get(tongue)
        start = {} if kept is None else {"greeting": kept.subject, "closing": kept.text}
        return _page(tongue, FrameForm(data=start))
    form = FrameForm(request.form)
    if not form.validate() or not _right(form):
        return _page(tongue, form), 422
    greeting, closing = form.greeting.data or "", form.closing.data or ""
    perform(lambda act: letter_frame.save(act, tongue, greeting, closing, who=act.who))
    return done(to("letters"), _("It is saved. It holds for mails from now on."))


def _right(form: FrameForm) -> bool:
    for name, known in _KNOWN.items():
        wrong = bad_place(form[name].data or "", known)
        if wrong is not None:
            form.complain(
                name,
                _(
                    "What stands in braces in line %(line)s, sign %(sign)s, is no word of this mail here. It "
                    "knows: %(known)s",
                    line=wrong.line, sign=wrong.sign, known=" ".join(f"{{{word}}}" for word in known),
                ),
            )  # fmt: skip
    return not form.errors


def _tongue(tag: str) -> str:
    with i18n.speaking(tag):
        return own.tongue()


def _page(tongue: str, form: FrameForm) -> str:
    form.closing.rows = 5
    return render_template(
        "firstline/admin/form.html",
        here="letters",
        title=_("Greeting and closing lines: %(language)s", language=i18n.language_name(tongue)),
        lead=_("Around everything that goes to customers and partners in this language."),
        notes=(),
        ways=(),
        fields=form,
        action=to("letter_frame_edit", tongue=tongue),
        way_back=to("letters"),
    )
