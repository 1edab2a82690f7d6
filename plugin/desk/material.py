"""Banners and texts for a partner, with the partner's own link in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..i18n import gettext as _
from ..models import MaterialKind
from ..services import links as links_service
from ..services import material as material_service
from ..services.links import OwnLink
from ..services.material import Shown
from ..services.mistakes import Mistake
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A piece of material as it is copied: the HTML of a banner, or a text."""

    piece: Shown
    picture: str
    address: str
    copied: str

    @property
    def is_banner(self) -> bool:
        """Whether it is a picture."""
        return self.piece.kind == MaterialKind.BANNER.value


@blueprint.get("/material")
def material() -> str:
    """Show banners and texts with one of the own links in them."""
    me = partner()
    own = [link for link in _own() if not link.is_host]
    chosen = next((link for link in own if str(link.id) == request.args.get("link")), _usual(own))
    pieces = material_service.shown(connection())
    spoken = [name for name in current_state().settings.locales if any(p.locale == name for p in pieces)]
    here = str(i18n.locale())
    own_language = next((name for name in spoken if name.replace("-", "_") == here), "")
    locale = request.args.get("locale", own_language)
    wanted = [piece for piece in pieces if locale not in spoken or piece.locale in ("", locale)]
    return render_template(
        "firstline/desk/material.html",
        here="links",
        groups=_groups(wanted, chosen) if chosen is not None and me.active else (),
        any_there=bool(pieces),
        links=[(link.id, _name_of(link)) for link in own],
        chosen=chosen,
        locales=[(name, i18n.language_name(name)) for name in spoken],
        locale=locale if locale in spoken else "",
        active=me.active,
    )


@blueprint.post("/material/link")
def material_link() -> BaseResponse:
    """Make the first link, which the material needs."""
    me, back = partner(), url_for(".material")
    try:
        with unit(current_state().session()) as conn:
            links_service.make_link(conn, me.id, path="", who=me.signature, now=now())
    except Mistake:
        return done(back, ok=False, text=_("You cannot make links at the moment. Please ask the shop."))
    return done(back, ok=True, text=_("The link is ready: pass it on."))


def _own() -> Sequence[OwnLink]:
    return links_service.own_links(connection(), partner().id, today=i18n.local(now()).date())


def _usual(own: Sequence[OwnLink]) -> OwnLink | None:
    """Give the link to the start of the shop, else the oldest one."""
    return next((link for link in reversed(own) if not link.path), own[-1] if own else None)


def _name_of(link: OwnLink) -> str:
    page = link.title or link.path or _("Start of the shop")
    return f"{page} · {link.label}" if link.label else page


def _groups(pieces: Sequence[Shown], link: OwnLink) -> Sequence[tuple[str, list[Ready]]]:
    """Give the material by product, that of the whole shop first."""
    groups: dict[str | None, tuple[str, list[Ready]]] = {}
    for piece in pieces:
        heading = piece.product or _("For the whole shop")
        groups.setdefault(piece.product_ref, (heading, []))[1].append(_ready(piece, link))
    return tuple(groups.values())


def _ready(piece: Shown, link: OwnLink) -> Ready:
    address = _address(link, piece.path)
    if piece.kind == MaterialKind.TEXT.value:
        text = material_service.with_link(piece.text, address)
        return Ready(piece=piece, picture="", address=address, copied=text)
    picture = url_for("firstline_checkout.picture", name=piece.file_name, _external=True)
    html = Markup('<a href="{}"><img src="{}" width="{}" height="{}" alt="{}"></a>').format(
        address, picture, piece.width, piece.height, piece.text or piece.title
    )
    return Ready(piece=piece, picture=picture, address=address, copied=str(html))


def _address(link: OwnLink, path: str) -> str:
    """Give the address of a link that leads to the page of a piece of material."""
    own = url_for("firstline_checkout.tracking_link", text=link.tracking_id.lower(), _external=True)
    return own if not path or path == link.path else f"{own}?{urlencode({'to': path}, safe='/')}"
