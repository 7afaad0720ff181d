"""A confirmed batch puts its commands, a few at a time, in any process and as often as it takes.

Each order's command has a form token of its own: two processes at one batch, or one that died in the middle, put
nothing twice. It is a source of due work beside the outbox: what a dead process left is found by the next look.
What breaks over one order keeps no other waiting; what the database, or our own end, breaks is done once more.
"""

import logging
import time
from datetime import datetime
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backoffice import bell, stopping
from backoffice.models import User
from fulfilment import points
from fulfilment.batches import making, previewing, words
from fulfilment.batches.kinds import KINDS, Unready
from fulfilment.models import ENDED, Batch, BatchItem, Command, State
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import NotNow, Occupied, Refused, Stale
from fulfilment.warehouse.holds import Held

log = logging.getLogger(__name__)

TASK = "fulfilment.tasks.advance"
CHUNK = 25  # orders between two looks at whether to go on
TURN = 100.0  # seconds
_not_left = Q(state__in=[State.READY, State.PROPOSED], look_first=False)
RUNNING, PAUSED, WITHDRAWN = Batch.State.RUNNING, Batch.State.PAUSED, Batch.State.WITHDRAWN


def confirm(batch: Batch, *, look_too: bool, seen: str | None = None) -> bool:
    """Send the preview off: what is clear, and with `look_too` what is to be looked at; False when it was already.

    `seen`: the version that the page showed, where there was a page. Raises what `previewing.refuse` does.
    """
    now = timezone.now()
    with transaction.atomic():
        draft = making.draft(batch)
        if draft is None:
            return False
        if seen is not None:
            previewing.refuse(draft, look_too=look_too, seen=seen)
        Batch.objects.filter(pk=batch.pk).update(state=RUNNING, confirmed_at=now)
        items = BatchItem.objects.filter(batch=batch)
        items.filter(answer=Batch.Group.NOT).update(trouble=words.NOT_POSSIBLE)
        rest = items.filter(trouble="")
        rest.filter(left_out=True).update(trouble=words.LEFT_OUT)
        if not look_too:
            rest.filter(answer=Batch.Group.LOOK).update(trouble=words.NOT_CHOSEN)
        if KINDS[batch.kind].parcels:
            rest.exclude(payload__has_key="number").update(trouble=words.NO_NUMBER)
        ring(batch.pk)
    batch.state, batch.confirmed_at = RUNNING, now
    return True


def pause(batch: Batch) -> bool:
    """Nothing more of it is put or sent until it goes on; whether it ran."""
    return bool(Batch.objects.filter(pk=batch.pk, state=RUNNING, ended_at=None).update(state=PAUSED))


def resume(batch: Batch) -> bool:
    with transaction.atomic():
        ring(batch.pk)
        return bool(Batch.objects.filter(pk=batch.pk, state=PAUSED).update(state=RUNNING))


def withdraw(batch: Batch, by: User) -> bool:
    """Take back what has not left; from now on nothing of it leaves, and its commands are taken back one by one."""
    with transaction.atomic():
        going = (
            Batch.objects.select_for_update().filter(pk=batch.pk, state__in=[RUNNING, PAUSED], ended_at=None).first()
        )
        if going is None:
            return False
        going.state = WITHDRAWN
        going.options = {**going.options, "withdrawn_by": by.pk}
        going.save(update_fields=["state", "options"])
        ring(batch.pk)
    return True


def ring(pk: int) -> None:
    transaction.on_commit(lambda: ring_now([str(pk)]), robust=True)


def ring_now(names: list[str]) -> None:
    bell.send(TASK, *([int(name)] for name in names))


