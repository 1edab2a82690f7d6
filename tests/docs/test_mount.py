"""The shop of "Mount it", built by executing its page, sells with a code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "mount.md"
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Execute the page from top to bottom: Python here, commands through the app's own command line."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "mount"}
    for snippet in _PYTHON.findall(PAGE.read_text(encoding="utf-8")):
        if "flask_migrate" not in snippet:
            exec(snippet.replace("sqlite:///shop.sqlite", f"sqlite:///{tmp_path}/shop.sqlite"), names)
    app, db = names["app"], names["db"]
    with app.app_context():
        db.create_all()
        db.session.add(names["CartItem"](sku="TEA", title="Tea", price=Decimal("12.50"), quantity=2))
        db.session.commit()
    yield SimpleNamespace(**names)
    with app.app_context():
        db.engine.dispose()


def commands() -> list[list[str]]:
    import shlex

    lines = "\n".join(_SHELL.findall(PAGE.read_text(encoding="utf-8"))).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("flask firstline")]


def test_the_page_sells_with_a_partners_code(page: Any) -> None:
    runner = page.app.test_cli_runner()
    for command in commands():
        once = [*command, "--once"] if command[-1] == "work" else command
        done = runner.invoke(args=once)
        assert done.exit_code == 0, (command, done.output)

    with page.app.app_context():
        from flask_firstline import Customer, Order

        cart = page.MyShop().current_cart()
        refused_or_quote = page.firstline.apply_coupon(cart, "VonMeier")
        page.db.session.commit()
        buyer = Customer(ref="7", email="ina@example.org")
        page.firstline.order_placed(Order.from_cart(cart, ref="A-1", customer=buyer))
        page.db.session.commit()
        page.order_is_paid("A-1")
        earned = page.firstline.balance("1003")["EUR"].on_hold
        page.db.session.rollback()
        page.money_went_back("A-1", "B-1", "20.00")
        left = page.firstline.balance("1003")["EUR"].on_hold
        page.db.session.rollback()

    assert refused_or_quote.discount == Decimal("5.00")
    assert (earned, left) == (Decimal("1.68"), Decimal("0.00"))
    assert page.firstline is not None
