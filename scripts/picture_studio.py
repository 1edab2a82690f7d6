"""Where the pictures are taken: pages of two sizes, people who are signed in, files of few colours."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from demo import seeds
from demo.scene import Story

WIDE, NARROW = (1280, 860), (360, 720)
#: So few look the same, and a page of the docs loads at once.
_COLOURS = 160


@dataclass(kw_only=True)
class Studio:
    """A browser in front of the running demo, and what was drawn so far."""

    browser: Browser
    home: str
    story: Story
    folder: Path
    drawn: set[Path] = field(default_factory=set)
    _pages: dict[tuple[str, bool], Page] = field(default_factory=dict)

    def visitor(self, *, phone: bool = False) -> Page:
        """Give the page of somebody who has not been here: wide and light, or a phone in the dark."""
        width, height = NARROW if phone else WIDE
        return self.browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if phone else "light",
            device_scale_factor=2 if phone else 1,
            locale="en-IE",
            timezone_id="Europe/Berlin",
        )

    def buyer(self) -> Page:
        """Give Jana's page, who has ordered before."""
        return self._signed_in(self.story.email, self.story.password)

    def partner(self, *, phone: bool = False) -> Page:
        """Give Meier's page."""
        return self._signed_in(seeds.MEIER.email, seeds.PASSWORD, phone=phone)

    def admin(self) -> Page:
        """Give the admin's page."""
        return self._signed_in(seeds.ADMIN.email, seeds.PASSWORD)

    def _signed_in(self, email: str, password: str, *, phone: bool = False) -> Page:
        if (email, phone) not in self._pages:
            page = self._pages[email, phone] = self.visitor(phone=phone)
            page.goto(f"{self.home}/account/sign-in")
            page.fill("input[name=email]", email)
            page.fill("input[type=password]", password)
            page.press("input[type=password]", "Enter")
            page.wait_for_load_state()
        return self._pages[email, phone]

    def go(self, page: Page, path: str) -> None:
        """Open a page of the shop, which has to be there."""
        answer = page.goto(path if path.startswith("http") else self.home + path)
        if answer is None or not answer.ok:
            raise LookupError(f"{path} answers {answer.status if answer else 'nothing'}")

    def keep(self, page: Page, name: str) -> None:
        """Draw what is seen into a file."""
        page.wait_for_load_state("networkidle")
        seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        file = self.folder / f"{name}.png"
        seen.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            file, optimize=True
        )
        self.drawn.add(file)