def due(now: datetime) -> list[str]:
    """The ids of the batches that have something to put, to take back, or to be told that they are over."""
    commands = Command.objects.filter(batch=OuterRef("pk"))
    going = Batch.objects.filter(state__in=[RUNNING, WITHDRAWN], ended_at=None).alias(
        waits=Exists(_waiting(OuterRef("pk"))),
        unended=Exists(commands.exclude(state__in=ENDED)),
        unsent=Exists(commands.filter(_not_left)),
    )
    wanted = Q(waits=True) | Q(unended=False) | Q(state=WITHDRAWN, unsent=True)
    return [str(pk) for pk in going.filter(wanted).order_by("pk").values_list("pk", flat=True)]


def advance(name: str) -> bool:
    """Bring one batch on, for a while; whether anything was done."""
    ends, done = time.monotonic() + TURN, False
    while not stopping.asked() and time.monotonic() < ends:
        batch = Batch.objects.select_related("account", "author").filter(pk=int(name), ended_at=None).first()
        if batch is None or batch.state not in (RUNNING, WITHDRAWN):
            return done
        if not (_put_some(batch) if batch.state == RUNNING else _take_some_back(batch)):
            return _end(batch) or done
        done = True
    if done:
        ring_now([name])  # its turn is over, not its work
    return done


def _waiting(batch: Any) -> Any:
    return BatchItem.objects.filter(batch=batch, command=None, trouble="")


def _put_some(batch: Batch) -> bool:
    """Put the next few; False when none waits."""
    items = list(_waiting(batch).select_related("order__account")[:CHUNK])
    author = batch.author
    if items and not _may(batch, author):
        return bool(_waiting(batch).update(trouble=words.NO_RIGHT))
    for item in items:
        item.batch = batch
        if author is not None:
            _put(item, author)
    points.reach("batch chunk", batch.kind)
    return bool(items)


def _may(batch: Batch, author: User | None) -> bool:
    """The person may have lost the right, or the account, since."""
    return (
        author is not None
        and author.has_perm(KINDS[batch.kind].right)
        and author.scope().filter(pk=batch.account_id).exists()
    )


def _put(item: BatchItem, author: User) -> None:
    mine = BatchItem.objects.filter(pk=item.pk, command=None, trouble="")
    try:
        with transaction.atomic():
            mine.update(command=KINDS[item.batch.kind].ask(item, author))
    except Unready as error:
        mine.update(trouble=str(error))
    except Stale:
        mine.update(trouble=words.STALE)
    except Held:
        mine.update(trouble=words.KEPT)
    except Occupied as error:
        mine.update(trouble=words.OCCUPIED, verdict=words.holder(error.command))
    except Refused as error:
        mine.update(trouble=words.REFUSED, verdict=error.verdict.as_json())
    except Exception as error:
        if stopping.asked() or not _of_the_order(error):
            raise
        log.exception("an order of a batch broke", extra={"batch": item.batch_id, "order": item.order_id})
        mine.update(trouble=words.FAULT)


def _of_the_order(error: Exception) -> bool:
    """Would it break again, whenever this order is asked for? What the database refuses of its values, it would."""
    if isinstance(error, (DataError, IntegrityError)):
        return True
    return not isinstance(error, (DatabaseError, InterfaceError, SoftTimeLimitExceeded))


def _take_some_back(batch: Batch) -> bool:
    """Take back what had not left; False when nothing could be."""
    taken_back = _waiting(batch).update(trouble=words.TAKEN_BACK)
    by = User.objects.filter(pk=batch.options["withdrawn_by"]).first()
    for command in Command.objects.filter(_not_left, batch=batch).order_by("pk"):
        if stopping.asked():
            break
        try:
            asking.withdraw(command, by)
            taken_back += 1
        except NotNow:  # it left just now
            continue
        except Exception as error:
            if stopping.asked() or not _of_the_order(error):
                raise
            log.exception("a command of a batch could not be taken back", extra={"command": command.pk})
    return bool(taken_back)


def _end(batch: Batch) -> bool:
    """Note that it is over, when none of its commands will move any more; whether it is."""
    if Command.objects.filter(batch=batch).exclude(state__in=ENDED).exists():
        return False
    return bool(Batch.objects.filter(pk=batch.pk, ended_at=None).update(ended_at=timezone.now()))
