"""The API of a shop by its platform, opened with its key."""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import Row

from ..services import sources
from ..services.context import Context
from ..state import State
from .api_saleor import Saleor
from .api_shopify import Shopify
from .api_woocommerce import WooCommerce
from .shop_api import Caller, ShopApi


def open_api(state: State, ctx: Context, source: Row[Any]) -> ShopApi:
    """Give the API of a shop; NotThere where no key of it is kept."""
    access = sources.access_of(ctx.keys, source)
    if source.platform == "shopify":
        return Shopify(Caller(state=state, url=source.url, headers={"X-Shopify-Access-Token": access}))
    if source.platform == "saleor":
        bearer = {"Authorization": f"Bearer {access}"}
        return Saleor(Caller(state=state, url=source.url, headers=bearer), currency=source.currency)
    basic = {"Authorization": f"Basic {base64.b64encode(access.encode()).decode()}"}
    return WooCommerce(Caller(state=state, url=source.url, headers=basic))
