"""Pictures of products: uploaded files, known by their first bytes, kept under their hash in DATA_DIR/pictures."""

import re
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from fulfilment import keeping

LARGEST = 2 * 1024 * 1024  # bytes
FOLDER = "pictures"
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME = re.compile(r"[0-9a-f]{64}\.(png|jpg|webp)")


class Unfit(Exception):
    """The file cannot be a product's picture; the text says why and what to do."""


def keep(content: bytes) -> str:
    """Store the picture; the name it is kept under. The same picture is stored once. Raises Unfit."""
    if len(content) > LARGEST:
        raise Unfit(_("The picture is larger than 2 MB: make it smaller."))
    kind = _kind(content)
    if not kind:
        raise Unfit(_("This is no picture in PNG, JPEG or WebP: save it as one of them."))
    name = f"{sha256(content).hexdigest()}.{kind}"
    path = keeping.folder(FOLDER) / name
    if not path.exists():
        keeping.write(path, content)
    return name


def content(name: str) -> tuple[bytes, str] | None:
    """The picture and its media type; None for a name that is not one of ours, or is not there any more."""
    found = NAME.fullmatch(name)
    try:
        return ((Path(settings.DATA_DIR) / FOLDER / name).read_bytes(), TYPES[found[1]]) if found else None
    except FileNotFoundError:
        return None


def _kind(content: bytes) -> str:
    """What it is by its beginning, "" for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""
