from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

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


CSV = """code;owner;max
vonmeier;meier;
"=SUM(1)";;5
v0nmeier;;
abc1;nobody;
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

    assert first.exit_code == 1
    assert "2 new, 0 changed, 0 as they were, 2 bad lines." in first.output
    assert "   5  abc1      There is no contact with the ref 'nobody'." in first.output
    assert (again["created"], again["unchanged"], [bad["line"] for bad in again["bad"]]) == (0, 2, [4, 5])


def test_all_or_none_imports_none_where_a_line_is_bad(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    file = tmp_path / "codes.csv"
    file.write_text("code\nabc1\nab c1\n...\n")

    result = cli("code", "import", str(file), "--coupon", "Five", "--all-or-none")

    assert result.exit_code == 1
    with shop.app.app_context(), shop.engine.connect() as conn:
        assert conn.execute(select(Code.id)).first() is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"abc1\nabc2\n", "code is needed"),
        (b"code,colour\nabc1,red\n", "it has code, colour"),
        (b"", "it has none"),
        ("code\nмагазин\n".encode("cp1251"), "not in UTF-8"),
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
    cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("partner", "add", "--ref", "meier", "--email", "m@example.com")
    cli.ok("coupon", "add", "Five", "--amount", "5")
    made = cli.json(
        "code",
        "generate",
        "--coupon",
        "Five",
        "--count",
        "30",
        "--prefix",
        "SPRING",
        "--owner",
        "meier",
        "--max",
        "1",
    )
    file = tmp_path / "codes.csv"

    cli.ok("code", "export", "--coupon", "Five", "--output", str(file))
    again = cli.json("code", "import", str(file), "--coupon", "Five")

    lines = file.read_text().splitlines()
    assert lines[0] == "code,owner,holder,max,uses,active"
    assert [line.split(",")[0] for line in lines[1:]] == made["codes"]
    assert lines[1].endswith(",meier,,1,0,True")
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 30)
    assert cli.ok("code", "export", "--coupon", "Five") == file.read_text()
    assert cli.json("code", "export", "--coupon", "Five")[0]["owner"] == "meier"


def test_a_code_that_a_spreadsheet_would_take_for_a_formula_comes_back_unchanged(
    shop: SmallShop, cli: CommandLine, tmp_path: Path
) -> None:
    cli.ok("coupon", "add", "Five", "--amount", "5")
    cli.ok("code", "add", "--coupon", "Five", "--", "=1+1")
    file = tmp_path / "codes.csv"

    cli.ok("code", "export", "--coupon", "Five", "--output", str(file))

    assert "'=1+1" in file.read_text()
    assert cli.json("code", "import", str(file), "--coupon", "Five")["unchanged"] == 1
