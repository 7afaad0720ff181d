"""What each channel can do: the contract's word, and beside it what was learned here; one query for any number.

A person's correction goes before everything; what the marketplace taught goes before what nobody knew, and never
before the documentation: it is shown beside it, for a person to decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, CharField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils import timezone

from backoffice import shop
from backoffice.models import SellerAccount, User
from octopia.contract.lifecycle import Ability, Certainty, Known, Say, ability
from orders.lifecycle.verdicts import Answer, Verdict
from orders.models import ChannelAbility, Origin, Prediction

CERTAIN = {Known.DOCUMENTED: Certainty.DOCUMENTED, Known.OBSERVED: Certainty.MEASURED, Known.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class Learned:
    """What somebody here found; `was`: what counted before, None when nobody knew; `by`: the person's name."""

    origin: str
    value: bool
    was: bool | None
    source: str
    note: str
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One ability of one channel of one account. `value` is what counts; `documented` what the contract says;
    `person` and `marketplace` what was learned here."""

    ability: Ability
    documented: Say
    person: Learned | None = None
    marketplace: Learned | None = None

    @property
    def learned(self) -> Learned | None:
        """What counts instead of the contract's word."""
        return self.person or (self.marketplace if self.documented.value is None else None)

    @property
    def value(self) -> bool | None:
        return self.learned.value if self.learned else self.documented.value

    @property
    def known(self) -> Known:
        return Known.OBSERVED if self.learned else self.documented.known

    @property
    def source(self) -> str:
        return self.learned.origin if self.learned else self.documented.source

    @property
    def since(self) -> date | None:
        return shop.day_of(self.learned.at) if self.learned else None

    @property
    def contradicted(self) -> bool:
        """Whether those who speak of it disagree: the documentation, a person, the marketplace's last answer."""
        said = [told.value for told in (self.person, self.marketplace) if told]
        return len({*said, self.documented.value} - {None}) > 1

    @property
    def blocks(self) -> bool:
        """A documented no and a person's no block; one refusal that we read as a no only warns."""
        return self.value is False and (self.learned is None or self.learned.origin == Origin.PERSON)


@dataclass(frozen=True, slots=True)
class Abilities:
    """All abilities of one channel, for judging and for showing."""

    channel: str
    facts: Mapping[Ability, Fact]
    confirmed: Mapping[tuple[str, str], date] = field(default_factory=dict)  # by verb and rule: taken since

    def __getitem__(self, name: Ability) -> Fact:
        return self.facts[name]

    def verdict(self, name: Ability, channel_name: str = "") -> Verdict:
        """Would the channel take what needs this ability?"""
        fact = self.facts[name]
        answer = Answer.ALLOWED if fact.value else Answer.REFUSED if fact.blocks else Answer.DOUBTFUL
        params = {
            "channel": self.channel,
            "name": channel_name or self.channel,
            "ability": str(name),
            "able": {True: "yes", False: "no", None: "untold"}[fact.value],
            "source": fact.source,
        }
        return Verdict(answer, fact.documented.rule, CERTAIN[fact.known], fact.since, params)


@dataclass(frozen=True)
class Book:
    """The abilities of every channel of some accounts, and since when which rule is confirmed by an answer to us."""

    learned: Mapping[tuple[int, str], list[tuple[str, Learned]]] = field(default_factory=dict)
    confirmed: Mapping[tuple[int, str], Mapping[tuple[str, str], date]] = field(default_factory=dict)

    def of(self, account_id: int, channel: str) -> Abilities:
        learned = {(name, told.origin): told for name, told in self.learned.get((account_id, channel), ())}
        return Abilities(
            channel,
            {
                name: Fact(
                    name,
                    ability(channel, name),
                    person=learned.get((name, Origin.PERSON)),
                    marketplace=learned.get((name, Origin.MARKETPLACE)),
                )
                for name in Ability
            },
            self.confirmed.get((account_id, channel), {}),
        )


def abilities_of(account_ids: Iterable[int]) -> Book:
    """One query, whatever the number of channels and orders judged by it."""
    among = list(account_ids)
    abilities = ChannelAbility.objects.filter(account__in=among).values_list(
        "account_id", "channel", "ability", "origin", "value", "was", "source", "note", "learned_at",
        Coalesce(NullIf("user__name", Value("")), "user__username", Value("")),
    )  # fmt: skip
    confirmations = Prediction.objects.filter(account__in=among, accepted=True).values_list(
        "account_id", "channel", "rule", "verb", "accepted", Value(None, BooleanField()), Value(""), Value(""),
        "first_at", Cast(Value(""), CharField()),
    )  # fmt: skip
    return book(abilities.union(confirmations, all=True))


def book(rows: Iterable[tuple[Any, ...]]) -> Book:
    """From rows as `abilities_of` asks for them: (account, channel, ability, origin, value, was, source, note, at, by)
    for what was learned, (account, channel, rule, verb, …, at, …) for what was confirmed."""
    learned: dict[tuple[int, str], list[tuple[str, Learned]]] = {}
    confirmed: dict[tuple[int, str], dict[tuple[str, str], date]] = {}
    for account, channel, name, by, value, was, source, note, at, person in rows:
        if by in Origin.values:
            told = Learned(by, value, was, source, note, at, person)
            learned.setdefault((account, channel), []).append((name, told))
        else:
            rules = confirmed.setdefault((account, channel), {})
            day = shop.day_of(at)
            rules[by, name] = min(day, rules.get((by, name), day))
    return Book(learned, confirmed)


def abilities(account_id: int, channel: str) -> Abilities:
    return abilities_of([account_id]).of(account_id, channel)


def learn(account: SellerAccount, channel: str, name: Ability, value: bool, source: str, note: str = "") -> None:
    """Note what an answer of the marketplace taught; `source`: its words, `note`: the order. A person's word stays.

    What it said before already keeps its day: it is known since then.
    """
    known = abilities(account.pk, channel)[name]
    if known.marketplace is None or known.marketplace.value is not value:
        _note(account, channel, name, value, known, origin=Origin.MARKETPLACE, source=source, note=note)


def correct(account: SellerAccount, channel: str, name: Ability, value: bool | None, *, by: User, source: str) -> None:
    """A person's word: it counts from now on. None takes an earlier correction back. `source`: how they know."""
    if value is None:
        ChannelAbility.objects.filter(account=account, channel=channel, ability=name, origin=Origin.PERSON).delete()
        return
    known = abilities(account.pk, channel)[name]
    _note(account, channel, name, value, known, origin=Origin.PERSON, source=source, user=by)


def _note(
    account: SellerAccount,
    channel: str,
    name: Ability,
    value: bool,
    known: Fact,
    *,
    origin: Origin,
    source: str,
    note: str = "",
    user: User | None = None,
) -> None:
    ChannelAbility.objects.update_or_create(
        account=account,
        channel=channel,
        ability=str(name),
        origin=origin,
        defaults={
            "value": value,
            "was": known.value,
            "source": source[:500],
            "note": note[:500],
            "user": user,
            "learned_at": timezone.now(),
        },
    )
