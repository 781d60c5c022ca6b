"""A real Chromium for the tests that need one, cut off from everything but loopback."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from support.network import is_local

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = (1280, 860)
PHONE = (390, 844)


def chromium_path() -> str | None:
    """Return the installed Chromium or Chrome, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(chromium_path() is None, reason="no Chromium is installed here")


@dataclass
class Visit:
    """A page in its own fresh profile, with what went wrong on it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    """Addresses off loopback that the page asked for."""
    complaints: list[str] = field(default_factory=list)
    """Errors on the console, refused contents among them."""

    def watch(self) -> None:
        self.page.on("request", self._on_request)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        host = request.url.split("//", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
        if not is_local(host):
            self.outside.append(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; every test shares one and opens its own visits."""
    path = chromium_path()
    assert path is not None, "mark the test with needs_chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["dark", "light"] = "light",
) -> Iterator[Visit]:
    """Open a page in a fresh profile."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    try:
        opened = Visit(page=context.new_page())
        opened.watch()
        yield opened
    finally:
        context.close()
