"""An act on many rows: what it needs, what it will do in numbers, and then the act itself.

What will happen is not guessed: the act is rehearsed in a transaction that is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..i18n import gettext as _
from ..i18n import ngettext
from ..services import listing
from ..services.code_acts import Tally
from ..services.mistakes import Mistake
from .acting import Acting
from .asked import asked_of, statement_of
from .edge import blueprint, done, perform, rehearse, session
from .fields import NounForm
from .nouns import Bulk, Noun
from .registry import NOUNS
from .sayings import said
from .show import to

MOST_TICKED = 500
MOST = 50_000
"""Rows of one act: what a request does in some seconds, on either database."""
_NAMED = 5


class OtherThanSeen(Exception):  # noqa: N818 - not an error: the admin looks once more
    """The act would do something else than what was shown; it is taken back."""


def bulk(name: str) -> str | BaseResponse | tuple[str, int]:
    """Say what an act will do, in numbers; with the admin's word, do it."""
    noun = NOUNS[name]
    act = next((item for item in noun.bulk if item.name == request.form.get("act")), None)
    if act is None:
        abort(404)
    way_back = to(noun.name, **asked_of(noun, request.form).query(noun))
    keys = _keys(noun)
    if not keys:
        return done(way_back, _("Nothing was ticked. Tick the rows first, then choose what to do."), ok=False)
    if len(keys) > MOST:
        return done(way_back, _too_many(), ok=False)
    form = _form(act)
    if form is not None and (not request.form.get("stage") or not form.validate()):
        return _page(noun, act, keys, way_back, form), 422 if form.errors else 200
    try:
        if request.form.get("sure") == "yes" and _count_typed(act):
            return done(way_back, act.done(_act(act, keys, form)))
        tally = rehearse(lambda acting: act.apply(acting, keys, form))
    except OtherThanSeen as other:
        return _page(noun, act, keys, way_back, form, tally=other.args[0], changed=True)
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
    return _page(noun, act, keys, way_back, form, tally=tally)


def _count_typed(act: Bulk) -> bool:
    """Say whether the admin has typed how many rows change, where the act asks for it."""
    typed = request.form.get("typed_count", "").strip()
    return not act.types_count or typed == request.form.get("seen", "")


def _act(act: Bulk, keys: Sequence[str], form: NounForm | None) -> int:
    """Act, and take it back where it does not do what was shown."""
    seen = request.form.get("seen", "")

    def work(acting: Acting) -> int:
        tally = act.apply(acting, keys, form)
        if seen != str(tally.changed):
            raise OtherThanSeen(tally)
        return tally.changed

    return perform(work)


def _keys(noun: Noun) -> list[str]:
    """Give the rows that are meant: those ticked, or all of the list as filtered."""
    if request.form.get("all") != "yes":
        return list(dict.fromkeys(request.form.getlist("key")))[:MOST_TICKED]
    query = statement_of(noun, asked_of(noun, request.form))
    return listing.keys(session(), query, noun.keys, most=MOST + 1)


def _too_many() -> str:
    return _("More than %(count)s rows are meant. Please filter first.", count=i18n.number(MOST))


def _form(act: Bulk) -> NounForm | None:
    if act.form is None:
        return None
    return act.form(request.form if request.form.get("stage") else None)


def _page(
    noun: Noun,
    act: Bulk,
    keys: Sequence[str],
    way_back: str,
    form: NounForm | None,
    *,
    tally: Tally | None = None,
    changed: bool = False,
) -> str:
    return render_template(
        "firstline/admin/bulk.html",
        here=noun.within or noun.name,
        title=str(act.label),
        meant=_meant(keys),
        sentences=_sentences(act, keys, tally) if tally is not None else (),
        other=changed,
        action=to(f"{noun.name}_bulk"),
        hidden=_hidden(noun, act, keys),
        typed=_typed(form),
        fields=form,
        seen=tally.changed if tally is not None else None,
        button=f"{act.label} ({i18n.number(tally.changed)})" if tally is not None else "",
        danger=act.danger,
        way_back=way_back,
        types_count=act.types_count,
        miscounted=request.form.get("sure") == "yes" and not _count_typed(act),
        sample=act.sample(form) if act.sample is not None and form is not None and tally else "",
    )


def _meant(keys: Sequence[str]) -> str:
    return ngettext("%(num)s row is meant.", "%(num)s rows are meant.", len(keys))


def _sentences(act: Bulk, keys: Sequence[str], tally: Tally) -> list[str]:
    """Say what happens, to how many, what stays as it is, and what is refused."""
    same = len(keys) - tally.changed - len(tally.refused)
    found = [act.preview(tally.changed)] if tally.changed else [_("Nothing would change.")]
    if same:
        found.append(ngettext("%(num)s is so already.", "%(num)s are so already.", same))
    for problem in dict.fromkeys(problem for _name, problem in tally.refused):
        names = [name for name, why in tally.refused if why == problem]
        shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        found.append(
            ngettext(
                "%(num)s is left out (%(why)s): %(names)s",
                "%(num)s are left out (%(why)s): %(names)s",
                len(names),
                why=act.problems.get(problem, problem),
                names=shown,
            )
        )
    return found


def _hidden(noun: Noun, act: Bulk, keys: Sequence[str]) -> list[tuple[str, object]]:
    """Give what is carried from page to page: the act, the filter, and the rows where they were ticked."""
    found: list[tuple[str, object]] = [("act", act.name), *asked_of(noun, request.form).query(noun).items()]
    if request.form.get("all") == "yes":
        return [*found, ("all", "yes")]
    return [*found, *(("key", key) for key in keys)]


def _typed(form: NounForm | None) -> list[tuple[str, str]]:
    """Give what was typed into the form, to be sent again with the admin's word."""
    if form is None:
        return []
    return [(field.name, value) for field in form for value in request.form.getlist(field.name)]


def _register(name: str) -> None:
    if NOUNS[name].bulk:
        rule = f"/{name}/act"
        blueprint.add_url_rule(rule, f"{name}_bulk", bulk, defaults={"name": name}, methods=["POST"])


for _name in NOUNS:
    _register(_name)
