"""What the tests of pages with commands share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from flask_firstline.models.base import create_all
from tests.small_shop import SmallShop, build

DOCS = Path(__file__).parents[2] / "docs"
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallShop]:
    """Give a shop with a database of its own, and a folder to be in."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    engine = create_engine(url)
    create_all(engine)
    engine.dispose()
    shop = build(url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


def said_by(shop: SmallShop, page: str) -> list[tuple[str, str]]:
    """Do every command of a page, each without an error; give it with what it says."""
    said = []
    for command in "".join(_SHELL.findall((DOCS / page).read_text(encoding="utf-8"))).splitlines():
        done = shop.app.test_cli_runner().invoke(args=shlex.split(command)[1:])
        assert done.exit_code == 0, (command, done.output)
        said.append((command, done.output))
    return said
