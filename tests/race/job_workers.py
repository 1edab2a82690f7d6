"""Workers as real processes: the command, Celery and Huey, each ended with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = "tests.race.job_site"
LONGEST = 60
CELERY = ("-m", "celery", "-A", f"{SITE}:celery_app", "worker", "-c", "2", "-l", "INFO",
          "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip
HUEY = ("-m", "huey.bin.huey_consumer", f"{SITE}.huey_app", "-w", "2")
COMMAND = ("-m", "flask", "--app", f"{SITE}:app", "firstline", "work", "--pause", "1")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where workers work; `seconds` lie between their rounds."""

    url: str
    smtp: str
    broker: str
    folder: Path
    seconds: int = 3600

    def put_clock_ahead(self, minutes: int) -> None:
        """Let the clock of the workers, also of those that run, be ahead."""
        (self.folder / "ahead").write_text(str(minutes))

    def env(self) -> dict[str, str]:
        """Give it as the site reads it."""
        return {
            **os.environ,
            "JOBS_DATABASE": self.url,
            "JOBS_SMTP": self.smtp,
            "JOBS_BROKER": self.broker,
            "JOBS_AHEAD": str(self.folder / "ahead"),
            "JOBS_SECONDS": str(self.seconds),
        }


@dataclass(frozen=True, kw_only=True)
class Running:
    """A worker that runs, and what it has said."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """Give all that it has said so far."""
        return self.output.read_text(errors="replace")


@contextmanager
def running(place: Place, command: tuple[str, ...], *more: str) -> Iterator[Running]:
    """Run a worker; at the end it is killed with all that it started."""
    output = place.folder / f"output-{len(list(place.folder.iterdir()))}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command, *more],
            cwd=ROOT,
            env=place.env(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield Running(process=process, output=output)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LONGEST)


@contextmanager
def celery(place: Place, *more: str) -> Iterator[Running]:
    """Run Celery with two processes, and wait until it is ready."""
    with running(place, CELERY, *more) as worker:
        wait_until(lambda: " ready." in worker.said(), worker)
        yield worker


def wait_until(done: Callable[[], bool], *workers: Running) -> None:
    """Wait for something that workers do."""
    until = time.monotonic() + LONGEST
    while not done():
        if time.monotonic() > until or any(worker.process.poll() is not None for worker in workers):
            raise AssertionError("it does not happen; " + "\n".join(worker.said() for worker in workers))
        time.sleep(0.02)
