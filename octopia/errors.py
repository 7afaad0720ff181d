"""What went wrong with a call, named by what the caller may do next; it decides nothing.

`Untouched`: nothing changed over there, ask again. `Rejected`: it said no, tell a person. `Odd`: a person looks.
`Unanswered`: something may have happened, look before anything is sent again.
"""

import re
from collections.abc import Iterable, Mapping

from octopia.schema import Unreadable

EXCERPT = 2_000  # bytes of what the marketplace said that reach a person
HIDDEN = "…"

_hide = re.compile(
    r"eyJ[\w-]+(?:\.[\w-]*)*"  # a token
    r"|(?i:bearer)\s+[\w.~+/=-]+"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|\+\d[\d .-]{7,18}\d"  # a telephone number
)
_tag = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_working = re.compile(
    r"being (?:processed|treated)|(?:process|treatment) (?:is )?in progress|en cours de", re.IGNORECASE
)
_space = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


class Trouble(Exception):
    """A call that did not succeed. `step` is "token" when it failed before the call itself, else "call"."""

    def __init__(self, text: str, *, step: str = "call") -> None:
        super().__init__(excerpt(text))
        self.step = step


class Untouched(Trouble):
    """Nothing changed over there: ask again, later. Every read without a usable answer is this."""


class Busy(Untouched):
    """Ask again after `wait` seconds. `quota`: the volume of calls is spent, for every lane of the client id."""

    def __init__(self, text: str, *, wait: float, quota: bool = False, step: str = "call") -> None:
        super().__init__(text, step=step)
        self.wait = wait
        self.quota = quota


class Unauthorized(Untouched):
    """The token, or the credentials for it, were refused, also after the one renewal; nothing was done."""


class Forbidden(Untouched):
    """The client may not act for this seller, or not do this; nothing was done."""


class Illegible(Untouched):
    """A single record was read and cannot be understood: set it aside. A list keeps these in `Page.unreadable`."""

    def __init__(self, record: Unreadable) -> None:
        super().__init__(record.reason)
        self.record = record


class Rejected(Trouble):
    """It said no, and why: a person reads it. Asking the same again gives the same answer."""

    def __init__(
        self,
        status: int,
        *,
        title: str = "",
        detail: str = "",
        errors: Mapping[str, Iterable[str]] | None = None,
        trace_id: str = "",
    ) -> None:
        self.status = status
        self.title = excerpt(title)
        self.detail = excerpt(detail)
        self.errors = {excerpt(name): tuple(excerpt(text) for text in texts) for name, texts in (errors or {}).items()}
        self.trace_id = excerpt(trace_id)[:200]
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        said = [self.detail or self.title, *(text for texts in self.errors.values() for text in texts)]
        words = " ".join(text for text in dict.fromkeys(said) if text)
        return words or f"The marketplace refused this ({self.status}) and did not say why."


class Conflict(Rejected):
    """409: the state of the thing forbids it, or it is being worked on. Read it again before deciding."""

    @property
    def in_progress(self) -> bool:
        """Does it say that it is being worked on? (the words of the documented table)"""
        return bool(_working.search(f"{self.title} {self}"))


class Missing(Rejected):
    """404: there is no such thing for this seller."""


class Odd(Trouble):
    """An answer that no documentation foresees: a person looks."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status


class Unanswered(Trouble):
    """A write left and its outcome is unknown: look there before anything is sent again."""


def excerpt(text: str) -> str:
    """Foreign words fit to be shown and kept: no markup, tokens and contact data hidden, at most 2 kB."""
    text = text[: EXCERPT * 4]
    text = _hide.sub(HIDDEN, _space.sub(" ", _tag.sub(" ", text)))
    kept = text.strip().encode(errors="replace")[:EXCERPT].decode(errors="ignore")
    return kept if len(kept) == len(text.strip()) else kept[:-1].rstrip() + HIDDEN
