"""Fixtures for all tests: fresh real databases, empty or with our tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine

from .databases import Databases, PostgresServer, PostgresUnavailable, postgres_server
from .warm import forget_the_disk, keep_warm

settings.register_profile("firstline", deadline=None, print_blob=True)
settings.load_profile("firstline")
keep_warm()
forget_the_disk()

Schema = Callable[[Engine], None]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run one PostgreSQL server per worker, or skip saying why there is none."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresUnavailable as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Hand out databases of either kind: what asks for this runs on both."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return Databases(tmp_path_factory.mktemp("databases"), server)


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
    name, url = databases.create()
    engine = create_engine(url)
    schema(engine)
    engine.dispose()
    return name


@pytest.fixture
def firstline_url(databases: Databases, template: str) -> Iterator[str]:
    """Lend a fresh database that has our tables and nothing else."""
    with databases.fresh(template=template) as url:
        yield url


@pytest.fixture
def engine(firstline_url: str) -> Iterator[Engine]:
    """Give an engine on a fresh database that has our tables."""
    engine = create_engine(firstline_url)
    yield engine
    engine.dispose()
