from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import FOLDERS, Environment

FOR_TRANSLATORS = {".pot"}

MOUNT = """
import sys
import json
from pathlib import Path

from flask import Flask

import flask_firstline
from flask_firstline import Firstline


class TinyShop:
    def current_customer(self):
        return None

    def current_cart(self):
        return None

    def is_admin(self):
        return False


assert Path(flask_firstline.__file__).is_relative_to(sys.prefix), flask_firstline.__file__

app = Flask("tiny", root_path=str(Path.cwd()))
app.config.update(SECRET_KEY="tiny", FIRSTLINE_DATABASE_URL=f"sqlite:///{Path.cwd() / 'tiny.sqlite'}")
Firstline().init_app(app, shop=TinyShop())

for command in ("upgrade", "check"):
    result = app.test_cli_runner().invoke(args=["firstline", "db", command])
    assert result.exit_code == 0, result.output

app.add_url_rule("/", view_func=lambda: app.jinja_env.get_template("firstline/coupon_field.html").render())
answer = app.test_client().get("/")
assert answer.status_code == 200, answer.text
assert 'data-firstline="coupon"' in answer.text, answer.text
"""


def folders_with_python() -> set[str]:
    return {
        ".".join([package, *folder.relative_to(root).parts])
        for package, root in FOLDERS.items()
        for folder in (root, *root.rglob("*"))
        if folder.is_dir() and any(folder.glob("*.py"))
    }


def source_files() -> set[str]:
    return {
        f"{package.replace('.', '/')}/{file.relative_to(root).as_posix()}"
        for package, root in FOLDERS.items()
        for file in root.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix not in FOR_TRANSLATORS
    }


def test_setup_cfg_lists_every_folder_that_holds_python(listed_packages: set[str]) -> None:
    assert listed_packages == folders_with_python()


def test_every_folder_that_holds_python_is_a_package() -> None:
    folders = [folder for root in FOLDERS.values() for folder in (root, *root.rglob("*"))]

    bare = [f for f in folders if any(f.glob("*.py")) and not (f / "__init__.py").is_file()]

    assert bare == []


def test_the_wheel_holds_all_files_of_the_package_and_no_others(wheel_files: set[str]) -> None:
    of_the_package = {name for name in wheel_files if ".dist-info/" not in name}

    assert of_the_package == source_files()


@pytest.mark.parametrize(
    "name",
    [
        "flask_firstline/py.typed",
        "flask_firstline/migrations/env.py",
        "flask_firstline/migrations/script.py.mako",
        "flask_firstline/templates/firstline/coupon_field.html",
        "flask_firstline/static/firstline/firstline.css",
        "flask_firstline/translations/de/LC_MESSAGES/firstline.mo",
    ],
)
def test_the_wheel_brings_what_is_not_python(wheel_files: set[str], name: str) -> None:
    assert name in wheel_files


def test_the_wheel_brings_its_licence_and_nothing_of_the_tests(wheel_files: set[str]) -> None:
    assert any(name.endswith("LICENSE") and ".dist-info/" in name for name in wheel_files)
    assert {name.partition("/")[0].partition("-")[0].lower() for name in wheel_files} == {"flask_firstline"}


@pytest.mark.slow
def test_the_wheel_mounts_into_a_shop_from_an_empty_environment(
    environment: Environment, tmp_path: Path
) -> None:
    script = tmp_path / "mount.py"
    script.write_text(MOUNT)

    result = environment.run(script)

    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_a_shop_with_babel_admin_api_and_error_pages_of_its_own_answers_as_before(
    environment: Environment, tmp_path: Path
) -> None:
    """Pages, headers, cookies, statements, API document, addresses, settings and log: all are compared."""
    script = tmp_path / "beside.py"
    script.write_text(Path(__file__).with_name("beside.py").read_text())

    result = environment.run(script)

    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["changed"] == {}
    assert said["asked"] > 30
