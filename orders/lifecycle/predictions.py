"""Whether our verdicts were right: each answer of the marketplace is counted against what we said, and may teach."""

import re

from django.db.models import F
from django.utils import timezone

from backoffice.models import SellerAccount
from octopia.contract.lifecycle import Ability, Verb
from orders.lifecycle.channels import learn
from orders.lifecycle.verdicts import Answer, Verdict
from orders.models import Prediction

# What a refusal says when it is about an ability, in the words of the documented example or like them (inferred).
TEACHES: dict[Ability, re.Pattern[str]] = {
    Ability.SEVERAL_PARCELS: re.compile(r"one parcel|single parcel|several parcels", re.I),
    Ability.SINGLE_LINES: re.compile(r"complete order|whole order|entire order|missing", re.I),
    Ability.LINE_IN_PARCELS: re.compile(r"a line\b.*parcel", re.I),
    Ability.LINE_CANCELLATION: re.compile(r"partial cancellation|cancels complete orders", re.I),
    Ability.GESTURES: re.compile(r"gestures? (is|are) not allowed|not allow commercial gestures", re.I),
    Ability.INVOICES: re.compile(r"no invoices|invoices are not available", re.I),
    Ability.APPROVAL: re.compile(r"not approved by the seller|no approval", re.I),
}


def outcome(
    account: SellerAccount,
    verb: Verb,
    channel: str,
    verdict: Verdict,
    accepted: bool,
    words: str = "",
    *,
    number: str = "",
) -> None:
    """The marketplace has answered what `verdict` predicted. `words`: its own; `number`: the order's."""
    record(account, verb, channel, verdict, accepted, words, number=number)
    name = verdict.ability
    if name is None or (verdict.answer is Answer.ALLOWED and accepted):
        return
    if accepted:
        learn(account, channel, name, True, words, number)
    elif TEACHES[name].search(words):  # another cause would teach what is not so
        learn(account, channel, name, False, words, number)


def record(
    account: SellerAccount,
    verb: Verb,
    channel: str,
    verdict: Verdict,
    accepted: bool,
    words: str = "",
    *,
    number: str = "",
) -> None:
    """Count one answer."""
    now = timezone.now()
    row, made = Prediction.objects.get_or_create(
        account=account,
        verb=str(verb),
        rule=verdict.rule,
        channel=channel,
        answer=verdict.answer.name,
        accepted=accepted,
        defaults={"last_number": number[:64], "last_words": words[:1000], "first_at": now, "last_at": now},
    )
    if not made:
        Prediction.objects.filter(pk=row.pk).update(
            count=F("count") + 1, last_at=now, last_number=number[:64], last_words=words[:1000]
        )
