"""The outbox as a list: which commands a page holds, oldest first where somebody waits, in pages by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Prefetch, Q
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from backoffice import shop
from backoffice.models import SellerAccount
from fulfilment.models import ENDED, Batch, Command, CommandEvent, State
from octopia.contract.vocabulary import Verb
from orders.queries import CAP

PAGE = 50
SHOWS = {"": _("To be checked"), "flight": _("In flight"), "ended": _("Ended today")}
TO_CHECK = Q(state__in=[State.PROPOSED, State.ATTENTION, State.UNKNOWN]) | Q(state=State.REFUSED, acknowledged_at=None)
PARTS = {  # of what is to be checked
    "unclear": (_("Unclear"), Q(state__in=[State.UNKNOWN, State.ATTENTION])),
    "proposed": (_("To be confirmed by a colleague"), Q(state=State.PROPOSED)),
}
IN_FLIGHT = Q(state__in=[State.READY, State.PREPARING, State.SENDING, State.TAKEN])


@dataclass(frozen=True)
class Asked:
    """What an address of the outbox asks for: a list, a part of what is to be checked, a kind, an account's slug, only
    one's own, and a page's key."""

    show: str = ""
    part: str = ""
    kind: str = ""
    account: str = ""
    mine: bool = False
    after: int = 0

    @property
    def address(self) -> str:
        pairs = {
            name: getattr(self, name) for name in ("show", "part", "kind", "account", "after") if getattr(self, name)
        }
        return "?" + urlencode(pairs | ({"mine": 1} if self.mine else {}))

    def to(self, **changes: Any) -> "Asked":
        return replace(self, after=0, **changes)


def read(query: Mapping[str, str], kinds: Sequence[str], slugs: Sequence[str]) -> Asked:
    """What makes no sense is left out."""
    after = query.get("after", "")
    show = query["show"] if query.get("show") in SHOWS else ""
    return Asked(
        show=show,
        part=query["part"] if query.get("part") in PARTS and not show else "",
        kind=query["kind"] if query.get("kind") in kinds else "",
        account=query["account"] if query.get("account") in slugs else "",
        mine=query.get("mine") == "1",
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0,
    )


@dataclass(frozen=True)
class Outbox:
    """The commands of some accounts and kinds that one person may read about, at one moment."""

    accounts: Sequence[SellerAccount]
    kinds: Sequence[str]
    author: int | None
    now: datetime
    part: str = ""

    @classmethod
    def of(
        cls, asked: Asked, among: Sequence[SellerAccount], kinds: Sequence[str], user: int, now: datetime
    ) -> "Outbox":
        return cls(
            [account for account in among if asked.account in ("", account.slug)],
            [asked.kind] if asked.kind else list(kinds),
            user if asked.mine else None,
            now,
            asked.part,
        )

    def rows(self, show: str, after: int = 0) -> tuple[list[Command], int]:
        """A page of commands with all that happened to them, and the key of the next one, 0 at the end."""
        found = self._matching(show)
        if self.part and not show:
            found = found.filter(PARTS[self.part][1])
        newest_first = show == "ended"
        if after:
            found = found.filter(pk__lt=after) if newest_first else found.filter(pk__gt=after)
        found = found.select_related("account", "order", "batch").prefetch_related(
            Prefetch("events", CommandEvent.objects.order_by("pk")), "order__lines"
        )
        rows = list(found.order_by("-pk" if newest_first else "pk")[: PAGE + 1])
        return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else 0

    def counts(self) -> dict[str, int]:
        """How many commands each list holds, at most CAP + 1; and of those that ended today the confirmed."""
        counted = {show: self._matching(show)[: CAP + 1].count() for show in SHOWS}
        confirmed = self._all().filter(state=State.CONFIRMED, ended_at__gte=self._today)
        return counted | {"confirmed": confirmed.count()}

    def batches(self) -> list[Batch]:
        """Bulk requests under way or ended today, newest first, with what became of their commands."""
        going = Q(state__in=[Batch.State.RUNNING, Batch.State.PAUSED], ended_at=None) | Q(ended_at__gte=self._today)
        found = Batch.objects.filter(going, account__in=self._pks, kind__in=self.kinds, confirmed_at__isnull=False)
        if self.author:
            found = found.filter(author=self.author)
        ended = Count("commands", filter=Q(commands__state__in=ENDED))
        checked = Count("commands", filter=Q(commands__state__in=[State.ATTENTION, State.UNKNOWN, State.PROPOSED]))
        counted = found.annotate(asked_of=Count("commands"), ended=ended, to_check=checked)
        return list(counted.select_related("account").order_by("-pk")[:PAGE])

    def version(self) -> str:
        """Tells whether anything happened in the outbox: the question of a poll."""
        last = CommandEvent.objects.filter(account__in=self._pks).aggregate(last=Max("pk"))["last"]
        return str(last or 0)

    @property
    def _pks(self) -> list[int]:
        return [account.pk for account in self.accounts]

    @property
    def _today(self) -> datetime:
        return shop.today(self.now)[0]

    def _all(self) -> Any:
        found = Command.objects.filter(account__in=self._pks, kind__in=self.kinds)
        return found.filter(author=self.author) if self.author else found

    def _matching(self, show: str) -> Any:
        """In flight and ended, what belongs to a batch is told by the batch's own line."""
        if show == "":
            return self._all().filter(TO_CHECK)
        alone = self._all().filter(batch=None)
        if show == "flight":
            return alone.filter(IN_FLIGHT)
        return alone.filter(state__in=ENDED, ended_at__gte=self._today)


def kinds_offered(kinds: Sequence[str]) -> list[Verb]:
    return [verb for verb in Verb if verb in kinds]
