"""The access token of a client id: one encrypted row for all processes, renewed by one of them at a time.

It implements the client's `TokenStore`. The lease is a column: nothing is locked and no transaction is open while the
token is asked for.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

import octopia
from backoffice.alerts import close_alert, open_alert
from backoffice.crypto import Undecipherable
from backoffice.models import SellerAccount, Token
from octopia import schema

LEASE = timedelta(seconds=45)  # longer than a token request may last
RESPITE = timedelta(seconds=10)  # after a failed request, before anybody makes another
PATIENCE = 30.0  # seconds to wait for the process that asks
GLANCE = 0.1  # seconds between two looks meanwhile
SLACK = timedelta(seconds=5)  # of a token's life that are not used


class StoredTokens:
    """`clock` gives our aware time; `sleep` waits between two looks while another process asks."""

    def __init__(
        self,
        client_id: str,
        token_url: str,
        *,
        clock: Callable[[], datetime] = timezone.now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client_id = client_id
        self._token_url = token_url
        self._clock = clock
        self._sleep = sleep

    def current(self) -> schema.Token | None:
        """The token to use; None when there is none that lives, or it has come to four fifths of its life."""
        token = _alive(self._row(), self._clock())
        return token if token is not None and self._clock() < token.renew_at else None

    def replace(self, failed: str | None, fetch: Callable[[], schema.Token]) -> schema.Token:
        """A token other than `failed`. One process fetches; the others use the one that still lives, or wait for it.

        Raises what `fetch` raises, and Busy while another process asks in vain.
        """
        patient_until = time.monotonic() + PATIENCE
        while True:
            now = self._clock()
            row = self._row() or Token.objects.get_or_create(client_id=self._client_id, token_url=self._token_url)[0]
            token = _alive(row, now)
            usable = token if token is not None and token.access != failed else None
            if usable is not None and now < usable.renew_at:
                return usable
            if self._claim(row, now):
                return self._renew(row.requests + 1, usable, fetch)
            if usable is not None:
                return usable
            if row.trouble:
                wait = (row.renewing_until - now).total_seconds() if row.renewing_until else 1.0
                raise octopia.Busy(row.trouble, wait=max(1.0, wait), step="token")
            if time.monotonic() > patient_until:
                raise octopia.Busy("Another process is asking for a token.", wait=5.0, step="token")
            self._sleep(GLANCE)

    def _row(self) -> Token | None:
        try:
            return self._rows().first()
        except Undecipherable:  # the key was changed: a token is cheap, ask for another
            self._rows().update(access="")
            return self._rows().first()

    def _rows(self) -> QuerySet[Token]:
        return Token.objects.filter(client_id=self._client_id, token_url=self._token_url)

    def _claim(self, row: Token, now: datetime) -> bool:
        """Take the lease, if nobody has it and nobody renewed since `row` was read."""
        free = Q(renewing_until=None) | Q(renewing_until__lte=now) | Q(renewing_until__gt=now + 2 * LEASE)
        mine = Token.objects.filter(free, pk=row.pk, requests=row.requests, issued_at=row.issued_at)
        return bool(mine.update(renewing_until=now + LEASE, requests=F("requests") + 1, trouble=""))

    def _renew(self, turn: int, usable: schema.Token | None, fetch: Callable[[], schema.Token]) -> schema.Token:
        mine = self._rows().filter(requests=turn)
        try:
            token = fetch()
        except octopia.Trouble as error:
            wait = timedelta(seconds=error.wait) if isinstance(error, octopia.Busy) else RESPITE
            mine.update(trouble=str(error)[:500], renewing_until=self._clock() + wait)
            names = SellerAccount.objects.filter(client_id=self._client_id).values_list("name", flat=True)
            open_alert("token", self._client_id, accounts=", ".join(names), trouble=str(error)[:500])
            if usable is not None:
                return usable
            raise
        mine.update(
            access=token.access,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            renewing_until=None,
            trouble="",
        )
        close_alert("token", self._client_id)
        return token


def forget(client_id: str) -> None:
    """Drop the token of a client id whose secret or address was changed: the next call asks for one."""
    Token.objects.filter(client_id=client_id).delete()


def _alive(row: Token | None, now: datetime) -> schema.Token | None:
    if row is None or not row.access or row.issued_at is None or row.expires_at is None:
        return None
    if now >= row.expires_at - SLACK:
        return None
    return schema.Token(access=row.access, issued_at=row.issued_at, expires_at=row.expires_at)
