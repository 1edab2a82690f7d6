"""Keep the pages of docs/ up to date that are written from the code.

These are settings, commands, signals, public names, and the list of migrations.
Without arguments it writes them; with `--check` it says which are stale, and fails.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import get_type_hints

import reference_commands
import reference_names
from docstrings import below_fields, below_names, one_line, paragraphs

from flask_firstline import signals
from flask_firstline.config import PREFIX, Settings

DOCS = Path(__file__).parent.parent / "docs"
VERSIONS = DOCS.parent / "migrations" / "versions"
MIGRATIONS = "## The migrations\n"
SETTINGS_HEAD = """# Settings

All settings are keys of the app's `config` and begin with `FIRSTLINE_`. They are read once, by `init_app`;
an unknown key or a value that cannot work is refused there, with what to write instead. None has to be set.

```python
from flask import Flask

app = Flask(__name__)
app.config.update(
    SECRET_KEY="change me",
    FIRSTLINE_CURRENCY="EUR",
    FIRSTLINE_TIMEZONE="Europe/Berlin",
    FIRSTLINE_HOLD_DAYS=30,
)
```
"""
SIGNALS_HEAD = """# Signals

`flask_firstline.signals` tells your own code what has happened. The sender is the app. Signals are sent at
the end of a successful call, inside your transaction and before its commit: receivers may write rows through
the same session, and must not touch the outside world. For that there are [rules](rules.md),
[webhooks](messages.md) and [jobs](jobs.md), which begin after the commit.

```python
from flask import Flask
from flask_firstline.signals import commission_posted

app = Flask(__name__)


def note(app, *, ref, amounts, **more):
    app.logger.info("%s earned %s", ref, amounts)


commission_posted.connect(note, app)
```
"""
_KINDS: Mapping[object, str] = {
    str: "text",
    str | None: "text or None",
    int: "whole number",
    bool: "True or False",
    Decimal: "number",
    Decimal | None: "number or None",
    tuple[str, ...]: "list of texts",
    Mapping[str, str]: "dict of texts",
    Mapping[str, Decimal]: "dict of numbers by text",
}


def settings_page() -> str:
    """Give the page of the settings."""
    types, texts = get_type_hints(Settings), below_fields(Settings)
    parts = [_setting(item, types[item.name], paragraphs(texts[item.name])) for item in fields(Settings)]
    return "\n".join([SETTINGS_HEAD, *parts])


def _setting(item: Field[object], kind: object, text: str) -> str:
    key = PREFIX + item.name.upper()
    said = [f"## {key}\n", f"{text}\n", f"{_kind(kind)}, by default {_default(item)}.{_named_on(key)}\n"]
    return "\n".join(said)


def _kind(kind: object) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"{_list([f'`{str(choice)!r}`' for choice in kind])}"
    return _KINDS[kind][0].upper() + _KINDS[kind][1:]


def _list(choices: list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _default(item: Field[object]) -> str:
    value = item.default_factory() if item.default_factory is not MISSING else item.default
    if isinstance(value, StrEnum):
        value = str(value)
    if isinstance(value, tuple):
        value = list(value)
    return f"`{value if isinstance(value, Decimal) else repr(value)}`"


def _named_on(key: str) -> str:
    """Link the pages that tell more of a setting."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    found = [path for path, text in pages.items() if key in text and path.name not in WRITTEN]
    links = [f"[{pages[path].splitlines()[0].removeprefix('# ')}]({path.name})" for path in found]
    return f" More: {', '.join(links)}." if links else ""


def signals_page() -> str:
    """Give the page of the signals."""
    texts = below_names(signals)
    parts = [f"## {name}\n\n{one_line(texts[name])}\n" for name in signals.BY_NAME]
    return "\n".join([SIGNALS_HEAD, *parts])


def upgrade_page() -> str:
    """Give the page about upgrading, its end written anew: a row for each migration."""
    told, mark, _rows = (DOCS / "upgrade.md").read_text(encoding="utf-8").partition(MIGRATIONS)
    rows = [f"| {file.name[:4]} | {_says(file)} |" for file in sorted(VERSIONS.glob("[0-9]*.py"))]
    return "\n".join([f"{told}{mark}", "| number | what it does |", "|---|---|", *rows, ""])


def _says(file: Path) -> str:
    return one_line(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))


WRITTEN: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": reference_commands.page,
    "signals.md": signals_page,
    "reference.md": reference_names.page,
    "upgrade.md": upgrade_page,
}


def main(arguments: list[str]) -> int:
    """Write or check the pages and give the exit code."""
    wrong = [f"docs/reference.md does not tell of {name}" for name in sorted(reference_names.left_out())]
    wrong += [f"{command} takes no --json" for command in sorted(reference_commands.without_json())]
    for name, page in WRITTEN.items():
        file, text = DOCS / name, page()
        if "--check" not in arguments:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            wrong.append(f"docs/{name} is stale; run python scripts/reference.py")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
