"""The coupon field of the shop's cart: its form, its answers, the links that bring a code along; clicks."""

from __future__ import annotations

from flask import Flask

from . import clicks, consent, counter, field, leaving, material, sharing
from .views import blueprint


def install(app: Flask) -> None:
    """Give the shop's templates what our includes ask for."""
    field.install(app)
    consent.install(app)
    leaving.install(app)


__all__ = ["blueprint", "clicks", "counter", "install", "leaving", "material", "sharing"]
