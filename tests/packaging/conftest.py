"""Folders for real engines: short, and open to the account that they run as when the tests are root's."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice import embedded
from backoffice.engines import places


def _cleared(folder: Path) -> None:
    """End the engines of a folder and remove all they had, elsewhere too."""
    embedded.stop(folder)
    if sockets := embedded.load(folder).sockets:
        shutil.rmtree(sockets, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.rmtree(places.elsewhere(folder), ignore_errors=True)


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A folder that every user may pass through, as a checkout under /srv; its `var` is cleared away afterwards."""
    made = Path(tempfile.mkdtemp(prefix="engines-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    for left in made.rglob("engines.json"):
        _cleared(left.parent)
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """One data folder for a module: making a cluster takes seconds. A test starts what it needs itself."""
    made = Path(tempfile.mkdtemp(prefix="engines-", dir="/tmp"))
    made.chmod(0o755)
    yield made / "var"
    _cleared(made / "var")
    shutil.rmtree(made)
