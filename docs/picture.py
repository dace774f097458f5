"""Takes the README's picture again: `python docs/picture.py` plays a meeting and writes docs/parley.png.

Needs Chromium and the development packages; a font with emoji (Debian: fonts-noto-color-emoji) shows the ✅.
"""

import asyncio
import base64
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from playwright.async_api import Browser, async_playwright  # noqa: E402  after the path is set

from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.demo import Demo, Stage, running_demo  # noqa: E402

SIZE = {"width": 520, "height": 800}
"""Of each person's window, in CSS pixels: narrow, so that the room shows little else than the messages."""
SCALE = 1.5
"""A README shows the picture about 800 pixels wide, so that this is two for each of a screen's."""
PAGE = """<!doctype html><style>
main { display: flex; gap: 4px; width: max-content; background: #d9dcd6; }
h1 { margin: 0; padding: 9px 14px; background: #0b6b5d; color: #fff; font: 600 15px/1.4 sans-serif; }
img { display: block; width: 520px; }
</style><main>%s</main>"""


async def take(demo: Demo, browser: Browser) -> bytes:
    """Host and guest side by side: the invitation in both zones, and the guest about to confirm."""
    stage = Stage(browser, demo)
    host = await stage.host(viewport=SIZE, device_scale_factor=SCALE)
    guest = await stage.guest(viewport=SIZE, device_scale_factor=SCALE)
    await host.says("/meet @guest 30 Logo review")
    await host.presses("Send invitation")
    await guest.presses("2")
    await guest.sees("Held for you for 5 minutes.")
    for seat in (host, guest):
        await seat.page.mouse.move(0, 0)
    seats = {"The host, in Berlin": host, "The guest, in São Paulo": guest}
    return await _joined(browser, {title: await seat.page.screenshot() for title, seat in seats.items()})


async def _joined(browser: Browser, pictures: dict[str, bytes]) -> bytes:
    parts = (
        f'<section><h1>{title}</h1><img src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        "</section>"
        for title, png in pictures.items()
    )
    page = await browser.new_page(device_scale_factor=SCALE)
    await page.set_content(PAGE % "".join(parts))
    return await page.locator("main").screenshot()


async def main() -> None:
    """Play it and write the picture."""
    executable = find_chromium()
    if executable is None:
        raise SystemExit("The picture needs Chromium, and there is none on this machine.")
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder) / "data") as demo:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            picture = await take(demo, chromium)
            await chromium.close()
    (DOCS / "parley.png").write_bytes(picture)


if __name__ == "__main__":
    asyncio.run(main())
