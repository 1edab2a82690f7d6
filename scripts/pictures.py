"""Draw the pictures of README and docs anew from the running demo: `make pictures`.

The shop's clock stands at the same moment in every run, and the language is always the same.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import picture_scenes as scenes
from picture_studio import Studio
from playwright.sync_api import sync_playwright

from demo import create_app, history
from demo.__main__ import quiet_logs, served
from demo.clock import EXTENSION, ShopClock
from demo.opening import open_shop
from demo.story import DAYS, play
from flask_firstline.state import state_of

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
BEGUN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
#: In this order: what an admin does at the end changes what the others see.
SCENES: tuple[Callable[[Studio], None], ...] = (
    scenes.cart,
    scenes.refused_in_cart,
    scenes.joining,
    scenes.sharing,
    scenes.consent,
    scenes.desk,
    scenes.statement,
    scenes.admin_pages,
    scenes.why_refused,
    scenes.rule_run,
    scenes.imported,
    scenes.cards,
    scenes.payout_run,
)


class StudioClock(ShopClock):
    """The shop's clock, as if the run began at the same moment every time."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.ahead = BEGUN - datetime.now(UTC)

    def __call__(self) -> datetime:
        """Give the time, aware and in UTC."""
        return super().__call__() + self.ahead


def main() -> int:
    """Play the story in a folder of its own and photograph what a buyer, a partner and an admin see."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        app = create_app()
        app.extensions[EXTENSION] = state_of(app).clock = StudioClock(Path(app.instance_path) / "calendar")
        quiet_logs()
        open_shop(app, days_ago=history.DAYS + DAYS + history.DAYS_AFTER)
        with served(app, 0) as (home, _thread), sync_playwright() as playwright:
            past = history.live(app, home)
            story = play(app, home, io.StringIO())
            history.live_on(past)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            studio = Studio(browser=browser, home=home, story=story, folder=PICTURES)
            for scene in SCENES:
                scene(studio)
            browser.close()
    for file in sorted(set(PICTURES.glob("*.png")) - studio.drawn):
        file.unlink()
    print(f"{len(studio.drawn)} pictures, {sum(one.stat().st_size for one in studio.drawn) // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
