"""The letters that the program writes by itself: put into the shop's words, looked at, tried, set back."""

from __future__ import annotations

from flask import Response, abort, current_app, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..domain.letters import PLANS, OwnLetter
from ..domain.places import bad_place
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..letters import frame, layout, own, samples
from ..letters.layout import Written
from ..letters.wording import Told
from ..services import letter_frame, own_letters, templated
from ..services.mails import Receiver
from ..services.mistakes import BadTemplate, PlacesMissing
from ..state import current_state
from .edge import blueprint, done, may_write, now, perform, session, settings
from .fields import NoteField, NounForm, TextField
from .framed import framed, framed_text
from .letter_words import ABOUT, PLACES
from .show import to

_HERE = "letters"


class LetterForm(NounForm):
    """What a letter says in one language, and where a try of it goes."""

    subject = TextField(_l("Subject"), needed=True, longest=templated.LONGEST_SUBJECT)
    text = NoteField(_l("Text"), needed=True, longest=templated.LONGEST_TEXT)
    email = TextField(_l("Send a try to"), longest=254, hint=_l("With examples in it, as it stands above."))


@blueprint.get("/letters")
def letters() -> str:
    """List all letters: when they are sent and to whom, in which languages the shop has its own words."""
    texts = own_letters.all_texts(session().connection())
    tongues = [_tongue(tag) for tag in settings().locales]
    return render_template(
        "firstline/admin/letters.html",
        here=_HERE,
        rows=[(letter, ABOUT[letter], texts[letter]) for letter in OwnLetter],
        tongues=[(tongue, i18n.language_name(tongue)) for tongue in tongues],
        frames=letter_frame.frames(session().connection()),
    )


@blueprint.route("/letters/<letter>/<tongue>", methods=["GET", "POST"])
def letter_edit(letter: str, tongue: str) -> str | BaseResponse | tuple[str, int]:
    """Show a letter in a language; a post keeps what is typed, or sends a try of it."""
    one = _letter(letter, tongue)
    if request.method != "POST":
        return _page(one, tongue, LetterForm(data=_start(one, tongue)))
    form = LetterForm(request.form)
    if not _right(one, form):
        return _page(one, tongue, form), 422
    if request.form.get("do") == "try":
        return _try(one, tongue, form)
    return done(to(_HERE), _kept(one, tongue, form))


def _try(one: OwnLetter, tongue: str, form: LetterForm) -> str | tuple[str, int]:
    """Send a try, and leave what is typed as it is."""
    subject, text, email = form.subject.data, form.text.data, form.email.data or ""
    try:
        perform(lambda act: own_letters.send_try(act, one, tongue, subject, text, email, who=act.who))
    except ValueError:
        form.complain("email", _("This is no e-mail address."))
        return _page(one, tongue, form), 422
    said = _("A try goes to %(address)s. It is sent by the worker; nothing was saved.", address=email)
    return _page(one, tongue, form, said=said)


def _kept(one: OwnLetter, tongue: str, form: LetterForm) -> str:
    """Keep what is typed; what says the same as ours is not kept, so that it follows new versions."""
    subject, text = form.subject.data, form.text.data
    with i18n.speaking(tongue):
        ours = own_letters.checked(one, *own.our_text(one))
    if own_letters.checked(one, subject, text) == ours:
        perform(lambda act: own_letters.reset(act, one, tongue, who=act.who))
        return _("This is the standard text: nothing is kept, and it follows new versions.")
    perform(lambda act: own_letters.save(act, one, tongue, subject, text, who=act.who))
    return _("The mail is saved.")


@blueprint.route("/letters/<letter>/<tongue>/reset", methods=["GET", "POST"])
def letter_reset(letter: str, tongue: str) -> str | BaseResponse:
    """Ask whether a letter says again what we say; a post lets it."""
    one = _letter(letter, tongue)
    if request.method == "POST":
        perform(lambda act: own_letters.reset(act, one, tongue, who=act.who))
        return done(to(_HERE), _("The mail has the standard text again. Yours stands in the audit log."))
    return render_template(
        "firstline/admin/decide.html",
        here=_HERE,
        title=_("Back to the standard text"),
        name=f"{ABOUT[one].title}, {i18n.language_name(tongue)}",
        sentence=_("From now on this mail has the standard text, and follows new versions."),
        fields=NounForm(),
        action=to("letter_reset", letter=letter, tongue=tongue),
        button=_("Back to the standard text"),
        danger=True,
        way_back=to("letter_edit", letter=letter, tongue=tongue),
    )


