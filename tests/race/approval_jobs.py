"""What the processes do with changes that wait for approval: owners decide them on the admin pages."""

from __future__ import annotations

from functools import cache

from flask.testing import FlaskClient

from tests.small_shop import SmallShop
from tests.web.office import PREFIX, Office, hidden

from .racers import PROCESSES

OWNERS = ("ines", "otto")


@cache
def _owner(url: str, name: str) -> tuple[FlaskClient, dict[str, str]]:
    """Sign an owner in, once in each process; give the browser and what protects its forms."""
    browser = Office(url, mount=("admin",)).browser(name)
    page = browser.get(f"{PREFIX}/coupons/new")
    return browser, dict(hidden(page.get_data(as_text=True))[:1])


def decide(shop: SmallShop, number: int) -> str:
    """Approve or reject: all processes go through the same changes in the same order."""
    url = shop.app.config["SQLALCHEMY_DATABASE_URI"]
    browser, token = _owner(url, OWNERS[number % 2])
    what = "reject" if number % 5 == 0 else "approve"
    address = f"{PREFIX}/approvals/{number // PROCESSES + 1}/{what}"
    return str(browser.post(address, data={**token, "why": str(number)}).status_code)
