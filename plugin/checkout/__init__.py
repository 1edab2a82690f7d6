"""The coupon field of the shop's cart: its form, its answers, the links that bring a code along; clicks."""

from __future__ import annotations

from . import clicks
from .field import install
from .views import blueprint

__all__ = ["blueprint", "clicks", "install"]
