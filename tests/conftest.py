"""Fixtures for all tests: fresh real databases, empty or with our tables."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine

from .databases import Databases, PostgresServer, PostgresUnavailable, postgres_server
from .warm import forget_the_disk, hash_quickly, keep_warm

settings.register_profile("firstline", deadline=None, print_blob=True)
settings.load_profile("firstline")
keep_warm()
hash_quickly()
forget_the_disk()

Schema = Callable[[Engine], None]
LONG = ("race", "browser", "slow")
EDGES = ("api", "web")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let pages, commands and the API run on SQLite alone, but where it is the database that matters.

    The services below them are tested on both; the gate opens every page and posts every form on both.
    """
    test = metafunc.definition
    either = test.path.parent.name not in EDGES or test.get_closest_marker("both_databases")
    if "databases" in metafunc.fixturenames and not either:
        test.add_marker(pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    if not os.environ.get("FIRSTLINE_EVERY_CASE"):
        later = set(_later_cases(items))
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in later]
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in LONG))


def _later_cases(items: list[pytest.Item]) -> list[pytest.Item]:
    """Give what PostgreSQL need not see: of a table of service cases the first; all run on SQLite.

    `make proof` runs each case on both.
    """
    begun: set[tuple[object, ...]] = set()
    later: list[pytest.Item] = []
    for item in items:
        if not isinstance(item, pytest.Function) or item.path.parent.name != "service":
            continue
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if params.get("databases") != "postgresql":
            continue
        test = (item.path, item.cls, item.originalname)
        if test in begun:
            later.append(item)
        begun.add(test)
    return later


def pytest_collection_finish() -> None:
    """Spare the search for garbage all that has been loaded, and let it come less often: memory is there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one PostgreSQL server per worker, or skip saying why there is none."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresUnavailable as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture(scope="session")
def both_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Databases]]:
    """Keep the databases of either kind, with their templates, while the tests change between them."""
    kept: dict[str, Databases] = {"sqlite": Databases(tmp_path_factory.mktemp("databases"))}
    yield kept
    for databases in kept.values():
        databases.close()


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def databases(request: pytest.FixtureRequest, both_databases: dict[str, Databases]) -> Databases:
    """Hand out databases of either kind: what asks for this runs on both."""
    if request.param not in both_databases:
        folder = both_databases["sqlite"].folder
        both_databases[request.param] = Databases(folder, request.getfixturevalue("postgres"))
    return both_databases[request.param]


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """Lend a fresh and empty database."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def schema() -> Schema:
    """Give the function that makes our tables."""
    from flask_firstline.models.base import create_all

    return create_all


@pytest.fixture(scope="session")
def template(databases: Databases, schema: Schema) -> str:
    """Make our tables once, in a database that the others are copied from; give its name."""

    def fill(url: str) -> None:
        engine = create_engine(url)
        schema(engine)
        engine.dispose()

    return databases.template("tables", fill)


@pytest.fixture
def firstline_url(databases: Databases, template: str) -> Iterator[str]:
    """Lend a fresh database that has our tables and nothing else."""
    with databases.fresh(template=template) as url:
        yield url


@pytest.fixture
def migrated_url(databases: Databases) -> Iterator[str]:
    """Lend a fresh database that our migrations have brought up to date."""
    from flask_firstline.services import schema

    def fill(url: str) -> None:
        engine = create_engine(url)
        schema.upgrade(engine)
        engine.dispose()

    with databases.fresh(template=databases.template("migrated", fill)) as url:
        yield url


@pytest.fixture
def engine(firstline_url: str) -> Iterator[Engine]:
    """Give an engine on a fresh database that has our tables."""
    engine = create_engine(firstline_url)
    yield engine
    engine.dispose()
