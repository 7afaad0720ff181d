"""Pictures of products: uploaded files, known by their first bytes, kept under their hash in DATA_DIR/pictures.

Two products may share one. It is stored in the transaction that names it and deleted when no product does any more;
the two wait for each other, so that none is deleted while it is named anew.
"""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from fulfilment import keeping
from fulfilment.models import Product

LARGEST = 2 * 1024 * 1024  # bytes
FOLDER = "pictures"
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg|webp)")


class Unfit(Exception):
    """The file cannot be a product's picture; the text says why and what to do."""


def check(content: bytes) -> None:
    """Raise Unfit for what is no small picture."""
    if len(content) > LARGEST:
        raise Unfit(_("The picture is larger than 2 MB: make it smaller."))
    if not _kind(content):
        raise Unfit(_("This is no picture in PNG, JPEG or WebP: save it as one of them."))


def keep(content: bytes) -> str:
    """Store the picture; the name it is kept under. The same picture is stored once. Raises Unfit."""
    check(content)
    name = f"{sha256(content).hexdigest()}.{_kind(content)}"
    _alone(name)
    path = keeping.folder(FOLDER) / name
    if not path.exists():
        keeping.write(path, content)
    return name


def forget(name: str) -> bool:
    """Delete the picture, unless a product has it; whether it was deleted."""
    with transaction.atomic():
        _alone(name)
        if not NAME.fullmatch(name) or Product.objects.filter(picture=name).exists():
            return False
        (keeping.folder(FOLDER) / name).unlink(missing_ok=True)
    return True


def forget_unused() -> int:
    """Delete every picture that no product has, left behind by a process that died; how many."""
    used = set(Product.objects.exclude(picture="").values_list("picture", flat=True))
    return sum(forget(path.name) for path in keeping.folder(FOLDER).iterdir() if path.name not in used)


def content(name: str) -> tuple[bytes, str] | None:
    """The picture and its media type; None for a name that is not one of ours, or is not there any more."""
    found = NAME.fullmatch(name)
    try:
        return ((Path(settings.DATA_DIR) / FOLDER / name).read_bytes(), TYPES[found[1]]) if found else None
    except FileNotFoundError:
        return None


def _alone(name: str) -> None:
    """Nobody else stores or deletes this picture until the transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"picture:{name}"])


def _kind(content: bytes) -> str:
    """What it is by its beginning, "" for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""
