"""The journal of what people changed of people, accounts and the shop: who, when, what it was and became; no secret.

Written in the transaction that changes it, never changed itself; `sealing.py` seals its rows.
"""

import logging
from collections.abc import Mapping
from typing import Any

from backoffice.models import Act, User

log = logging.getLogger(__name__)

About = Act.About
Shifts = Mapping[str, tuple[Any, Any]]  # field → before, after, as JSON holds them
COLUMNS = ("at", "username", "about", "subject", "shifts")  # of a row, as it is sealed
NEW = {"new": (None, None)}
SECRET = (None, None)  # was changed, and is told by nobody


def note(by: User | None, about: About, subject: str, shifts: Shifts) -> None:
    """Write down what was changed, if anything was; `by`: None at the command line of the server."""
    if not shifts:
        return
    who = by.username if by else ""
    Act.objects.create(user=by, username=who, about=about, subject=subject, shifts={k: [*v] for k, v in shifts.items()})
    log.info("changed by a person", extra={"what": about, "about": subject, "fields": [*shifts], "by": who})
