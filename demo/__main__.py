"""Set the shop up, let it have a past, play the story, and serve it: `python -m demo`."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from . import create_app, history, seeds
from .browser import NotThere
from .opening import firstline, open_shop
from .scene import Story, StoryBroken
from .story import DAYS as STORY_DAYS
from .story import play

HOST = "127.0.0.1"


def main() -> int:
    """Give 0 when every step of the story is as it should be."""
    serve = os.environ.get("DEMO_SERVE") != "0"
    app = create_app()
    quiet_logs()
    print("Setting the shop up; three months go by in it", flush=True)
    is_new = open_shop(app, days_ago=history.DAYS + STORY_DAYS + history.DAYS_AFTER)
    try:
        with served(app, int(os.environ.get("PORT", "5000")) if serve else 0) as (home, thread):
            past = history.live(app, home) if is_new else None
            story = play(app, home, sys.stdout)
            if past is not None:
                history.live_on(past)
            firstline(app, "check")
            print("\nThe story is as it should be: every amount was compared to the cent.", flush=True)
            if serve:
                print(invitation(story), flush=True)
                with worker(home):
                    thread.join()
    except (StoryBroken, NotThere) as broken:
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
    """Serve the app on this machine; port 0 takes a free one. Mails then know where the shop is."""
    server: BaseWSGIServer = make_server(HOST, port, app, threaded=True)
    app.config["SERVER_NAME"] = f"{HOST}:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}", thread
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def worker(home: str) -> Iterator[None]:
    """Let `flask firstline work` run beside the shop, as it does in every shop."""
    command = [sys.executable, "-m", "flask", "--app", "demo", "firstline", "work"]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    surroundings = {**os.environ, "SERVER_NAME": home.removeprefix("http://")}
    process = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def invitation(story: Story) -> str:
    """Say where to look and how to sign in."""
    partner, admin = "/firstline/desk/", "/firstline/admin/ and /office/"
    people = [
        ("Jana, a buyer", story.email, story.password, "/account/"),
        ("Hans Meier, a partner", seeds.MEIER.email, seeds.PASSWORD, partner),
        ("Petra Schulz, above him", seeds.SCHULZ.email, seeds.PASSWORD, partner),
        ("Frieda Wiese, the admin", seeds.ADMIN.email, seeds.PASSWORD, admin),
    ]
    rows = [f"  {who:24} {email:34} {word:15} {where}" for who, email, word, where in people]
    look = [
        ("/cart/", "the coupon field: put something in and type VonMeier"),
        (partner, "what a partner sees: balance, codes, links, first line, statements"),
        (
            "/firstline/admin/",
            "what the shop sees: runs, terms, disputes, the books; look up an order under Why?",
        ),
        ("/firstline/admin/rules", "rules with recipes, their runs; campaigns, rewards, outbox and webhooks"),
        ("/firstline/share", "what a buyer sees: codes for friends, and rewards"),
        ("/firstline/partners/join", "become a partner yourself"),
        ("/test-outbox/", "the mails: Nora, a partner without an account, signs in by one"),
        ("/test-receiver/", "a program elsewhere that rules call"),
        ("/office/calendar", "let days go by, and holds are over"),
    ]
    pages = [f"  {path:27} {what}" for path, what in look]
    return "\n".join(
        ["", f"The shop: {story.home}", "", "Sign in at /account/sign-in with e-mail and password:", *rows]
        + ["", "Where to look:", *pages, "", f"Nora's e-mail is {story.nora}.", "Stop it with Ctrl-C."]
    )


if __name__ == "__main__":
    sys.exit(main())
