"""Real brokers for the tests: Redis and RabbitMQ on free ports of this machine, gone after them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

KEEPER = Path(__file__).with_name("server_keeper.py")
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
REDIS_SECONDS = 20
RABBITMQ_SECONDS = 90
Answers = Callable[[int], bool]


class BrokerUnavailable(Exception):
    """There is no such broker on this machine; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Broker:
    """A broker, which can be stopped and started again under the same address."""

    url: str
    port: int
    command: Sequence[str]
    answers: Answers
    seconds: int
    env: Mapping[str, str] = field(default_factory=dict)
    at_end: Sequence[Sequence[str]] = ()

    @contextmanager
    def running(self) -> Iterator[Broker]:
        """Run it; it stops at the end, or when this process dies."""
        folder = tempfile.mkdtemp(prefix="firstline-broker-")
        env = {name: value.replace("{folder}", folder) for name, value in self.env.items()}
        wanted = {"command": self.command, "env": env, "folder": folder, "at_end": self.at_end}
        keeper = subprocess.Popen(
            [sys.executable, str(KEEPER), json.dumps(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        with keeper:
            self._wait(keeper)
            yield self

    def _wait(self, keeper: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + self.seconds
        while not self.answers(self.port):
            if keeper.poll() is not None or time.monotonic() > until:
                if keeper.stdin is not None:
                    keeper.stdin.close()
                raise AssertionError(f"{self.command[0]} does not answer")
            time.sleep(0.02)


def redis_broker() -> Broker:
    """Give a Redis that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        raise BrokerUnavailable("redis-server is not installed")
    port = free_port()
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "daemonize": "no"}
    command = [program, *(word for name, value in options.items() for word in (f"--{name}", value))]
    return Broker(
        url=f"redis://127.0.0.1:{port}/0", port=port, command=command, answers=_redis, seconds=REDIS_SECONDS
    )


def rabbitmq_broker() -> Broker:
    """Give a RabbitMQ with a node name, ports and a name server of its own."""
    if not RABBITMQ.exists():
        raise BrokerUnavailable("rabbitmq-server is not installed")
    port, names, others = free_port(), free_port(), free_port()
    env = {
        "HOME": "{folder}",
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"firstline{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(others),
        "RABBITMQ_CONF_ENV_FILE": "{folder}/none",
        "RABBITMQ_CONFIG_FILE": "{folder}/none",
        "RABBITMQ_ENABLED_PLUGINS_FILE": "{folder}/plugins",
        "RABBITMQ_MNESIA_BASE": "{folder}/data",
        "RABBITMQ_LOG_BASE": "{folder}/log",
        "RABBITMQ_PID_FILE": "{folder}/pid",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
    }
    return Broker(
        url=f"amqp://guest:guest@127.0.0.1:{port}//",
        port=port,
        command=[str(RABBITMQ)],
        answers=_amqp,
        seconds=RABBITMQ_SECONDS,
        env=env,
        at_end=[["epmd", "-port", str(names), "-kill"]],
    )


def free_port() -> int:
    """Give a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _redis(port: int) -> bool:
    return _said(port, b"PING\r\n", b"+PONG")


def _amqp(port: int) -> bool:
    return _said(port, b"AMQP\x00\x00\x09\x01", b"\x01")


def _said(port: int, asked: bytes, answer: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(asked)
            return connection.recv(len(answer)) == answer
    except OSError:
        return False
