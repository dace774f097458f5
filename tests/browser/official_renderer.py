"""The official JavaScript renderer of Adaptive Cards, from npm, on a page of its own.

It is installed once into a cache folder outside the repository.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

VERSION = "3.0.6"
INSTALL_SECONDS = 20
_BUNDLE = Path("node_modules", "adaptivecards", "dist", "adaptivecards.min.js")

# As it comes: no host config, and no Markdown processor, which is the renderer's own default.
_RENDER = """
card => {
  const events = [];
  const context = new AdaptiveCards.SerializationContext();
  const parsed = new AdaptiveCards.AdaptiveCard();
  parsed.parse(card, context);
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  for (const failure of parsed.validateProperties().validationEvents) events.push(failure.message);
  const shown = parsed.render();
  document.body.replaceChildren(shown);
  const buttons = [...shown.querySelectorAll("button.ac-pushButton")];
  const overflows = part => part.scrollWidth > part.clientWidth + 1;
  const isCut = button => [button, ...button.querySelectorAll("*")].some(overflows);
  return {events, text: document.body.innerText, cut: buttons.filter(isCut).map(each => each.innerText)};
}
"""

Json = dict[str, Any]


def bundle() -> Path:
    """The renderer's file; skips the test where npm is missing or its registry out of reach."""
    folder = Path(tempfile.gettempdir(), f"parley-adaptivecards-{VERSION}-{os.getuid()}")
    if (folder / _BUNDLE).exists():
        return folder / _BUNDLE
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    fresh = Path(tempfile.mkdtemp(prefix="parley-npm-"))
    _install(npm, fresh)
    # Whoever came first at the same moment has the same file.
    with_bundle = folder if folder.exists() else fresh.rename(folder)
    return with_bundle / _BUNDLE


def _install(npm: str, folder: Path) -> None:
    command = [
        npm,
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--legacy-peer-deps",
    ]
    try:
        done = subprocess.run(
            [*command, f"adaptivecards@{VERSION}"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not answer within {INSTALL_SECONDS} s")
    if any(
        sign in done.stderr for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")
    ):
        pytest.skip("the npm registry is out of reach")
    assert done.returncode == 0, done.stderr


class Renderer:
    """A page that shows one card at a time."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []

    async def shows(self, card: Json) -> Json:
        """`events` of parsing and validating, the `text` on the page, the labels that are `cut` off."""
        found: Json = await self.page.evaluate(_RENDER, card)
        return found


async def open_renderer(browser: Browser) -> Renderer:
    """A narrow page of a reader in Kolkata, with the renderer's own looks."""
    file = bundle()
    context = await browser.new_context(
        timezone_id="Asia/Kolkata", locale="en-GB", viewport={"width": 420, "height": 600}
    )
    page = await context.new_page()
    renderer = Renderer(page)
    page.on("pageerror", lambda error: renderer.errors.append(str(error)))
    page.on("console", lambda line: renderer.errors.append(line.text) if line.type == "error" else None)
    await page.set_content("<!doctype html><title>card</title>")
    await page.add_style_tag(path=file.with_name("adaptivecards.css"))
    await page.add_script_tag(path=file)
    return renderer
