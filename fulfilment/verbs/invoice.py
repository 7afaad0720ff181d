"""Attach an invoice. Proof: the import of our upload succeeded, or a document with our file's name and a later date.

A new one replaces the one before. Invoices stand outside the rule of one open command an order and have their own.
"""

from collections.abc import Sequence

from django.utils import timezone

import octopia
from backoffice.models import User
from fulfilment import invoices
from fulfilment.models import Batch, Command
from fulfilment.outbox.asking import Asked, put
from fulfilment.outbox.moves import keep_baseline
from fulfilment.outbox.refusals import Refused
from fulfilment.verbs.lists import earliest, whole
from fulfilment.verbs.registry import Act, Finding, Guard, Proof, register
from octopia import schema
from octopia.contract.vocabulary import Verb
from orders import lifecycle
from orders.lifecycle import Verdict
from orders.models import Order

FILE_GONE = Verdict(lifecycle.Answer.REFUSED, params={"text": "file gone"})
FOUND = {"Success": Proof.FOUND, "Failure": Proof.REJECTED}


def ask(
    order: Order, file: invoices.File, *, by: User, seen: int, form_token: str, batch: Batch | None = None
) -> Command:
    """Attach this file to the order. Raises as `put`."""
    payload = {"name": file.name, "sha256": invoices.keep(file), "size": len(file.content)}
    return put(order, Asked(Verb.INVOICE, payload, seen=seen, form_token=form_token, batch=batch), by)


def send(client: octopia.Client, command: Command) -> str:
    content = invoices.content(command.payload["sha256"])
    if content is None:
        raise Refused(FILE_GONE)
    return client.attach_invoice(command.subject, command.payload["name"], content)


def prepare(client: octopia.Client, command: Command) -> None:
    """One read: the documents there are, kept as the baseline."""
    keep_baseline(command, [_key(document) for document in _documents(client, command)])


def look(client: octopia.Client, command: Command) -> Finding:
    """By our import where its id is known, else a document of our file's name that was not there before."""
    try:
        if command.remote_id:
            return _imported(client, command)
    except octopia.Missing:  # what was told as its id leads nowhere, or its import is forgotten there
        pass
    known = set(command.baseline or [])
    new = [document for document in _documents(client, command) if _key(document) not in known]
    if command.baseline is None:
        new = [document for document in new if (document.created_at or timezone.now()) >= earliest(command)]
    ours = [document for document in new if document.name == command.payload["name"]]
    if not ours and new:  # another one came since: ours would replace it
        return Finding(Proof.UNCLEAR, evidence={"documents": [document.name for document in new]})
    if not ours:
        return Finding(Proof.ABSENT)
    document = ours[-1]
    kept = {"document": document.name, "import": document.import_id}
    return Finding(Proof.FOUND, remote_id=document.import_id, evidence=kept)


def mirrored(command: Command) -> Finding:
    """Documents are not mirrored: only a reading tells."""
    return Finding(Proof.ABSENT)


def judge(command: Command) -> Verdict:
    return lifecycle.verdict(command.order, Verb.INVOICE)


def guard(command: Command) -> Guard:
    return Guard.WEAK


def _imported(client: octopia.Client, command: Command) -> Finding:
    told = client.invoice_import(command.remote_id)
    complaints = [complaint for file in told.files for complaint in file.complaints]
    said = " ".join(part for complaint in complaints for part in (complaint.code, complaint.message) if part)
    kept = {"import": told.id, "status": told.status, "steps": [file.step for file in told.files]}
    status = told.status
    if status == "PartialSuccess":  # of one file: its own word
        status = next((file.status for file in told.files), status)
    return Finding(FOUND.get(status, Proof.FOLLOWED), said, told.id, kept)


def _documents(client: octopia.Client, command: Command) -> Sequence[schema.InvoiceDocument]:
    try:
        first = client.invoice_documents(command.subject)
    except octopia.Missing:  # no document yet (simulator)
        return []
    return whole(first, lambda _after: client.invoice_documents(command.subject))


def _key(document: schema.InvoiceDocument) -> str:
    made = document.created_at.isoformat() if document.created_at else ""
    return f"{document.import_id}|{document.name}|{made}"


register(
    Act(Verb.INVOICE, send=send, look=look, mirrored=mirrored, judge=judge, guard=guard, prepare=prepare, follow=look)
)
