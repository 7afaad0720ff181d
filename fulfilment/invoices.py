"""The files of invoices: checked, and kept under their own hash in DATA_DIR/invoices while they may be needed."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from fulfilment import keeping
from fulfilment.imports.workbooks import BROKEN
from fulfilment.models import BatchItem, Command, State
from octopia.contract.vocabulary import Verb

LARGEST = 10 * 1024 * 1024  # bytes
ENTRIES = 1_000  # of an archive
KEPT = timedelta(days=90)  # after its success

_head = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")
_name = re.compile(r"[^\w.\-]+")


class Unfit(Exception):
    """The file cannot be an invoice; the text says why and what to do."""


@dataclass(frozen=True)
class File:
    """One invoice: `name` as it is sent, `stem` without its ending (in bulk the order's number)."""

    name: str
    content: bytes

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def checked(name: str, content: bytes) -> File:
    """The file, if it is a PDF or a UBL invoice of a fitting size. Raises Unfit."""
    if not content:
        raise Unfit(_("The file is empty."))
    if len(content) > LARGEST:
        raise Unfit(_("The file is larger than 10 MB: make it smaller, or split it."))
    if content.startswith(b"%PDF-"):
        return File(_named(name, "pdf"), content)
    if _head.match(content[:200]) and b"Invoice" in content[:4_000] and b"urn:oasis:names:specification:ubl" in content:
        return File(_named(name, "xml"), content)
    raise Unfit(_("This is neither a PDF nor a UBL 2.1 invoice: save it as one of them."))


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The file itself, or the files of a ZIP archive. Raises Unfit for an archive that holds too much, or is broken."""
    if not content.startswith(b"PK\x03\x04"):
        yield name, content
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > ENTRIES:
                raise Unfit(_("The archive holds more than 1,000 files: split it."))
            for entry in entries:
                with archive.open(entry) as file:
                    yield Path(entry.filename).name, file.read(LARGEST + 1)  # whatever size the archive tells
    except BROKEN:
        raise Unfit(_("The archive cannot be opened: make it anew, without a password.")) from None


def keep(file: File) -> str:
    """Store the file's content under its hash; the hash. Storing it twice is storing it once."""
    path = _folder() / file.digest
    if not path.exists():
        keeping.write(path, file.content)
    return file.digest


def content(digest: str) -> bytes | None:
    """The content kept under this hash; None when it is not there any more."""
    return (_folder() / digest).read_bytes() if kept(digest) else None


def kept(digest: str) -> bool:
    """Is the content of this hash still here?"""
    return bool(re.fullmatch(r"[0-9a-f]{64}", digest)) and (_folder() / digest).exists()


def forget_old() -> int:
    """Delete the files whose commands have all ended well long enough ago, and that no batch has still to send; how
    many."""
    now, deleted = timezone.now(), 0
    needed = set(
        Command.objects.filter(kind=Verb.INVOICE)
        .exclude(state__in=[State.CONFIRMED, State.WITHDRAWN, State.CLOSED_DONE], ended_at__lte=now - KEPT)
        .values_list("payload__sha256", flat=True)
    )
    waiting = BatchItem.objects.filter(batch__kind=Verb.INVOICE, batch__ended_at=None, command=None)
    needed |= set(waiting.values_list("payload__sha256", flat=True))
    for path in _folder().iterdir():
        fresh = path.stat().st_mtime > (now - timedelta(days=1)).timestamp()  # its command may be about to be put
        if path.name not in needed and not fresh:
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _folder() -> Path:
    return keeping.folder("invoices")


def _named(name: str, ending: str) -> str:
    """A name without paths and odd signs, with the ending of what the file is."""
    stem = _name.sub("-", Path(name.replace("\\", "/")).stem).strip("-.")[:100]
    return f"{stem or 'invoice'}.{ending}"
