"""One request and one answer, as plain values."""

import time
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from urllib.parse import parse_qsl

from sandbox.wording import Document, dump


@dataclass(frozen=True, slots=True)
class Call:
    """A request: header names in lower case, the query as it came."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    trace: str = ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and what a fault does on the way: a wait, a cut body, a lost answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0  # wall seconds
    declared: int | None = None  # Content-Length, when it is not the truth
    lost: bool = False

    def with_header(self, name: str, value: str) -> "Answer":
        return replace(self, headers=(*self.headers, (name, value)))


def answer(value: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; underscores in header names stand for hyphens."""
    return Answer(status, dump(value), headers=tuple((name.replace("_", "-"), text) for name, text in headers.items()))


def problem(status: int, body: Document) -> Answer:
    return Answer(status, dump(body), "application/problem+json; charset=utf-8")


def gateway(status: int, message: str, retry_after: str | None = None) -> Answer:
    """An error of the gateway, not of the service (section 2.4)."""
    found = answer({"statusCode": status, "message": message})
    found = replace(found, status=status)
    return found.with_header("Retry-After", retry_after) if retry_after is not None else found


def quota(seconds: float, *, retry_after: bool) -> Answer:
    """The 403 that means "wait" (U16, U17); the delay is in the text, and usually in a header."""
    whole = max(int(seconds + 0.999), 1)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return gateway(
        403, f"Out of call volume quota. Quota will be replenished in {text}.", str(whole) if retry_after else None
    )


def too_many(seconds: float, form: str) -> Answer:
    """429 with Retry-After in seconds, as a date (by the wall clock), or only in the text."""
    after = {"date": formatdate(time.time() + seconds, usegmt=True), "text": None}.get(form, str(int(seconds)))
    return gateway(429, f"Rate limit is exceeded. Try again in {int(seconds)} seconds.", after)
