"""The one form view: a new row, a changed row; what was typed stays when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, render_template, request
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from .edge import blueprint, done, may_write, perform, session
from .fields import NounForm
from .nouns import Editor, Noun
from .registry import NOUNS
from .sayings import complain
from .show import to

_LONGEST = 254


def edit(name: str, key: str | None = None) -> str | BaseResponse | tuple[str, int]:
    """Show the form of a row or of a new one; a post saves it."""
    noun = NOUNS[name]
    editor = noun.editor
    if editor is None:
        abort(404)
    row = editor.load(session(), key) if key is not None else {}
    if row is None:
        abort(404)
    form = editor.form(_sent() if request.method == "POST" else None, data=_start(editor, row))
    editor.prepare(session(), form, row)
    if request.method != "POST":
        return _page(noun, editor, form, row, key)
    if form.validate():
        answer = _save(noun, editor, form, key)
        if answer is not None:
            return answer
    return _page(noun, editor, form, row, key), 422


def _sent() -> MultiDict[str, Any]:
    """Give fields and files together."""
    return CombinedMultiDict[str, Any]([request.form, request.files])


def _start(editor: Editor, row: Mapping[str, object]) -> dict[str, object]:
    """Give what stands in the fields at first; a new row may begin with what the address says."""
    given = {name: request.args[name] for name in editor.from_address if name in request.args}
    return {**{name: _value(name, text) for name, text in given.items()}, **row}


def _value(name: str, text: str) -> object:
    if not name.endswith("_id"):
        return text[:_LONGEST]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _save(noun: Noun, editor: Editor, form: NounForm, key: str | None) -> BaseResponse | None:
    try:
        text = perform(lambda acting: editor.save(acting, form, key))
    except ValueError as error:
        complain(form, error)
        return None
    return done(to(noun.name), text)


def _page(noun: Noun, editor: Editor, form: NounForm, row: Mapping[str, object], key: str | None) -> str:
    return render_template(
        "firstline/admin/form.html",
        here=noun.name,
        noun=noun,
        title=editor.title(row) if key is not None else str(noun.new_label),
        lead=editor.lead,
        fields=form,
        ways=editor.ways(row) if key is not None else (),
        notes=editor.notes(session(), row) if key is not None else (),
        action=to(f"{noun.name}_edit", key=key) if key is not None else to(f"{noun.name}_new"),
        way_back=to(noun.name),
        open_for_change=may_write(),
    )


def _register(name: str, editor: Editor) -> None:
    both = ["GET", "POST"]
    blueprint.add_url_rule(f"/{name}/new", f"{name}_new", edit, defaults={"name": name}, methods=both)
    if editor.edits:
        rule = f"/{name}/<path:key>/edit"
        blueprint.add_url_rule(rule, f"{name}_edit", edit, defaults={"name": name}, methods=both)


for _noun in NOUNS.values():
    if _noun.editor is not None:
        _register(_noun.name, _noun.editor)
