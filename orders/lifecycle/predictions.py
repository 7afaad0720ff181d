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
TEACHES: dict[Verb, dict[Ability, re.Pattern[str]]] = {
    Verb.SHIP: {
        Ability.SEVERAL_PARCELS: re.compile(r"(only|accepts) one parcel|single parcel", re.I),
        Ability.SINGLE_LINES: re.compile(r"only a? ?(complete|whole|entire) orders?|complete orders only", re.I),
        Ability.LINE_IN_PARCELS: re.compile(r"a line goes into one parcel|line is named by several parcels", re.I),
    },
    Verb.CANCEL: {
        Ability.LINE_CANCELLATION: re.compile(r"partial cancellation is not|cancels complete orders only", re.I)
    },
    Verb.GESTURE: {Ability.GESTURES: re.compile(r"gestures are not allowed|not allow commercial gestures", re.I)},
    Verb.INVOICE: {Ability.INVOICES: re.compile(r"takes no invoices|invoices are not available", re.I)},
}
_APPROVALS = {Ability.APPROVAL: re.compile(r"not approved by the seller|has no approval", re.I)}
TEACHES |= {Verb.ACCEPT: _APPROVALS, Verb.REFUSE: _APPROVALS}


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
    if accepted and verdict.ability and verdict.answer is not Answer.ALLOWED:
        learn(account, channel, verdict.ability, True, words, number)
    if not accepted:
        for name in taught(verb, words):
            learn(account, channel, name, False, words, number)


def taught(verb: Verb, words: str) -> list[Ability]:
    """The abilities that a refusal in these words denies; mostly none, since most refusals have another cause."""
    return [name for name, pattern in TEACHES[verb].items() if pattern.search(words)]


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
    names = {
        "account": account, "verb": str(verb), "rule": verdict.rule, "channel": channel,
        "answer": verdict.answer.name, "accepted": accepted,
    }  # fmt: skip
    last = {"last_at": now, "last_number": number[:64], "last_words": words[:1000]}
    again = Prediction.objects.filter(**names)
    if not again.update(count=F("count") + 1, **last):
        _row, first = Prediction.objects.get_or_create(**names, defaults={"first_at": now, **last})
        if not first:  # another answer was quicker
            again.update(count=F("count") + 1, **last)
