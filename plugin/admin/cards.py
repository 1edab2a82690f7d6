"""Cards of codes for the printer: which codes, how they look, and the PDF in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import abort, redirect, render_template, request
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..cards import INSTALL, can_print
from ..cards.layouts import BUSINESS, LAYOUTS, Layout, layout_text
from ..cards.printing import MOST_ON_LINE, languages, parts, pdf_response, sheets_text, spoken
from ..cards.qr import inline_svg
from ..cards.wording import CardText, card_text
from ..domain.codes import canonical
from ..i18n import gettext as _
from ..i18n import ngettext
from ..layout import brand
from ..models import Code, CodeBatch, Coupon
from ..services.cards import CardFacts, Counts, Selection, card_facts, count
from .edge import blueprint, done, now, session, settings
from .show import to

_MOST_COPIES = 1_000
_MOST_CHOSEN = 400
"""Codes that an address names one by one."""
_MOST_CHOICES = 200
_MOST_PARTS = 20
_PREVIEW = 4
_LONGEST = 100
_LONGEST_ADDRESS = 200
_BETWEEN = re.compile(r"[,;\n]")


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is printed and how. `only` is what was typed, `missing` what of it is no code."""

    selection: Selection
    only: str
    missing: tuple[str, ...]
    layout: Layout
    language: str
    copies: int
    name: str
    address: str
    part: int

    def query(self, **more: object) -> dict[str, object]:
        """Give it as it stands in an address."""
        chosen = self.selection
        said: dict[str, object] = {
            "coupon": chosen.coupon_id, "batch": chosen.batch_id, "only": self.only or None,
            "code": None if self.only else _joined(chosen.code_ids) or None,
            "layout": self.layout.name, "lang": self.language, "copies": self.copies, "name": self.name,
            "address": self.address,
        }  # fmt: skip
        return {name: value for name, value in (said | more).items() if value is not None}

    @property
    def per_file(self) -> int:
        """Codes in one file."""
        return max(1, MOST_ON_LINE // self.copies)


@blueprint.get("/cards")
def cards() -> str:
    """Show the cards of a selection, and the buttons that print them."""
    asked = _asked()
    counts = count(session().connection(), asked.selection, now=now())
    shown = card_facts(session().connection(), asked.selection, now=now(), most=_PREVIEW)
    with i18n.speaking(asked.language):
        previews = [(text, _qr(text, facts)) for facts, text in zip(shown, _texts(shown, asked), strict=True)]
    return render_template(
        "firstline/admin/cards.html",
        here="codes",
        asked=asked,
        chosen=_joined(asked.selection.code_ids) if not asked.only else "",
        coupons=_coupons(asked.selection.coupon_id),
        batches=_batches(asked.selection.coupon_id),
        layouts=[(layout.name, layout_text(layout)) for layout in LAYOUTS.values()],
        languages=languages(),
        most_copies=_MOST_COPIES,
        previews=previews,
        said_of_cards=_said(asked, counts),
        files=_files(asked, counts) if can_print() else [],
        more_files=parts(counts.printed, asked.per_file) > _MOST_PARTS,
        install="" if can_print() else INSTALL,
        nothing=asked.selection == Selection(),
    )


@blueprint.get("/cards.pdf")
def cards_pdf() -> BaseResponse:
    """Send the sheets of one part of a selection."""
    if not can_print():
        abort(404)
    asked = _asked()
    skip = (asked.part - 1) * asked.per_file
    conn = session().connection()
    found = card_facts(conn, asked.selection, now=now(), skip=skip, most=asked.per_file)
    if not found:
        text = _("There is no code to print here: none is chosen, or all are switched off, over or used up.")
        return done(to("cards", **asked.query()), text, ok=False)
    with i18n.speaking(asked.language):
        name = f"cards-{found[0].coupon}-{asked.part}"
        return pdf_response(_texts(found, asked), asked.layout, copies=asked.copies, file_name=name)


@blueprint.post("/cards")
def ticked() -> BaseResponse:
    """Lead from the rows that are ticked in the list of codes to their cards."""
    keys = [key for key in dict.fromkeys(request.form.getlist("key")) if _number(key)][:_MOST_CHOSEN]
    if not keys:
        text = _("Nothing was ticked. Tick the rows first, then choose what to do.")
        return done(to("codes"), text, ok=False)
    return redirect(to("cards", code=",".join(keys)), 303)


def _asked() -> _Asked:
    given = request.args
    only = given.get("only", "").strip()[: _MOST_CHOSEN * _LONGEST]
    typed = _typed(only)
    known = _known(typed)
    ids = tuple(filter(None, map(_number, given.get("code", "").split(","))))[:_MOST_CHOSEN]
    address = given.get("address", "").strip().rstrip("/")
    return _Asked(
        selection=Selection(
            coupon_id=_number(given.get("coupon", "")),
            batch_id=_number(given.get("batch", "")),
            # Where nothing of what was typed is a code, nothing is chosen, and not everything.
            code_ids=(tuple(known.values()) or (0,)) if typed else ids,
        ),
        only=only,
        missing=tuple(text for text in typed if canonical(text) not in known),
        layout=LAYOUTS.get(given.get("layout", ""), BUSINESS),
        language=spoken(given.get("lang", "")),
        copies=min(max(_number(given.get("copies", "")) or 1, 1), _MOST_COPIES),
        name=given.get("name", "").strip()[:_LONGEST] or brand(),
        address=address if _is_address(address) else request.url_root.rstrip("/"),
        part=_number(given.get("part", "")) or 1,
    )


def _typed(only: str) -> list[str]:
    return [text.strip() for text in _BETWEEN.split(only) if text.strip()][:_MOST_CHOSEN]


def _known(typed: Sequence[str]) -> dict[str, int]:
    """Give the ids of what was typed by their keys."""
    keys = {canonical(text) for text in typed}
    found = session().execute(select(Code.key, Code.id).where(Code.key.in_(keys)))
    return {row.key: row.id for row in found}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _joined(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))


