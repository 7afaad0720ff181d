"""One call on behalf of a seller: the budget asked, the token carried, the answer judged; no endpoint is known here."""

import re
import time
from collections.abc import Callable, Sequence
from copy import copy
from typing import Self, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import msgspec

from octopia.answers import Answer, is_quota, verdict, wait
from octopia.auth import Credentials, TokenStore
from octopia.errors import Missing, Unauthorized, Untouched
from octopia.gate import Gate
from octopia.readers.document import Malformed
from octopia.schema import Page, Token
from octopia.wire import READS, WRITES, Timeouts, Wire

T = TypeVar("T")
Query = Sequence[tuple[str, str]]

AGENT = "octopia-backoffice"
QUERY = 4_000  # signs of a link's query that are believed

_link = re.compile(r'<([^<>]{0,8000})>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"]+))?)*)')
_relation = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_json = msgspec.json.Encoder(decimal_format="number")


class Caller:
    """Makes calls for one seller.

    It repeats nothing, with one exception: a call that got a 401 is made once more with a new token. A read does so
    by itself. A write does so only where the caller marks that bytes may leave: its `mark` is called just before the
    first byte of each try, when the token and the budget are there. Without it a write that got a 401 raises
    Unauthorized, the token replaced, so that the next try starts well.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token_url: str,
        client_id: str,
        client_secret: str,
        seller_id: str,
        store: TokenStore,
        gate: Gate,
        lane: str = "sync",
        transport: httpx.BaseTransport | None = None,
        reads: Timeouts = READS,
        writes: Timeouts = WRITES,
    ) -> None:
        """Raises ValueError for an address or a seller id that can never work; nothing is called yet."""
        self._api_url = _address(api_url)
        self._credentials = Credentials(_address(token_url), client_id, client_secret)
        if not seller_id or not seller_id.isascii() or not seller_id.isprintable():
            raise ValueError("The seller id has signs that no header can carry.")
        self._seller_id = seller_id
        self._store = store
        self._gate = gate
        self._wire = Wire(transport, reads, writes)
        self._lane = lane
        self._mark: Callable[[], None] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(seller_id={self._seller_id!r}, lane={self._lane!r})"

    def on(self, lane: str, *, mark: Callable[[], None] | None = None) -> Self:
        """The same client in another lane of the budget; `mark` is called before each try of a write. What it raises
        is raised, and nothing was sent by that try."""
        other = copy(self)
        other._lane, other._mark = lane, mark
        return other

    def close(self) -> None:
        """Let the connections go. The client may be used again, and so may those made by `on`."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, path: str, read: Callable[[bytes], T], query: Query = ()) -> T:
        return self._understood(self._get(path, query), read)

    def _list(self, path: str, read: Callable[[bytes], Page[T]], query: Query = (), after: str = "") -> Page[T]:
        sent = parse_qsl(after, keep_blank_values=True) if after else query
        answer = self._get(path, sent)
        page = self._understood(answer, read)
        following = next_query(answer.headers.get("link", ""), sent)
        return msgspec.structs.replace(page, next=following)

    def _get(self, path: str, query: Query) -> Answer:
        url = f"{self._api_url}{path}"
        if query:
            url += "?" + urlencode(query, safe=",:")
        return self._call(lambda headers: httpx.Request("GET", url, headers=headers), write=False)

    def _post(self, path: str, document: object) -> Answer:
        body = _json.encode(document)
        kind = {"Content-Type": "application/json"}
        url = f"{self._api_url}{path}"
        return self._call(lambda headers: httpx.Request("POST", url, headers=headers | kind, content=body), write=True)

    def _upload(self, path: str, files: Sequence[tuple[str, bytes, str]]) -> Answer:
        parts = [("files", file) for file in files]  # the name of the field is not public (simulator)
        url = f"{self._api_url}{path}"
        return self._call(lambda headers: httpx.Request("POST", url, headers=headers, files=parts), write=True)

    def _call(self, build: Callable[[dict[str, str]], httpx.Request], *, write: bool) -> Answer:
        token = self._store.current() or self._store.replace(None, self._fetch)
        answer = self._once(build, token, write)
        if answer.status == 401:
            token = self._store.replace(token.access, self._fetch)
            if write and self._mark is None:
                raise Unauthorized("The marketplace refused the token; a new one was fetched.")
            answer = self._once(build, token, write)
        if trouble := verdict(answer, write=write, secrets=(self._credentials.client_secret, token.access)):
            raise trouble
        return answer

    def _once(self, build: Callable[[dict[str, str]], httpx.Request], token: Token, write: bool) -> Answer:
        request = build(
            {
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Authorization": f"Bearer {token.access}",
                "SellerId": self._seller_id,
                "User-Agent": AGENT,
            }
        )
        self._gate.admit(self._lane)
        begun = time.monotonic()  # before the mark: a process that stalls behind it must not send when its time is over
        if write and self._mark is not None:
            self._mark()
        answer = None
        try:
            answer = self._wire.exchange(request, write=write, begun=begun)
        finally:
            self._gate.heard(
                self._lane,
                status=answer.status if answer else None,
                wait=wait(answer) if answer else None,
                quota=is_quota(answer) if answer else False,
            )
        return answer

    def _fetch(self) -> Token:
        return self._credentials.fetch(self._wire)

    @staticmethod
    def _understood(answer: Answer, read: Callable[[bytes], T]) -> T:
        try:
            return read(answer.body)
        except Malformed as error:
            reason = str(error)
        raise Untouched(f"The marketplace's answer cannot be read. {reason}")


def segment(text: str) -> str:
    """An identifier as one segment of a path. Raises Missing for what can be none: nothing is asked then."""
    if not text.strip() or text in (".", "..", "count") or len(text) > 200 or not text.isprintable():
        raise Missing(404, detail="Nothing can have this number.")
    return quote(text, safe="")


def next_query(link: str, sent: Query) -> str:
    """The query of a Link header's `next`, and only that: where it points is not followed. "" when it leads nowhere."""
    for match in _link.finditer(link[:16_000]):
        relations = " ".join(one or other for one, other in _relation.findall(match[2])).lower().split()
        if "next" not in relations:
            continue
        try:
            query = urlsplit(match[1]).query
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50) if len(query) <= QUERY else []
        except ValueError:
            return ""
        return "" if sorted(pairs) == sorted(sent) else urlencode(pairs, safe=",:")
    return ""


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("The address is not one of the marketplace: http or https, a host, and a path.")
    return url.strip().rstrip("/")
