"""The contract of a shop with the plugin, as tests that a shop's developer runs against the own adapter."""

from __future__ import annotations

from .cart_contract import CartContract
from .order_contract import OrderContract


class ShopContract(CartContract, OrderContract):
    """Prove an adapter: subclass it in your tests and give the fixture `shop`, a driver of your shop.

        from flask_firstline.testing import ShopContract, ShopDriver

        class MyDriver(ShopDriver):
            ...                                  # each method does one thing in your shop

        class TestMyShop(ShopContract):
            @pytest.fixture
            def shop(self, tmp_path):
                app = create_app(database=tmp_path / "shop.sqlite", TESTING=True)
                yield MyDriver(app)

    The database is fresh, with your tables and ours (`flask_firstline.models.create_all(engine)`, or
    `flask firstline db upgrade`). Each test is a sentence that must be true of your shop, and says what to
    mend where it is not.
    """
