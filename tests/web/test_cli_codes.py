from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flask_firstline.cli import code_files
from flask_firstline.models import Code
from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def codes(shop: SmallShop) -> list[Any]:
    with shop.app.app_context(), shop.engine.connect() as conn:
        return list(conn.execute(select(Code.__table__).order_by(Code.id)))


CSV = """code;owner;max
vonmeier;meier;
"=SUM(1)";;5
v0nmeier;;
abc1;nobody;many
"""


def test_codes_are_imported_from_a_spreadsheet_with_its_bad_lines_told(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("partner", "add", "--ref", "meier", "--email", "m@example.com")
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_text(CSV, encoding="utf-8-sig")

    first = cli("code", "import", str(file), "--coupon", "Five")
    again = cli.json("code", "import", str(file), "--coupon", "Five")
    told = cli("code", "import", str(file), "--coupon", "Five").output

    assert first.exit_code == 1
    assert "2 new, 0 changed, 0 as they were, 2 bad lines." in first.output
    assert "   5  owner   nobody    Nobody has this customer number." in first.output
    assert (again["created"], again["unchanged"], again["bad_lines"]) == (0, 2, 2)
    assert [(bad["line"], bad["column"], bad["problem"]) for bad in again["bad"]] == [
        (4, "code", "alike_line"), (5, "owner", "no_contact"), (5, "max", "no_number"),
    ]  # fmt: skip
    assert again["before"]["by"].startswith("cli:")
    assert told.startswith("This file was imported on 11/1/26")


def test_a_preview_stores_nothing(shop: SmallShop, cli: CommandLine, tmp_path: Path) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_text("code\nabc1\nabc2\n")

    said = cli.ok("code", "import", str(file), "--coupon", "Five", "--preview")

    assert "2 new, 0 changed, 0 as they were." in said
    assert "Nothing was imported: this was a preview." in said
    assert codes(shop) == []


def test_all_or_none_imports_none_where_a_line_is_bad(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_text("code\nabc1\nab c1\n...\n")

    result = cli("code", "import", str(file), "--coupon", "Five", "--all-or-none")

    assert result.exit_code == 1
    assert codes(shop) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"abc1\nabc2\n", "code is needed; it has abc1"),
        (b"code,colour\nabc1,red\n", "Its column colour is not known; possible are code, owner, holder"),
        (b"", "There is nothing in it"),
        ("code\nмагазин\n".encode("cp1251"), "not in UTF-8"),
        (b'code\nabc\n"def\n', "Line 3 cannot be read"),
    ],
)
def test_files_that_are_no_list_of_codes_are_refused(
    cli: CommandLine, tmp_path: Path, content: bytes, sentence: str
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_bytes(content)

    assert sentence in " ".join(cli.refused("code", "import", str(file), "--coupon", "Five").split())


def test_generated_codes_are_exported_and_the_export_can_be_imported(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("partner", "add", "--ref", "meier", "--email", "m@example.com")
    cli.ok("coupon", "add", "Five", "--amount", "5")
    made = cli.json(
        "code", "generate", "--coupon", "Five", "--count", "30", "--prefix", "SPRING", "--owner", "meier",
        "--max", "1", "--until", "2026-12-31", "--occasion", "Fair",
    )  # fmt: skip
    file = tmp_path / "codes.csv"

    cli.ok("code", "export", "--coupon", "Five", "--output", str(file))
    again = cli.json("code", "import", str(file), "--coupon", "Five")

    lines = file.read_text().splitlines()
    assert made == {"count": 30, "batch": 1}
    assert lines[0] == "code,owner,holder,max,from,until,credit,occasion"
    assert [line.split(",")[0] for line in lines[1:]] == [code.display for code in codes(shop)]
    assert all(
        line.startswith("SPRING") and line.endswith(",meier,,1,,2026-12-31,,Fair") for line in lines[1:]
    )
    assert (again["created"], again["changed"], again["unchanged"], again["bad"]) == (0, 0, 30, [])
    assert cli.ok("code", "export", "--coupon", "Five") == file.read_text()
    exported = cli.json("code", "export", "--coupon", "Five")
    assert (exported[0]["owner"], exported[0]["uses"], exported[0]["active"]) == ("meier", 0, True)


def test_codes_have_a_check_sign_unless_it_is_left_out(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    cli.ok("code", "generate", "--coupon", "Five", "--count", "1")
    cli.ok("code", "generate", "--coupon", "Five", "--count", "1", "--no-check-sign", "--length", "8")

    assert [len(code.display) for code in codes(shop)] == [11, 8]
    refused = cli.refused(
        "code", "generate", "--coupon", "Five", "--count", "1", "--no-check-sign", "--length", "11"
    )
    assert "There are codes of this form with a check sign" in refused


def test_a_batch_is_listed_and_written_for_the_printer(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5", "--until", "2026-12-24")
    cli.ok("code", "generate", "--coupon", "Five", "--count", "2", "--occasion", "Fair")
    file = tmp_path / "cards.csv"

    said = cli.ok("code", "batches")
    listed = cli.json("code", "batches", "--coupon", "Five")
    cli.ok("code", "export", "--batch", "1", "--address", "https://shop.example/", "--output", str(file))

    code = codes(shop)[0].display
    assert "Five    generated  Fair          2         0" in said
    assert [(one["id"], one["count"], one["redeemed"]) for one in listed] == [(1, 2, 0)]
    assert file.read_text().splitlines()[:2] == [
        "code,occasion,valid_until,link",
        f"{code},Fair,2026-12-24,https://shop.example/firstline/c/{code}",
    ]


def test_the_address_in_links_is_that_of_the_server_or_is_asked_for(
    shop: SmallShop, cli: CommandLine
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    cli.ok("code", "generate", "--coupon", "Five", "--count", "1")

    assert "--address" in cli.refused("code", "export", "--batch", "1")
    shop.app.config.update(SERVER_NAME="shop.example", PREFERRED_URL_SCHEME="https")
    assert "https://shop.example/firstline/c/" in cli.ok("code", "export", "--batch", "1")


def test_an_export_is_of_a_coupon_or_a_batch(cli: CommandLine) -> None:
    assert "either" in cli.refused("code", "export")
    assert "no batch" in cli.refused("code", "export", "--batch", "7", "--address", "https://shop.example")
    assert cli.ok("code", "batches") == "There are no batches.\n"


def test_a_code_that_a_spreadsheet_would_take_for_a_formula_comes_back_unchanged(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    cli.ok("code", "add", "--coupon", "Five", "--", "=1+1")
    file = tmp_path / "codes.csv"

    cli.ok("code", "export", "--coupon", "Five", "--output", str(file))

    assert "'=1+1" in file.read_text()
    assert cli.json("code", "import", str(file), "--coupon", "Five")["unchanged"] == 1


def test_a_single_code_has_dates_of_its_own(shop: SmallShop, cli: CommandLine) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    cli.ok("code", "add", "abc", "--coupon", "Five", "--from", "2026-11-01", "--until", "2026-11-01")

    (code,) = codes(shop)
    assert (code.valid_until - code.valid_from).days == 1
    assert "ends before" in cli.refused(
        "code", "add", "abd", "--coupon", "Five", "--from", "2026-11-02", "--until", "2026-11-01"
    )


def test_people_see_a_bar_and_pipes_see_none(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_text("code\nabc1\n")
    command = ("code", "import", str(file), "--coupon", "Five")
    monkeypatch.setattr(code_files, "_is_for_people", lambda: True)

    seen = cli(*command).output
    generated = cli("code", "generate", "--coupon", "Five", "--count", "3").output
    monkeypatch.setattr(code_files, "_is_for_people", lambda: False)

    assert "Importing" in seen
    assert "Generating" in generated
    assert "Importing" not in cli(*command).output
