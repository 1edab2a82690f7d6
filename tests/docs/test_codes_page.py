"""The commands of "Many codes at once" do what the page says."""

from __future__ import annotations

from pathlib import Path

from tests.small_shop import SmallShop

from .conftest import said_by

TABLE = "code;max;until;occasion\nfair-anna;1;31.12.2026;Fair\nfair-bert;;;\n"


def test_every_command_of_the_page_works(shop: SmallShop) -> None:
    Path("codes.csv").write_text(TABLE, encoding="utf-8-sig")

    said = said_by(shop, "codes.md")

    assert len(said) == 7
    assert len(Path("cards.csv").read_text().splitlines()) == 501
    assert Path("cards.csv").read_text().splitlines()[1].startswith("FAIR26-")
    assert len(Path("all-codes.csv").read_text().splitlines()) == 503
    assert any("2 new, 0 changed, 0 as they were." in text for _command, text in said)