@blueprint.route("/letters/<letter>/<tongue>/preview/<kind>", methods=["GET", "POST"])
def letter_preview(letter: str, tongue: str, kind: str) -> Response:
    """Show a letter with examples in it as its reader gets it: as it is, or as a post says it."""
    one = _letter(letter, tongue)
    given = _start(one, tongue)
    if request.method == "POST":
        form = LetterForm(request.form)
        if not _right(one, form):
            wrong = [error for field in form for error in field.errors]
            return framed_text("\n".join(map(str, wrong)), status=422)
        given = {"subject": form.subject.data, "text": form.text.data}
    return framed(_written(one, tongue, given), kind)


def _letter(letter: str, tongue: str) -> OwnLetter:
    """Give the letter of an address, or 404."""
    if letter not in own_letters.NAMES or tongue not in {_tongue(tag) for tag in settings().locales}:
        abort(404)
    return OwnLetter(letter)


def _tongue(tag: str) -> str:
    with i18n.speaking(tag):
        return own.tongue()


def _start(one: OwnLetter, tongue: str) -> dict[str, str]:
    """Give what a letter says now, with its places."""
    kept = own_letters.texts(session().connection(), one).get(tongue)
    if kept is not None:
        return {"subject": kept.subject, "text": kept.text}
    with i18n.speaking(tongue):
        subject, text = own.our_text(one)
    return {"subject": subject, "text": text}


def _right(one: OwnLetter, form: LetterForm) -> bool:
    """Read the form; what is wrong stands at its field, with its place."""
    if not form.validate():
        return False
    for name, known in (("subject", PLANS[one].in_subject), ("text", PLANS[one].in_text)):
        wrong = bad_place(form[name].data, known)
        if wrong is not None:
            form.complain(
                name,
                _(
                    "What stands in braces in line %(line)s, sign %(sign)s, is no word of this mail here. It "
                    "knows: %(known)s",
                    line=wrong.line, sign=wrong.sign, known=" ".join(f"{{{word}}}" for word in known),
                ),
            )  # fmt: skip
            return False
    try:
        own_letters.checked(one, form.subject.data, form.text.data)
    except PlacesMissing as missing:
        needed = " ".join(f"{{{word}}}" for word in missing.words)
        form.complain("text", _("This mail is of no use without %(needed)s.", needed=needed))
        return False
    except BadTemplate:
        form.complain("text", _("A mail needs a subject and a text."))
        return False
    return True


def _written(one: OwnLetter, tongue: str, given: dict[str, str]) -> Written:
    """Write a letter with examples in it, as the worker does."""
    with i18n.speaking(tongue):
        brand = layout.shop_name(current_state())
        values = samples.words(one, now(), settings().currency)
        told = Told(shop=brand, receiver=Receiver(email="", name=samples.READER), values=values)
        said = own.edited(one, told, given["subject"], given["text"])
        said = frame.framed(said, told, letter_frame.frames(session().connection()))
        return layout.write(current_app._get_current_object(), said, brand)  # type: ignore[attr-defined]


def _page(one: OwnLetter, tongue: str, form: LetterForm, *, said: str = "") -> str:
    form.text.rows = 12
    if form.email.data is None and form.email.typed is None:
        customer = current_state().customer()
        form.email.data = customer.email if customer is not None else None
    with i18n.speaking(tongue):
        examples = samples.words(one, now(), settings().currency)
    examples |= {"name": samples.READER, "shop": layout.shop_name(current_state())}
    plan = PLANS[one]
    tongues = [_tongue(tag) for tag in settings().locales]
    kept = own_letters.texts(session().connection(), one).get(tongue)
    return render_template(
        "firstline/admin/letter.html",
        here=_HERE,
        letter=one,
        about=ABOUT[one],
        tongue=tongue,
        tongues=[(name, i18n.language_name(name)) for name in tongues],
        fields=form,
        said_here=said,
        kept=kept,
        places=[(word, PLACES[word], examples[word], word in plan.needed) for word in plan.in_text],
        has_button="link" in plan.words,
        open_for_change=may_write(),
    )
