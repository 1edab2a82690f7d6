"""Keep one server running for as long as standard input stays open.

The server belongs to this process, not to the tests: when they end, in whatever way, the pipe closes, the
server and all that it started end, and its folder goes. The one argument is JSON: `command`, `env`,
`folder` (made if it is missing, deleted at the end) and `at_end`, commands that clear up.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

STOPS_IN = 10


def main() -> int:
    """Start, wait for the end of standard input, stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wanted = json.loads(sys.argv[1])
    folder = Path(wanted["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, **wanted["env"]}
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            wanted["command"],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            sys.stdin.read()
        finally:
            end(server)
            for command in wanted["at_end"]:
                subprocess.run(command, env=env, capture_output=True, timeout=STOPS_IN)
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def end(server: subprocess.Popen[bytes]) -> None:
    """End a server with all that it started: kindly, and then by force."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOPS_IN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


if __name__ == "__main__":
    sys.exit(main())
