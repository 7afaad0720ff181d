"""A real browser and a real server for tests marked `browser`: `chromium`, `site`, and pytest-playwright's `page`."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "chromium"
WIDTHS = (1440, 1024, 768, 390)
QUIET = (
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
)  # fmt: skip


def executable() -> str:
    """The path that `scripts/chromium` prints; without a browser, a failure with its way out."""
    done = subprocess.run([SCRIPT], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f'{done.stderr.strip()} Without a browser: pytest -m "not browser".')
    return done.stdout.strip()


def faults(page: Page) -> list[object]:
    """What is wrong with a page as it stands: the pixels it spills over at a width, what axe finds at the widest."""
    found: list[object] = []
    for width in WIDTHS[::-1]:
        page.set_viewport_size({"width": width, "height": 900})
        if spilt := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            found.append(f"{spilt} px too wide at {width}")
    return [*found, *violations(page)]


STILL = """() => document.getAnimations().every(
  (each) => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity)"""


def violations(page: Page, context: str | dict[str, list[str]] | None = None) -> list[object]:
    """The rules that axe finds broken, each with the elements that break it."""
    page.wait_for_function(STILL)  # a dialog on its way in has other colours
    broken = Axe().run(page, context=context).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in broken]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How pytest-playwright launches: the installed browser, quiet, and without its sandbox only as root."""
    # playwright runs an event loop in this thread, and Django would take every query for one of async code
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": executable(), "args": [*QUIET, *root]}


@pytest.fixture(scope="session")
def base_url() -> str:
    """None of pytest-base-url's: the site's address changes with every test, `site.url`."""
    return ""


@pytest.fixture
def chromium(browser: Browser, site: LiveServer) -> Iterator[Browser]:
    """The session's one headless browser. What a test opened in it ends before the test's site does: pages poll on."""
    yield browser
    for context in browser.contexts:
        context.close()


@pytest.fixture
def site(transactional_db: None) -> Iterator[LiveServer]:
    """The site on a port of loopback over this test's database: `site.url`. What the test commits, pages show."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()
