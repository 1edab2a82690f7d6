"""`flask firstline code cards`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline.cli import cards as cli_cards
from tests.small_shop import SmallShop, build

from .card_kit import read
from .cli_kit import CommandLine

SHOP = ("--address", "https://lindenhof.example")


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    with shop.app.app_context():
        shop.coupon("Five", codes=[f"A{number}" for number in range(12)])
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "cards.pdf"


def cards(cli: CommandLine, out: Path, *more: str) -> str:
    return cli.ok("code", "cards", "--coupon", "Five", "--out", str(out), *SHOP, *more)


def test_all_codes_of_a_coupon_become_cards(cli: CommandLine, out: Path) -> None:
    said = cards(cli, out)

    assert said == f"12 cards on 2 sheets are written to {out}.\n"
    with read(out.read_bytes()) as pdf:
        assert "lindenhof.example €5.00 off with the code A0" in pdf.text()
        assert pdf.scanned(1) == [f"https://lindenhof.example/firstline/c/A{n}" for n in (10, 11)]


def test_language_name_labels_and_copies_are_chosen(cli: CommandLine, out: Path) -> None:
    cards(cli, out, "--code", "a-3", "--lang", "de", "--name", "Lindenhof", "--layout", "labels21",
          "--copies", "22")  # fmt: skip

    with read(out.read_bytes()) as pdf:
        assert (pdf.pages, len(pdf.scanned(0)), len(pdf.scanned(1))) == (2, 21, 1)
        assert "Lindenhof 5,00 € Rabatt mit dem Code A3" in pdf.text()


def test_programs_get_figures(cli: CommandLine, out: Path) -> None:
    cli.ok("code", "add", "B1", "--coupon", "Five", "--max", "1")

    data = cli.json("code", "cards", "--coupon", "Five", "--out", str(out), *SHOP)

    assert data == {"file": str(out), "codes": 13, "cards": 13, "sheets": 2, "left_out": 0}


def test_the_address_comes_from_the_settings_where_they_have_one(
    cli: CommandLine, shop: SmallShop, out: Path
) -> None:
    shop.app.config.update(SERVER_NAME="tea.example", PREFERRED_URL_SCHEME="https", APPLICATION_ROOT="/shop")

    cli.ok("code", "cards", "--coupon", "Five", "--code", "A1", "--out", str(out))

    with read(out.read_bytes()) as pdf:
        assert pdf.scanned() == ["https://tea.example/shop/firstline/c/A1"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((), "say where it is, as --address https://shop.example."),
        (("--address", "lindenhof.example"), "say where it is, as --address https://shop.example."),
        ((*SHOP, "--code", "nothing"), "The coupon 'Five' has no code 'nothing'."),
        ((*SHOP, "--batch", "7"), "The coupon 'Five' has no batch 7."),
        ((*SHOP, "--lang", "fr"), "The shop has no language 'fr'; it has en, de, nl, ru."),
        ((*SHOP, "--part", "2"), "There is no code to print"),
    ],
)
def test_what_cannot_be_printed_is_said(
    cli: CommandLine, out: Path, more: tuple[str, ...], sentence: str
) -> None:
    said = cli.refused("code", "cards", "--coupon", "Five", "--out", str(out), *more)

    assert sentence in said
    assert not out.exists()


@pytest.mark.parametrize(("most", "files"), [(13, 1), (12, 1), (11, 2), (4, 3)])
def test_more_cards_than_a_file_holds_come_in_parts(
    cli: CommandLine, out: Path, monkeypatch: pytest.MonkeyPatch, most: int, files: int
) -> None:
    monkeypatch.setattr(cli_cards, "MOST_CARDS", most)
    if files > 1:
        said = cli.refused("code", "cards", "--coupon", "Five", "--out", str(out), *SHOP)
        assert f"a file has at most {most} of them. Add --part 1 to --part {files}, one file each." in said

    found = set()
    for part in range(1, files + 1):
        cards(cli, out, "--part", str(part))
        with read(out.read_bytes()) as pdf:
            found |= {link for page in range(pdf.pages) for link in pdf.scanned(page)}

    assert len(found) == 12


def test_without_the_extra_the_command_says_what_to_install(
    cli: CommandLine, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_cards, "can_print", lambda: False)

    said = cli.refused("code", "cards", "--coupon", "Five", "--out", str(out), *SHOP)

    assert 'pip install "Flask-Firstline[pdf]"' in said
