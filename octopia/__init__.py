"""The marketplace, spoken from the seller's side; it knows no framework, no database and no policy."""

from octopia.auth import MemoryStore, TokenStore
from octopia.client import Client
from octopia.errors import (
    Busy,
    Conflict,
    Forbidden,
    Illegible,
    Missing,
    Odd,
    Rejected,
    Trouble,
    Unanswered,
    Unauthorized,
    Untouched,
)
from octopia.gate import Gate, OpenGate
from octopia.wire import Timeouts

__all__ = [
    "Busy",
    "Client",
    "Conflict",
    "Forbidden",
    "Gate",
    "Illegible",
    "MemoryStore",
    "Missing",
    "Odd",
    "OpenGate",
    "Rejected",
    "Timeouts",
    "TokenStore",
    "Trouble",
    "Unanswered",
    "Unauthorized",
    "Untouched",
]
