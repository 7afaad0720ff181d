"""The content of imported files: kept for a day in DATA_DIR/imports under its own hash, for its author alone."""

import re
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from django.utils import timezone

from fulfilment import keeping
from fulfilment.models import Import

KEPT = timedelta(hours=24)


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def keep(content: bytes) -> str:
    """Store the content under its hash, for a day from now; the hash."""
    name = digest(content)
    keeping.write(_folder() / name, content)
    return name


def content(name: str) -> bytes | None:
    """The content kept under this hash; None when it is not there any more."""
    path = _folder() / name
    return path.read_bytes() if re.fullmatch(r"[0-9a-f]{64}", name) and path.exists() else None


def until(imported: Import) -> datetime:
    return imported.created_at + KEPT


def forget_old() -> int:
    """Delete what is older than a day, and throw away what nobody sent since; how many files."""
    now, deleted = timezone.now(), 0
    old = Import.objects.filter(created_at__lte=now - KEPT, state__in=[Import.State.OPENED, Import.State.CHECKED])
    old.update(state=Import.State.DISCARDED, rows=[])
    needed = set(Import.objects.filter(created_at__gt=now - KEPT).values_list("digest", flat=True))
    for path in _folder().iterdir():
        fresh = path.stat().st_mtime > (now - timedelta(hours=1)).timestamp()  # its row is about to be written
        if path.name not in needed and not fresh:
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _folder() -> Path:
    return keeping.folder("imports")
