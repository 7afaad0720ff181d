"""May anything be sent for this account now, and if not, why: the safety switches in one place."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import shop, typography
from backoffice.models import SellerAccount, Setting, User
from fulfilment.models import ENDED, Batch, Command, Pause, State
from fulfilment.outbox.refusals import NotNow
from orders import readings
from orders.models import Reading

INSTALLATION = "installation"  # Setting: the id this database was last used with
RESTORED = "restored"  # Setting: since when sending is off after a restore
FIRST_DAY = timedelta(hours=24)


def sendable(commands: "QuerySet[Command]", now: datetime) -> "QuerySet[Command]":
    """Those of these commands that nothing keeps from being sent."""
    allowed = Q(pk__in=[])
    if not installation_why_not():
        paused = Pause.objects.filter(ended_at=None).filter(Q(until=None) | Q(until__gt=now)).values("account")
        for account in SellerAccount.objects.filter(active=True).exclude(pk__in=paused).only("sending", "created_at"):
            if not first_day(account, now):
                allowed |= Q(account=account, kind__in=account.sending)
    # of a batch that is taken back goes on only what may have left already: that is looked for before anything else
    taken_back = Q(batch__state=Batch.State.WITHDRAWN, look_first=False)
    return commands.filter(allowed).exclude(taken_back).exclude(batch__state=Batch.State.PAUSED)


def why_not(account: SellerAccount, kind: str, now: datetime | None = None) -> str:
    """Why nothing of this kind is sent for the account now, as a sentence; "" when it is."""
    now = now or timezone.now()
    if why := installation_why_not() or account_why_not(account, kind, now):
        return why
    pause = Pause.objects.filter(account=account, ended_at=None).order_by("at").first()
    if pause is not None and (pause.until is None or pause.until > now):
        return paused_words(pause.reason)
    return ""


def account_why_not(account: SellerAccount, kind: str, now: datetime) -> str:
    """The same, as far as the account's own row tells: no query."""
    if not account.active:
        return _("The account is switched off.")
    if first_day(account, now):
        ends = typography.exact(account.created_at + FIRST_DAY, shop.zone(), now)
        return _(
            "Nothing is sent on the first day of an account, that is until %(time)s: look first whether the orders"
            " are right."
        ) % {"time": ends}
    if kind not in account.sending:
        return _("Sending this is switched off for the account, in its settings.")
    return ""


def paused_words(reason: str) -> str:
    return _("Sending is paused: %(reason)s") % {"reason": reason}


def first_day(account: SellerAccount, now: datetime) -> bool:
    """The first day of an account that is not the demo's is for reading."""
    return not settings.DEMO and account.created_at > now - FIRST_DAY


def installation_why_not() -> str:
    """Why this installation sends nothing at all: a copy of another, or restored from a backup; "" when it may."""
    known: dict[str, Any] = dict(Setting.objects.filter(key__in=[INSTALLATION, RESTORED]).values_list("key", "value"))
    if INSTALLATION not in known:
        known[INSTALLATION] = _first_use()
    return installation_words(known)


def installation_words(known: dict[str, Any]) -> str:
    """The same from the two settings as read; without the first nobody has sent anything yet."""
    if known.get(INSTALLATION, settings.INSTALLATION_ID) != settings.INSTALLATION_ID:
        return _("This is a copy of another installation: nothing is sent until an administrator turns sending on.")
    if known.get(RESTORED):
        return _("This database was restored from a backup: nothing is sent until an administrator turns sending on.")
    return ""


def adopt(by: User) -> None:
    """This installation is the one that sends: it was moved here, or its backup has been reconciled.

    Raises NotNow while orders with an open command were not read again since the restore.
    """
    if left := unreconciled():
        raise NotNow(
            ngettext(
                "The order of %(number)d open request has not been read again since the restore: wait for it.",
                "The orders of %(number)d open requests have not been read again since the restore: wait for them.",
                left,
            )
            % {"number": left}
        )
    _look_first()  # whoever restored may have been interrupted; and what this is a copy of may have gone on sending
    for key, value in ((INSTALLATION, settings.INSTALLATION_ID), (RESTORED, "")):
        Setting.objects.update_or_create(
            key=key, defaults={"value": value, "changed_by": by, "changed_at": timezone.now()}
        )


def restored(at: datetime) -> None:
    """Turn sending off: the database is as old as its backup, and the marketplace has gone on.

    What waits in it may have been sent since the backup was made: it is looked for before it is sent, and the orders
    of everything open are read again.
    """
    _look_first()
    Setting.objects.update_or_create(
        key=RESTORED, defaults={"value": at.isoformat(), "changed_by": None, "changed_at": timezone.now()}
    )
    for command in Command.objects.exclude(state__in=ENDED).select_related("account"):
        readings.ask_order(command.account, command.subject, why="restore")


def unsent() -> "QuerySet[Command]":
    """What this installation has asked for and not sent."""
    return Command.objects.filter(state__in=[State.PROPOSED, State.READY, State.PREPARING])


def _look_first() -> None:
    unsent().exclude(look_first=True).update(look_first=True)


def unreconciled() -> int:
    """Open commands whose order was not read again since the restore: how many keep sending off."""
    since = Setting.objects.filter(key=RESTORED).values_list("value", flat=True).first()
    if not since:
        return 0
    began = datetime.fromisoformat(since)
    gone = Reading.objects.filter(  # the marketplace does not know the order any more: there is nothing to read
        account=OuterRef("account"), number=OuterRef("subject"), done_at__gt=began, outcome=Reading.Outcome.MISSING
    )
    waiting = Command.objects.exclude(state__in=ENDED).filter(order__synced_at__lte=began)
    return waiting.exclude(Exists(gone)).count()


def pause(
    account: SellerAccount, cause: Pause.Cause, reason: str, *, by: User | None = None, minutes: float = 0
) -> Pause:
    """Stop sending for the account; of one cause one pause is open, with the newest words and end."""
    now = timezone.now()
    until = now + timedelta(minutes=minutes) if minutes else None
    Pause.objects.filter(account=account, cause=cause, ended_at=None, until__lte=now).update(ended_at=now)
    made, _created = Pause.objects.update_or_create(
        account=account,
        cause=cause,
        ended_at=None,
        defaults={"reason": reason[:500], "until": until, "by": by, "by_name": str(by) if by else ""},
    )
    return made


def resume(account: SellerAccount, cause: Pause.Cause, by: User | None = None) -> bool:
    """End the account's pause of this cause; whether there was one."""
    return bool(
        Pause.objects.filter(account=account, cause=cause, ended_at=None).update(
            ended_at=timezone.now(), ended_by_name=str(by) if by else ""
        )
    )


def _first_use() -> str:
    row, _created = Setting.objects.get_or_create(key=INSTALLATION, defaults={"value": settings.INSTALLATION_ID})
    return str(row.value)
