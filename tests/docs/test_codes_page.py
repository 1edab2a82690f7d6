"""The commands of "Many codes at once" do what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_shop import SmallShop, build

PAGE = Path(__file__).parents[2] / "docs" / "codes.md"
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
TABLE = "code;max;until;occasion\nfair-anna;1;31.12.2026;Fair\nfair-bert;;;\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SmallShop]:
    from sqlalchemy import create_engine

    from flask_firstline.models.base import create_all

    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    engine = create_engine(url)
    create_all(engine)
    engine.dispose()
    shop = build(url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


def test_every_command_of_the_page_works(
    shop: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("codes.csv").write_text(TABLE, encoding="utf-8-sig")
    commands = "".join(_SHELL.findall(PAGE.read_text(encoding="utf-8"))).splitlines()
    said = {}
    for command in commands:
        done = shop.app.test_cli_runner().invoke(args=shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output)
        said[command] = done.output

    assert len(commands) == 7
    assert len(Path("cards.csv").read_text().splitlines()) == 501
    assert Path("cards.csv").read_text().splitlines()[1].startswith("FAIR26-")
    assert len(Path("all-codes.csv").read_text().splitlines()) == 503
    assert any("2 new, 0 changed, 0 as they were." in text for text in said.values())
