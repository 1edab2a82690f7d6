"""A partner's links: one per page of the shop and note, with what they brought, and their QR codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from flask import Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n, snippets
from ..cards.printing import file_response
from ..cards.qr import file_of, inline_svg
from ..csv_file import csv_response
from ..domain.money import major
from ..domain.tracking import LONGEST_PATH
from ..i18n import gettext as _
from ..services import counter_hosts
from ..services import links as links_service
from ..services.links import OwnLink
from ..services.mistakes import BadLink, Mistake, TooManyLinks
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner

_KINDS = {"svg": "image/svg+xml", "png": "image/png"}


@blueprint.get("/links")
def links() -> str:
    """Show the links with their figures, and the form for a new one."""
    rows = _own()
    made = [row for row in rows if not row.is_host]
    shown = next((row for row in made if str(row.id) == request.args.get("show")), made[0] if made else None)
    return render_template(
        "firstline/desk/links.html",
        here="links",
        rows=[(row, _page_of(row), _address(row)) for row in rows],
        clicks=sum(row.clicks for row in rows),
        visitors=sum(row.visitors for row in rows),
        lately=sum(row.lately for row in rows),
        joined=sum(row.joined for row in rows),
        orders=sum(row.orders for row in rows),
        sales=_sales(rows),
        shown=shown,
        shown_page=_page_of(shown) if shown else "",
        shown_address=_address(shown) if shown else "",
        qr=inline_svg(_address(shown), _page_of(shown)) if shown else "",
        counter=_counter(shown),
        pages=links_service.pages(connection()) if partner().active else (),
        active=partner().active,
        wanted={name: request.args.get(name, "") for name in ("path", "label")},
        longest={"path": LONGEST_PATH, "label": links_service.LONGEST_LABEL},
    )


def _counter(shown: OwnLink | None) -> dict[str, object] | None:
    """Give the counter's tag for a link, where the shop has hosts that may carry it."""
    hosts = counter_hosts.listed(connection()) if shown is not None and partner().active else ()
    if shown is None or not hosts:
        return None
    return {"tag": snippets.counter_tag(shown.tracking_id), "hosts": hosts}


@blueprint.post("/links")
def make_link() -> BaseResponse:
    """Make a link to a page of the list, or to another page of the shop."""
    path, label = request.form.get("path", "").strip(), request.form.get("label", "").strip()
    other = request.form.get("other", "").strip()
    me = partner()
    try:
        with unit(current_state().session()) as conn:
            made = links_service.make_link(
                conn, me.id, path=_own_path(other) or path, label=label, who=me.signature, now=now()
            )
    except Mistake as mistake:
        typed, note = other[:LONGEST_PATH] or None, label[:200] or None
        again = url_for(".links", path=typed, label=note, _anchor="make")
        return done(again, ok=False, text=_problem(mistake))
    return done(url_for(".links", show=made), ok=True, text=_("The link is ready: pass it on."))


@blueprint.get("/links.csv")
def links_csv() -> Response:
    """Send the links with their figures as a file."""
    head = (
        _("Page"), _("Note"), _("Link"), _("Clicks"), _("Visitors"), _("Clicks in 30 days"),
        _("Joined your first line"), _("Orders"), _("Sales"),
    )  # fmt: skip
    return csv_response("links", head, [
        (_page_of(row), "" if row.is_host else row.label, _address(row), row.clicks, row.visitors, row.lately,
         row.joined, row.orders, _in_one_cell(row.sales))
        for row in _own()
    ])  # fmt: skip


@blueprint.get("/links/<firstline_id:link_id>/qr.<any(svg, png):kind>")
def link_qr(link_id: int, kind: str) -> Response:
    """Send the QR code of an own link."""
    row = next((row for row in _own() if row.id == link_id and not row.is_host), None)
    if row is None:
        abort(404)
    return file_response(file_of(_address(row), kind), _KINDS[kind], f"qr-{row.tracking_id}.{kind}")


def _own() -> list[OwnLink]:
    return list(links_service.own_links(connection(), partner().id, today=i18n.local(now()).date()))


def _sales(rows: Sequence[OwnLink]) -> Mapping[str, int]:
    """Give the sales of all links per currency."""
    found: Counter[str] = Counter()
    for row in rows:
        found.update(row.sales)
    return dict(sorted(found.items()))


def _in_one_cell(sales: Mapping[str, int]) -> str:
    return "; ".join(f"{major(amount, currency)} {currency}" for currency, amount in sorted(sales.items()))


def _page_of(row: OwnLink) -> str:
    """Name the page that a link leads to."""
    if row.is_host:
        return _("Your own address")
    return row.title or row.path or _("Start of the shop")


def _address(row: OwnLink) -> str:
    if row.is_host:
        return f"{request.scheme}://{row.label}/"
    return url_for("firstline_checkout.tracking_link", text=row.tracking_id.lower(), _external=True)


def _own_path(text: str) -> str:
    """Give the path where somebody has copied the whole address of a page of this shop."""
    whole = request.url_root.rstrip("/")
    return text.removeprefix(whole) or "/" if text.startswith(whole) else text


def _problem(mistake: Mistake) -> str:
    if isinstance(mistake, BadLink):
        return _("A link leads to a page of this shop: copy its address from the browser, or give its path.")
    if isinstance(mistake, TooManyLinks):
        most = i18n.number(links_service.MOST_LINKS)
        return _("You have %(count)s links, more are not possible.", count=most)
    return _("You cannot make links at the moment. Please ask the shop.")
