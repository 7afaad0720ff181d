"""Invoices of orders: single and in bulk, in ZIP files too; taken at once, judged file by file later."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import rules
from sandbox.asked import Request
from sandbox.refusal import Refusal
from sandbox.wording import Document, stamp

if TYPE_CHECKING:
    from sandbox.market import Market

_ENTRIES, _BYTES = 1_000, 50_000_000


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file."""

    name: str
    content: bytes


def upload(market: "Market", seller: str, files: Sequence[File], order: str = "") -> Request:
    """E16 with `order`, E17 without: registers an import; each good file is an effect of its own (R53, R54)."""
    when = market.clock.time()
    request = Request(
        "import",
        seller,
        order,
        {"importId": market.new_id(), "status": "Running", "createdAt": stamp(when), "files": []},
    )
    verdicts: list[dict[str, Any]] = []
    for file in _unpacked(files) if not order else files:
        number = order or file.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        verdict = _judge(market, seller, number, file)
        request.document["files"].append(
            {"fileName": file.name, "status": "Running", "integrationStatus": verdict["step"], "errors": []}
        )
        verdicts.append({**verdict, "order": number})
        if not verdict["error"]:
            found = market.shelves[seller].orders[number]
            market.record("invoice", found, request=request.id, file=file.name, size=len(file.content))
    request.private["verdicts"] = verdicts
    market.open_request(request)
    market.later(when + market.settings.import_delay, "import", {"request": request.id})
    return request


def _unpacked(files: Sequence[File]) -> list[File]:
    found: list[File] = []
    for file in files:
        if not file.content.startswith(b"PK\x03\x04"):
            found.append(file)
            continue
        try:
            with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > _BYTES:
                    raise zipfile.BadZipFile("too much inside")
                found.extend(File(entry.filename, archive.read(entry)) for entry in entries)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
            found.append(file)  # judged like any other file that is neither PDF nor XML
    return found


def _judge(market: "Market", seller: str, number: str, file: File) -> dict[str, Any]:
    order = market.shelves[seller].orders.get(number)
    if order is None:
        return _bad("OrderCheck", "OrderNotFound", "The file name is not a known order identifier.")
    try:
        rules.invoice(order, market.channels[order.channel])
    except Refusal as refusal:
        return _bad("OrderCheck", "OrderNotEligible", refusal.detail)
    head = file.content.lstrip(b"\xef\xbb\xbf \r\n\t")[:200]
    if not (head.startswith(b"%PDF-") or (head.startswith(b"<") and b"Invoice" in file.content[:4_000])):
        return _bad("FileCheck", "UnsupportedFile", "The file is neither a PDF nor a UBL 2.1 invoice.")
    return {"step": "Uploaded", "error": None}


def _bad(step: str, code: str, message: str) -> dict[str, Any]:
    return {"step": step, "error": {"code": code, "message": message}}


def finish(market: "Market", request: Request, at: float) -> None:
    """The import ends; one bad file does not fail the others (R54), the last document of an order wins (R53)."""
    files: list[Document] = request.document["files"]
    for file, verdict in zip(files, request.private["verdicts"], strict=True):
        file["status"] = "Failure" if verdict["error"] else "Success"
        file["errors"] = [verdict["error"]] if verdict["error"] else []
        if not verdict["error"]:
            market.invoices[request.seller, verdict["order"]] = {
                "fileName": file["fileName"],
                "importId": request.id,
                "status": "Success",
                "createdAt": stamp(at),
            }
            market.touched("invoice", (request.seller, verdict["order"]))
    good = sum(file["status"] == "Success" for file in files)
    request.document["status"] = "Success" if good == len(files) and files else "PartialSuccess" if good else "Failure"
    market.touched("request", request.id)