def _is_address(text: str) -> bool:
    if not text.isprintable() or len(text) > _LONGEST_ADDRESS:
        return False
    try:
        parted = urlsplit(text)
    except ValueError:
        return False
    return parted.scheme in {"http", "https"} and bool(parted.hostname) and not parted.query


def _texts(facts: Sequence[CardFacts], asked: _Asked) -> list[CardText]:
    prefix = settings().url_prefix
    return [card_text(item, name=asked.name, address=asked.address, prefix=prefix) for item in facts]


def _qr(text: CardText, facts: CardFacts) -> Markup:
    return inline_svg(text.link, facts.display)


def _said(asked: _Asked, counts: Counts) -> list[str]:
    """Say how many cards come out, and what does not."""
    total = counts.printed * asked.copies
    cards_told = ngettext("%(num)s card", "%(num)s cards", total)
    told = [f"{cards_told}, {sheets_text(total, asked.layout)}."]
    if counts.left_out:
        left_out = ngettext(
            "%(num)s code is left out: it is switched off, over or used up.",
            "%(num)s codes are left out: they are switched off, over or used up.",
            counts.left_out,
        )
        told.append(left_out)
    if parts(counts.printed, asked.per_file) > 1:
        most = i18n.number(asked.per_file * asked.copies)
        told.append(_("A file has at most %(count)s cards; here they come in parts.", count=most))
    if asked.missing:
        told.append(_("No such codes: %(codes)s", codes=", ".join(asked.missing)))
    return told


def _files(asked: _Asked, counts: Counts) -> list[dict[str, str]]:
    files = min(parts(counts.printed, asked.per_file), _MOST_PARTS)
    return [
        {
            "text": "PDF" if files == 1 else f"PDF {i18n.number(part)}",
            "href": to("cards_pdf", **asked.query(part=part)),
        }
        for part in range(1, files + 1)
    ]


def _coupons(chosen: int | None) -> list[tuple[str, str]]:
    query = select(Coupon.id, Coupon.name).order_by(Coupon.created_at.desc()).limit(_MOST_CHOICES)
    found = {str(coupon_id): name for coupon_id, name in session().execute(query)}
    if chosen is not None and str(chosen) not in found:
        coupon = session().get(Coupon, chosen)
        if coupon is None:
            abort(404)
        found[str(chosen)] = coupon.name
    return [("", _("Choose a coupon")), *found.items()]


def _batches(coupon_id: int | None) -> list[tuple[str, str]]:
    """Give the batches of a coupon that can be chosen, the newest first."""
    if coupon_id is None:
        return []
    query = select(CodeBatch.id, CodeBatch.occasion, CodeBatch.prefix, CodeBatch.count.label("made"))
    query = query.where(CodeBatch.coupon_id == coupon_id).order_by(CodeBatch.id.desc()).limit(_MOST_CHOICES)
    return [
        (str(row.id), ", ".join(filter(None, (f"{row.id}", row.occasion, row.prefix, i18n.number(row.made)))))
        for row in session().execute(query)
    ]
