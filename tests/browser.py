"""A real browser and a real server for tests marked `browser`: `chromium`, `site`, and pytest-playwright's `page`."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "chromium"
QUIET = (
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
)  # fmt: skip


def executable() -> str:
    """The path that `scripts/chromium` prints. Without one a test is left out on a desk, and fails where CI is set."""
    done = subprocess.run([SCRIPT], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(done.stderr)
    return done.stdout.strip()


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


@pytest.fixture(scope="session")
def chromium(browser: Browser) -> Browser:
    """One headless browser for the session; a test opens contexts of its own in it."""
    return browser


@pytest.fixture
def site(transactional_db: None) -> Iterator[LiveServer]:
    """The site on a port of loopback over this test's database: `site.url`. What the test commits, pages show."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()
