"""Set the shop up, play the story of Partner Meier against it, and serve it: `python -m demo`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from . import create_app, seeds
from .opening import firstline, open_shop
from .scene import Story, StoryBroken
from .story import play

HOST = "127.0.0.1"


def main() -> int:
    """Give 0 when every step of the story is as it should be."""
    serve = os.environ.get("DEMO_SERVE") != "0"
    app = create_app()
    quiet_logs()
    print("Setting the shop up", flush=True)
    open_shop(app)
    try:
        with served(app, int(os.environ.get("PORT", "5000")) if serve else 0) as (home, thread):
            story = play(home, sys.stdout)
            firstline(app, "check")
            print("\nThe story is as it should be: every amount was compared to the cent.", flush=True)
            if serve:
                print(invitation(story), flush=True)
                thread.join()
    except StoryBroken as broken:
        print(f"\nNot as it should be. {broken}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


def quiet_logs() -> None:
    """Keep each single request out of the story."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def served(app: Flask, port: int) -> Iterator[tuple[str, Thread]]:
    """Serve the app on this machine; port 0 takes a free one."""
    server: BaseWSGIServer = make_server(HOST, port, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}", thread
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def invitation(story: Story) -> str:
    """Say where to look and how to sign in."""
    people = [
        ("Shop's admin", seeds.ADMIN.email, seeds.PASSWORD, "/office/ and /firstline/admin/"),
        ("Partner Meier", seeds.MEIER.email, seeds.PASSWORD, "/firstline/desk/"),
        ("Partner Schulz", seeds.SCHULZ.email, seeds.PASSWORD, "/firstline/desk/"),
        ("Jana, a buyer", story.email, story.password, "/account/"),
    ]
    rows = [f"  {who:15} {email:38} {word:18} {where}" for who, email, word, where in people]
    return "\n".join(["", f"The shop: {story.home}", "", *rows, "", "Stop it with Ctrl-C."])


if __name__ == "__main__":
    sys.exit(main())
