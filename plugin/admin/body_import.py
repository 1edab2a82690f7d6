"""Take in a file of orders of another shop: send it, look at what it would bring, say so."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import BodyState
from ..services import body_files, sources
from ..services.body_files import MOST, MOST_BYTES, Looked
from ..services.mistakes import BadFile
from ..state import current_state
from .acting import Acting
from .bodies import facts_text
from .edge import blueprint, done, perform, rehearse, session
from .show import to


@blueprint.route("/bodies/new", methods=["GET", "POST"], endpoint="bodies_new")
def take_in() -> str | BaseResponse | tuple[str, int]:
    """Take a file of orders, show what it would bring, and keep it for the worker once that is wanted."""
    known = sources.every(session().connection())
    asked = request.form.get("source") or request.args.get("of", "")
    chosen = next((row for row in known if str(row.id) == asked), known[0] if known else None)
    if request.method != "POST" or chosen is None:
        return _file_page(known, chosen, "")
    try:
        contents = body_files.read(_file_data())
    except BadFile as bad:
        return _file_page(known, chosen, _bad_file(bad)), 422
    if len(contents) > MOST:
        text = _("These are more than %(most)s orders: divide the file, or use the command line.", most=MOST)
        return _file_page(known, chosen, text), 422
    if request.form.get("sure") == "yes":
        new, old = perform(lambda act: body_files.take(act, chosen, contents, who=act.who))
        text = ngettext("%(num)s order is taken in", "%(num)s orders are taken in", new)
        more = ngettext("%(num)s was there already", "%(num)s were there already", old)
        return done(to("bodies", of=chosen.id), f"{text}; {more}.")
    looked = rehearse(lambda act: _look_at(act, chosen, contents))
    return _preview_page(chosen, contents, looked)


def _look_at(act: Acting, source: Any, contents: Sequence[str]) -> list[Looked]:  # noqa: ANN401 - a row
    return body_files.look_at(current_state().context(act.conn), source, contents)


def _file_data() -> bytes:
    """Give the file that was sent, or the one that was looked at, which the page has carried along."""
    carried = request.form.get("carried", "")
    if carried:
        try:
            unpacker = zlib.decompressobj()
            return unpacker.decompress(base64.b64decode(carried), MOST_BYTES)
        except (ValueError, binascii.Error, zlib.error) as error:
            raise BadFile("The file is no text in UTF-8.") from error
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadFile("There is no order in the file.")
    data = sent.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadFile("The file is too large.")
    return data


def _bad_file(bad: BadFile) -> str:
    if bad.line is not None:
        return _("Line %(line)s of the file is no JSON.", line=bad.line)
    return _(
        "This is no file of orders: one order, a list, or one a line, as the shop's API gives them, of at "
        "most 4 MB."
    )


def _file_page(known: Sequence[Any], chosen: Any, problem: str) -> str:  # noqa: ANN401 - rows
    return render_template(
        "firstline/admin/bodies_new.html",
        here="bodies",
        sources=known,
        chosen=chosen,
        problem=problem,
        looked=None,
        way_back=to("bodies"),
    )


def _preview_page(chosen: Any, contents: Sequence[str], looked: Sequence[Looked]) -> str:  # noqa: ANN401
    packed = zlib.compress("\n".join(contents).encode(), 9)
    new = [one for one in looked if not one.known]
    return render_template(
        "firstline/admin/bodies_new.html",
        here="bodies",
        sources=[chosen],
        chosen=chosen,
        problem="",
        looked=looked,
        new=len(new),
        bad=sum(one.state == BodyState.FAILED.value for one in new),
        carried=base64.b64encode(packed).decode(),
        facts_text=facts_text,
        way_back=to("bodies_new", of=chosen.id),
    )
