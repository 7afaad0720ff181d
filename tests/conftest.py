"""What every test may use: a database of its own out of a migrated template, and for some a browser."""

import gc
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests import server
from tests.browser import base_url, browser_type_launch_args, chromium, site  # noqa: F401  (fixtures)
from tests.fixtures import _nothing_remembered, account, calls, market  # noqa: F401  (fixtures)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--everything", action="store_true", help="run every combination, as `make test-all` does")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the many combinations to `make test-all`; let tests in a browser reach loopback."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
    if not config.getoption("--everything"):
        left_out = [item for item in items if item.get_closest_marker("everything")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Instead of pytest-django's: a clone of a template, which takes a tenth of a second, not a migration."""
    with django_db_blocker.unblock():
        server.clone_database()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        server.drop_database()
