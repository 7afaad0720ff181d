"""What sellers and customers ask for and the market decides later: cancellations, gestures, invoice imports."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.wording import Document

ID_OF = {"cancellation": "cancellationRequestId", "gesture": "requestId", "import": "importId"}


@dataclass(slots=True)
class Request:
    """One request as the API shows it, and what the market knows beside it."""

    kind: str  # cancellation, gesture, import
    seller: str
    order: str  # "" for an import of several orders
    document: Document
    private: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.document[ID_OF[self.kind]])

    @property
    def open(self) -> bool:
        return self.document["status"] in ("InProgress", "Running")

    def saved(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "seller": self.seller,
            "order": self.order,
            "document": self.document,
            "private": self.private,
        }
