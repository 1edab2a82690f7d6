"""Material on either database: kept, changed, shown, and its pictures as they were sent."""

from __future__ import annotations

import pytest

from flask_firstline.models import Audit, MaterialKind
from flask_firstline.services import material
from flask_firstline.services.material import Piece
from flask_firstline.services.mistakes import BadLink, BadPicture, Mistake, NotThere
from flask_firstline.testing import FakeShop, make_product

from ..unit.test_pictures import drawn

BANNER = Piece(kind=MaterialKind.BANNER, title="Spring", path="/balm")
TEXT = Piece(kind=MaterialKind.TEXT, title="Letter", text="Look: {link}")


def add(shop: FakeShop, piece: Piece, picture: bytes | None = None) -> int:
    with shop.transaction() as session:
        return material.add(session.connection(), piece, picture, who="test", now=shop.clock.now)


def change(shop: FakeShop, key: int, piece: Piece, picture: bytes | None = None) -> bool:
    with shop.transaction() as session:
        return material.change(session.connection(), key, piece, picture, who="test", now=shop.clock.now)


def test_a_picture_comes_back_as_it_was_sent(shop: FakeShop) -> None:
    picture = drawn("PNG", (300, 200))
    made = add(shop, BANNER, picture)

    with shop.transaction() as session:
        assert material.content(session.connection(), made) == (picture, "image/png")
        [shown] = material.shown(session.connection())
    assert (shown.width, shown.height, shown.file_name.endswith(".png")) == (300, 200, True)


def test_material_of_products_comes_after_that_of_the_shop_and_only_where_they_are_shown(
    shop: FakeShop,
) -> None:
    make_product(shop.app, "balm", title="Balm", shown_in_desk=True)
    make_product(shop.app, "soap", title="Soap")
    for ref in ("balm", "soap"):
        add(shop, Piece(kind=MaterialKind.TEXT, title=ref, text="x", product_ref=ref))
    add(shop, TEXT)
    add(shop, Piece(kind=MaterialKind.TEXT, title="Hidden", text="x", listed=False))

    with shop.transaction() as session:
        assert [piece.title for piece in material.shown(session.connection())] == ["Letter", "balm"]


def test_the_same_again_changes_nothing_and_is_not_logged(shop: FakeShop) -> None:
    made = add(shop, TEXT)

    assert not change(shop, made, TEXT)
    assert change(shop, made, Piece(kind=MaterialKind.TEXT, title="Letter", text="Look again"))
    assert [row.act for row in shop.rows(Audit, noun="material")] == ["create", "change"]


@pytest.mark.parametrize(
    ("piece", "picture", "mistake"),
    [
        (BANNER, None, BadPicture),
        (BANNER, b"<svg/>", BadPicture),
        (Piece(kind=MaterialKind.TEXT, title="x", text=" "), None, Mistake),
        (Piece(kind=MaterialKind.TEXT, title=" ", text="x"), None, Mistake),
        (Piece(kind=MaterialKind.TEXT, title="x", text="x", path="//evil.example"), None, BadLink),
        (Piece(kind=MaterialKind.TEXT, title="x", text="x", product_ref="none"), None, NotThere),
    ],
)
def test_what_cannot_be_material_is_refused(
    shop: FakeShop, piece: Piece, picture: bytes | None, mistake: type[Mistake]
) -> None:
    with pytest.raises(mistake):
        add(shop, piece, picture)


def test_a_banner_never_becomes_a_text(shop: FakeShop) -> None:
    made = add(shop, BANNER, drawn("GIF"))

    with pytest.raises(NotThere):
        change(shop, made, TEXT)
