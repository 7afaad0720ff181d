"""Files under DATA_DIR that are whole or not there, whoever else stores the same one in the same moment."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings


def folder(name: str) -> Path:
    """The folder of this name, for us alone."""
    found = Path(settings.DATA_DIR) / name
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def write(path: Path, content: bytes) -> None:
    """The file with this content. It is written under a name that nobody else writes to (mode 0600), then renamed."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    os.replace(part.name, path)
