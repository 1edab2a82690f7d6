"""Workers as real processes: the command, Celery and Huey, each ended with all that it started."""

from __future__ import annotations

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
    """Where workers work; `later` are the minutes that their clock is ahead, `seconds` lie between rounds."""

    url: str
    smtp: str
    broker: str
    folder: Path
    later: int = 0
    seconds: int = 3600

    def env(self) -> dict[str, str]:
        """Give it as the site reads it."""
        return {
            **os.environ,
            "JOBS_DATABASE": self.url,
            "JOBS_SMTP": self.smtp,
            "JOBS_BROKER": self.broker,
            "JOBS_LATER": str(self.later),
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

    def end(self, how: signal.Signals) -> None:
        """Send a signal to the worker with all that it started, and wait for its end."""
        os.killpg(self.process.pid, how)
        self.process.wait(LONGEST)


@contextmanager
def running(place: Place, command: tuple[str, ...], *more: str) -> Iterator[Running]:
    """Run a worker; it is killed at the end where it still runs."""
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
    worker = Running(process=process, output=output)
    try:
        yield worker
    finally:
        if process.poll() is None:
            worker.end(signal.SIGKILL)


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
