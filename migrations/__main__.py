"""Write a revision from what the models have and the migrations do not yet.

python -m flask_firstline.migrations 0002 "Add payouts"
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import create_engine

from flask_firstline.services import schema


def main() -> None:
    """Migrate a throw-away database and compare it with the models."""
    if len(sys.argv) != 3:
        sys.exit('usage: python -m flask_firstline.migrations NUMBER "What it does"')
    number, message = sys.argv[1:]
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.sqlite'}")
        schema.upgrade(engine)
        with schema.migrating(engine) as config:
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main()
