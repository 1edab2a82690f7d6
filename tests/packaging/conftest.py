from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"flask_firstline": ROOT / "plugin", "flask_firstline.migrations": ROOT / "migrations"}
SOURCES = ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "plugin", "migrations")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A Python environment that holds our wheel and sees the dependencies of this one."""

    python: Path
    folder: Path

    def run(self, script: Path) -> subprocess.CompletedProcess[str]:
        """Run a script, away from the sources and deaf to PYTHON* variables."""
        return subprocess.run(
            [self.python, "-I", script],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture(scope="session")
def listed_packages() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    return set(config["options"]["packages"].split())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a clean copy of the sources, without any network."""
    sources = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, sources)

    target = tmp_path_factory.mktemp("wheel")
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    built = subprocess.run([*command, "--outdir", target, sources], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(target.glob("*.whl"))


@pytest.fixture(scope="session")
def wheel_files(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install the wheel into an empty environment; a .pth file lends it the dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    home = NewEnvironment(with_pip=False, symlinks=True)
    home.create(folder / "venv")
    python = Path(home.context.env_exe)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        python,
    ]
    options: list[str | Path] = ["--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*command, "install", *options, wheel], check=True)

    (installed,) = (folder / "venv").rglob("site-packages")
    others = [path for path in sys.path if Path(path).name == "site-packages"]
    (installed / "dependencies.pth").write_text("\n".join(others))
    return Environment(python=python, folder=folder)


class NewEnvironment(venv.EnvBuilder):
    """An environment builder that remembers where it put Python."""

    context: Any

    def post_setup(self, context: Any) -> None:
        """Keep the paths."""
        self.context = context
