"""Reads the files of a multipart/form-data body."""

import re

from sandbox.exchange import Call
from sandbox.invoices import File
from sandbox.refusal import invalid

_NAME = re.compile(rb';\s*name="([^"]*)"', re.I)
_FILE = re.compile(rb';\s*filename="([^"]*)"', re.I)


def read_files(call: Call, *, closed: bool) -> list[File]:
    """The parts called `files` (SIM); another part is a 400 while bodies are closed, and so is a body without files."""
    boundary = re.search(r'boundary="?([^";]+)"?', call.headers.get("content-type", ""))
    if boundary is None:
        raise invalid("E16", "$", "The multipart boundary is missing.")
    files = []
    for part in (b"\r\n" + call.body).split(b"\r\n--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise invalid("E16", "$", "A part has no name.")
        if name[1] != b"files":
            if closed:
                raise invalid("E16", name[1].decode("utf-8", "replace"), "The member is unknown.")
            continue
        file = _FILE.search(head)
        if file is None:
            raise invalid("E16", "files", "A file has a name.")
        files.append(File(file[1].decode("utf-8", "replace"), content))
    if not files:
        raise invalid("E16", "files", "At least one file is required.")
    return files
