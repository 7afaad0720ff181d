"""The answer table: what an answer, or none, means for a read and for a write; it sends nothing and waits for nothing.

The one difference between the two: where the outcome of a write is unknown, a read has simply failed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from octopia.errors import (
    Busy,
    Conflict,
    Forbidden,
    Missing,
    Odd,
    Rejected,
    Trouble,
    Unanswered,
    Unauthorized,
    Untouched,
)
from octopia.readers.document import Malformed, decode

LONGEST = 65 * 60.0  # seconds; no pause is longer
SHORTEST = 1.0
RATE = 30.0  # seconds after a 429 that names none
QUOTA = 300.0  # seconds after a spent quota that names none (inferred)
SLACK = 5.0  # seconds added to a delay read from a text

REFUSALS = {400: Rejected, 404: Missing, 405: Rejected, 406: Rejected, 409: Conflict, 415: Rejected, 422: Rejected}

_clock = re.compile(r"\b(\d{1,3}):([0-5]\d):([0-5]\d)\b")
_span = re.compile(r"\b(?:in|after)\s+(\d{1,6})\s*(second|minute|hour)", re.IGNORECASE)
_units = {"second": 1, "minute": 60, "hour": 3600}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that arrived whole. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    @property
    def is_json(self) -> bool:
        """Does it call itself JSON, or nothing at all?"""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return not kind or kind.endswith("json")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What an error body says, of whichever family: the service's problem, the gateway's, or the token server's."""

    title: str = ""
    detail: str = ""
    errors: Mapping[str, tuple[str, ...]] = {}
    trace_id: str = ""
    gateway: bool = False

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.title, self.detail) if part)


def words(body: bytes) -> Words:
    """Read an error body; one that is no JSON object (a gateway's HTML) is taken as text."""
    try:
        document = decode(body[:1_000_000])
    except Malformed:
        return Words(detail=body[:16_000].decode(errors="replace"))
    if not isinstance(document, dict):
        return Words(detail=document if isinstance(document, str) else "")
    errors = document.get("errors")
    return Words(
        title=_text(document.get("title")) or _text(document.get("error")),
        detail=next(
            (text for name in ("detail", "message", "error_description") if (text := _text(document.get(name)))), ""
        ),
        errors={name: _texts(value) for name, value in list(errors.items())[:50]} if isinstance(errors, dict) else {},
        trace_id=_text(document.get("traceId")),
        gateway="statusCode" in document,
    )


def is_quota(answer: Answer) -> bool:
    """A 403 that means *wait*: the gateway's body with the word quota (measured)."""
    if answer.status != 403:
        return False
    said = words(answer.body)
    return said.gateway and "quota" in said.detail.lower()


def wait(answer: Answer) -> float | None:
    """Seconds to wait after a 429 or a spent quota; None for any other answer."""
    quota = is_quota(answer)
    if not quota and answer.status != 429:
        return None
    seconds = _retry_after(answer)
    if seconds is None:
        seconds = _named_in(words(answer.body).detail)
    if seconds is None:
        seconds = QUOTA if quota else RATE
    return min(max(seconds, SHORTEST), LONGEST)


def verdict(answer: Answer, *, write: bool, secrets: Iterable[str] = ()) -> Trouble | None:
    """What the answer means; None is a yes. The texts of the trouble hold none of the secrets."""
    status = answer.status
    if 200 <= status < 300:
        return _yes_or_not(answer, write)
    said = _without(words(answer.body), tuple(secrets))
    if (seconds := wait(answer)) is not None:
        quota = is_quota(answer)
        text = "The volume of calls is spent." if quota else "The marketplace asks for a pause."
        return Busy(f"{text} {said.text}".strip(), wait=seconds, quota=quota)
    if status == 401:
        return Unauthorized(f"The marketplace refused the token. {said.text}".strip())
    if status == 403:
        return Forbidden(f"The marketplace does not let this client do this. {said.text}".strip())
    if status == 408 or not 400 <= status < 500:
        return _unclear(f"The marketplace answered {status}. {said.text}".strip(), write)
    if kind := REFUSALS.get(status):
        return kind(status, title=said.title, detail=said.detail, errors=said.errors, trace_id=said.trace_id)
    return Odd(f"The marketplace answered {status}. {said.text}".strip(), status=status)


def token_verdict(answer: Answer, *, secrets: Iterable[str] = ()) -> Trouble | None:
    """The same for the token endpoint: whatever went wrong there, nothing was done."""
    if answer.status == 200:
        return None
    if (seconds := wait(answer)) is not None:
        return Busy("Too many tokens were asked for.", wait=seconds, step="token")
    said = _without(words(answer.body), tuple(secrets))
    text = f"The token was refused ({answer.status}). {said.text}".strip()
    if answer.status in (400, 401):
        return Unauthorized(text, step="token")
    if answer.status == 403:
        return Forbidden(text, step="token")
    return Untouched(text, step="token")


def _yes_or_not(answer: Answer, write: bool) -> Trouble | None:
    if not answer.body.strip():
        return None if write else Untouched("The marketplace's answer is empty.")
    if not answer.is_json:
        return _unclear("The marketplace's answer is not JSON.", write)
    if write:
        try:
            decode(answer.body)
        except Malformed:
            return Unanswered("The marketplace's answer was cut, or is not JSON.")
    return None


def _unclear(text: str, write: bool) -> Trouble:
    return Unanswered(text) if write else Untouched(text)


def _retry_after(answer: Answer) -> float | None:
    """Seconds, or a date counted from the answer's own date, since our clock may be wrong."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then = _date(text)
    if then is None:
        return None
    now = _date(answer.headers.get("date", "")) or datetime.now(UTC)
    return (then - now).total_seconds()


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _named_in(text: str) -> float | None:
    if match := _clock.search(text):
        hours, minutes, seconds = (int(part) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds + SLACK
    if match := _span.search(text):
        return float(int(match[1]) * _units[match[2].lower()])
    return None


def _without(said: Words, secrets: tuple[str, ...]) -> Words:
    """The same words with every echo of a secret hidden."""

    def clean(text: str) -> str:
        for secret in filter(None, secrets):
            text = text.replace(secret, "…")
        return text

    return Words(
        title=clean(said.title),
        detail=clean(said.detail),
        errors={clean(name): tuple(map(clean, texts)) for name, texts in said.errors.items()},
        trace_id=clean(said.trace_id),
        gateway=said.gateway,
    )


def _text(value: Any) -> str:
    return value[:4_000] if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    """Messages of one field: a list of texts, or one text (tolerated)."""
    entries = value if isinstance(value, list) else [value]
    return tuple(text for entry in entries[:50] if (text := _text(entry)))
