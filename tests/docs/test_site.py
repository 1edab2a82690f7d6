"""Every page is found by the person it is for, every picture is shown, what is written from code is fresh."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {page.name: page.read_text(encoding="utf-8") for page in DOCS.glob("*.md")}
_ROW = re.compile(r"^\| \[[^\]]+\]\(([\w-]+\.md)\) \|", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]+\]\((?:docs/)?pictures/([\w-]+\.png)\)")


def test_each_page_is_in_the_navigation_once() -> None:
    parts = re.split(r"^## For .+$", PAGES["README.md"], flags=re.MULTILINE)[1:]
    listed = Counter(name for part in parts for name in _ROW.findall(part))

    assert len(parts) == 4
    assert all(_ROW.search(part) for part in parts)
    assert listed == Counter(PAGES.keys() - {"README.md"})


def test_each_picture_exists_and_is_shown() -> None:
    texts = [*PAGES.values(), (ROOT / "README.md").read_text(encoding="utf-8")]
    shown = {name for text in texts for name in _PICTURE.findall(text)}

    assert shown == {picture.name for picture in (DOCS / "pictures").iterdir()}


def test_pages_that_are_written_from_the_code_are_of_today() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_each_migration_is_named_with_what_it_does() -> None:
    rows = dict(re.findall(r"^\| (\d{4}) \| (.+) \|$", PAGES["upgrade.md"], re.MULTILINE))

    assert set(rows) == {file.name[:4] for file in (ROOT / "migrations" / "versions").glob("0*.py")}
    assert all(text.endswith(".") for text in rows.values())
