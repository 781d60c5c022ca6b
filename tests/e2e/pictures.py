"""Takes the pictures of the documentation from the real thing: a first start on the whole bundle.

Run with `PYTHONPATH=.:tests python tests/e2e/pictures.py`, then look at every one in docs/images. On a slow
machine, start a desk first and name its folder: it is copied, and the copy is played on.
"""

import base64
import re
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from support.browser import PHONE, chromium
from support.checkout import ROOT
from support.journeys import ask, click, messages, visiting
from support.small_bundle import BUNDLE
from support.started_desks import copy_folder, serving_desk

DECODE = """async png => {
    const picture = new Image();
    picture.src = "data:image/png;base64," + png;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    const data = canvas.getImageData(0, 0, picture.width, picture.height).data;
    let text = "";
    for (let i = 0; i < data.length; i += 32768) {
        text += String.fromCharCode(...data.subarray(i, i + 32768));
    }
    return [picture.width, picture.height, btoa(text)];
}"""
IMAGES = ROOT / "docs" / "images"
WHOLE_REPLAY = {"DESK_REPLAY__SESSIONS": "", "DESK_REPLAY__UNPLAYED_SESSIONS": ""}


def the_chat(page: Page) -> None:
    click(page, "How are we doing?", "The desk returned")
    chart = page.locator(".js-plotly-plot")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(3)
    brought_up(page, messages(page).first)


def an_advance(page: Page) -> None:
    click(page, "Run the next session", "Played 1 session")
    page.get_by_role("button", name="Portfolio manager").last.click()
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def why(page: Page) -> None:
    ask(page, "What do we hold and why?", "in the committee's words")
    brought_up(page, messages(page).first)


def a_card(page: Page) -> None:
    click(page, "What do we hold?", "largest")
    ticker = page.locator(".message-content td").first.inner_text().strip()
    ask(page, f"Why did you buy {ticker}?", ticker)
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def sql(page: Page) -> None:
    ask(page, "How many fills per ticker?", re.compile("row|fill"))
    ask(page, "SQL: SELECT ticker, count(*) AS trades, round(sum(profit), 2) AS profit FROM closed_trades "
        "GROUP BY ticker ORDER BY profit DESC LIMIT 8", "row")  # fmt: skip
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def a_ticket(page: Page) -> None:
    click(page, "What do we hold?", "largest")
    ticker = page.locator(".message-content td").first.inner_text().strip()
    ask(page, f"close {ticker}", "Nothing happens until you confirm")
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def attribution(page: Page) -> None:
    ask(page, "Attribution by sector", "Most came from")
    expect(page.locator(".js-plotly-plot .barlayer .bars")).to_be_visible()
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def the_dashboard(page: Page) -> None:
    page.goto(page.url.split("/chat")[0] + "/dashboard")
    expect(page.locator("#live")).to_have_text("Live")


def the_landing(page: Page) -> None:
    page.goto(page.url.split("/chat")[0])
    expect(page.get_by_role("link", name="Open the chat")).to_be_visible()


def brought_up(page: Page, what: object) -> None:
    """Scroll until something stands at the top of the conversation, and let the page come to rest."""
    what.evaluate("element => element.scrollIntoView({block: 'start'})")  # type: ignore[attr-defined]
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")


def pixels(browser: Browser, png: bytes) -> NDArray[np.uint8]:
    """Return a picture's pixels, decoded by the browser: height, width and three colours."""
    page = browser.new_page()
    width, height, data = page.evaluate(DECODE, base64.b64encode(png).decode())
    page.close()
    raw = np.frombuffer(base64.b64decode(data), dtype=np.uint8)
    return raw.reshape(height, width, 4)[..., :3]


def in_few_colours(picture: NDArray[np.uint8]) -> bytes:
    """Return a PNG of the 256 most frequent colours, every other pixel in the nearest of them."""
    flat = picture.reshape(-1, 3).astype(np.int32)
    colours, which, often = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-often, kind="stable")[:256]]
    nearest = np.array([np.argmin(((palette - colour) ** 2).sum(axis=1)) for colour in colours])
    rows = nearest[which.reshape(-1)].astype(np.uint8).reshape(picture.shape[:2])
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">2I5B", picture.shape[1], picture.shape[0], 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette.astype(np.uint8).tobytes()))
    ending = ((b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, *ending))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SHOTS: dict[str, tuple[Callable[[Page], None], dict[str, object]]] = {
    "chat.png": (the_chat, {"size": (1280, 1600)}),
    "landing.png": (the_landing, {"scheme": "light"}),
    "dashboard.png": (the_dashboard, {"size": (1280, 1120)}),
    "card.png": (a_card, {"size": (1280, 1280), "scheme": "light"}),
    "sql.png": (sql, {"size": (1280, 1040)}),
    "ticket.png": (a_ticket, {"size": (1280, 880), "scheme": "light"}),
    "attribution.png": (attribution, {"size": (1280, 1060)}),
    "chat-mobile.png": (why, {"size": PHONE, "scheme": "light"}),
    "advance.png": (an_advance, {}),
}


def main(started: Path | None) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="conclave-") as place,
        serving_desk(copied(started, Path(place) / "desk"), BUNDLE, **WHOLE_REPLAY) as served,
        chromium() as browser,
    ):
        for name, (show, look) in SHOTS.items():
            with visiting(browser, served.link, **look) as visited:  # type: ignore[arg-type]
                show(visited.page)
                taken = visited.page.screenshot(animations="disabled")
            (IMAGES / name).write_bytes(in_few_colours(pixels(browser, taken)))


def copied(started: Path | None, target: Path) -> Path:
    """Return the folder to serve: a copy of a started one, or a new one."""
    return target if started is None else copy_folder(started, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
