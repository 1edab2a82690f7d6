"""The shelf: products by category and by search."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext
from sqlalchemy import or_, select
from werkzeug import Response

from .base import db
from .models import Product
from .settings import LANGUAGES
from .web import is_local

catalogue = Blueprint("catalogue", __name__)

CATEGORIES = {
    "tea": lazy_gettext("Tea"),
    "pantry": lazy_gettext("Pantry"),
    "care": lazy_gettext("Care"),
    "home": lazy_gettext("Home"),
    "gifts": lazy_gettext("Gifts"),
}


@catalogue.get("/")
def shelf() -> str:
    category, wanted = request.args.get("category", ""), request.args.get("q", "").strip()[:60]
    found = select(Product).order_by(Product.id)
    if category:
        found = found.where(Product.category == category)
    if wanted:
        texts = (Product.title_en, Product.title_de, Product.text_en, Product.text_de)
        found = found.where(or_(*(text.icontains(wanted, autoescape=True) for text in texts)))
    products = db.session.scalars(found).all()
    if category and category not in CATEGORIES:
        abort(404)
    return render_template("shelf.html", products=products, category=category, wanted=wanted)


@catalogue.get("/product/<sku>")
def product(sku: str) -> str:
    found = db.first_or_404(select(Product).where(Product.sku == sku))
    return render_template("product.html", product=found)


@catalogue.get("/favicon.ico")
def favicon() -> Response:
    return redirect(url_for("static", filename="mark.svg"), 301)


@catalogue.post("/language")
def language() -> Response:
    chosen, back = request.form.get("language"), request.form.get("next", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    return redirect(back if is_local(back) else url_for("catalogue.shelf"), 303)
